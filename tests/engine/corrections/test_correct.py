"""Correction: what was closed by mistake is open again, with all that its closing had set in motion."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles import service as bundles
from engine.bundles.models import LinkState
from engine.clock import FixedClock
from engine.corrections import correct
from engine.deliverables import versions
from engine.deliverables.models import Approval, Deliverable
from engine.errors import ConflictError, ForbiddenError
from engine.qa import service as qa
from engine.tasks import lifecycle, notes, update
from engine.tasks.models import Note, QaReason, Task, TaskStatus
from tests.desk import INTERNAL, Desk
from tests.engine.corrections.published import Article
from tests.factories import do, make_people, make_task
from tests.told import saved
from tests.verified import events_of_intact

S = TaskStatus
WHY = "The page is not live yet."


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


@pytest.fixture
def article(either_workbench: Workbench, people: dict[str, Actor]) -> Article:
    made = Article(either_workbench, people)
    with either_workbench.transaction(either_workbench.operator()) as tx:  # nobody of Acme looks
        pat = tx.find_one(User, email="pat@example.com")
        assert pat is not None
        pat.is_active = False
        saved(tx, pat)
    return made


def corrected(workbench: Workbench, actor: Actor, task: Task | str) -> Task:
    task_id = task if isinstance(task, str) else task.task_id
    return do(workbench, actor, "task correct", task_id=task_id, reason=WHY)


def stored(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def plan_of(workbench: Workbench, actor: Actor, task: Task) -> correct.Plan:
    with workbench.reading(actor) as tx:
        return correct.plan(tx, task.task_id)


def told(workbench: Workbench, **where: Any) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, **where, order_by=("seq",))


def test_a_completion_goes_back_with_link_stage_date_and_what_waits(article: Article):
    before = article.task("publish"), article.link(), article.bundle(), article.task("index_check")
    distribute = article.task("distribute")
    article.complete("publish")
    assert article.link().state is LinkState.FILLED
    assert article.task("index_check").due_date is not None
    assert article.task("distribute").blocked_by is None
    corrected(article.workbench, article.people["mara"], article.task("publish"))
    after = article.task("publish"), article.link(), article.bundle(), article.task("index_check")
    for old, new in zip(before, after, strict=True):
        same = {"revision", "updated_at"}
        assert new.model_dump(exclude=same) == old.model_dump(exclude=same)
    assert article.task("distribute").blocked_by == distribute.blocked_by == before[0].task_id
    events = told(article.workbench, action=Action.TASK_CORRECTED)
    assert {event.entity_id for event in events} == {
        before[0].task_id,
        before[1].bundle_link_id,
        article.bundle_id,
        before[3].task_id,
        distribute.task_id,
    }
    assert {event.reason for event in events} == {WHY}
    assert len({event.act_id for event in events}) == 1
    assert events[0].summary == f"{before[0].name} is “To do” again: it was completed by mistake"
    with article.workbench.reading(article.people["mara"]) as tx:
        events_of_intact(tx)


def test_what_is_said_beforehand_is_what_is_done(article: Article):
    article.complete("publish")
    name = article.task("publish").name
    found = plan_of(article.workbench, article.people["mara"], article.task("publish"))
    assert found.is_possible
    assert sorted(found.lines) == sorted(
        [
            f"{name} is “To do” again.",
            "The link “Published article” is empty again.",
            "The stage is preparation again.",
            f"{article.task('index_check').name} has no due date again.",
            f"{article.task('index_check').name} waits for {name} again.",
            f"{article.task('distribute').name} waits for {name} again.",
        ]
    )
    assert found.stays == []


def test_it_can_be_completed_anew_and_sets_all_in_motion_again(article: Article):
    article.complete("publish")
    date = article.task("index_check").due_date
    corrected(article.workbench, article.people["mara"], article.task("publish"))
    article.complete("publish")
    assert article.link().state is LinkState.FILLED
    assert article.bundle().stage == "announced"
    assert article.task("index_check").due_date == date
    assert article.task("distribute").blocked_by is None


def test_what_was_changed_since_stays_and_is_told(article: Article):
    article.complete("publish")
    mara = article.people["mara"]
    with article.workbench.transaction(mara) as tx:
        bundles.fill_link(tx, article.bundle_id, "Published article", "https://acme.example/other")
        bundles.set_stage(tx, article.bundle_id, "after_event")
        update.update(
            tx, article.workbench.content(), article.task("index_check").task_id, {"due_date": "2027-03-01"}
        )
    found = plan_of(article.workbench, mara, article.task("publish"))
    assert sorted(found.stays) == [
        f"The due date of {article.task('index_check').name} stays: it was moved, or the task closed, since.",
        "The link “Published article” stays as it is: somebody changed it since.",
        "The stage stays after event: the bundle was moved there since.",
    ]
    corrected(article.workbench, mara, article.task("publish"))
    assert article.link().url == "https://acme.example/other"
    assert article.bundle().stage == "after_event"
    assert str(article.task("index_check").due_date) == "2027-03-01"
    assert article.task("publish").status is S.PENDING


def test_a_skip_goes_back_with_the_links_that_it_waived(article: Article):
    task = article.task("publish")
    with article.workbench.transaction(article.people["mara"]) as tx:
        lifecycle.skip(tx, task.task_id, "the partner withdrew the article", "Pia said so.")
    assert article.link().state is LinkState.WAIVED
    corrected(article.workbench, article.people["mara"], task)
    now = article.task("publish")
    assert (now.status, now.skip_reason, now.closed_at) == (S.PENDING, None, None)
    assert (article.link().state, article.link().waived_by_task_id) == (LinkState.EMPTY, None)
    assert article.task("index_check").blocked_by == task.task_id
    with article.workbench.reading(article.people["mara"]) as tx:
        assert "Pia said so." in [note.body for note in tx.find(Note, task_id=task.task_id)]


def test_a_cancelled_task_is_back_and_who_was_told_of_it_hears(
    either_workbench: Workbench, people: dict[str, Actor]
):
    first = make_task(either_workbench, assignee="ben", title="One")
    last = make_task(either_workbench, assignee="ana", title="Two", depends_on=[first.task_id])
    with either_workbench.transaction(people["ben"]) as tx:
        lifecycle.start(tx, first.task_id)
    with either_workbench.transaction(people["ben"]) as tx:
        lifecycle.cancel(tx, first.task_id)
    corrected(either_workbench, people["ben"], first)
    now = stored(either_workbench, first)
    assert (now.status, now.cancel_reason, now.status_reason) == (S.IN_PROGRESS, None, None)
    with either_workbench.reading(people["mara"]) as tx:
        [lost, back] = tx.find(Note, task_id=last.task_id, order_by=("created_at", "task_note_id"))
    assert "was cancelled" in lost.body
    assert (
        back.body
        == "#1, which this task waits for, was cancelled by mistake. It is “In progress” again: wait."
    )
    assert back.mentions == lost.mentions == [people["ana"].employee_id]


def test_a_request_that_a_cancel_ended_is_open_again(either_workbench: Workbench, people: dict[str, Actor]):
    desk = Desk.set_up(either_workbench, people)
    task_id = desk.hand_over(policy=INTERNAL)
    approval = desk.approval(task_id)
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.cancel(tx, task_id)
    corrected(either_workbench, people["ana"], task_id)
    assert desk.task(task_id).status is S.PENDING_APPROVAL
    with either_workbench.reading(people["mara"]) as tx:
        again = tx.get(Approval, approval.task_approval_id)
    assert (again.is_open, again.withdrawn_at) == (True, None)


def test_the_time_that_work_took_is_counted_as_before(
    either_workbench: Workbench, people: dict[str, Actor], clock: FixedClock
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        started = lifecycle.start(tx, task.task_id).started_at
    clock.advance(minutes=30)
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    corrected(either_workbench, people["ana"], task)
    clock.advance(minutes=30)
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    now = stored(either_workbench, task)
    assert (now.started_at, now.worked_seconds) == (started, 3600)


def test_whose_work_it_was_is_never_forgotten(either_workbench: Workbench, people: dict[str, Actor]):
    """Else whoever completed something would judge it after a correction (S3)."""
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    corrected(either_workbench, people["ana"], task)
    now = stored(either_workbench, task)
    assert (now.status, now.first_started_at, now.worked_by) == (S.PENDING, None, [people["ana"].employee_id])


# -- QA ------------------------------------------------------------------------------------------


def test_a_corrected_task_leaves_the_queue_and_the_die_is_not_thrown_twice(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        tx.wiring.roll = lambda _: 1
        lifecycle.complete(tx, task.task_id)
    chosen = stored(either_workbench, task)
    assert chosen.qa_reasons == [QaReason.RANDOM, QaReason.FIRST_THREE]
    corrected(either_workbench, people["ana"], task)
    now = stored(either_workbench, task)
    assert (now.qa_flagged, now.qa_state, now.qa_type, now.qa_flagged_at) == (False, None, None, None)
    with either_workbench.transaction(people["ana"]) as tx:
        tx.wiring.roll = lambda sides: sides
        lifecycle.complete(tx, task.task_id)
    assert set(stored(either_workbench, task).qa_reasons) == {QaReason.RANDOM, QaReason.FIRST_THREE}
    assert len(told(either_workbench, task_id=task.task_id, action=Action.QA_ROLLED)) == 1


def test_what_a_manager_flagged_since_is_flagged_again_when_it_is_done(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["mara"]) as tx:
        found = tx.get(Task, task.task_id)
        found.qa = {"first_n": 0}
        saved(tx, found)
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    with either_workbench.transaction(people["mara"]) as tx:
        qa.flag(tx, task.task_id, "complaint")
    corrected(either_workbench, people["ana"], task)
    assert stored(either_workbench, task).qa_state is None
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    now = stored(either_workbench, task)
    assert (now.qa_state, now.qa_reasons) == ("open", [QaReason.COMPLAINT])


# -- who, and how long -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "minutes", "may"),
    [
        ("ana", 0, True),
        ("ana", 15, True),
        ("ana", 16, False),
        ("ben", 0, False),
        ("mara", 0, True),
        ("mara", 60 * 24 * 30, True),
    ],
)
def test_who_closed_it_may_for_a_quarter_of_an_hour_and_a_manager_later(
    either_workbench: Workbench,
    people: dict[str, Actor],
    clock: FixedClock,
    who: str,
    minutes: int,
    may: bool,
):
    task = make_task(either_workbench, actor=people["ben"], assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    clock.advance(minutes=minutes)
    if may:
        corrected(either_workbench, people[who], task)
    else:
        with pytest.raises(ForbiddenError):
            corrected(either_workbench, people[who], task)
    assert (stored(either_workbench, task).status is S.PENDING) == may


# -- what has built on it ---------------------------------------------------------------------------


def refused(workbench: Workbench, actor: Actor, task: Task, words: str) -> None:
    before = stored(workbench, task)
    with pytest.raises(ConflictError, match=words):
        corrected(workbench, actor, task)
    assert stored(workbench, task) == before


def test_not_once_a_dependent_was_started_even_if_it_was_put_back(article: Article):
    article.complete("publish")
    mara, waiting = article.people["mara"], article.task("distribute")
    with article.workbench.transaction(mara) as tx:
        lifecycle.start(tx, waiting.task_id)
    with article.workbench.transaction(mara) as tx:
        lifecycle.put_back(tx, waiting.task_id)
    refused(article.workbench, mara, article.task("publish"), "which waits for it, has moved since")


def test_a_dependent_whose_own_slip_was_corrected_is_no_hindrance(article: Article):
    article.complete("publish")
    mara = article.people["mara"]
    article.complete("distribute")
    refused(article.workbench, mara, article.task("publish"), "has moved since")
    corrected(article.workbench, mara, article.task("distribute"))
    corrected(article.workbench, mara, article.task("publish"))
    assert article.task("distribute").blocked_by == article.task("publish").task_id


def test_a_dependent_elsewhere_that_waited_for_something_else_first_counts_too(
    either_workbench: Workbench, people: dict[str, Actor]
):
    one, two = (make_task(either_workbench, assignee="ana", title=title) for title in ("One", "Two"))
    last = make_task(either_workbench, assignee="ana", depends_on=[one.task_id, two.task_id])
    for task in (two, one):
        with either_workbench.transaction(people["ana"]) as tx:
            lifecycle.complete(tx, task.task_id)
    corrected(either_workbench, people["ana"], two)
    assert stored(either_workbench, last).blocked_by == two.task_id
    # Who sees the one task need not see the other: its number is all that is said there (DEP-07).
    assert told(either_workbench, entity_id=last.task_id)[-1].summary == "#3 waits for #2 again"
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, two.task_id)
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, last.task_id)
    refused(either_workbench, people["ana"], two, "#3, which waits for it, has moved since")


def test_not_once_it_was_scored(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    with either_workbench.transaction(people["mara"]) as tx:
        qa.flag(tx, task.task_id, "manual")
        qa.review(tx, task.task_id, passed=True)
    refused(either_workbench, people["ana"], task, "it was scored in QA")


def test_not_what_a_decision_closed(either_workbench: Workbench, people: dict[str, Actor]):
    desk = Desk.set_up(either_workbench, people)
    task_id = desk.hand_over(policy=INTERNAL)
    approval = desk.approval(task_id)
    with either_workbench.reading(people["mara"]) as tx:
        seen = tx.get(Deliverable, approval.deliverable_id).content_hash
    do(
        either_workbench,
        people["mara"],
        "task decide",
        task_approval_id=approval.task_approval_id,
        outcome="approved",
        seen=seen,
    )
    assert desk.task(task_id).status is S.COMPLETED
    refused(either_workbench, people["mara"], desk.task(task_id), "closed by a decision")


@pytest.mark.parametrize("somebody_looks", [True, False])
def test_a_delivery_is_taken_back_unless_somebody_of_the_partner_can_see_it(
    either_workbench: Workbench, people: dict[str, Actor], somebody_looks: bool
):
    desk = Desk.set_up(either_workbench, people)
    task_id = desk.make()
    with either_workbench.transaction(either_workbench.operator()) as tx:
        pat = tx.find_one(User, email="pat@example.com")
        assert pat is not None
        pat.is_active = somebody_looks
        saved(tx, pat)
        task = tx.get(Task, task_id)
        task.partner_id = pat.partner_id
        saved(tx, task)
    with either_workbench.transaction(people["ana"]) as tx:
        row = versions.add(tx, task_id, "draft", type="text", visible_in_portal=True)
        versions.edit(tx, row.deliverable_id, url="https://docs.example/draft")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task_id)
    if somebody_looks:
        refused(either_workbench, people["ana"], desk.task(task_id), "the partner, who can see it")
    else:
        corrected(either_workbench, people["ana"], task_id)
    with either_workbench.reading(people["mara"]) as tx:
        assert (tx.get(Deliverable, row.deliverable_id).delivered_at is not None) == somebody_looks


def test_not_once_its_bundle_is_over(article: Article):
    article.complete("publish")
    with article.workbench.transaction(article.people["mara"]) as tx:
        bundles.cancel(tx, article.bundle_id)
    refused(article.workbench, article.people["mara"], article.task("publish"), "its bundle is cancelled")
    refused(
        article.workbench, article.people["mara"], article.task("distribute"), "cancelled with its bundle"
    )


@pytest.mark.parametrize("what", ["task", "deliverable"])
def test_not_once_the_task_or_a_part_of_it_was_changed_since(
    either_workbench: Workbench, people: dict[str, Actor], what: str
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        row = versions.add(tx, task.task_id, "draft", type="text")
        lifecycle.complete(tx, task.task_id)
    with either_workbench.transaction(people["mara"]) as tx:  # as no use case does yet
        if what == "task":
            found: Task | Deliverable = tx.get(Task, task.task_id)
        else:
            found = tx.get(Deliverable, row.deliverable_id)
        found.description = "Something else"
        saved(tx, found)
    refused(either_workbench, people["ana"], task, "Mara has changed it since")


def test_tags_notes_and_material_since_are_no_hindrance(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    with either_workbench.transaction(people["mara"]) as tx:
        update.update(tx, either_workbench.content(), task.task_id, {"tags": ["tax"]})
        notes.add(tx, task.task_id, "Are you sure?")
    corrected(either_workbench, people["ana"], task)
    now = stored(either_workbench, task)
    assert (now.status, now.tags) == (S.PENDING, ["tax"])


def test_nothing_is_corrected_that_is_open(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    refused(either_workbench, people["ana"], task, "there is nothing to correct")


def test_what_an_earlier_release_closed_is_not_kept_as_one_act(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
        for event in tx.told:
            event.act_id = None
    refused(either_workbench, people["ana"], task, "before release 0.4.0")
