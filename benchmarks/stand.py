"""The test stand: a folder of its own, a content repository, people, and an engine on a store."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.catalog.content import Content
from engine.config import Settings
from engine.reference import service as reference
from engine.reference.models import Campaign, Employee
from engine.tasks.models import Task

_ROOT = Path(__file__).resolve().parent.parent
MEMBER = "person0@example.com"
_ROLES = ("writer", "producer", "operator", "editor", "accountant", "developer")


@dataclass
class Stand:
    """An engine with people, ready to be filled and measured."""

    workbench: Workbench
    #: Sees everything.
    admin: Actor
    #: Sees own work, and the whole of any bundle with a task of theirs.
    member: Actor
    content: Content
    employees: list[Employee]
    campaigns: list[Campaign]
    #: The user of each employee, by their ids.
    users: dict[str, str]

    def count_tasks(self) -> int:
        """Return how many tasks the store holds."""
        with self.workbench.reading(self.admin) as tx:
            return tx.count(Task)


@contextmanager
def folder() -> Iterator[Path]:
    """Give a temporary folder with the shipped content as a Git repository of its own in ``content``."""
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as name:
        make_repository(Path(name))
        yield Path(name)


def make_repository(place: Path, tree: Path = _ROOT) -> None:
    """Make the content of a tree a Git repository of its own, in ``repository`` under ``place``."""
    repository = place / "repository"
    shutil.copytree(tree / "content", repository / "content")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Shipped content"]):
        git(repository, *words)


@contextmanager
def stand(place: Path, database: str | None = None) -> Iterator[Stand]:
    """Give an engine on a store in ``place`` (or at a database URL), with people and campaigns.

    Without a URL it is a new one; where there is one, the people may be there already.
    """
    url = database or f"sqlite:///{place}/{next(_names(place))}.db"
    workbench = Workbench(
        Settings(content=str(place / "repository"), database=url, blobs=str(place / "blobs"))
    )
    try:
        yield _with_people(workbench)
    finally:
        workbench.close()


def database_file(workbench: Workbench) -> Path:
    """Return the SQLite file of an engine."""
    return Path(workbench.settings.database.removeprefix("sqlite:///"))


def _names(place: Path) -> Iterator[str]:
    return (name for number in range(1000) if not (place / f"{(name := f'store{number}')}.db").exists())


def git(repository: Path, *words: str) -> None:
    who = {"NAME": "Sam", "EMAIL": "sam@example.com"}
    names = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *words], cwd=repository, env={**os.environ, **names, **nothing}, check=True)


def _with_people(workbench: Workbench) -> Stand:
    operator = workbench.operator()
    with workbench.transaction(operator) as tx:
        if tx.find_one(User, email=MEMBER) is None:
            reference.load(tx, _documents())
            for employee in tx.find(Employee):
                accounts.add_user(tx, str(employee.email), employee.name, ["member"])
    with workbench.reading(operator) as tx:
        employees, campaigns = tx.find(Employee, order_by=("key",)), tx.find(Campaign, order_by=("key",))
        of_email = {user.email: user.user_id for user in tx.find(User)}
    users = {one.employee_id: of_email[one.email] for one in employees if one.email in of_email}
    member = workbench.actor_by_email(MEMBER)
    return Stand(workbench, operator, member, workbench.content(), employees, campaigns, users)


def _documents() -> dict[str, list[dict[str, object]]]:
    return {
        "employees": [
            {
                "key": f"person{number}",
                "name": f"Person {number}",
                "email": f"person{number}@example.com",
                "roles": [_ROLES[number % len(_ROLES)]],
            }
            for number in range(40)
        ],
        "partners": [{"key": f"partner{number}", "name": f"Partner {number}"} for number in range(10)],
        "campaigns": [
            {"key": f"campaign{number}", "partner": f"partner{number % 10}", "name": f"Campaign {number}"}
            for number in range(30)
        ],
    }
