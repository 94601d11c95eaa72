"""What is to be known of a bundle's dates is said before and at its start, in the same words (R4)."""

from __future__ import annotations

from datetime import date

import pytest

from engine import commands
from engine.audit.models import Action, Event
from engine.bundles import instantiate
from engine.bundles.request import NewBundle
from engine.catalog import due

FALLEN = "due counted from the anchor date, because “Ask the sponsor” is not made"
THANKS = f"Thank the sponsor: due on a holiday (Year's end), {FALLEN}"


def asked(**fields) -> NewBundle:
    given = {"anchor_date": date(2026, 12, 28), "parameters": {"topic": "rockets"}, **fields}
    return NewBundle(template="launch", **given)


@pytest.fixture
def preview(workbench, people):
    def ask(request: NewBundle):
        content = workbench.content()
        with workbench.reading(people["mara"]) as tx:
            return instantiate.preview(tx, content, request)

    return ask


@pytest.fixture
def begin(workbench, people):
    def execute(request: NewBundle):
        return commands.execute(workbench, people["mara"], commands.get("bundle create"), request)

    return execute


def event_of(workbench, bundle) -> Event:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, bundle_id=bundle.bundle_id, action=Action.BUNDLE_CREATED)[0]


def test_a_date_that_falls_back_to_the_anchor_says_so_before_the_start_and_at_it(workbench, preview, begin):
    assert due.fallen_back("Ask the sponsor") == FALLEN
    planned = preview(asked()).warnings
    assert THANKS in [str(warned) for warned in planned]
    done = begin(asked())
    assert done.result.warnings == planned
    assert event_of(workbench, done.result.bundle).after["warnings"] == [one.as_json() for one in planned]
    assert done.message == f"“Launch” is started. Look at its dates: {'; '.join(map(str, planned))}."


def test_nothing_falls_back_where_the_task_is_made(preview):
    planned = preview(asked(parameters={"topic": "rockets", "sponsored": True}))
    assert FALLEN not in [text for warned in planned.warnings for text in warned.warnings]


def test_the_same_request_again_gives_the_same_warnings(begin):
    first, again = begin(asked(idempotency_key="k")), begin(asked(idempotency_key="k"))
    assert first.result.warnings
    assert (again.result, again.message) == (first.result, first.message)


def test_a_date_that_counts_from_a_day_which_is_not_given_says_so(preview):
    missing = "Remind: no due date, because “Day of the event” is not given"
    assert missing in map(str, preview(asked()).warnings)
    given = {"topic": "rockets", "event_day": "2027-02-05"}
    assert "Remind" not in [warned.title for warned in preview(asked(parameters=given)).warnings]


def test_a_message_names_the_first_tasks_and_counts_the_others(begin):
    three = {"topic": "x", "event_day": "2027-05-05"}
    done = begin(asked(anchor_date=date(2026, 5, 4), parameters=three))
    assert len(done.result.warnings) == 3
    assert "more" not in done.message
    done = begin(asked(anchor_date=date(2026, 5, 4)))
    assert len(done.result.warnings) == 4
    assert done.message.endswith("; and 1 more.")


def test_a_start_without_anything_to_know_says_only_that(begin):
    given = {"topic": "rockets", "sponsored": True, "event_day": "2027-02-05"}
    done = begin(asked(anchor_date=date(2027, 1, 6), parameters=given))
    assert (done.result.warnings, done.message) == ([], "“Launch” is started.")
