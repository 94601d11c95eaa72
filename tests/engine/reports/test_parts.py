"""A page of a report is a part of the whole, and both say what a plain reading of the records says (P5)."""

from __future__ import annotations

from typing import Any

from engine.deliverables import comments, versions
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable, DeliverableComment
from engine.qa.models import QaReview
from engine.reports import registry
from engine.reports.people import People
from engine.reports.tables import Table
from engine.tasks import help as help_requests
from engine.tasks import lifecycle, notes
from engine.tasks.models import Note, NoteKind, Task
from engine.transaction import Transaction
from tests.reported import FIRST, TOO_THIN, Case
from tests.told import saved

_PART = 2


def told(case: Case) -> None:
    """Let work of several people be judged, sent back, asked about and remarked on, by others and by them."""
    case.finished_article()
    for who, rejections in (("ana", 2), ("ben", 1), ("ben", 0)):
        task = case.make(who)
        case.act(who, lifecycle.start, task.task_id)
        for _ in range(rejections):
            case.hand_over(task, who=who)
            case.decide(task, "rejected", TOO_THIN)
        row = case.hand_over(task, who=who)
        for author in (who, "mara", "ana"):
            case.act("mara" if author == "ana" else author, comments.add, row.deliverable_id, f"By {author}.")
        case.decide(task, "approved")
    nobodys = case.make()
    case.act("ana", comments.add, case.newest(nobodys).deliverable_id, "Nobody has written it; it is mine.")
    case.act("mara", comments.add, case.newest(nobodys).deliverable_id, "Begin.")
    case.act("ana", lifecycle.start, nobodys.task_id)
    case.act("ana", help_requests.ask, nobodys.task_id, "How?")
    case.act("mara", help_requests.answer, nobodys.task_id, "So.")
    case.act("mara", notes.add, nobodys.task_id, "No feedback, a remark.")
    maras = case.make("ana")
    case.act("mara", versions.edit, case.newest(maras).deliverable_id, url=FIRST)
    case.act("ana", comments.add, case.newest(maras).deliverable_id, "What Mara wrote is not Ana's work.")
    with case.workbench.transaction(case.people["mara"]) as tx:
        said = tx.find(Note, task_id=nobodys.task_id)
        [answer] = [note for note in said if note.kind is NoteKind.HELP_ANSWER]
        moved = tx.get(Task, nobodys.task_id)
        assert answer.mentions == [case.people["ana"].employee_id]
        moved.assignee_id = case.people["ben"].employee_id
        saved(tx, moved)


def run(case: Case, name: str, given: dict[str, str], **part: int) -> Table:
    return case.ask("mara", registry.run, name, given, **part)


def test_the_parts_of_a_report_are_all_of_it_and_say_the_same_of_the_whole(either_case: Case):
    case = either_case
    told(case)
    for name, report in registry.REPORTS.items():
        for group in report.groups or ("",):
            given = {"by": group} if group else {}
            whole = run(case, name, given)
            assert whole.count == len(whole.rows)
            if name == "rejections":
                ranks = [(-row["rejections"], -row["rounds"], row["group"]) for row in whole.rows]
                assert ranks == sorted(ranks)
            parts = [
                run(case, name, given, rows=_PART, offset=offset)
                for offset in range(0, len(whole.rows) + _PART, _PART)
            ]
            assert [row for part in parts for row in part.rows] == list(whole.rows), (name, group)
            for part in parts:
                assert (part.count, part.totals, part.chart) == (whole.count, whole.totals, whole.chart)
            assert len(parts[0].rows) <= _PART


def test_what_was_said_about_whom_is_what_the_records_say_one_by_one(either_case: Case):
    case = either_case
    told(case)
    for who in (None, "ana", "ben", "mara"):
        given = {"employee": who} if who else {}
        found = run(case, "feedback", given)
        expected = case.ask("mara", _feedback, case.people[who].employee_id if who else None)
        assert sorted(map(_key, found.rows)) == sorted(expected)
        assert who == "mara" or found.rows
        moments: list[Any] = [row["at"] for row in found.rows]
        assert moments == sorted(moments, reverse=True)


def test_decisions_and_rejections_of_a_person_are_those_on_their_work(either_case: Case):
    case = either_case
    told(case)
    for who in (None, "ana", "ben"):
        given = {"employee": who} if who else {}
        made = case.ask("mara", _approvals, case.people[who].employee_id if who else None)
        decided = run(case, "decisions", given)
        assert [row["task_approval_id"] for row in decided.rows] == [
            item.task_approval_id for item in made[::-1]
        ]
        rejections = sum(item.status is ApprovalStatus.REJECTED for item in made)
        assert run(case, "rejections", given).totals["rejections"] == rejections


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["at"], row["what"], row["feedback"] or "", tuple(row["employees"])


def _feedback(tx: Transaction, employee_id: str | None) -> list[tuple[Any, ...]]:
    """Read every record, and keep what is about somebody; what they said of their own work is no feedback."""
    people, said = People(tx), []
    for item in tx.find(Approval):
        did = _did(tx, people, item.task_id, item.deliverable_id)
        if item.decided_at is not None:
            said.append((item.decided_at, f"{item.source} approval", item.feedback or "", did))
    for score in tx.find(QaReview):
        did = (score.employee_id,) if score.employee_id else ()
        said.append((score.reviewed_at, f"{score.review_type} QA", score.feedback or "", did))
    for note in tx.find(Note):
        did = tuple(note.mentions) or _did(tx, people, note.task_id, None)
        if note.kind in (NoteKind.HELP_ANSWER, NoteKind.FEEDBACK):
            said.append((note.created_at, note.kind.replace("_", " "), note.body, did))
    for remark in tx.find(DeliverableComment):
        did = _did(tx, people, remark.task_id, remark.deliverable_id)
        if people.employee_of(remark.created_by) not in did:
            said.append((remark.created_at, "comment", remark.body, did))
    return [
        (at, what, words, tuple(people.names(did)))
        for at, what, words, did in said
        if employee_id in (None, *did)
    ]


def _approvals(tx: Transaction, employee_id: str | None) -> list[Approval]:
    people = People(tx)
    found = [item for item in tx.find(Approval) if item.decided_at is not None]
    found.sort(key=lambda item: (item.decided_at, item.task_approval_id))
    return [
        item for item in found if employee_id in (None, *_did(tx, people, item.task_id, item.deliverable_id))
    ]


def _did(tx: Transaction, people: People, task_id: str, deliverable_id: str | None) -> tuple[str, ...]:
    authors = tx.get(Deliverable, deliverable_id).authors if deliverable_id else ()
    return people.did(authors, tx.get(Task, task_id).assignee_id)
