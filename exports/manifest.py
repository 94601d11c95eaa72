"""``manifest.json``: what the export holds, what it leaves out, and what it must hash to (EXP-04, EXP-10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.audit.chain import Anchor
from engine.entities import NOT_IMPLEMENTED
from engine.store import Head
from exports.forms import LINES, Form
from exports.reading import FileFacts
from exports.records import tables

#: Raised with every change of the export's form; FORMAT.md tells what changed.
SCHEMA_VERSION = 4

#: Records of the source documents that live under another name (product.md section 4).
REPRESENTED_BY: dict[str, str] = {
    "workflow_definitions": "task_templates",
    "recipes": "task_templates",
    "work_requests": "bundles",
    "work_tickets": "tasks",
    "work_outputs": "artifacts",
    "assistant_jobs": "task_executions",
    "schemas": "extraction_schemas",
}


def build(
    *,
    workspace: Mapping[str, Any],
    as_of: str | None,
    content_commit: str | None,
    files: Mapping[str, FileFacts],
    chain: Head,
    after: Anchor | None = None,
    form: Form = LINES,
) -> dict[str, Any]:
    """Return the manifest of files that were written.

    ``workspace`` is the workspace's record. ``as_of`` is the time of the last event: an export of unchanged
    records is unchanged. An export of what changed ``after`` an end of the chain says which one it follows,
    one in another ``form`` than JSON Lines which that is.
    """
    entries: dict[str, Any] = {}
    for table in tables():
        facts, secret = files[table.name], sorted(table.record_type.spec.secret)
        entries[table.name] = {
            "implemented": True,
            "file": form.file_of(table),
            "count": facts.count,
            "sha256": facts.sha256,
            **({"redactions": secret} if secret else {}),
        }
    built = set(entries)
    entries |= {name: {"implemented": False} for name in NOT_IMPLEMENTED}
    entries |= {
        name: {"implemented": by in built, "represented_by": by} for name, by in REPRESENTED_BY.items()
    }
    return {
        "schema_version": SCHEMA_VERSION,
        **({} if form is LINES else {"form": form.name}),
        "as_of": as_of,
        "workspace": {name: workspace[name] for name in ("workspace_id", "key", "name")},
        "content_commit": content_commit,
        "tables": entries,
        "chain": {"count": chain.position, "head_hash": chain.digest or None},
        **({} if after is None else {"after": {"count": after.count, "head_hash": after.head_hash}}),
    }


def to_text(document: Mapping[str, Any]) -> str:
    """Return the one text form of a descriptor file: readable, in the given order, ending in a newline."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def after_in(manifest: Mapping[str, Any]) -> Anchor | None:
    """Return the end of the chain that an export of changes follows; None for a whole one."""
    after = manifest.get("after")
    return None if after is None else Anchor(after["count"], after["head_hash"])
