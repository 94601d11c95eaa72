"""Admins are told of what fails by itself, and not again and again while it goes on failing."""

from __future__ import annotations

import pytest

from engine.accounts import service as accounts
from engine.inbox import service as inbox
from engine.jobs.context import Context
from engine.jobs.models import JobStatus
from engine.jobs.port import Kind
from engine.reminders.jobs import REMIND
from tests.engine.outbox.conftest import Post
from web.serving import background


def test_regular_work_that_goes_on_failing_is_told_once_a_day(post: Post, monkeypatch: pytest.MonkeyPatch):
    def broken(_: Context) -> str:
        raise RuntimeError("the disk is full")

    workbench = post.desk.workbench
    monkeypatch.setattr(
        background, "regular_work", lambda _: [(REMIND, Kind(name=REMIND.name, handle=broken))]
    )
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    post.engine, ticker = background.engine_of(workbench), background.ticker_of(workbench)
    told = []
    for _ in range(2):
        for _ in range(12):
            ticker.tick()
            post.deliver()
            workbench.clock.advance(minutes=5)
        with workbench.reading(workbench.operator()) as tx:
            told.append([item.title for item in inbox.load(tx).items])
        workbench.clock.advance(days=1)
    assert len([job for job in post.jobs(JobStatus.FAILED) if job.kind == REMIND.name]) > 4
    assert told == [["Remind failed"], ["Remind failed"] * 2]
    assert post.to("olga") == ["Remind failed"] * 2
