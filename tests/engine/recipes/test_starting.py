"""Starting a recipe: its bundle and its ticket in one transaction, queued at once, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine.bundles.models import Bundle
from engine.errors import BadRequestError, IdempotencyKeyReusedError, TemplateNotFoundError
from engine.executions.models import Execution, ExecutionStatus, Trigger
from engine.recipes.starting import StartedRecipe
from engine.tasks.models import TaskStatus
from tests.engine.executions.conftest import Office
from tests.engine.recipes.conftest import VALUES, asking_here
from tests.receiver import says


def start(desk: Office, recipe: str = "exchange_rate", by: str = "ana", **given: Any) -> StartedRecipe:
    found: StartedRecipe = desk.do("recipe start", by, recipe=recipe, **{"parameters": VALUES, **given})
    return found


def count(desk: Office, kind: type[Bundle] | type[Execution]) -> int:
    with desk.workbench.reading(desk.workbench.system_actor()) as tx:
        return len(tx.find(kind))


def test_a_start_makes_the_bundle_and_queues_its_ticket_at_once(desk: Office) -> None:
    started = start(desk)
    assert started.ticket is not None
    assert started.execution is not None
    assert started.ticket.bundle_id == started.bundle.bundle_id
    assert started.ticket.status is TaskStatus.QUEUED
    assert (started.execution.status, started.execution.triggered_by) == (
        ExecutionStatus.QUEUED,
        Trigger.CREATION,
    )
    assert started.execution.template_id == "exchange_rate"
    assert started.bundle.parameters == VALUES
    assert started.bundle.anchor_date == date(2026, 11, 23), "the first working day: today is a Saturday"
    assert started.message == "“Exchange rate of 2026-11-20: USD in EUR” is queued: a worker runs it."
    assert desk.program.got == [], "nothing is called before a worker does it"


def test_a_worker_does_it_and_the_ticket_says_what_came_out(desk: Office) -> None:
    started = start(desk)
    desk.program.usual = says({"date": "2026-11-20", "rates": {"EUR": 0.95}})
    desk.work()
    assert started.ticket is not None
    done = desk.task(started.ticket)
    assert (done.status, done.result) == (TaskStatus.COMPLETED, {"rate": 0.95, "rate_of": "2026-11-20"})
    assert [one.path for one in desk.program.got] == ["/2026-11-20"]


def test_the_same_key_gives_the_same_start_and_another_request_with_it_is_refused(desk: Office) -> None:
    first, again = start(desk, idempotency_key="k1"), start(desk, idempotency_key="k1")
    assert again.bundle.bundle_id == first.bundle.bundle_id
    desk.workbench.clock.advance(days=30)  # type: ignore[attr-defined]
    late = start(desk, idempotency_key="k1", **{"async": False})
    assert late.bundle.bundle_id == first.bundle.bundle_id, "another day, and waiting, are no other request"
    with pytest.raises(IdempotencyKeyReusedError):
        start(desk, idempotency_key="k1", title="Another")
    assert (count(desk, Bundle), count(desk, Execution)) == (1, 1)


def test_people_begin_a_recipe_whose_first_task_is_theirs(desk: Office) -> None:
    started = start(desk, "blog_post", parameters={"topic": "Tents"}, partner="acme")
    assert (started.ticket, started.execution) == (None, None)
    assert started.message == f"“{started.bundle.title}” is started."
    assert not started.is_unsuccessful


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("no_such_recipe", "There is no recipe no_such_recipe. workbench recipe list shows which there are."),
        ("untyped_work", "untyped_work is a template and no recipe"),
    ],
)
def test_what_is_no_recipe_is_not_found(desk: Office, recipe: str, said: str) -> None:
    with pytest.raises(TemplateNotFoundError) as refused:
        start(desk, recipe, parameters={})
    assert said in refused.value.message
    assert count(desk, Bundle) == 0


def test_a_retired_recipe_is_not_found_and_says_whom_to_ask(desk: Office) -> None:
    content = desk.workbench.content()
    retired = content.templates["exchange_rate"].model_copy(update={"status": "retired"})
    over = replace(content, templates={**content.templates, "exchange_rate": retired})
    desk.workbench.content = lambda: over  # type: ignore[method-assign]
    with pytest.raises(TemplateNotFoundError, match=r"is retired; only active ones .* ask finance-team"):
        start(desk)
    assert count(desk, Bundle) == 0


def test_values_that_cannot_be_right_are_named_each_and_nothing_is_made(desk: Office) -> None:
    with pytest.raises(BadRequestError) as refused:
        start(desk, parameters={"day": "yesterday", "from_currency": "XXX"})
    fields = {str(detail["field"]) for detail in refused.value.details}
    assert fields == {"day", "from_currency"}
    assert count(desk, Bundle) == 0


def test_a_ticket_that_needs_a_human_review_waits_for_it(desk: Office) -> None:
    asked = asking_here(desk.workbench.content(), desk.program.port, requires_human_review=True)
    desk.workbench.content = lambda: asked  # type: ignore[method-assign]
    started = start(desk)
    assert started.ticket is not None
    assert (started.ticket.status, started.execution) == (TaskStatus.PENDING, None)
    assert started.message.endswith("is started; its task is “To do”.")
    desk.do("task review", "mara", task_id=started.ticket.task_id, verdict="approve")
    assert desk.last(started.ticket).triggered_by is Trigger.REVIEW_APPROVED
