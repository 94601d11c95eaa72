"""An office whose people are told by e-mail, and the mail server that takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.outbox.following import Follower
from tests import postbox
from tests.desk import Desk
from tests.postbox import Postbox
from web.serving import background


@dataclass
class Post:
    """An office, and what delivers its messages."""

    desk: Desk
    box: Postbox

    def __post_init__(self) -> None:
        self.follower = Follower(self.desk.workbench)
        self.engine = background.engine_of(self.desk.workbench)
        self.follower.look()
        self.desk.workbench.clock.advance(minutes=1)

    def look(self) -> int:
        """Follow the inboxes, and do what is due; return how many notifications were made."""
        made = self.follower.look()
        self.deliver()
        return made

    def deliver(self) -> None:
        while self.engine.do_one("worker"):
            pass

    def to(self, name: str) -> list[str]:
        """The subjects of what somebody got."""
        return self.box.subjects(f"{name}@example.com")

    def jobs(self, *statuses: JobStatus) -> list[Job]:
        return Claims(self.desk.workbench.database).list_jobs(statuses or tuple(JobStatus), 100)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox.opened() as box:
        yield box


@pytest.fixture
def post(either_workbench: Workbench, box: Postbox, tmp_path: Path) -> Post:
    either_workbench.settings = replace(
        either_workbench.settings,
        smtp_host="127.0.0.1",
        smtp_port=box.port,
        smtp_security="none",
        smtp_from="board@example.com",
        public_url="https://board.example.com",
        secrets_key=str(tmp_path / "secrets.key"),
    )
    return Post(Desk.set_up(either_workbench), box)
