"""The running engine: opening a store, who acts, and that nothing is visible across workspaces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.access import Actor, ActorKind, Role
from engine.accounts import actors, bootstrap, passwords
from engine.accounts import service as accounts
from engine.accounts.models import User, Workspace
from engine.app import Workbench
from engine.audit import history
from engine.audit.models import Event
from engine.bundles import queries as bundle_queries
from engine.bundles.filters import BundleFilter
from engine.bundles.models import Bundle
from engine.config import Settings
from engine.entities import RECORD_TYPES
from engine.errors import BadRequestError, NotFoundError, UnauthorizedError, UnavailableError
from engine.idempotency import IdempotencyKey
from engine.reference import service as reference
from engine.reference.models import Partner
from engine.tasks import create, lookup, notes, proof, queries
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests.exports.lived import live
from tests.factories import PEOPLE, make_people, make_task
from tests.told import added, saved
from tests.verified import events_of_intact

ROOT = Path(__file__).resolve().parents[2]


# --- opening


def test_a_new_store_gets_one_workspace_and_its_operator(either_workbench: Workbench):
    operator = either_workbench.operator()
    assert operator.roles == frozenset({Role.ADMIN})
    with either_workbench.reading(operator) as tx:
        assert [one.key for one in tx.find(Workspace)] == [bootstrap.DEFAULT_WORKSPACE]
        assert [one.email for one in tx.find(User)] == [bootstrap.OPERATOR_EMAIL]
        found = tx.find(Event, order_by=("seq",))
        assert events_of_intact(tx) == 2
    assert [(event.seq, event.action, event.actor_kind) for event in found] == [
        (1, "workspace_created", ActorKind.SYSTEM),
        (2, "user_added", ActorKind.SYSTEM),
    ]


def test_a_store_that_is_opened_again_keeps_its_workspace_and_zone(tmp_path: Path, clock):
    url = f"sqlite:///{tmp_path}/store.db"
    first = Workbench(Settings(database=url, timezone="Asia/Tokyo"), clock=clock)
    first.close()
    second = Workbench(Settings(database=url), clock=clock)
    assert second.workspace == first.workspace
    with second.reading(second.operator()) as tx:
        assert (tx.timezone, tx.count(User), tx.count(Event)) == ("Asia/Tokyo", 1, 2)
        assert str(tx.today) == "2026-11-21"
    clock.advance(hours=7)
    with second.reading(second.operator()) as tx:
        assert str(tx.today) == "2026-11-22", "it is past midnight there"
    second.close()


OPEN = """
import sys, time
from pathlib import Path
from engine.app import Workbench
from engine.config import Settings
folder, me = Path(sys.argv[1]), sys.argv[2]
(folder / me).touch()
while len(list(folder.glob("process-*"))) < 2:
    time.sleep(0.001)
