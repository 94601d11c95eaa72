"""A workspace whose automated tasks call a program on this machine, and the worker that runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.executions import orphans, running, service
from engine.executions.executors import EXECUTORS
from engine.executions.executors.base import Executor
from engine.executions.models import Execution
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from engine.notifications.models import Notification, NotificationKind
from engine.tasks.models import Task
from tests import receiver
from tests.engine.executions import automations
from tests.factories import do, make_people, make_task
from tests.receiver import Receiver


@dataclass
class Office:
    """People, the program that is called, and the worker."""

    workbench: Workbench
    people: dict[str, Actor]
    program: Receiver
    #: How long what was told to stop has to do so by itself.
    grace: timedelta = timedelta(milliseconds=50)
    #: How often a worker hears of an order to stop.
    looks: timedelta = timedelta(milliseconds=20)
    told: list[str] = field(default_factory=list)
    executors: Mapping[str, Executor] = field(default_factory=lambda: EXECUTORS)

    def __post_init__(self) -> None:
        self.engine = self.engine_of(timedelta(minutes=1))

    def engine_of(self, lease: timedelta) -> EmbeddedEngine:
        """Give a worker whose leases last so long."""
        kinds = [
            running.running(self.workbench, self.executors, looks_every=self.looks, grace=self.grace),
            orphans.looking(self.workbench),
        ]
        return EmbeddedEngine(
            self.workbench.database,
            Kinds(kinds),
            self.workbench.clock,
            self.workbench.ids,
            lease=lease,
            on_failed=orphans.telling(self.workbench, self.told.append),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.program.port}/cards"

    def make(self, by: str = "ana", *, config: dict[str, Any] | None = None, **fields: Any) -> Task:
        """Make a task that a program does when somebody says so."""
        own = config or {}
        usual = {} if "executor" in own else {"executor": "api_call", "url": self.url}
        settings = {**usual, **own}
        given = {"execution_type": "manual_trigger", "execution_config": settings, **fields}
        return make_task(self.workbench, actor=self.people[by], **given)

    def do(self, command: str, by: str = "ana", **given: Any) -> Any:
        return do(self.workbench, self.people[by], command, **given)

    def permit(self, task: Task, by: str = "ana") -> None:
        """Permit what somebody's task runs as it is; that begins no task that waits for a click."""
        self.do("task update", by, task_id=task.task_id, requires_human_review=True)
        self.do("task review", "mara", task_id=task.task_id, verdict="approve")

    def execute(self, task: Task, by: str = "ana") -> Execution:
        self.do("task execute", by, task_id=task.task_id)
        return self.last(task)

    def work(self) -> None:
        """Do what is due."""
        while self.engine.do_one("worker"):
            pass

    def look(self) -> str:
        """Do what is done regularly."""
        handle = orphans.looking(self.workbench).handle

        class Still(Context):
            def renew(self) -> None:
                """Go on."""

        return handle(Still.__new__(Still)) or ""

    def task(self, task: Task) -> Task:
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            return tx.get(Task, task.task_id)

    def task_of(self, one: Execution) -> Task:
        """The task of an attempt."""
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            return tx.get(Task, one.task_id)

    def attempts(self, task: Task) -> list[Execution]:
        """The attempts at a task, the first one first."""
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            return service.of_task(tx, tx.get(Task, task.task_id))[::-1]

    def last(self, task: Task) -> Execution:
        return self.attempts(task)[-1]

    def claims(self) -> Claims:
        return Claims(self.workbench.database)


def told(office: Office) -> list[Notification]:
    """What tasks have told people, the first one first."""
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        found = tx.find(Notification, order_by=("notification_id",))
    return [one for one in found if one.kind is NotificationKind.MESSAGE]


def keep(office: Office, hosts: Sequence[str] = ("127.0.0.1",), **secrets: str) -> None:
    """Keep secrets, which tasks of the type untyped may send to some hosts."""
    content, admin = office.workbench.content(), office.workbench.operator()
    listed = {name: list(hosts) for name in secrets}
    kind = content.task_types["untyped"].model_copy(update={"secrets": listed})
    known = replace(content, task_types={**content.task_types, "untyped": kind})
    office.workbench.content = lambda: known  # type: ignore[method-assign]
    for name, value in secrets.items():
        do(office.workbench, admin, "secrets set", name=f"task:{name}", value=value)


@pytest.fixture
def program() -> Iterator[Receiver]:
    with receiver.opened() as opened:
        yield opened


@pytest.fixture(scope="session")
def automation_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python that has the automations of ``sample_automations``."""
    return automations.install(tmp_path_factory.mktemp("automations") / "env")


@pytest.fixture
def office(either_workbench: Workbench, program: Receiver, tmp_path: Path, automation_python: str) -> Office:
    either_workbench.settings = replace(
        either_workbench.settings,
        private_calls=True,
        call_hosts="127.0.0.1",
        automation_python=automation_python,
        secrets_key=str(tmp_path / "secrets.key"),
    )
    return Office(either_workbench, make_people(either_workbench), program)
