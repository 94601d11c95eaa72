"""A workspace with webhooks, the program that they tell, and what sends to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.webhooks.following import Follower
from engine.webhooks.models import Webhook, WebhookDelivery
from tests import receiver
from tests.factories import do, make_people
from tests.receiver import Receiver
from web.serving import background


@dataclass
class Office:
    """People, and the program that is told what they do."""

    workbench: Workbench
    people: dict[str, Actor]
    program: Receiver

    def __post_init__(self) -> None:
        self.follower = Follower(self.workbench)
        self.engine = background.engine_of(self.workbench)
        self.secrets: dict[str, str] = {}

    @property
    def admin(self) -> Actor:
        return self.workbench.operator()

    def do(self, command: str, by: Actor | None = None, **given: Any) -> Any:
        return do(self.workbench, by or self.admin, command, **given)

    def make(self, name: str = "Mirror", by: Actor | None = None, **given: Any) -> Webhook:
        made = self.do("webhook make", by, name=name, **{"url": self.program.url, **given})
        self.secrets[made.webhook.webhook_id] = made.secret
        hook: Webhook = made.webhook
        return hook

    def look(self) -> int:
        """Follow what has happened, and send what is due; return how many messages that made."""
        made = self.follower.look()
        self.send()
        return made

    def send(self) -> None:
        while self.engine.do_one("worker"):
            pass

    def wait(self, **length: float) -> None:
        """Let time go by, then send what is due."""
        self.workbench.clock.advance(**length)
        self.look()

    def hook(self, hook: Webhook) -> Webhook:
        with self.workbench.reading(self.admin) as tx:
            return tx.get(Webhook, hook.webhook_id)

    def messages(self, hook: Webhook) -> list[WebhookDelivery]:
        """The messages of a webhook, in their order."""
        with self.workbench.reading(self.admin) as tx:
            found = tx.find(WebhookDelivery, webhook_id=hook.webhook_id)
        return sorted(found, key=lambda one: (one.event_seq or 0, one.webhook_delivery_id))

    def told(self) -> list[str]:
        """The kinds of what the program was told, in its order, each attempt."""
        return [json.loads(one.body)["type"] for one in self.program.got]

    def jobs(self) -> list[Job]:
        return Claims(self.workbench.database).list_jobs(tuple(JobStatus), 100)


@pytest.fixture
def program() -> Iterator[Receiver]:
    with receiver.opened() as opened:
        yield opened


@pytest.fixture
def office(either_workbench: Workbench, program: Receiver, tmp_path: Path) -> Office:
    either_workbench.settings = replace(
        either_workbench.settings, private_webhooks=True, secrets_key=str(tmp_path / "secrets.key")
    )
    # A receiver goes by its own clock: what is signed long ago is refused.
    either_workbench.clock.set(datetime.now(UTC).replace(microsecond=0))
    return Office(either_workbench, make_people(either_workbench), program)
