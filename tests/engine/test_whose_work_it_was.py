"""Whose work something was holds for ever, whoever somebody is made to be afterwards (S3)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.artifacts import intake
from engine.deliverables import approvals, entitlement, versions
from engine.deliverables.models import Approval
from engine.errors import OwnWorkError
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.qa import service as qa
from engine.reference import service as reference
from engine.reference.models import Employee
from engine.reference.training import set_training
from engine.tasks import assignment, files, lifecycle, update
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests import judged
from tests.factories import make_people, make_task
from tests.told import saved

MONA = {"key": "mona", "name": "Mona", "email": "mona@example.com", "roles": ["editor"]}


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return everybody(either_workbench)


def everybody(either_workbench: Workbench) -> dict[str, Actor]:
    """Make the usual people, Mona, a second manager, and Olga, an admin who is no employee."""
    found, operator = make_people(either_workbench), either_workbench.operator()
    do(either_workbench, operator, lambda tx: reference.load(tx, {"employees": [MONA]}))
    for name, role, employee in (("mona", "manager", "mona"), ("olga", "admin", None)):
        do(
            either_workbench,
            operator,
            lambda tx, name=name, role=role, employee=employee: accounts.add_user(
                tx, f"{name}@example.com", name.title(), [role], employee=employee
            ),
        )
        found[name] = again(either_workbench, name)
    return found


def do(workbench: Workbench, who: Actor, act: Callable[[Transaction], Any]) -> Any:
    with workbench.transaction(who) as tx:
        return act(tx)


def again(workbench: Workbench, name: str) -> Actor:
    """Sign somebody in anew, as who they are now."""
    return workbench.actor_by_email(f"{name}@example.com")


def join(workbench: Workbench, people: dict[str, Actor], name: str, employee: str) -> Actor:
    """Let another admin say whom somebody stands for; return the actor that they are then."""
    user_id = people[name].user_id
    do(workbench, people["olga"], lambda tx: accounts.change_user(tx, user_id, employee=employee))
    return again(workbench, name)


def waits_for(workbench: Workbench, who: Actor) -> set[str]:
    """Return the approvals that wait for somebody, which the list and the inbox must agree about."""
    with workbench.reading(who) as tx:
        listed = {item.task_approval_id for item in approvals.waiting(tx)}
        shown = {item.key for item in inbox.load(tx).items if item.kind is Kind.APPROVAL}
    assert listed == shown, "SQL and Python agree"
    return listed


def handed_over(workbench: Workbench, people: dict[str, Actor], worker: str) -> Approval:
    """Let Ana put an address where somebody else is the assignee, so that nobody of them is its author."""
    task, row = judged.begin(workbench, people["olga"], worker=worker)
    do(workbench, people["olga"], lambda tx: lifecycle.start(tx, task.task_id))
    do(workbench, people["olga"], lambda tx: versions.edit(tx, row.deliverable_id, url=judged.DRAFT))
    return judged.ask(workbench, people["olga"], task)


def may_not_decide(workbench: Workbench, who: Actor, waiting: Approval) -> None:
    with pytest.raises(OwnWorkError):
        judged.decide(workbench, who, waiting, "approved")
    assert waiting.task_approval_id not in waits_for(workbench, who)


def test_an_assignee_who_is_joined_to_another_employee_still_judges_their_own_work_never(
    either_workbench, people
):
    waiting = handed_over(either_workbench, people, "mara")
    assert waits_for(either_workbench, people["mona"]) == {waiting.task_approval_id}
    mara = join(either_workbench, people, "mara", "ben")
    assert mara.former_employee_ids == {people["mara"].employee_id}
    may_not_decide(either_workbench, mara, waiting)
    mara = join(either_workbench, people, "mara", "")
    assert mara.employee_id == people["mara"].employee_id, "her e-mail leads back"
    may_not_decide(either_workbench, mara, waiting)
    assert judged.decide(either_workbench, people["mona"], waiting, "approved").is_positive


def test_a_second_account_of_whoever_somebody_was_judges_nothing_of_theirs(either_workbench, people):
    task, row = judged.begin(either_workbench, people["olga"])
    ana = people["ana"]
    waiting = judged.hand_over(either_workbench, ana, task, row)
    do(
        either_workbench,
        people["olga"],
        lambda tx: accounts.add_user(tx, "boss@example.com", "Ana as manager", ["manager"], employee="ana"),
    )
    join(either_workbench, people, "ana", "ben")
    do(either_workbench, people["olga"], lambda tx: assignment.assign(tx, task.task_id, None))
    may_not_decide(either_workbench, again(either_workbench, "boss"), waiting)


def test_accounts_that_a_third_one_ties_together_are_one_person(either_workbench, people):
    """Mara's second account was who her first is, and is who her third is (S3)."""
    for name, employee in (("second", "mara"), ("third", "ben")):
        do(
            either_workbench,
            people["olga"],
            lambda tx, name=name, employee=employee: accounts.add_user(
                tx, f"{name}@example.com", name.title(), ["manager"], employee=employee
            ),
        )
        people[name] = again(either_workbench, name)
    task, row = judged.begin(either_workbench, people["olga"])
    waiting = judged.hand_over(either_workbench, people["mara"], task, row)
    assert waiting.task_approval_id in waits_for(either_workbench, people["third"]), "nothing ties them yet"
    join(either_workbench, people, "second", "ben")
    for name in ("mara", "second", "third"):
        may_not_decide(either_workbench, again(either_workbench, name), waiting)
    assert judged.decide(either_workbench, people["mona"], waiting, "approved").is_positive


