"""``workbench worklog``: list, make, show, edit and send; what is refused says why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.worklogs.models import WorkLog
from tests.engine.worklogs.house import House

MARA = ("--as", "mara@example.com")


@pytest.fixture
def draft(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> WorkLog:
    """A draft of the week before the clock's."""
    house = House.set_up(workbench)
    house.done("Write: Tea", bundle_id=house.bundle("Tea in winter"))
    made = house.make()
    monkeypatch.setattr("engine.clock.SystemClock.now", lambda _: workbench.clock.now() + timedelta(hours=1))
    return made


def refused(cli, *words: str, code: int = 1) -> dict:
    answer = cli("worklog", *words, "--json")
    assert answer.code == code, answer.out
    return answer.json["error"]


def test_worklogs_are_listed_the_newest_week_first(cli, draft: WorkLog):
    made = cli("worklog", "make", "acme_spring", "--week", "2026-11-11", *MARA, "--json").json
    assert (made["week"], made["status"]) == ("2026-11-09", "empty")
    listed = cli("worklog", "list", "--campaign", "acme_spring", *MARA, "--json").json
    assert [one["worklog_id"] for one in listed["worklogs"]] == [draft.worklog_id, made["worklog_id"]]
    shown = cli("worklog", "list", "--status", "draft", *MARA).out
    assert draft.worklog_id in shown
    assert shown.rstrip().endswith("1 of 1")


def test_one_is_printed_as_markdown_and_written_to_a_file_in_every_form(cli, draft: WorkLog, tmp_path: Path):
    answer = cli("worklog", "show", draft.worklog_id, *MARA)
    assert answer.out.startswith("# Acme spring, 16 to 22 November 2026\n\n## Tea in winter\n")
    assert "<!doctype html>" in cli("worklog", "show", draft.worklog_id, "--format", "html", *MARA).out
    assert "--out" in refused(cli, "show", draft.worklog_id, "--format", "pdf", *MARA)["message"]
    file = tmp_path / "w.pdf"
    written = cli("worklog", "show", draft.worklog_id, "--format", "pdf", "--out", str(file), *MARA)
    assert written.code == 0
    assert file.read_bytes().startswith(b"%PDF-")
    nowhere = str(tmp_path / "none" / "w.pdf")
    assert refused(cli, "show", draft.worklog_id, "--out", nowhere, *MARA, code=3)["code"] == "UNAVAILABLE"


def test_one_is_edited_made_again_and_sent_once(cli, draft: WorkLog):
    edited = cli("worklog", "edit", draft.worklog_id, "--text", "Mine.", *MARA, "--json").json
    assert edited["body"] == "Mine.\n"
    assert "was edited" in refused(cli, "make", "acme_spring", "--week", "2026-11-16", *MARA)["message"]
    given = ("acme_spring", "--week", "2026-11-16", "--discard-edits")
    assert cli("worklog", "make", *given, *MARA, "--json").json["body"] == draft.body
    assert cli("worklog", "send", draft.worklog_id, *MARA).out.startswith("Sent: the partner's people")
    assert "sent already" in refused(cli, "send", draft.worklog_id, *MARA)["message"]
    assert "stays as it was sent" in refused(cli, "edit", draft.worklog_id, "--text", "No", *MARA)["message"]


def test_who_may_not_is_refused(cli, draft: WorkLog):
    assert refused(cli, "send", draft.worklog_id, "--as", "ana@example.com", code=4)["code"] == "FORBIDDEN"
    assert refused(cli, "list", "--as", "ana@example.com", code=4)["code"] == "FORBIDDEN"
    assert refused(cli, "show", draft.worklog_id, "--as", "pat@example.com")["code"] == "NOT_FOUND"
