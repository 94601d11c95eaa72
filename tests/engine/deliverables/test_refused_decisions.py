"""Decisions that cannot be: each is refused with its own code, and nothing changes (issue 3, Bad input)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from engine.access import Actor, ActorKind
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Approval, Deliverable
from engine.errors import WorkbenchError
from engine.tasks import assignment
from engine.tasks.models import Task
from tests import judged
from tests.factories import make_people


@dataclass
class Desk:
    """One version of Ana's that waits for a decision, and everybody who might make it."""

    workbench: Workbench
    people: dict[str, Actor]
    task: Task
    row: Deliverable
    approval: Approval

    @property
    def seen(self) -> str:
        return judged.seen(self.workbench, self.approval)

    def decide(
        self,
        who: Actor | str = "mara",
        outcome: str = "approved",
        feedback: str | None = None,
        *,
        seen: str | None = None,
        approval_id: str | None = None,
    ) -> Approval:
        look = self.seen if seen is None else seen
        actor = who if isinstance(who, Actor) else self.people[who]
        with self.workbench.transaction(actor) as tx:
            key = approval_id or self.approval.task_approval_id
            return decisions.decide(tx, key, outcome, feedback, seen=look)


@pytest.fixture
def open_desk(either_workbench: Workbench) -> Callable[..., Desk]:
    """Put fresh work before an approver: ``open_desk("portal")``."""
    people = make_people(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        accounts.add_user(tx, "gil@example.com", "Gil", ["partner"], partner="globex")
        accounts.add_user(tx, "mona@example.com", "Mona", ["manager"])
    people |= {name: either_workbench.actor_by_email(f"{name}@example.com") for name in ("gil", "mona")}

    def begin(*sources: str, worker: str = "ana") -> Desk:
        task, row = judged.begin(either_workbench, people["mona"], sources or ("internal",), worker=worker)
        approval = judged.hand_over(either_workbench, people[worker], task, row)
        return Desk(either_workbench, people, task, row, approval)

    return begin


def edited_since(desk: Desk) -> Approval:
    look = desk.seen
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        versions.edit(tx, desk.row.deliverable_id, url="https://docs.example/changed")
    return refuse(desk, lambda: desk.decide(seen=look))


def facts_edited_since(desk: Desk) -> Approval:
    look = desk.seen
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        versions.edit(tx, desk.row.deliverable_id, meta={"words": 900})
    return refuse(desk, lambda: desk.decide(seen=look))


def decided_before(desk: Desk) -> Approval:
    desk.decide("mara", "rejected", "The tone is wrong.")
    return refuse(desk, lambda: desk.decide("mona"))


def decided_before_by_oneself(desk: Desk) -> Approval:
    desk.decide()
    return refuse(desk, lambda: desk.decide(outcome="rejected", feedback="I changed my mind."))


def withdrawn(desk: Desk) -> Approval:
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        approvals.withdraw(tx, desk.task.task_id)
    return refuse(desk, desk.decide)


def of_another_workspace(desk: Desk) -> Approval:
    stranger = replace(desk.people["mara"], workspace_id="wsp_01K9ZQ3V5M8Y7C2R4T6W8X0B1D")
    return refuse(desk, lambda: desk.decide(stranger))


def by_the_system(desk: Desk) -> Approval:
    system = desk.workbench.system_actor()
    assert system.kind is ActorKind.SYSTEM
    return refuse(desk, lambda: desk.decide(system))


def an_author_who_is_no_assignee(desk: Desk) -> Approval:
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        versions.edit(tx, desk.row.deliverable_id, url="https://docs.example/maras")
    return refuse(desk, desk.decide)


def an_author_of_an_earlier_version(desk: Desk) -> Approval:
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        versions.edit(tx, desk.row.deliverable_id, url="https://docs.example/maras")
    desk.decide("mona", "rejected", "Again, please.")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        versions.new_version(tx, desk.row.deliverable_id, url="https://docs.example/2")
    again = judged.ask(desk.workbench, desk.people["ana"], desk.task)
    look = judged.seen(desk.workbench, again)
    return refuse(desk, lambda: desk.decide(seen=look, approval_id=again.task_approval_id))


def an_assignee_who_gave_the_task_away(desk: Desk) -> Approval:
    """Mara is assigned what Ana wrote, hands it over, and gives the task to Ana before she decides."""
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        approvals.withdraw(tx, desk.task.task_id)
        assignment.assign(tx, desk.task.task_id, "mara")
    again = judged.ask(desk.workbench, desk.people["mara"], desk.task)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        assignment.assign(tx, desk.task.task_id, "ana")
    return refuse(desk, lambda: desk.decide(approval_id=again.task_approval_id))


def an_assignee_of_an_earlier_request(desk: Desk) -> Approval:
    """As before, but Ana takes the request back and asks again herself."""
    with pytest.raises(WorkbenchError):
        an_assignee_who_gave_the_task_away(desk)
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        approvals.withdraw(tx, desk.task.task_id)
    again = judged.ask(desk.workbench, desk.people["ana"], desk.task)
    return refuse(desk, lambda: desk.decide(approval_id=again.task_approval_id))


def plain(**given: str) -> Callable[[Desk], Approval]:
    return lambda desk: refuse(desk, lambda: desk.decide(**given))


def refuse(desk: Desk, attempt: Callable[[], Approval]) -> Approval:
    """Try what must be refused; nothing may have changed by it."""
    before = judged.everything(desk.workbench)
    try:
        return attempt()
    finally:
        assert judged.everything(desk.workbench) == before, "a refused decision changed something"


#: what -> the sources of the task, how it is tried, the code, what the message says.
TABLE: dict[str, tuple[tuple[str, ...], Callable[[Desk], Approval], str, str]] = {
    "a version edited since": ((), edited_since, "STALE_VERSION", "changed since you looked"),
    "facts edited since": ((), facts_edited_since, "STALE_VERSION", "changed since you looked"),
    "another hash": ((), plain(seen="0" * 64), "STALE_VERSION", "Look at it again"),
    "no hash": ((), plain(seen=""), "STALE_VERSION", "Look at it again"),
    "own work": ((), an_author_who_is_no_assignee, "OWN_WORK", "somebody else decides"),
    "own earlier work": ((), an_author_of_an_earlier_version, "OWN_WORK", "somebody else decides"),
    "work that was given away": ((), an_assignee_who_gave_the_task_away, "OWN_WORK", "somebody else decides"),
    "work that was given away before it came again": (
        (),
        an_assignee_of_an_earlier_request,
        "OWN_WORK",
        "somebody else decides",
    ),
    "another workspace": ((), of_another_workspace, "NOT_FOUND", "Check the id"),
    "no such approval": ((), plain(approval_id="apr_none"), "NOT_FOUND", "Check the id"),
    "decided by another": ((), decided_before, "ALREADY_DECIDED", "Mara has decided"),
    "decided before": ((), decided_before_by_oneself, "ALREADY_DECIDED", "Load the page again"),
    "withdrawn": ((), withdrawn, "ALREADY_DECIDED", "was withdrawn"),
    "rejected without feedback": ((), plain(outcome="rejected"), "FEEDBACK_REQUIRED", "Say why"),
    "changes without feedback": (
        (),
        plain(outcome="approved_pending_changes", feedback=" \n "),
        "FEEDBACK_REQUIRED",
        "Say what to change",
    ),
    "unknown outcome": (
        (),
        plain(outcome="delighted"),
        "BAD_REQUEST",
        "is not an outcome. Use one of: approved",
    ),
    "oversized feedback": (
        (),
        plain(outcome="rejected", feedback="x" * 10_001),
        "BAD_REQUEST",
        "10000 is the most",
    ),
    "feedback that cannot be stored": (
        (),
        plain(outcome="rejected", feedback="No\x00way"),
        "BAD_REQUEST",
        "control character",
    ),
    "the worker": ((), plain(who="ana"), "FORBIDDEN", "It takes a manager or admin"),
    "a member who does not see it": ((), plain(who="ben"), "NOT_FOUND", "Check the id"),
    "a strategist": ((), plain(who="sam"), "FORBIDDEN", "It takes a manager or admin"),
    "the system": ((), by_the_system, "FORBIDDEN", "It takes a manager or admin"),
    "a partner inside": ((), plain(who="pat"), "NOT_FOUND", "Check the id"),
    "a manager for the partner": (("portal",), plain(who="mara"), "FORBIDDEN", "a user of its partner"),
    "the wrong partner": (("portal",), plain(who="gil"), "NOT_FOUND", "Check the id"),
    "the partner without a reason": (
        ("portal",),
        plain(who="pat", outcome="rejected"),
        "FEEDBACK_REQUIRED",
        "Say why",
    ),
}


def test_every_decision_that_cannot_be_is_refused_with_its_own_code_and_changes_nothing(
    open_desk: Callable[..., Desk],
):
    for what, (sources, attempt, code, words) in TABLE.items():
        desk = open_desk(*sources)
        with pytest.raises(WorkbenchError) as caught:
            attempt(desk)
        assert (what, caught.value.code) == (what, code)
        assert words in caught.value.message, what


def test_an_assignee_who_is_a_manager_decides_nothing_of_their_own(open_desk: Callable[..., Desk]):
    desk = open_desk(worker="mara")
    with pytest.raises(WorkbenchError) as caught:
        refuse(desk, desk.decide)
    assert caught.value.code == "OWN_WORK"
    assert desk.decide("mona").is_positive


def test_of_two_managers_who_decide_at_the_same_moment_exactly_one_wins(open_desk: Callable[..., Desk]):
    for _ in range(5):
        desk = open_desk()
        look = desk.seen
        answers = at_once(
            lambda desk=desk, look=look: desk.decide("mara", "approved", seen=look).status,
            lambda desk=desk, look=look: desk.decide("mona", "rejected", "Not yet.", seen=look).status,
        )
        assert sorted(answers) in (["ALREADY_DECIDED", "approved"], ["ALREADY_DECIDED", "rejected"])
        with desk.workbench.reading(desk.people["mara"]) as tx:
            [kept] = approvals.of_task(tx, desk.task.task_id)
        assert {kept.status, "ALREADY_DECIDED"} == set(answers)
        winner = "mara" if kept.status == "approved" else "mona"
        assert kept.approver_id == desk.people[winner].user_id
        status = judged.current(desk.workbench, desk.task).status
        assert status == ("completed" if kept.status == "approved" else "in_progress")


def test_a_decision_and_a_withdrawal_at_the_same_moment_leave_one_of_them(open_desk: Callable[..., Desk]):
    for _ in range(5):
        desk = open_desk()
        look = desk.seen

        def withdraw(desk: Desk = desk) -> str:
            with desk.workbench.transaction(desk.people["ana"]) as tx:
                return str(approvals.withdraw(tx, desk.task.task_id).status)

        answers = at_once(
            lambda desk=desk, look=look: desk.decide("mara", "approved", seen=look).status, withdraw
        )
        task = judged.current(desk.workbench, desk.task)
        with desk.workbench.reading(desk.people["mara"]) as tx:
            [kept] = approvals.of_task(tx, desk.task.task_id)
        assert not kept.is_open
        if kept.withdrawn_at is None:
            assert (answers, task.status) == (["approved", "CONFLICT"], "completed")
        else:
            assert (answers, task.status) == (["ALREADY_DECIDED", "in_progress"], "in_progress")


def test_a_request_and_its_withdrawal_at_the_same_moment_never_lose_a_round(open_desk: Callable[..., Desk]):
    desk = open_desk()
    for _ in range(5):

        def withdraw() -> str:
            with desk.workbench.transaction(desk.people["ana"]) as tx:
                return str(approvals.withdraw(tx, desk.task.task_id).status)

        def request() -> str:
            with desk.workbench.transaction(desk.people["ana"]) as tx:
                return str(approvals.request(tx, desk.task.task_id).status)

        answers = at_once(withdraw, request)
        task = judged.current(desk.workbench, desk.task)
        waiting = judged.open_ones(desk.workbench, desk.task)
        assert len(waiting) == (1 if task.status == "pending_approval" else 0)
        assert answers[0] == "in_progress"
        assert answers[1] in ("pending_approval", "INVALID_TRANSITION")
        if not waiting:
            judged.ask(desk.workbench, desk.people["ana"], desk.task)


def at_once(*attempts: Callable[[], object]) -> list[str]:
    """Start all in threads of their own at one moment; return what each said or was refused with."""
    answers, barrier = [""] * len(attempts), threading.Barrier(len(attempts))

    def run(place: int, attempt: Callable[[], object]) -> None:
        barrier.wait()
        try:
            answers[place] = str(attempt())
        except WorkbenchError as error:
            answers[place] = error.code

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(attempts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return answers