@pytest.mark.parametrize("way", ["assign", "update"])
def test_who_had_the_task_while_it_was_worked_on_does_not_judge_it(either_workbench, people, way: str):
    """Mara works on it, gives it to Ana, who hands over what Mara made elsewhere."""
    task, row = judged.begin(either_workbench, people["olga"], worker="mara")
    do(either_workbench, people["mara"], lambda tx: lifecycle.start(tx, task.task_id))
    ana, content = people["ana"].employee_id, either_workbench.content()
    if way == "assign":
        do(either_workbench, people["mara"], lambda tx: assignment.assign(tx, task.task_id, "ana"))
    else:
        change = {"assignee_id": ana}
        do(either_workbench, people["mara"], lambda tx: update.update(tx, content, task.task_id, change))
    do(
        either_workbench,
        people["ana"],
        lambda tx: versions.edit(tx, row.deliverable_id, url=judged.DRAFT),
    )
    waiting = judged.ask(either_workbench, people["ana"], task)
    kept = judged.current(either_workbench, task)
    assert kept.worked_by == [people["mara"].employee_id, ana]
    may_not_decide(either_workbench, people["mara"], waiting)
    judged.decide(either_workbench, people["mona"], waiting, "approved")
    do(either_workbench, people["olga"], lambda tx: qa.flag(tx, task.task_id, "manual"))
    with pytest.raises(OwnWorkError):
        do(either_workbench, people["mara"], lambda tx: qa.review(tx, task.task_id, passed=True))


def test_who_gave_the_task_away_before_anybody_worked_on_it_may_judge_it(either_workbench, people):
    task, row = judged.begin(either_workbench, people["olga"], worker="mara")
    do(either_workbench, people["mara"], lambda tx: assignment.assign(tx, task.task_id, "ana"))
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    assert judged.decide(either_workbench, people["mara"], waiting, "approved").is_positive


def test_what_was_handed_over_before_a_start_is_the_work_of_its_assignee_then(either_workbench, people):
    task, row = judged.begin(either_workbench, people["olga"], worker="mara")
    do(either_workbench, people["olga"], lambda tx: versions.edit(tx, row.deliverable_id, url=judged.DRAFT))
    do(either_workbench, people["mara"], lambda tx: assignment.assign(tx, task.task_id, "ana"))
    waiting = judged.ask(either_workbench, people["ana"], task)
    may_not_decide(either_workbench, people["mara"], waiting)


def test_who_had_no_account_yet_does_not_judge_what_they_did_before(either_workbench, people):
    """The employee is kept beside the users: nobody was this one when the task was worked on."""
    olga = people["olga"]
    nora = {"key": "nora", "name": "Nora", "email": "nora@example.com"}
    do(either_workbench, olga, lambda tx: reference.load(tx, {"employees": [nora]}))
    task, row = judged.begin(either_workbench, olga, worker="nora")
    do(either_workbench, olga, lambda tx: lifecycle.start(tx, task.task_id))
    do(either_workbench, olga, lambda tx: assignment.assign(tx, task.task_id, "ana"))
    do(either_workbench, people["ana"], lambda tx: versions.edit(tx, row.deliverable_id, url=judged.DRAFT))
    waiting = judged.ask(either_workbench, people["ana"], task)
    do(either_workbench, olga, lambda tx: accounts.add_user(tx, "nora@example.com", "Nora", ["manager"]))
    may_not_decide(either_workbench, again(either_workbench, "nora"), waiting)


def test_what_an_upgrade_knows_by_employee_alone_is_the_work_of_whoever_that_was(either_workbench, people):
    """Records of earlier releases do not say which users an assignee was."""
    waiting = handed_over(either_workbench, people, "mara")

    def as_of_before(tx: Transaction) -> None:
        task = tx.get(Task, waiting.task_id)
        task.assignee_id = None
        saved(tx, task)

    do(either_workbench, people["olga"], as_of_before)
    may_not_decide(either_workbench, join(either_workbench, people, "mara", "ben"), waiting)