workbench = Workbench(Settings(database=f"sqlite:///{folder}/store.db"))
print(workbench.workspace.workspace_id, workbench.operator().user_id)
workbench.close()
"""


@pytest.mark.wide
def test_processes_that_open_a_new_store_at_once_share_one_workspace(tmp_path: Path, clock):
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPEN, str(tmp_path), f"process-{number}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    answers = [process.communicate(timeout=90)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(set(answers)) == 1
    workbench = Workbench(Settings(database=f"sqlite:///{tmp_path}/store.db"), clock=clock)
    with workbench.reading(workbench.operator()) as tx:
        assert (tx.count(Workspace), tx.count(User)) == (1, 1)
        assert events_of_intact(tx) == 2
    workbench.close()


def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path):
    (tmp_path / "file.db").write_text("no database", encoding="utf-8")
    with pytest.raises(UnavailableError, match="not a database"):
        Workbench(Settings(database=f"sqlite:///{tmp_path}/file.db"))


# --- who acts


def test_an_actor_is_joined_to_the_employee_and_its_roles(workbench: Workbench):
    people = make_people(workbench)
    ana, bot, pat = people["ana"], people["bot"], people["pat"]
    assert ana.assignee_roles == frozenset({"writer", "producer"})
    assert workbench.actor_for(ana.user_id) == ana == workbench.actor_by_email(" ANA@example.com ")
    assert (ana.kind, bot.kind, pat.kind) == (ActorKind.USER, ActorKind.AGENT, ActorKind.PARTNER_USER)
    assert pat.partner_id is not None
    assert pat.employee_id is None


def test_a_user_who_came_before_their_employee_is_joined_by_the_address(workbench: Workbench):
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "ana@example.com", "Ana", ["member"])
    assert workbench.actor_by_email("ana@example.com").employee_id is None
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, PEOPLE)
    joined = workbench.actor_by_email("ana@example.com")
    assert joined.employee_id is not None
    assert "writer" in joined.assignee_roles


def test_nobody_acts_who_is_unknown_or_not_active_any_more(workbench: Workbench):
    people = make_people(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        user = tx.get(User, people["ana"].user_id)
        user.is_active = False
        saved(tx, user)
    for ask in (
        lambda: workbench.actor_by_email("nobody@example.com"),
        lambda: workbench.actor_by_email("ana@example.com"),
        lambda: workbench.actor_for(people["ana"].user_id),
        lambda: workbench.actor_for("usr_nobody"),
    ):
        with pytest.raises(UnauthorizedError):
            ask()


# --- across workspaces


@pytest.fixture
def stranger(either_workbench: Workbench) -> Actor:
    """The admin of a second workspace, made by hand in the same store, who has a task of their own."""
    system = actors.system(either_workbench.ids.new("wsp", either_workbench.clock.now()))
    with either_workbench.transaction(system) as tx:
        added(
            tx,
            Workspace(
                workspace_id=tx.workspace_id,
                key="other",
                name="Other",
                timezone="UTC",
                created_at=tx.now,
                updated_at=tx.now,
            ),
        )
        user = accounts.add_user(tx, "ana@example.com", "Other Ana", ["admin"])
        stranger = actors.actor_of(tx, user)
    make_task(either_workbench, actor=stranger)
    return stranger


def test_nothing_is_visible_across_workspaces(either_workbench: Workbench, stranger: Actor):
    bundle = live(either_workbench)
    operator = either_workbench.operator()
    with either_workbench.reading(operator) as tx:
        theirs = {one: tx.find(one) for one in RECORD_TYPES}
    assert [one.__name__ for one in RECORD_TYPES if not theirs[one]] == [
        "Session",
        "Identity",
        "SignInLink",
        "SignInStep",
        "FactorSetup",
        "WebhookDelivery",
        "KeptAnswer",
    ]

    with either_workbench.reading(stranger) as tx:
        for record_type, records in theirs.items():
            mine = tx.find(record_type)
            assert {one.workspace_id for one in mine} <= {stranger.workspace_id}
            assert tx.count(record_type) == len(mine)
            for record in records:
                key = tuple(getattr(record, name) for name in record_type.spec.key)
                assert tx.find_by_key(record_type, *key) is None
                with pytest.raises(NotFoundError):
                    tx.get(record_type, *key)
                assert not tx.has(record_type, *key)
        check_lists(tx, bundle, theirs[Task])
    with either_workbench.reading(operator) as tx:
        assert queries.list_tasks(tx, queries.TaskFilter()).total == len(theirs[Task])
        assert events_of_intact(tx)


def check_lists(tx: Transaction, bundle: Bundle, tasks: list[Task]) -> None:
    """Every list, count and lookup of the stranger knows their own one task and nothing else."""
    [own] = tx.find(Task)
    assert own.task_number == 1
    assert [row.task_id for row in queries.list_tasks(tx, queries.TaskFilter()).items] == [own.task_id]
    assert sum(column.total for column in queries.board(tx, queries.TaskFilter())) == 1
    assert sum(queries.statistics(tx).by_status.values()) == 1
    assert queries.changed_since(tx, 0)[1] == {own.task_id}
    assert bundle_queries.list_bundles(tx, BundleFilter()).total == 0
    assert history.timeline(tx, bundle_id=bundle.bundle_id) == []
    assert history.timeline(tx, task_id=tasks[0].task_id) == []
    assert events_of_intact(tx) == tx.count(Event)
    assert lookup.find(tx, "#1") is own
    for task in tasks:
        for name in (task.task_id, task.task_uuid):
            with pytest.raises(NotFoundError):
                lookup.find(tx, name)


def test_nothing_can_be_changed_or_pointed_at_across_workspaces(either_workbench: Workbench, stranger: Actor):
    make_people(either_workbench)
    task = make_task(either_workbench)
    ana = either_workbench.actor_by_email("ana@example.com")
    content = either_workbench.content()

    def attempt(verb, error=NotFoundError) -> None:
        with pytest.raises(error), either_workbench.transaction(stranger) as tx:
            verb(tx)

    attempt(lambda tx: notes.add(tx, task.task_id, "hello"))
    attempt(lambda tx: proof.give(tx, task.task_id, "any", "https://x.example"))
    attempt(lambda tx: accounts.set_password(tx, ana.user_id, passwords.hash_password("a long password")))
    request = {"title": "x", "task_type": "untyped"}
    attempt(
        lambda tx: create.create(tx, content, create.NewTask.parse({**request, "depends_on": [task.task_id]}))
    )
    attempt(
        lambda tx: create.create(tx, content, create.NewTask.parse({**request, "assignee": "ana"})),
        BadRequestError,
    )
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.get(Task, task.task_id) == task


def test_keys_numbers_and_addresses_are_free_in_each_workspace(either_workbench: Workbench, stranger: Actor):
    make_people(either_workbench)
    with either_workbench.transaction(stranger) as tx:
        reference.load(tx, PEOPLE)
    for actor in (either_workbench.operator(), stranger):
        make_key(either_workbench, actor)
        with either_workbench.reading(actor) as tx:
            assert tx.count(Partner, key="acme") == 1
            assert tx.count(IdempotencyKey) == 1


def make_key(workbench: Workbench, actor: Actor) -> None:
    content = workbench.content()
    with workbench.transaction(actor) as tx:
        new = create.NewTask.parse({"title": "x", "task_type": "untyped"})
        create.create(tx, content, new, idempotency_key="same")
