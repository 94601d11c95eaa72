"""Remarks on a version: who leaves them, where they belong, who reads them (DLV-17)."""

from __future__ import annotations

import pytest

from engine.audit.models import Action
from engine.deliverables import comments
from engine.deliverables.models import Deliverable, DeliverableComment
from engine.errors import BadRequestError, NotFoundError
from engine.inbox import details, service
from engine.inbox.read_models import Kind
from engine.tasks import visibility
from engine.tasks.models import Task
from tests.engine.conftest import Bench
from tests.engine.deliverables.rounds import (
    BOTH,
    INTERNAL,
    ask,
    decide_all,
    open_ones,
    rows,
    with_deliverable,
)
from tests.told import saved


def comment(
    bench: Bench, deliverable_id: str, body: str = "Too long.", by: str = "ana", **more
) -> DeliverableComment:
    with bench.writing(by) as tx:
        return comments.add(tx, deliverable_id, body, **more)


def read(bench: Bench, row: Deliverable, by: str) -> list[str]:
    with bench.reading(by) as tx:
        task = tx.find_by_key(Task, row.task_id)
        is_team = task is not None and visibility.sees(tx, task)
        return [item.body for item in comments.readable(tx, row, is_team=is_team)]


def shown_to_partner(bench: Bench) -> Deliverable:
    """Return a version that waits for the partner."""
    task_id = with_deliverable(bench, BOTH, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved")
    assert [item.source for item in open_ones(bench, task_id)] == ["portal"]
    return rows(bench, task_id)[0]


@pytest.mark.parametrize(
    "anchor", [None, {"line": 12}, {"page": 3}, {"quote": "the words meant"}, {"quote": "  the words meant "}]
)
def test_a_remark_stands_where_it_belongs_with_its_event(bench, anchor):
    row = rows(bench, with_deliverable(bench, INTERNAL, "draft"))[0]
    made = comment(bench, row.deliverable_id, "  @ben, is this right? ", anchor=anchor)
    assert made.anchor == (
        anchor if anchor is None or "quote" not in anchor else {"quote": "the words meant"}
    )
    assert (made.body, made.visible_in_portal) == ("@ben, is this right?", False)
    assert made.mentions == [bench.employee_id("ben")]
    event = bench.events(row.task_id)[-1]
    assert event.action is Action.DELIVERABLE_COMMENTED
    assert event.after["body"] == made.body
    assert event.after["deliverable_id"] == row.deliverable_id
    assert event.after.get("anchor") == made.anchor
    assert event.entity_id == made.deliverable_comment_id


@pytest.mark.parametrize(
    "anchor",
    [
        {"line": 0}, {"line": -1}, {"line": True}, {"line": "3"}, {"line": 1.5}, {"line": 10**9}, {"page": 0},
        {"page": None}, {"quote": ""}, {"quote": "   "}, {"quote": 7}, {"quote": "x" * 501}, {"paragraph": 1},
        {"line": 1, "page": 1},
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_refused_and_nothing_changes(bench, anchor):
    row = rows(bench, with_deliverable(bench, INTERNAL, "draft"))[0]
    before = bench.state()
    with pytest.raises(BadRequestError) as refused:
        comment(bench, row.deliverable_id, anchor=anchor)
    assert refused.value.details[0]["field"] in ("anchor", "line", "page", "quote")
    assert bench.state() == before


@pytest.mark.parametrize("body", ["", " \n ", "x" * 10_001])
def test_an_empty_or_endless_remark_is_refused_at_its_field(bench, body):
    row = rows(bench, with_deliverable(bench, INTERNAL, "draft"))[0]
    with pytest.raises(BadRequestError) as refused:
        comment(bench, row.deliverable_id, body)
    assert refused.value.details[0]["field"] == "body"


@pytest.mark.parametrize("name", ["ben", "pat", "bot"])
def test_whoever_does_not_see_the_version_cannot_comment_on_it(bench, name):
    row = rows(bench, with_deliverable(bench, INTERNAL, "draft"))[0]
    before = bench.state()
    with pytest.raises(NotFoundError):
        comment(bench, row.deliverable_id, by=name)
    assert bench.state() == before


def test_a_judged_version_takes_remarks_but_stays_as_it_was(bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved")
    [row] = rows(bench, task_id)
    comment(bench, row.deliverable_id, "Well done.", by="sam")
    assert rows(bench, task_id) == [row]
    assert read(bench, row, "ana") == ["Well done."]


def test_a_partner_reads_only_what_is_for_them_and_what_they_write_always_is(bench):
    row = shown_to_partner(bench)
    comment(bench, row.deliverable_id, "Between us.", by="ana")
    comment(bench, row.deliverable_id, "For you.", by="mara", visible_in_portal=True)
    said = comment(bench, row.deliverable_id, "Thanks @ana.", by="pat", visible_in_portal=False)
    assert said.visible_in_portal
    assert read(bench, row, "pat") == ["For you.", "Thanks @ana."]
    assert read(bench, row, "ana") == ["Between us.", "For you.", "Thanks @ana."]


def test_a_remark_is_in_the_inbox_of_whom_it_mentions(bench):
    row = rows(bench, with_deliverable(bench, INTERNAL, "draft"))[0]
    made = comment(bench, row.deliverable_id, "@ana please", by="mara", anchor={"line": 2})
    with bench.reading("ana") as tx:
        found = [details.load(tx, item).remark for item in service.load(tx, with_seen=True).items]
    assert found == [made]


@pytest.mark.parametrize(("has_worker", "told"), [(True, "ana"), (False, "mara")])
def test_what_a_partner_writes_is_told_to_the_worker_else_to_the_owner(bench, has_worker, told):
    row = shown_to_partner(bench)
    with bench.writing("mara") as tx:
        task = tx.get(Task, row.task_id)
        task.owner_id = tx.actor.user_id
        task.assignee_id = task.assignee_id if has_worker else None
        saved(tx, task)
    made = comment(bench, row.deliverable_id, "Six hours, @ben?", by="pat")
    assert made.mentions == [bench.employee_id(told), bench.employee_id("ben")]
    with bench.reading(told) as tx:
        [item] = [item for item in service.load(tx, with_seen=True).items if item.kind is Kind.MENTION]
    assert (item.why, item.remark_id) == ("Pat left a comment for you", made.deliverable_comment_id)