def test_who_once_stood_for_a_worker_takes_that_along_to_whoever_they_are_now(either_workbench, people):
    """Mona's account was Ana's, then Ben's: Ben's other account is the same person as Ana's (S3)."""
    olga = people["olga"]
    waiting = handed_over(either_workbench, people, "ana")
    join(either_workbench, people, "mona", "ana")
    join(either_workbench, people, "mona", "ben")
    assert waits_for(either_workbench, people["mara"]) == {waiting.task_approval_id}
    do(
        either_workbench,
        olga,
        lambda tx: accounts.add_user(tx, "boss@example.com", "Ben as manager", ["manager"], employee="ben"),
    )
    may_not_decide(either_workbench, again(either_workbench, "boss"), waiting)


def test_whom_another_account_of_theirs_stands_for_nobody_changes_either(either_workbench, people):
    """Mara's second account is Ben now: she neither loads him anew nor ends his training (S3)."""
    olga = people["olga"]
    do(
        either_workbench,
        olga,
        lambda tx: accounts.add_user(tx, "boss@example.com", "Mara again", ["manager"], employee="mara"),
    )
    people["boss"] = again(either_workbench, "boss")
    ben = join(either_workbench, people, "boss", "ben").employee_id
    file = {"employees": [{"key": "ben", "name": "Ben Brandt", "email": "ben@example.com", "kind": "agent"}]}
    do(either_workbench, olga, lambda tx: set_training(tx, str(ben), True))
    for attempt in (
        lambda tx: reference.load(tx, file),
        lambda tx: set_training(tx, str(ben), False),
    ):
        with pytest.raises(OwnWorkError):
            do(either_workbench, people["mara"], attempt)
    with either_workbench.reading(olga) as tx:
        kept = tx.get(Employee, str(ben))
        assert (kept.training, kept.kind) == (True, "human")


def test_an_address_that_several_have_makes_nothing_anybodys_own_work(either_workbench, people):
    """Pia signs in by an address that leads to Ana and Ben alike, and so is neither of them (S27)."""
    olga = people["olga"]
    do(either_workbench, olga, lambda tx: accounts.add_user(tx, "pia@example.com", "Pia", ["manager"]))
    shared = [
        {"key": key, "name": key.title(), "email": "pia@example.com", "roles": []} for key in ("ana", "ben")
    ]
    do(either_workbench, olga, lambda tx: reference.load(tx, {"employees": shared}))
    pia = again(either_workbench, "pia")
    assert pia.employee_id is None
    waiting = handed_over(either_workbench, people, "ana")
    assert waits_for(either_workbench, pia) == {waiting.task_approval_id}
    assert judged.decide(either_workbench, pia, waiting, "approved").is_positive


def test_a_later_version_of_a_file_is_still_the_work_of_who_brought_the_first(either_workbench, people):
    """Ana adds a dot to what Mara brought, and hands that over (APR-16)."""
    task, row = judged.begin(either_workbench, people["olga"])
    brief = {"type": "report", "label": "Brief", "file_name": "brief.md"}
    for who, text in (("mara", b"# By Mara"), ("ana", b"# By Mara.")):
        got = intake.receive(either_workbench.blobs, io.BytesIO(text), "brief.md", 1000)
        do(either_workbench, people[who], lambda tx, got=got: files.add(tx, task.task_id, got.blob, **brief))
    given = {"blob": got.blob, "file_name": "brief.md"}
    do(either_workbench, people["ana"], lambda tx: lifecycle.start(tx, task.task_id))
    do(either_workbench, people["ana"], lambda tx: versions.edit(tx, row.deliverable_id, **given))
    waiting = judged.ask(either_workbench, people["ana"], task)
    may_not_decide(either_workbench, people["mara"], waiting)
    assert judged.decide(either_workbench, people["mona"], waiting, "approved").is_positive


