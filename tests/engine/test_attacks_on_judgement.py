"""What somebody tries in order to have work judged wrongly, by others, or not at all (APR-16, D5)."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.access import Actor
from engine.accounts import actors
from engine.accounts import service as accounts
from engine.accounts.models import User, Workspace
from engine.app import Workbench
from engine.artifacts import intake
from engine.artifacts.link_copies import LinkCopy
from engine.deliverables import approvals, comments, decisions, resubmission, versions
from engine.deliverables.models import Approval, Deliverable
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    NotFoundError,
    OwnWorkError,
    WorkbenchError,
)
from engine.qa import service as qa
from engine.reference import service as reference
from engine.reference import training
from engine.reference.models import Employee, Partner
from engine.tasks import assignment, clone, files, human_review, lifecycle, update
from engine.tasks import help as help_requests
from engine.tasks.models import Step, Task
from engine.transaction import Transaction
from tests import factories, judged
from tests.factories import make_people, make_task
from tests.told import added, saved

pytestmark = pytest.mark.wide

Verb = Callable[[Transaction], Any]


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


def refused(workbench: Workbench, who: Actor, verb: Verb, error: type[WorkbenchError]) -> WorkbenchError:
    """Try, be refused, and change nothing."""
    before = judged.everything(workbench)
    with pytest.raises(error) as caught, workbench.transaction(who) as tx:
        verb(tx)
    assert judged.everything(workbench) == before
    return caught.value


def joined_later(workbench: Workbench, key: str) -> Actor:
    """Add a user first and their employee afterwards, so that only the e-mail joins the two."""
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, f"{key}@example.com", key.title(), ["member"])
    employee = {"key": key, "name": key.title(), "email": f"{key}@example.com", "roles": ["writer"]}
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, {"employees": [employee]})
    with workbench.reading(workbench.operator()) as tx:
        assert tx.find_one(User, email=f"{key}@example.com").employee_id is None
    return workbench.actor_by_email(f"{key}@example.com")


# -- whose work it is ------------------------------------------------------------------------


def test_a_second_account_of_the_same_person_decides_nothing_of_the_first_one(workbench, people):
    nora = joined_later(workbench, "nora")
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "boss@example.com", "Nora as manager", ["manager"], employee="nora")
    boss = workbench.actor_by_email("boss@example.com")
    task, row = judged.begin(workbench, people["mara"], worker="nora")
    waiting = judged.hand_over(workbench, nora, task, row)
    with workbench.transaction(people["mara"]) as tx:
        task = tx.get(Task, task.task_id)
        task.assignee_id = None  # nothing but the author tells any more whose work it is
        saved(tx, task)
    with pytest.raises(OwnWorkError):
        judged.decide(workbench, boss, waiting, "approved")
    assert judged.decide(workbench, people["mara"], waiting, "approved").is_positive


def test_training_is_not_left_by_being_joined_by_e_mail_alone(workbench, people):
    nora = joined_later(workbench, "nora")
    with workbench.transaction(people["mara"]) as tx:
        training.set_training(tx, str(nora.employee_id), value=True)
    task, row = judged.begin(workbench, people["mara"], sources=(), worker="nora")
    with workbench.transaction(nora) as tx:
        lifecycle.start(tx, task.task_id)
        versions.edit(tx, row.deliverable_id, url=judged.DRAFT)
    with workbench.transaction(people["mara"]) as tx:
        task = tx.get(Task, task.task_id)
        task.assignee_id = None
        saved(tx, task)
    error = refused(
        workbench, people["mara"], lambda tx: lifecycle.complete(tx, task.task_id), CompletionRefusedError
    )
    assert [item["code"] for item in error.details] == ["APPROVAL_MISSING"]


def test_a_manager_does_not_judge_their_own_file_that_a_colleague_handed_over(workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    got = intake.receive(workbench.blobs, io.BytesIO(b"# Written by Mara"), "draft.md", 1000)
    with workbench.transaction(people["mara"]) as tx:
        files.add(tx, task.task_id, got.blob, type="draft", label="Mine", file_name="draft.md")
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
        versions.edit(tx, row.deliverable_id, blob=got.blob, file_name="draft.md")
    waiting = judged.ask(workbench, people["ana"], task)
    with pytest.raises(OwnWorkError):
        judged.decide(workbench, people["mara"], waiting, "approved")


def test_whoever_kept_a_copy_of_an_address_has_not_made_what_it_holds(workbench, people):
    """The copies of decisions are evidence: they make no approver an author."""
    task, row = judged.begin(workbench, people["mara"])
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    got = intake.receive(workbench.blobs, io.BytesIO(b"# As it was"), "copy.md", 1000)
    look = judged.seen(workbench, waiting)
    copy = LinkCopy(url=judged.DRAFT, blob=got.blob, file_name="copy.md")
    with workbench.transaction(people["mara"]) as tx:
        decisions.decide(tx, waiting.task_approval_id, "rejected", "Again.", seen=look, copy=copy)
    with workbench.transaction(people["ana"]) as tx:
        second = versions.new_version(tx, row.deliverable_id, blob=got.blob, file_name="draft.md")
    assert second.authors == [people["ana"].user_id]


def test_handing_it_over_once_more_through_somebody_else_takes_no_author_away(workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    with workbench.transaction(people["mara"]) as tx:
        versions.edit(tx, row.deliverable_id, url="https://docs.example/by-mara")
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    with pytest.raises(OwnWorkError):
        judged.decide(workbench, people["mara"], waiting, "approved")


def test_a_next_version_by_somebody_else_takes_no_author_away(workbench, people):
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "max@example.com", "Max", ["manager"])
    other = workbench.actor_by_email("max@example.com")
    task, row = judged.begin(workbench, people["mara"])
    with workbench.transaction(people["mara"]) as tx:
        versions.edit(tx, row.deliverable_id, url="https://docs.example/by-mara")
    waiting = judged.ask(workbench, people["ana"], task)
    judged.decide(workbench, other, waiting, "rejected", "Again.")
    with workbench.transaction(people["ana"]) as tx:
        resubmission.resubmit(tx, row.deliverable_id, url="https://docs.example/by-ana")
    [again] = judged.open_ones(workbench, task)
    with pytest.raises(OwnWorkError):
        judged.decide(workbench, people["mara"], again, "approved")


def test_a_member_makes_nobody_a_manager_and_no_one_leaves_training_by_themselves(workbench, people):
    ana = people["ana"]
    document = {"employees": [{"key": "ana", "name": "Ana", "training": False}]}
    tries: list[Verb] = [
        lambda tx: accounts.change_user(tx, ana.user_id, roles=["manager"]),
        lambda tx: accounts.change_user(tx, ana.user_id, employee="ben"),
        lambda tx: accounts.add_user(tx, "x@example.com", "X", ["manager"]),
        lambda tx: accounts.add_user(tx, "x@example.com", "X", ["partner"], partner="acme"),
        lambda tx: reference.load(tx, document),
        lambda tx: training.set_training(tx, str(ana.employee_id), value=False),
    ]
    for attempt in tries:
        with pytest.raises(WorkbenchError) as caught, workbench.transaction(ana) as tx:
            attempt(tx)
        assert caught.value.code == "FORBIDDEN"


# -- what is judged --------------------------------------------------------------------------


def test_the_hash_of_another_version_decides_nothing(workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    first = judged.hand_over(workbench, people["ana"], task, row)
    old = judged.seen(workbench, first)
    judged.decide(workbench, people["mara"], first, "rejected", "Again.")
    with workbench.transaction(people["ana"]) as tx:
        resubmission.resubmit(tx, row.deliverable_id, url="https://docs.example/two")
    [second] = judged.open_ones(workbench, task)
    for seen in (old, "", "0" * 64, old.upper(), second.task_approval_id):
        with pytest.raises(WorkbenchError) as caught:
            factories.decide(workbench, people["mara"], second.task_approval_id, "approved", seen=seen)
        assert caught.value.code == "STALE_VERSION"
    with pytest.raises(WorkbenchError) as caught:
        factories.decide(workbench, people["mara"], first.task_approval_id, "approved", seen=old)
    assert caught.value.code == "ALREADY_DECIDED"


def test_a_clone_inherits_no_decision(workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    judged.decide(workbench, people["mara"], waiting, "approved")
    with workbench.transaction(people["ana"]) as tx:
        copy = clone.clone(tx, workbench.content(), task.task_id)
        [fresh] = tx.find(Deliverable, task_id=copy.task_id)
        versions.edit(tx, fresh.deliverable_id, url=judged.DRAFT)
        assert tx.find(Approval, task_id=copy.task_id) == []
    error = refused(
        workbench, people["ana"], lambda tx: lifecycle.complete(tx, copy.task_id), CompletionRefusedError
    )
    assert "APPROVAL_MISSING" in [item["code"] for item in error.details]


@pytest.mark.parametrize(
    "name", ["approval", "qa", "partner_id", "owner_id", "human_reviewed_at", "status_x"]
)
def test_no_update_sets_what_decides_about_approvals(workbench, people, name: str):
    task, _ = judged.begin(workbench, people["mara"])
    content = workbench.content()
    refused(
        workbench,
        people["mara"],
        lambda tx: update.update(tx, content, task.task_id, {name: {} if name != "status_x" else "x"}),
        BadRequestError,
    )


def test_the_version_after_a_rejected_one_is_not_emptied_again(workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    judged.decide(workbench, people["mara"], waiting, "rejected", "Again.")
    with workbench.transaction(people["ana"]) as tx:
        second = versions.new_version(tx, row.deliverable_id, url="https://docs.example/two")
    refused(
        workbench, people["ana"], lambda tx: versions.edit(tx, second.deliverable_id, url=""), ConflictError
    )
    error = refused(
        workbench, people["ana"], lambda tx: lifecycle.complete(tx, task.task_id), CompletionRefusedError
    )
    assert "APPROVAL_MISSING" in [item["code"] for item in error.details]


def test_a_change_asked_for_is_a_step_though_the_rest_of_its_round_ends_otherwise(workbench, people):
    for ending in ("rejected", "withdrawn"):
        task, row = judged.begin(workbench, people["mara"])
        with workbench.transaction(people["ana"]) as tx:
            lifecycle.start(tx, task.task_id)
            more = versions.add(tx, task.task_id, "picture", type="image")
            for one in (row, more):
                versions.edit(tx, one.deliverable_id, url=judged.DRAFT)
            approvals.request(tx, task.task_id)
        first, second = judged.open_ones(workbench, task)
        judged.decide(workbench, people["mara"], first, "approved_pending_changes", "A shorter title")
        if ending == "rejected":
            judged.decide(workbench, people["mara"], second, "rejected", "Blurred")
        else:
            with workbench.transaction(people["ana"]) as tx:
                approvals.withdraw(tx, task.task_id)
        assert judged.current(workbench, task).status == "in_progress"
        with workbench.reading(people["mara"]) as tx:
            [step] = tx.find(Step, task_id=task.task_id)
        assert step.title.endswith("A shorter title")
        assert not step.required


def test_resubmitting_twice_at_once_makes_one_version(either_workbench: Workbench):
    people = make_people(either_workbench)
    for _ in range(3):
        task, row = judged.begin(either_workbench, people["mara"])
        waiting = judged.hand_over(either_workbench, people["ana"], task, row)
        judged.decide(either_workbench, people["mara"], waiting, "rejected", "Again.")

        def resubmit(number: int, row: Deliverable = row) -> str:
            try:
                with either_workbench.transaction(people["ana"]) as tx:
                    url = f"https://docs.example/{number}"
                    resubmission.resubmit(tx, row.deliverable_id, url=url)
            except WorkbenchError as error:
                return error.code
            return "done"

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(resubmit, range(4))) == ["CONFLICT"] * 3 + ["done"]
        assert [item.version_number for item in judged.versions_of(either_workbench, task)] == [1, 2]
        assert len(judged.open_ones(either_workbench, task)) == 1


# -- what is said ----------------------------------------------------------------------------

ODD = ["\x00", "\x1b]0;owned\x07", "\x7f"]


@pytest.mark.parametrize("text", ODD)
def test_no_word_of_a_judgement_holds_control_characters(workbench, people, text: str):
    task, row = judged.begin(workbench, people["mara"])
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    look = judged.seen(workbench, waiting)
    done = make_task(workbench, actor=people["mara"], assignee="ana")
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, done.task_id)
    words, ana, mara = f"a{text}b", people["ana"], people["mara"]
    tries: list[tuple[Actor, Verb]] = [
        (ana, lambda tx: versions.edit(tx, row.deliverable_id, url=f"/a{text}b")),
        (ana, lambda tx: versions.edit(tx, row.deliverable_id, meta={words: words})),
        (ana, lambda tx: versions.add(tx, task.task_id, "other", type=words)),
        (ana, lambda tx: versions.add(tx, task.task_id, "other", type="t", description=words)),
        (ana, lambda tx: comments.add(tx, row.deliverable_id, words)),
        (ana, lambda tx: comments.add(tx, row.deliverable_id, "a", {"quote": words})),
        (ana, lambda tx: approvals.withdraw(tx, task.task_id, words)),
        (mara, lambda tx: qa.flag(tx, done.task_id, "complaint", words)),
        (mara, lambda tx: human_review.reject(tx, task.task_id, words)),
    ]
    for who, verb in tries:
        refused(workbench, who, verb, BadRequestError)
    with pytest.raises(BadRequestError):
        factories.decide(workbench, mara, waiting.task_approval_id, "rejected", words, seen=look)


def test_no_field_of_a_deliverable_is_without_end(workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    long = "x" * 100_000
    tries: list[Verb] = [
        lambda tx: versions.edit(tx, row.deliverable_id, url=f"/{long}"),
        lambda tx: versions.edit(tx, row.deliverable_id, url=f"https://a.example/{long}"),
        lambda tx: versions.edit(tx, row.deliverable_id, url=judged.DRAFT, meta={"a": long}),
        lambda tx: versions.add(tx, task.task_id, long, type="text"),
        lambda tx: versions.add(tx, task.task_id, "other", type=long),
        lambda tx: versions.add(tx, task.task_id, "other", type="text", description=long),
        lambda tx: approvals.withdraw(tx, task.task_id, long),
        lambda tx: comments.add(tx, row.deliverable_id, long),
        lambda tx: help_requests.ask(tx, task.task_id, long),
    ]
    for number, verb in enumerate(tries):
        with pytest.raises(WorkbenchError) as caught, workbench.transaction(people["ana"]) as tx:
            verb(tx)
        assert caught.value.code in ("BAD_REQUEST", "CONFLICT"), number


@pytest.mark.parametrize("ref", ["a\n", "a b", "A", "", "a-b", "_a", "ä", "a\u2028", "../a"])
def test_a_ref_is_a_plain_name(workbench, people, ref: str):
    task, _ = judged.begin(workbench, people["mara"])
    refused(
        workbench,
        people["ana"],
        lambda tx: versions.add(tx, task.task_id, ref, type="text"),
        BadRequestError,
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/x",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "https:///nowhere",
        "https://[::1",
        "mailto:",
        "ftp://a.example/x",
    ],
)
def test_an_address_that_runs_or_leads_astray_is_no_hand_over(workbench, people, url: str):
    _, row = judged.begin(workbench, people["mara"])
    verb = lambda tx: versions.edit(tx, row.deliverable_id, url=url)  # noqa: E731
    refused(workbench, people["ana"], verb, BadRequestError)


# -- from another workspace ------------------------------------------------------------------


def stranger_in(workbench: Workbench) -> Actor:
    """The admin of a second workspace in the same store."""
    system = actors.system(workbench.ids.new("wsp", workbench.clock.now()))
    with workbench.transaction(system) as tx:
        times = {"created_at": tx.now, "updated_at": tx.now}
        added(tx, Workspace(workspace_id=tx.workspace_id, key="other", name="O", timezone="UTC", **times))
        user = accounts.add_user(tx, "mara@example.com", "Other Mara", ["admin", "manager"])
        return actors.actor_of(tx, user)


def test_nothing_of_another_workspace_is_judged_seen_or_told(either_workbench: Workbench):
    people = make_people(either_workbench)
    stranger = stranger_in(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"], ["portal"])
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    with either_workbench.reading(people["mara"]) as tx:
        acme = tx.find_one(Partner, key="acme")
        ana = tx.find_one(Employee, key="ana")
    look, approval_id = judged.seen(either_workbench, waiting), waiting.task_approval_id
    content = either_workbench.content()
    tries: list[Verb] = [
        lambda tx: versions.edit(tx, row.deliverable_id, url="https://x.example"),
        lambda tx: versions.new_version(tx, row.deliverable_id, url="https://x.example"),
        lambda tx: resubmission.resubmit(tx, row.deliverable_id, url="https://x.example"),
        lambda tx: comments.add(tx, row.deliverable_id, "hello"),
        lambda tx: approvals.request(tx, task.task_id),
        lambda tx: approvals.withdraw(tx, task.task_id),
        lambda tx: clone.clone(tx, content, task.task_id),
        lambda tx: human_review.reject(tx, task.task_id, "x"),
        lambda tx: help_requests.answer(tx, task.task_id, "x"),
        lambda tx: qa.flag(tx, task.task_id, "complaint"),
        lambda tx: qa.review(tx, task.task_id, passed=True),
        lambda tx: training.set_training(tx, ana.employee_id, value=True),
    ]
    for verb in tries:
        refused(either_workbench, stranger, verb, NotFoundError)
    with pytest.raises(NotFoundError):
        factories.decide(either_workbench, stranger, approval_id, "approved", seen=look)
    with either_workbench.reading(stranger) as tx:
        assert approvals.waiting(tx) == []
        assert tx.find(Approval, partner_id=acme.partner_id) == []
        assert tx.find(Approval, is_open=True) == []
        assert qa.queue(tx).total == 0
    other = make_task(either_workbench, actor=stranger)
    with pytest.raises(WorkbenchError), either_workbench.transaction(stranger) as tx:
        assignment.assign(tx, other.task_id, ana.employee_id)
