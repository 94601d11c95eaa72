"""SC2: completion requires proof."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.factories import make_bundle
from tests.stories.conftest import by_ref


@pytest.fixture
def report(workbench: Workbench, ask):
    """Given generated tasks that need a link or a file."""
    bundle = make_bundle(workbench, "monthly_tax_report")
    return ask("bundle", "show", bundle.bundle_id)


@pytest.mark.parametrize(
    ("ref", "label", "kind"),
    [
        ("open_bookkeeping_report", "Monthly report/spreadsheet", "url"),
        ("create_bank_statements_finom", "Finom statement of the month", "file"),
    ],
)
def test_without_proof_the_refusal_names_it_and_nothing_is_set(report, ask, refused, ref, label, kind):
    before = by_ref(report)[ref]
    error = refused("task", "complete", before["task_id"])
    assert error["code"] == "MISSING_PROOF"
    assert label in error["message"]
    assert [(one["code"], one["label"], one["kind"]) for one in error["details"]] == [
        ("MISSING_PROOF", label, kind)
    ]
    after = ask("task", "show", before["task_id"])
    assert after == before
    assert after["status"] == "pending"
    assert [after[name] for name in ("completed_at", "completed_by")] == [None, None]


def test_every_missing_proof_is_named_at_once(report, refused):
    task = by_ref(report)["prepare_zip_send_accounting"]
    error = refused("task", "complete", task["task_id"])
    assert error["code"] == "COMPLETION_REFUSED"
    assert [one["kind"] for one in error["details"]] == ["url", "file"]


def test_with_the_link_it_completes_and_says_when_and_by_whom(report, ask, workbench):
    task_id = by_ref(report)["open_bookkeeping_report"]["task_id"]
    url = "https://sheets.example/november"
    ask("task", "proof", task_id, "--label", "Monthly report/spreadsheet", "--value", url)
    done = ask("task", "complete", task_id)
    assert done["status"] == "completed"
    assert done["completed_at"] is not None
    assert done["completed_by"] == workbench.operator().user_id
    bundle = ask("bundle", "show", report["bundle_id"])
    filled = {link["name"]: (link["state"], link["url"]) for link in bundle["links"]}
    assert filled["Monthly report/spreadsheet"] == ("filled", url)


def test_with_the_file_it_completes(report, ask, tmp_path):
    task_id = by_ref(report)["create_bank_statements_finom"]["task_id"]
    statement = tmp_path / "finom.pdf"
    statement.write_bytes(b"%PDF-1.7 figures")
    ask("task", "proof", task_id, "--label", "Finom statement of the month", "--file", str(statement))
    assert ask("task", "complete", task_id)["status"] == "completed"


def test_something_that_is_no_proof_of_its_kind_does_not_help(report, refused):
    task_id = by_ref(report)["open_bookkeeping_report"]["task_id"]
    for value in ("done, promise", "javascript:alert(1)", ""):
        refused("task", "proof", task_id, "--label", "Monthly report/spreadsheet", "--value", value)
    assert refused("task", "complete", task_id)["code"] == "MISSING_PROOF"
