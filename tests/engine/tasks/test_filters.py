"""What a query string or an option list asks of a list of tasks, value by value (LST-01 to LST-17)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.app import Workbench
from engine.errors import BadRequestError, UnknownFieldError
from engine.fulltext import Sought
from engine.tasks.filters import TaskFilter, place_of
from engine.tasks.models import Priority, TaskStatus
from engine.tasks.search.reading import from_options
from tests.engine.conftest import Bench
from tests.factories import make_task

SORTS = "due_date, deadline, scheduled_for, created_at, updated_at, priority, title"
FILTERS = (
    "status, priority, category, task_type, assignee, assigned_to_bot, requires_human_review, bundle, "
    "template, campaign, partner, tag, qa, due_before, due_after, scheduled_before, scheduled_after, "
    "overdue, text, sort, limit, offset"
)
X, Y = Sought(("x",)), Sought(("y",))


def parsed(bench: Bench, **given: object) -> TaskFilter:
    with bench.reading("ana") as tx:
        return from_options(tx, given)


@pytest.mark.parametrize(
    ("name", "value", "asks"),
    [
        ("status", "waiting", {"status": (TaskStatus.WAITING,)}),
        ("status", "todo, ,waiting,todo", {"status": (TaskStatus.PENDING, TaskStatus.WAITING)}),
        ("status", "open", {"open": True}),
        ("status", "open,failed", {"open": True, "status": (TaskStatus.FAILED,)}),
        ("priority", "high, ,low", {"priority": (Priority.HIGH, Priority.LOW)}),
        ("category", " content ", {"category": "content"}),
        ("task_type", "article", {"task_type": "article"}),
        ("bundle", "bnd_1", {"bundle_id": "bnd_1"}),
        ("template", "podcast", {"template_id": "podcast"}),
        ("tag", "a b", {"tag": "a b"}),
        ("text", "call ana", {"words": (Sought(("call",)), Sought(("ana",)))}),
        ("assignee", "me", {"mine": True}),
        ("assignee", "none", {"unassigned": True}),
        ("qa", "flagged", {"qa": "flagged"}),
        ("qa", "open", {"qa": "open"}),
        ("qa", "reviewed", {"qa": "reviewed"}),
        ("due_before", "2026-12-01", {"due_before": date(2026, 12, 1)}),
        ("due_after", "2026-12-01", {"due_after": date(2026, 12, 1)}),
        ("scheduled_before", "2026-12-01T09:00", {"scheduled_before": datetime(2026, 12, 1, 8, tzinfo=UTC)}),
        ("scheduled_after", "2026-12-01T09:00Z", {"scheduled_after": datetime(2026, 12, 1, 9, tzinfo=UTC)}),
        ("sort", "title", {"sort": "title"}),
        ("sort", "-deadline", {"sort": "-deadline"}),
        ("limit", "1", {"limit": 1}),
        ("limit", "100", {"limit": 100}),
        ("offset", "0", {"offset": 0}),
        ("offset", "2147483647", {"offset": 2147483647}),
        ("offset", 7, {"offset": 7}),
        ("status", "  ", {}),
    ],
)
def test_a_value_asks_for_this_and_nothing_else(bench: Bench, name: str, value: object, asks: dict):
    bench.timezone = "Europe/Berlin"
    assert parsed(bench, **{name: value}) == TaskFilter(**asks)


def test_several_filters_ask_for_what_matches_them_all(bench: Bench):
    asked = parsed(bench, tag="seo", status="failed", limit="5", text="")
    assert asked == TaskFilter(tag="seo", status=(TaskStatus.FAILED,), limit=5)


@pytest.mark.parametrize("name", ["overdue", "assigned_to_bot", "requires_human_review"])
@pytest.mark.parametrize(
    ("words", "said"), [("true 1 yes on TRUE Yes", True), ("false 0 no off OFF False", False)]
)
def test_yes_and_no_are_said_as_forms_and_people_say_them(bench: Bench, name: str, words: str, said: bool):
    for word in words.split():
        assert getattr(parsed(bench, **{name: word}), name) is said, word


def test_a_colleague_is_named_by_key_or_id(bench: Bench):
    ben = bench.employee_id("ben")
    assert parsed(bench, assignee="ben") == parsed(bench, assignee=ben) == TaskFilter(assignee_id=ben)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("priority", "low,urgent", "'urgent' is not a priority; use low, medium, high, critical"),
        ("assignee", "noone", "'noone' is not the key or id of an assignee"),
        ("campaign", "no", "'no' is not the key or id of a campaign"),
        ("partner", "me", "'me' is not the key or id of a partner"),
        ("overdue", "perhaps", "'perhaps' must be true or false"),
        ("qa", "random", "'random' is not a state of QA; use flagged, open, reviewed"),
        ("sort", "colour", f"'colour' cannot be sorted by; use {SORTS}, with - in front for descending"),
        ("sort", "--title", f"'--title' cannot be sorted by; use {SORTS}, with - in front for descending"),
        ("limit", "0", "'0' must be a whole number from 1 to 100"),
        ("limit", "101", "'101' must be a whole number from 1 to 100"),
        ("limit", "ten", "'ten' must be a whole number from 1 to 100"),
        ("offset", "-1", "'-1' must be a whole number from 0 to 2147483647"),
        ("offset", "2147483648", "'2147483648' must be a whole number from 0 to 2147483647"),
    ],
)
def test_a_value_that_says_nothing_is_refused_with_what_would(
    bench: Bench, name: str, value: str, words: str
):
    with pytest.raises(BadRequestError) as refused:
        parsed(bench, **{name: value})
    assert refused.value.message == f"{name}: {words}."
    assert [(detail["field"], detail["message"]) for detail in refused.value.details] == [(name, words)]


@pytest.mark.parametrize("name", ["status", "due_before", "due_after", "scheduled_before", "scheduled_after"])
def test_words_days_and_moments_are_refused_at_their_own_field(bench: Bench, name: str):
    with pytest.raises(BadRequestError) as refused:
        parsed(bench, **{name: "soon"})
    assert [detail["field"] for detail in refused.value.details] == [name]


def test_what_is_no_filter_is_refused_with_those_there_are(bench: Bench):
    with pytest.raises(UnknownFieldError) as refused:
        parsed(bench, colour="")
    assert refused.value.message == f"There is no filter 'colour'; the filters are {FILTERS}."
    assert refused.value.details == [
        {"code": "UNKNOWN_FIELD", "field": "colour", "message": "no such filter"}
    ]


def test_a_list_begins_with_what_is_due_soonest_fifty_at_a_time():
    asked = TaskFilter()
    assert (asked.sort_column, asked.descending, asked.limit, asked.offset) == ("due_date", False, 50, 0)
    pressing = TaskFilter(sort="-priority")
    assert (pressing.sort_column, pressing.descending) == ("priority_rank", True)


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("-priority", Priority.HIGH.rank),
        ("title", "Ärger im café".casefold()),
        ("due_date", "2026-12-01"),
        ("scheduled_for", None),
    ],
)
def test_a_task_stands_in_a_list_where_its_column_puts_it(workbench: Workbench, sort: str, value: object):
    task = make_task(workbench, title="Ärger im café", priority="high", due_date="2026-12-01")
    assert place_of(task, TaskFilter(sort=sort)) == (value, task.task_id)


ONE, OTHER = TaskFilter(tag="a"), TaskFilter(tag="b")
WAITING, OPEN = TaskFilter(status=(TaskStatus.WAITING,)), TaskFilter(open=True)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (ONE, TaskFilter(mine=True), TaskFilter(tag="a", mine=True)),
        (ONE, ONE, ONE),
        (ONE, OTHER, TaskFilter(tag="a", also=(OTHER,))),
        (OPEN, OPEN, OPEN),
        # Of one filter, statuses and open say which may match; of two, both must hold.
        (WAITING, OPEN, TaskFilter(status=WAITING.status, also=(OPEN,))),
        (
            TaskFilter(status=WAITING.status, open=True),
            OPEN,
            TaskFilter(status=WAITING.status, open=True, also=(OPEN,)),
        ),
        (WAITING, ONE, TaskFilter(status=WAITING.status, tag="a")),
        (
            TaskFilter(status=WAITING.status, tag="a"),
            TaskFilter(status=WAITING.status, tag="b"),
            TaskFilter(status=WAITING.status, tag="a", also=(TaskFilter(status=WAITING.status, tag="b"),)),
        ),
        (TaskFilter(words=(X,)), TaskFilter(words=(Y,)), TaskFilter(words=(X, Y))),
        (
            TaskFilter(sort="title", limit=5),
            TaskFilter(sort="-title", tag="a"),
            TaskFilter(sort="title", limit=5, tag="a"),
        ),
    ],
)
def test_two_filters_together_ask_for_what_matches_both(
    first: TaskFilter, second: TaskFilter, both: TaskFilter
):
    assert first.and_also(second) == both
