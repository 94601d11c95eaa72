"""The files that describe the others follow from the records: making them again shows a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.budgets import BYTES_OF_AN_EXPORTED_LINE
from engine.store import Head
from exports import datapackage, ddl, manifest
from exports.layout import DDL, MANIFEST, PACKAGE
from exports.reading import FileFacts, parse_json
from exports.violation import Violation

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{64}")
_SHOWN = 80


def _holds(path: Path, expected: bytes) -> bool:
    return path.stat().st_size == len(expected) and path.read_bytes() == expected


def _beginning(path: Path) -> bytes:
    """Read a file.

    Raises:
        ValueError: it is longer than any that Workbench writes.
    """
    with path.open("rb") as file:
        text = file.read(BYTES_OF_AN_EXPORTED_LINE + 1)
    if len(text) > BYTES_OF_AN_EXPORTED_LINE:
        raise ValueError(f"is longer than {BYTES_OF_AN_EXPORTED_LINE} bytes, which no manifest is")
    return text


def read_manifest(folder: Path) -> dict[str, Any] | Violation:
    """Return the manifest if this program can check what it describes, else what is wrong with it."""
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        return Violation("missing_file", MANIFEST, 0, "is missing: this is not an export, or not a whole one")
    try:
        described = parse_json(_beginning(path))
        version, ends = described["schema_version"], described["chain"]
        count, head = ends["count"], ends["head_hash"]
        commit = described["content_commit"]
    except ValueError as error:
        return Violation("manifest", MANIFEST, 0, str(error))
    except (KeyError, TypeError, IndexError):
        return Violation(
            "manifest", MANIFEST, 0, "lacks schema_version, content_commit or chain (count, head_hash)"
        )
    fault = _fault(described, version, count, head, commit)
    return dict(described) if fault is None else fault


def _fault(
    described: Mapping[str, Any], version: object, count: object, head: object, commit: object
) -> Violation | None:
    """Say why this program cannot check what a manifest describes."""
    if version != manifest.SCHEMA_VERSION:
        message = (
            f"is {_shown(version)}; this program reads {manifest.SCHEMA_VERSION}. Use the one that wrote it."
        )
        return Violation("schema_version", MANIFEST, 0, message)
    if "form" in described:
        message = (
            f"says that the tables are in the form {_shown(described['form'])}, for other programs to read. "
            "Check, load or restore an export without --format."
        )
        return Violation("form", MANIFEST, 0, message)
    if type(count) is not int or not (head is None or (isinstance(head, str) and _HASH.fullmatch(head))):
        return Violation("manifest", MANIFEST, 0, "chain: count must be a number, head_hash a hash or null")
    if "after" in described and not _is_end(described["after"]):
        return Violation("manifest", MANIFEST, 0, "after: count must be a number from 1, head_hash a hash")
    if commit is not None and not (isinstance(commit, str) and _COMMIT.fullmatch(commit)):
        return Violation(
            "manifest", MANIFEST, 0, f"content_commit is {_shown(commit)}, which is not a commit"
        )
    return None


def check_descriptors(
    folder: Path,
    described: Mapping[str, Any],
    files: Mapping[str, FileFacts],
    workspace: Mapping[str, Any],
    as_of: str | None,
) -> Iterator[Violation]:
    """Yield every difference between the descriptors and what they would be for these files."""
    chain = described["chain"]
    expected = manifest.build(
        workspace=workspace,
        as_of=as_of,
        content_commit=described["content_commit"],
        files=files,
        chain=Head(chain["count"], chain["head_hash"] or ""),
        after=manifest.after_in(described),
    )
    differences = list(_differences(expected, described, ""))
    for message in differences:
        yield Violation("manifest", MANIFEST, 0, message)
    texts = {PACKAGE: manifest.to_text(datapackage.build(workspace["name"], files)), DDL: ddl.generate()}
    if not differences:
        texts[MANIFEST] = manifest.to_text(expected)
    for name, text in texts.items():
        path = folder / name
        if path.is_file() and not _holds(path, text.encode()):
            yield Violation("descriptor", name, 0, "is not what these records give")


def _is_end(after: object) -> bool:
    if not isinstance(after, dict) or after.keys() != {"count", "head_hash"}:
        return False
    count, head = after["count"], after["head_hash"]
    return type(count) is int and count > 0 and isinstance(head, str) and bool(_HASH.fullmatch(head))


def _differences(expected: object, actual: object, place: str) -> Iterator[str]:
    """Yield where two documents differ, in words; goes no deeper than ``expected`` does."""
    if not isinstance(expected, dict) or not isinstance(actual, dict):
        if type(expected) is not type(actual) or expected != actual:
            yield f"{place} is {_shown(actual)}, the records give {_shown(expected)}"
        return
    for name in [*expected, *(name for name in actual if name not in expected)]:
        inner = f"{place}.{name}" if place else name
        if name not in actual:
            yield f"lacks {inner}"
        elif name not in expected:
            yield f"has an unknown entry {inner}"
        else:
            yield from _differences(expected[name], actual[name], inner)


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "something else"
    text = "empty" if value is None else str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
