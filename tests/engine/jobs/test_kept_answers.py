"""Answers that are kept for idempotency keys: given again for 30 days, then forgotten with their keys."""

from __future__ import annotations

import pytest

from engine import idempotency
from engine.access import Actor
from engine.app import Workbench
from engine.clock import FixedClock
from engine.errors import IdempotencyKeyReusedError
from engine.idempotency import IdempotencyKey, KeptAnswer
from engine.jobs import kept_answers
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from tests.factories import do, make_people


@pytest.fixture
def mara(either_workbench: Workbench) -> Actor:
    return make_people(either_workbench)["mara"]


def asked(workbench: Workbench, actor: Actor, key: str, answer: str, body: str = "body") -> str:
    """Ask with a key; give what is answered."""
    with workbench.transaction(actor) as tx:
        return idempotency.answered_once(
            tx, key=key, action="task_note", body={"body": body}, make=lambda: answer
        )


def tidied(workbench: Workbench) -> str:
    """Do what a worker does each night; give what it says."""
    kinds = Kinds([kept_answers.forgetting(workbench, workbench.system_actor())])
    engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
    with workbench.transaction(workbench.system_actor()) as tx:
        job_id = engine.enqueue(tx, kept_answers.FORGET.name)
    assert engine.do_one("worker")
    job = engine.claims.find(job_id or "")
    assert job is not None
    assert job.status == "done", job.outcome
    return job.outcome or ""


def counts(workbench: Workbench) -> tuple[int, int]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.count(IdempotencyKey), tx.count(KeptAnswer)


def test_a_key_gives_its_first_answer_for_thirty_days_and_is_free_after_that(
    either_workbench: Workbench, mara: Actor, clock: FixedClock
):
    asked(either_workbench, mara, "old", "first")
    clock.advance(days=29)
    asked(either_workbench, mara, "new", "first")
    assert tidied(either_workbench) == "Nothing is old enough."
    assert asked(either_workbench, mara, "old", "second") == "first"
    with pytest.raises(IdempotencyKeyReusedError):
        asked(either_workbench, mara, "old", "second", body="another")

    clock.advance(days=1, seconds=1)
    assert tidied(either_workbench) == "1 forgotten."
    assert counts(either_workbench) == (1, 1)
    assert asked(either_workbench, mara, "new", "second") == "first"
    assert asked(either_workbench, mara, "old", "second", body="another") == "second"


def test_the_key_of_a_record_stays_with_it(either_workbench: Workbench, mara: Actor, clock: FixedClock):
    given = {"title": "Order badges", "task_type": "untyped", "idempotency_key": "mine"}
    made = do(either_workbench, mara, "task create", **given)
    asked(either_workbench, mara, "other", "first")
    clock.advance(days=400)
    assert tidied(either_workbench) == "1 forgotten."
    assert do(either_workbench, mara, "task create", **given).task_id == made.task_id
    assert counts(either_workbench) == (1, 0)


def test_all_that_is_old_goes_however_much_there_is(
    either_workbench: Workbench, mara: Actor, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept_answers, "_AT_ONCE", 2)
    for number in range(5):
        asked(either_workbench, mara, f"key {number}", "first")
    clock.advance(days=31)
    assert tidied(either_workbench) == "5 forgotten."
    assert counts(either_workbench) == (0, 0)