@pytest.mark.parametrize("shown", ["file", "version"])
def test_what_somebody_made_stays_their_work_where_it_is_handed_over_by_its_address(
    either_workbench, people, shown: str
):
    """An address of the board shows Mara's bytes; Ana, who gives it, is not their only author (APR-16)."""
    got = intake.receive(either_workbench.blobs, io.BytesIO(b"# By Mara"), "draft.md", 1000)
    source, made = judged.begin(either_workbench, people["olga"], worker="mara")
    given = {"blob": got.blob, "file_name": "draft.md"}
    do(either_workbench, people["mara"], lambda tx: lifecycle.start(tx, source.task_id))
    do(either_workbench, people["mara"], lambda tx: versions.edit(tx, made.deliverable_id, **given))
    first = judged.ask(either_workbench, people["mara"], source)
    judged.decide(either_workbench, people["mona"], first, "approved")
    [version] = judged.versions_of(either_workbench, source)
    addresses = {
        "file": f"/artifacts/{version.artifact_id}",
        "version": f"/deliverables/{version.deliverable_id}/view",
    }
    task, row = judged.begin(either_workbench, people["olga"])
    do(either_workbench, people["olga"], lambda tx: lifecycle.start(tx, task.task_id))
    url = addresses[shown]
    do(either_workbench, people["olga"], lambda tx: versions.edit(tx, row.deliverable_id, url=url))
    waiting = judged.ask(either_workbench, people["ana"], task)
    may_not_decide(either_workbench, people["mara"], waiting)
    assert judged.decide(either_workbench, people["mona"], waiting, "approved").is_positive


@pytest.mark.parametrize("shown", ["file", "version", "whole address"])
def test_what_somebody_was_assigned_stays_their_work_where_it_is_handed_over_by_its_address(
    either_workbench, people, shown: str
):
    """Olga put Mara's work into the first task, so Mara is not among the authors of what it shows."""
    got = intake.receive(either_workbench.blobs, io.BytesIO(b"# By Mara"), "draft.md", 1000)
    source, made = judged.begin(either_workbench, people["olga"], worker="mara")
    given = {"blob": got.blob, "file_name": "draft.md"}
    do(either_workbench, people["mara"], lambda tx: lifecycle.start(tx, source.task_id))
    do(either_workbench, people["olga"], lambda tx: versions.edit(tx, made.deliverable_id, **given))
    first = judged.ask(either_workbench, people["mara"], source)
    judged.decide(either_workbench, people["mona"], first, "approved")
    [version] = judged.versions_of(either_workbench, source)
    view = f"/deliverables/{version.deliverable_id}/view"
    url = {
        "file": f"/artifacts/{version.artifact_id}",
        "version": view,
        "whole address": f"https://board.example.com{view}",
    }[shown]
    task, row = judged.begin(either_workbench, people["olga"])
    do(either_workbench, people["olga"], lambda tx: lifecycle.start(tx, task.task_id))
    do(either_workbench, people["olga"], lambda tx: versions.edit(tx, row.deliverable_id, url=url))
    waiting = judged.ask(either_workbench, people["ana"], task)
    may_not_decide(either_workbench, people["mara"], waiting)
    assert judged.decide(either_workbench, people["mona"], waiting, "approved").is_positive


@pytest.mark.parametrize("part", ["the version before", "the same bytes under another name"])
def test_who_brought_a_part_of_a_file_judges_it_nowhere_it_is_handed_over_by_its_address(
    either_workbench, people, part: str
):
    """What counts where it is handed over as a file counts by its address, too (APR-16)."""
    source, _ = judged.begin(either_workbench, people["olga"])
    brief = {"type": "report", "file_name": "brief.md"}
    other = {
        "the version before": ("Brief", b"# By Mara."),
        "the same bytes under another name": ("B", b"# By Mara"),
    }
    for who, (label, text) in (("mara", ("Brief", b"# By Mara")), ("ana", other[part])):
        got = intake.receive(either_workbench.blobs, io.BytesIO(text), "brief.md", 1000)
        file = do(
            either_workbench,
            people[who],
            lambda tx, got=got, label=label: files.add(tx, source.task_id, got.blob, label=label, **brief),
        )
    task, row = judged.begin(either_workbench, people["olga"])
    url = f"/artifacts/{file.artifact_id}"
    waiting = judged.hand_over(either_workbench, people["ana"], task, row, url)
    may_not_decide(either_workbench, people["mara"], waiting)
    assert judged.decide(either_workbench, people["mona"], waiting, "approved").is_positive


def test_what_a_page_offers_and_what_is_decided_follow_one_rule(either_workbench, people):
    waiting = handed_over(either_workbench, people, "mara")
    for name in ("mara", "mona", "olga"):
        with either_workbench.reading(again(either_workbench, name)) as tx:
            found = tx.get(Approval, waiting.task_approval_id)
            refused = entitlement.why_not(tx, found)
        is_listed = waiting.task_approval_id in waits_for(either_workbench, again(either_workbench, name))
        assert is_listed == (refused is None), name


def test_a_task_that_is_new_is_nobodys_work_yet(either_workbench, people):
    task = make_task(either_workbench, actor=people["mara"], assignee="ana")
    with either_workbench.reading(people["olga"]) as tx:
        kept = tx.get(Task, task.task_id)
    assert (kept.worked_by, kept.hand_list) == ([], None)
