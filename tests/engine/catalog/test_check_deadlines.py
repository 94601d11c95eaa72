"""Due before what it waits for: an error where that is always so, a warning where on some days (R2, R4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.catalog.calendars import Calendar
from engine.catalog.catalog import check
from engine.catalog.check_deadlines import _is_in_order, _last_moment, _sample_days, deadline_findings
from engine.catalog.models import DueRule, TaskTemplate

OFFICE = Calendar(
    key="office",
    name="Office",
    timezone="Europe/Berlin",
    cut_off="17:00",
    holidays=[{"date": "2026-12-25", "name": "Christmas Day"}, {"date": "2026-12-31", "name": "Year's end"}],
)
PARAMETERS = {
    "type": "object",
    "properties": {
        "sponsored": {"type": "boolean", "default": False},
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "last_day": {"type": "string", "format": "date"},
        "landing": {"type": "string", "format": "date-time"},
    },
}
ALWAYS, SOMETIMES = "DUE_CONTRADICTION", "DUE_SOMETIMES_EARLY"


def template(*tasks: dict) -> TaskTemplate:
    made = [{"title": task["ref"].capitalize(), **task} for task in tasks]
    return TaskTemplate.model_validate(
        {"key": "small", "name": "Small", "task_type": "work", "parameters": PARAMETERS, "tasks": made}
    )


def due(offset: int, unit: str = "days", counted_from: str = "anchor") -> dict:
    return {"due": {"offset": offset, "unit": unit, "from": counted_from}}


def found(*tasks: dict, calendar: Calendar | None = OFFICE) -> list[tuple[str, str]]:
    return [(str(one.code), one.message) for one in deadline_findings(template(*tasks), calendar)]


def two(blocker: dict, task: dict, calendar: Calendar | None = OFFICE) -> list[str]:
    tasks = ({"ref": "first", **blocker}, {"ref": "second", "depends_on": ["first"], **task})
    return [code for code, _ in found(*tasks, calendar=calendar)]


@pytest.mark.parametrize(
    ("blocker", "task", "codes"),
    [
        (due(12, "hours"), due(0), []),  # noon, then the cut-off of the day
        (due(17, "hours"), due(0), [SOMETIMES]),  # 16:00 or 18:00 on the days on which clocks change
        (due(18, "hours"), due(0), [SOMETIMES]),  # at 17:00 on the day on which clocks are set back
        (due(19, "hours"), due(0), [ALWAYS]),
        (due(0), due(1, "hours"), [ALWAYS]),  # 01:00, sixteen hours before the cut-off
        (due(0), due(17, "hours"), [SOMETIMES]),  # 16:00 on the day on which clocks are set back
        (due(0), due(18, "hours"), []),  # never before 17:00
        (due(-7), due(-7, "business_days"), [ALWAYS]),
        (due(-7), due(-5, "business_days"), [SOMETIMES]),  # nine days back over a holiday
        (due(-7), due(-3, "business_days"), []),
        (due(3, "business_days"), due(5), [SOMETIMES]),  # over Christmas and a weekend
        (due(3, "business_days"), due(7), []),
        (due(0, "business_days"), due(0), [SOMETIMES]),  # a free day
        (due(0), due(-1), [ALWAYS]),
        (due(0), due(0), []),
    ],
)
def test_deadlines_are_compared_as_a_start_computes_them(blocker, task, codes):
    assert two(blocker, task) == codes


def test_a_holiday_alone_can_make_a_task_early():
    plain = OFFICE.model_copy(update={"holidays": []})
    assert two(due(3, "business_days"), due(5), plain) == []
    assert two(due(3, "business_days"), due(5)) == [SOMETIMES]


def test_the_cut_off_decides():
    whole_day = OFFICE.model_copy(update={"cut_off": None})
    assert two(due(0), due(18, "hours")) == []
    assert two(due(0), due(18, "hours"), whole_day) == [ALWAYS]


def test_without_a_calendar_clocks_may_change_wherever_the_workspace_is():
    assert two(due(0), due(24, "hours"), None) == [SOMETIMES]  # 23:00 on the day with 25 hours
    assert two(due(0), due(25, "hours"), None) == []


@pytest.mark.parametrize("counted_from", ["bundle_start", "parameter:last_day", "task_completed:zero"])
def test_dates_that_count_from_the_same_are_compared_whatever_it_is(counted_from):
    tasks = [
        {"ref": "zero"},
        {"ref": "first", **due(2, "days", counted_from)},
        {"ref": "second", "depends_on": ["first"], **due(1, "days", counted_from)},
    ]
    assert [code for code, _ in found(*tasks)] == [ALWAYS]


def test_hours_from_a_moment_are_early_only_in_part_of_a_day():
    assert two(due(0, "days", "bundle_start"), due(2, "hours", "bundle_start")) == [SOMETIMES]
    assert two(due(-1, "days", "bundle_start"), due(2, "hours", "bundle_start")) == []


def test_a_parameter_may_hold_a_moment_of_the_day_or_the_day_alone():
    one, other = (1, "days"), (24, "hours")
    whole_day = OFFICE.model_copy(update={"cut_off": None})
    for name, code in (("last_day", ALWAYS), ("landing", SOMETIMES)):
        of = f"parameter:{name}"
        assert two(due(*one, of), due(*other, of), whole_day) == [code]


def test_dates_that_count_from_different_days_are_left_to_the_start():
    assert two(due(0, "days", "bundle_start"), due(-9)) == []


def test_a_blocker_is_found_by_way_of_a_task_without_a_date():
    tasks = [
        {"ref": "first", "offset_days": 3},
        {"ref": "between", "depends_on": ["first"]},
        {"ref": "last", "offset_days": 2, "depends_on": ["between"]},
    ]
    told = found(*tasks)
    assert [code for code, _ in told] == [ALWAYS]
    assert told[0][1].startswith("last is always due before “first”, which it comes after: ")


def test_the_message_names_both_tasks_an_example_and_both_deadlines():
    tasks = (
        {"ref": "first", **due(3, "business_days")},
        {"ref": "second", "depends_on": ["first"], **due(5)},
    )
    [(_, message)] = found(*tasks)
    assert message == (
        "second is sometimes due before “first”, which it comes after: anchored on Tue 2026-12-22 it is due "
        "2026-12-27 17:00, first 2026-12-28 17:00 (Europe/Berlin)."
    )


def test_a_finding_is_at_the_date_of_the_task_and_says_what_to_do():
    for date_of_task, field in ((due(1), "due"), ({"offset_days": 1}, "offset_days")):
        tasks = (
            {"ref": "zero"},
            {"ref": "first", **due(2)},
            {"ref": "second", "depends_on": ["first"], **date_of_task},
        )
        [finding] = deadline_findings(template(*tasks), OFFICE)
        assert finding.path == ("tasks", 2, field)
        assert finding.hint == "Move second later or first earlier."


def test_every_early_task_is_told_beside_those_that_are_not():
    tasks = [
        {"ref": "first", "offset_days": 3},
        {"ref": "fine", "depends_on": ["first"], "offset_days": 4},
        {"ref": "early", "depends_on": ["first"], "offset_days": 2},
        {"ref": "other", "depends_on": ["fine"], "offset_days": 1},
    ]
    told = [message.split(" it is due")[0] for _, message in found(*tasks)]
    assert told == [
        "early is always due before “first”, which it comes after: anchored on Wed 2025-12-24",
        "other is always due before “fine”, which it comes after: anchored on Wed 2025-12-24",
    ]


@pytest.mark.parametrize(
    ("counted_from", "when"),
    [
        ("anchor", "anchored on Sat 2028-01-01"),
        ("bundle_start", "started on Sat 2028-01-01 at 00:00"),
        ("parameter:last_day", "with last_day Sat 2028-01-01"),
        ("parameter:landing", "with landing Sat 2028-01-01 at 00:00"),
        ("task_completed:zero", "with zero completed on Sat 2028-01-01 at 00:00"),
    ],
)
def test_the_message_says_what_the_example_counts_from_as_it_is_read_there(counted_from, when):
    berlin = OFFICE.model_copy(update={"holidays": []})
    tasks = (
        {"ref": "zero"},
        {"ref": "first", **due(1, "days", counted_from)},
        {"ref": "second", "depends_on": ["first"], **due(0, "days", counted_from)},
    )
    [(_, message)] = found(*tasks, calendar=berlin)
    assert message == (
        f"second is always due before “first”, which it comes after: {when} it is due 2028-01-01 17:00, "
        "first 2028-01-02 17:00 (Europe/Berlin)."
    )


def test_a_moment_late_in_a_day_is_looked_at_too():
    blocker = {"ref": "first", **due(0, "hours", "bundle_start")}
    task = {"ref": "second", "depends_on": ["first"], **due(0, "days", "bundle_start")}
    office = OFFICE.model_copy(update={"holidays": []})
    [(code, message)] = found(blocker, task, calendar=office)
    assert code == SOMETIMES
    assert "started on Sat 2028-01-01 at 23:59 it is due 2028-01-01 17:00" in message


def test_the_last_moment_of_a_day_is_a_millisecond_before_the_next():
    assert _last_moment(date(2026, 12, 1), "Europe/Berlin") == datetime(2026, 12, 1, 22, 59, 59, 999000, UTC)


def rule(offset: int, unit: str) -> DueRule:
    return DueRule.model_validate({"offset": offset, "unit": unit, "from": "anchor"})


@pytest.mark.parametrize(
    ("task", "blocker", "is_plain"),
    [
        ((1, "days"), (1, "days"), True),
        ((0, "hours"), (1, "hours"), False),
        ((2, "business_days"), (1, "business_days"), True),
        ((5, "hours"), (1, "days"), False),
        ((5, "days"), (1, "hours"), False),
        ((3, "business_days"), (3, "days"), True),
        ((0, "business_days"), (0, "days"), True),  # the day itself, or the next on which one works
        ((-1, "business_days"), (-1, "days"), False),  # back over a weekend
        ((0, "business_days"), (1, "days"), False),
        ((3, "days"), (3, "business_days"), False),
        ((-1, "days"), (-1, "business_days"), True),
        ((0, "days"), (0, "business_days"), False),  # a free day
        ((3, "business_days"), (3, "hours"), False),
        ((-1, "hours"), (-1, "business_days"), False),
    ],
)
def test_what_is_plainly_in_order_need_not_be_computed(task, blocker, is_plain):
    assert _is_in_order((rule(*task), rule(*blocker))) is is_plain


def free(*days: str) -> Calendar:
    return OFFICE.model_copy(
        update={
            "holidays": OFFICE.model_validate(
                {**OFFICE.model_dump(), "holidays": [{"date": day, "name": "Free"} for day in days]}
            ).holidays
        }
    )


@pytest.mark.parametrize(
    ("calendar", "first", "last", "count"),
    [
        (None, date(2028, 1, 1), date(2028, 12, 31), 366),
        (free(), date(2028, 1, 1), date(2028, 12, 31), 366),
        (free("2026-12-25"), date(2025, 12, 24), date(2027, 12, 26), 733),
        (free("2026-12-31", "2026-12-25"), date(2025, 12, 24), date(2028, 1, 1), 739),
        (free("2020-01-01", "2026-12-25"), date(2023, 11, 17), date(2027, 12, 26), 1501),
        # Of decades, as of a country's holidays, the years near the present.
        (free("2020-01-01", "2040-12-25"), date(2024, 11, 22), date(2028, 12, 31), 1501),
        (free("2030-01-01", "2040-12-25"), date(2037, 11, 17), date(2041, 12, 26), 1501),
    ],
)
def test_all_days_around_the_holidays_are_looked_at_but_none_of_long_ago(calendar, first, last, count):
    days = _sample_days(calendar, [rule(1, "days")], 1)
    assert (days[0], days[-1], len(days)) == (first, last, count)


@pytest.mark.parametrize(
    ("rules", "zones", "step"),
    [
        ([], 3, 1),
        ([rule(1, "days")] * 81, 1, 1),
        (
            [rule(1, "days")] * 82,
            1,
            2,
        ),  # 366 days times 82 rules, and two moments of a day, are more than 60,000
        ([rule(1, "days")] * 27, 3, 1),
        ([rule(1, "days")] * 28, 3, 2),
        ([rule(-4000, "days")], 1, 1),
        ([rule(4000, "business_days")], 1, 1),
        ([rule(4099, "business_days")], 1, 2),
        ([rule(-4099, "business_days")], 1, 2),
        ([rule(2500, "business_days"), rule(-2500, "business_days")], 1, 2),
        ([rule(1, "days")] * 500, 1, 8),  # with a step of a week every day would be the same weekday
        ([rule(1, "days")] * 560, 1, 8),
        ([rule(1, "days")] * 9000, 1, 8),  # 60 days at least
    ],
)
def test_the_more_and_the_farther_rules_are_the_fewer_days_are_looked_at(rules, zones, step):
    days = _sample_days(None, rules, zones)
    assert days[:2] == [date(2028, 1, 1), date(2028, 1, 1) + timedelta(days=step)]


def test_each_holiday_makes_counting_business_days_longer():
    days = [f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    assert len(_sample_days(free(*days), [rule(0, "business_days")] * 4, 1)) == 547
    assert len(_sample_days(free(*days), [rule(0, "days")] * 4, 1)) == 1094


def test_what_is_left_out_is_named_where_no_date_falls_back():
    yes, no = ({"when": {"properties": {"sponsored": {"const": value}}}} for value in (True, False))
    tasks = [
        {"ref": "publish", "offset_days": 5},
        {"ref": "ask", "depends_on": ["publish"], **yes},
        {"ref": "tell", **no},
        {"ref": "look", **no},
        {"ref": "thank", "depends_on": ["ask"], "offset_days": 3},
    ]
    [(_, message)] = found(*tasks)
    assert message.endswith(" (Europe/Berlin). That is so where tell, look is not made.")


SPONSORED = {"when": {"properties": {"sponsored": {"const": True}}}}


def conditional(*, same: bool = False, big: bool = False) -> list[tuple[str, str]]:
    """A thank-you after what is due later, counted from a task that may be left out."""
    condition = {"when": {"properties": {"size": {"minimum": 5}}}} if big else SPONSORED
    return found(
        {"ref": "publish", "offset_days": 5},
        {"ref": "ask", **condition},
        {
            "ref": "thank",
            "depends_on": ["publish"],
            **due(3, "days", "task_completed:ask"),
            **(condition if same else {}),
        },
    )


@pytest.mark.parametrize("big", [False, True])
def test_a_date_that_falls_back_to_the_anchor_is_compared_there(big):
    told = conditional(big=big)
    assert [code for code, _ in told] == [SOMETIMES]
    message = told[0][1]
    assert "thank is sometimes due before “publish”, which it comes after: anchored on " in message
    assert message.endswith("thank is due counted from the anchor date, because “ask” is not made.")


def test_tasks_that_are_left_out_together_never_fall_back():
    assert conditional(same=True) == []


def test_a_blocker_that_is_left_out_holds_nobody_back():
    tasks = [
        {"ref": "publish", "offset_days": 5},
        {"ref": "ask", "depends_on": ["publish"], **SPONSORED},
        {"ref": "thank", "depends_on": ["ask"], "offset_days": 3},
    ]
    [(code, message)] = found(*tasks)
    assert code == SOMETIMES  # only with a sponsor does one wait for the other
    assert "not made" not in message
    without = [{**task, "when": {"properties": {"sponsored": {"const": False}}}} for task in tasks[2:]]
    assert found(*tasks[:2], *without) == []


def test_an_override_that_makes_a_task_early_is_told_of_it(repo):
    repo.put(
        "task_templates/partners/acme/blog_post.yaml",
        "overrides: blog_post\npartner: acme\nreason: Early.\ntasks: [{ref: publish, offset_days: -8}]\n",
    )
    told = [(one.code, one.file) for one in check(repo.folder, worktree=True) if one.is_error]
    assert told == [("DUE_CONTRADICTION", "content/task_templates/partners/acme/blog_post.yaml")]


def test_a_calendar_without_working_days_is_left_to_the_start():
    days = (date(2014, 1, 1) + timedelta(days=number) for number in range(14 * 366))
    free = [{"date": day.isoformat(), "name": "Free"} for day in days]
    tired = Calendar(key="tired", name="Tired", timezone="UTC", holidays=free)
    assert two(due(-9), due(-1, "business_days"), tired) == []
