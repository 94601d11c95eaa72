"""Every tool is called on a workspace that has two of everything, and answers in its own shape."""

from __future__ import annotations

from typing import Any

import anyio
import jsonschema

from engine.app import Workbench
from engine.audit.models import Event
from engine.deliverables.models import Approval, Deliverable
from tests.browser.serving import serving
from tests.factories import decide
from tests.web.agents.conftest import Board, tools_here
from tests.web.conftest import first_store, password_hash, populated, populated_store  # noqa: F401 - fixtures
from tests.web.populated import PopulatedStore, Subjects
from web.agents import described
from web.agents.tools import TOOLS

HOUR = {"anchor_date": "2026-12-04", "parameters": {}}


def arguments(of: Subjects) -> dict[str, dict[str, Any]]:
    """Return what each tool is called with; those that come later find what those before have made."""
    task, begun, bundle = {"task_id": of.pending}, {"task_id": of.task}, {"bundle_id": of.bundle}
    return {
        "who_am_i": {},
        "my_work": {"limit": 2},
        "my_inbox": {},
        "find_tasks": {"q": "status:open", "sort": "-due_date", "limit": 3},
        "read_task": begun,
        "task_notes": begun,
        "task_history": begun,
        "find_bundles": {"status": "active"},
        "read_bundle": bundle,
        "list_templates": {"limit": 5},
        "read_template": {"key": "blog_post"},
        "preview_bundle": {"key": "indexing_check", **HOUR},
        "follow_events": {"after": "start", "limit": 5},
        "follow_task": {"task_id": of.automated},
        "task_claim": {"task_id": of.claimable},
        "task_start": task,
        "task_add_step": {**task, "title": "Ask the printer"},
        "task_step": {**task, "ref": "added_2"},
        "task_proof": {**begun, "label": "Proof 0", "value": "https://acme.example/proof"},
        "task_file": {
            **task,
            "label": "Shelf",
            "type": "note",
            "file": {"file_name": "a.txt", "base64": "YQ=="},
        },
        "task_add_link": {**task, "label": "Shop", "url": "https://acme.example"},
        "task_add_deliverable": {**task, "ref": "list", "type": "list"},
        "task_deliverable": {**task, "ref": "list", "url": "https://acme.example/list"},
        "task_resubmit": {"deliverable_id": of.shown, "url": "https://acme.example/again"},
        "task_submit": task,
        "task_withdraw": {**task, "reason": "Too early"},
        "task_link": {**begun, "name": "Brief", "url": "https://acme.example/link"},
        "task_note": {**task, "body": "Hello"},
        "task_help": {**task, "question": "Which one?"},
        "task_wait": {"task_id": of.waiting, "waiting_for": "The printer"},
        "act_undo": {"act_id": "ACT"},
        "task_block": {"task_id": of.waiting, "reason": "No paper"},
        "task_resume": {"task_id": of.waiting},
        "task_complete": {"task_id": of.waiting},
        "bundle_create": {"template": "indexing_check", **HOUR},
        "bundle_link": {**bundle, "name": "Brief", "url": "https://acme.example/link"},
    }


def happened(workbench: Workbench) -> int:
    """Count what happened."""
    with workbench.reading(workbench.operator()) as tx:
        return tx.count(Event)


def reject(workbench: Workbench, store: PopulatedStore) -> None:
    """Have the partner reject what Ana handed over to them."""
    with workbench.reading(workbench.operator()) as tx:
        version = tx.get(Deliverable, store.subjects.shown)
        (asked,) = tx.find(Approval, deliverable_id=version.deliverable_id, decided_at=None)
    pat = store.people["pat"]
    decide(workbench, pat, asked.task_approval_id, "rejected", "Shorter.", seen=version.content_hash)


def test_every_tool_answers_in_the_shape_that_it_promises(
    populated: Workbench,  # noqa: F811
    populated_store: PopulatedStore,  # noqa: F811
):
    """The client holds each answer against the tool's schema; so does this, with nothing beside it."""
    given, told, refused = arguments(populated_store.subjects), {}, {}
    assert given.keys() == TOOLS.keys()

    async def run(board: Board, secret: str) -> None:
        async with tools_here(board.address, secret) as one:
            for name, sent in given.items():
                by_name = {"act_id": told["task_wait"]["done"]["act_id"]} if "act_id" in sent else {}
                answer = await one.ask(name, **{**sent, **by_name})
                (refused if answer.is_error else told)[name] = answer.structured_content
                if TOOLS[name].is_idempotent:
                    before = happened(populated)
                    await one.ask(name, **sent)
                    assert happened(populated) == before, f"{name} again changes something more"

    reject(populated, populated_store)
    with serving(populated) as site:
        board = Board(populated, site.address)
        _, secret = board.token("work", email="ana@example.com")
        anyio.run(run, board, secret)
    assert not refused, refused
    for name, found in told.items():
        schema = described.output_schema(TOOLS[name])
        jsonschema.validate(found, schema)
        assert found.keys() <= schema["properties"].keys()
