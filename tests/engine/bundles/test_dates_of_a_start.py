"""What a start dates agrees with the definitions, and with what the check has said, whatever the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.app import Workbench
from engine.bundles import instantiate, service
from engine.bundles.models import Bundle
from engine.bundles.plan import BundlePlan, plan
from engine.bundles.request import NewBundle
from engine.catalog.calendars import Calendar
from engine.catalog.check_deadlines import deadline_findings
from engine.catalog.models import TaskTemplate, TaskType
from engine.catalog.resolved import ClosureFile, ResolvedTemplate
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks.models import Task
from tests.engine.bundles.calendar_oracle import WEEK, Team, due

ZONES = sorted(available_timezones())
#: Whose clocks change by more than an hour, which the check does not suppose of an unknown workspace.
_TWO_HOURS = {"Antarctica/Troll"}
UNITS = ("days", "business_days", "hours")
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
DAYS = st.dates(FIRST, LAST)
MOMENTS = st.integers(0, 2 * 365 * 24 * 3600 - 1).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
#: More of them where clocks change and days end.
TIMES = st.sampled_from(
    [time(0), time(0, 30), time(2), time(2, 30), time(3), time(12), time(17), time(23, 59)]
)
OFFSETS = {
    "days": st.integers(-40, 40),
    "business_days": st.integers(-25, 25),
    "hours": st.integers(-24 * 14, 24 * 14),
}
PARAMETERS = {
    "type": "object",
    "properties": {
        "day": {"type": "string", "format": "date"},
        "moment": {"type": "string", "format": "date-time"},
        "extra": {"type": "boolean", "default": False},
    },
}
BASES = ("anchor", "bundle_start", "parameter:day", "parameter:moment", "task_completed:maybe")


@st.composite
def calendars(draw: st.DrawFn, zones: list[str] = ZONES) -> Calendar:
    """A calendar anywhere, its holidays in clusters, as holidays come."""
    starts = draw(st.lists(DAYS, max_size=4))
    lengths = [draw(st.integers(1, 5)) for _ in starts]
    free = {
        one + timedelta(days=n) for one, length in zip(starts, lengths, strict=True) for n in range(length)
    }
    cut_off = draw(st.none() | TIMES)
    return Calendar(
        key="any",
        name="Any",
        timezone=draw(st.sampled_from(zones)),
        working_days=[WEEK[number] for number in sorted(draw(st.sets(st.integers(0, 6), min_size=1)))],
        cut_off=cut_off and f"{cut_off:%H:%M}",
        holidays=[{"date": day.isoformat(), "name": "Free"} for day in sorted(free)],
    )


@st.composite
def rules(draw: st.DrawFn, bases: tuple[str, ...] = BASES) -> dict[str, Any]:
    unit = draw(st.sampled_from(UNITS))
    return {"offset": draw(OFFSETS[unit]), "unit": unit, "from": draw(st.sampled_from(bases))}


@dataclass(frozen=True)
class Begun:
    """Everything that dates follow from."""

    anchor: date
    now: datetime
    parameters: Mapping[str, Any]
    zone: str
    calendar: Calendar | None

    @property
    def team(self) -> Team:
        if self.calendar is None:
            return Team(self.zone, frozenset(WEEK[:5]), None, frozenset())
        return Team(
            self.calendar.timezone,
            frozenset(self.calendar.working_days),
            time.fromisoformat(self.calendar.cut_off) if self.calendar.cut_off else None,
            frozenset(date.fromisoformat(holiday.date) for holiday in self.calendar.holidays),
        )

    def origin(self, counted_from: str) -> date | datetime | None:
        """What a rule counts from; the task that may be made never is, so its rules fall back."""
        if counted_from in ("anchor", "task_completed:maybe"):
            return self.anchor
        if counted_from == "bundle_start":
            return self.now
        text = self.parameters.get(counted_from.removeprefix("parameter:"))
        if text is None:
            return None
        return date.fromisoformat(text) if len(text) == len("2026-01-01") else datetime.fromisoformat(text)


@st.composite
def beginnings(draw: st.DrawFn) -> Begun:
    day, moment = draw(DAYS), draw(MOMENTS)
    parameters = {"day": day.isoformat(), "moment": moment.isoformat()}
    return Begun(
        anchor=draw(DAYS),
        now=draw(MOMENTS),
        parameters=draw(st.sampled_from([parameters, parameters, parameters, {}])),
        zone=draw(st.sampled_from(ZONES)),
        calendar=draw(st.none() | calendars() | calendars()),
    )


def resolved(tasks: list[dict[str, Any]], calendar: Calendar | None) -> ResolvedTemplate:
    made = [{"title": task["ref"].capitalize(), **task} for task in tasks]
    fields = {"key": "any", "name": "Any", "task_type": "work", "parameters": PARAMETERS, "tasks": made}
    return ResolvedTemplate(
        key="any",
        template=TaskTemplate.model_validate(fields),
        origins={},
        commit=None,
        task_types={"work": TaskType(key="work", name="Work")},
        process_docs={},
        calendar=calendar,
        closure=(ClosureFile("any", sha256(repr((tasks, calendar)).encode()).hexdigest(), None),),
    )


MAYBE = {"ref": "maybe", "when": {"properties": {"extra": {"const": True}}}}


def with_rules(given_rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [MAYBE, *({"ref": f"task_{n}", "due": rule} for n, rule in enumerate(given_rules))]


def planned(template: ResolvedTemplate, begun: Begun) -> BundlePlan:
    new = NewBundle(template="any", anchor_date=begun.anchor, parameters=begun.parameters)
    return plan(template, new, now=begun.now, zone=begun.zone, people={}, employees={})


def expected(rule: Mapping[str, Any], begun: Begun) -> tuple[date | None, datetime | None]:
    origin = begun.origin(rule["from"])
    return (None, None) if origin is None else due(rule["offset"], rule["unit"], origin, begun.team)


@given(st.lists(rules(), min_size=4, max_size=8), beginnings())
def test_what_a_start_dates_is_what_the_definitions_say(given_rules, begun):
    tasks = planned(resolved(with_rules(given_rules), begun.calendar), begun).tasks
    for rule, task in zip(given_rules, tasks, strict=True):
        event(f"{rule['unit']} from {rule['from']}")
        assert (task.due_date, task.deadline) == expected(rule, begun), (rule, begun)


def days_of(zone: str) -> list[date]:
    """Return a day a month, and those around each change of this zone's clocks in a year."""
    midnights = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(365)]
    offsets = [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in midnights]
    changes = [number for number in range(1, 365) if offsets[number] != offsets[number - 1]]
    near = {number + away for number in changes for away in (-2, -1, 0, 1)}
    return [FIRST + timedelta(days=number) for number in sorted({*near, *range(0, 365, 31)})]


def hold_in(zone: str) -> None:
    """Hold a start against the definitions, with deadlines at all times of day."""
    given_rules = [{"offset": n, "unit": unit, "from": "anchor"} for unit in UNITS for n in (-25, 0, 1, 26)]
    for cut_off in (None, "00:30", "02:30", "17:00"):
        calendar = Calendar(key="any", name="Any", timezone=zone, cut_off=cut_off)
        template = resolved(with_rules(given_rules), calendar)
        for day in days_of(zone):
            begun = Begun(day, datetime(2026, 1, 1, tzinfo=UTC), {}, "UTC", calendar)
            for rule, task in zip(given_rules, planned(template, begun).tasks, strict=True):
                assert (task.due_date, task.deadline) == expected(rule, begun), (rule, begun)


@pytest.mark.parametrize("zone", ["America/Havana", "Australia/Lord_Howe", "Europe/Berlin"])
def test_what_a_start_dates_is_what_the_definitions_say_around_a_change_of_clocks(zone):
    hold_in(zone)


@pytest.mark.wide
@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("region", sorted({zone.partition("/")[0] for zone in ZONES if "/" in zone} | {""}))
def test_what_a_start_dates_is_what_the_definitions_say_in_every_zone(region, every):
    there = [zone for zone in ZONES if region == (zone.partition("/")[0] if "/" in zone else "")]
    for zone in there[::every]:
        hold_in(zone)


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("dates")
    settings_of_it = Settings(
        content=str(folder), database=f"sqlite:///{folder}/store.db", timezone="Asia/Kathmandu"
    )
    engine = Workbench(settings_of_it, clock=FixedClock(datetime(2026, 11, 21, 9, tzinfo=UTC)))
    yield engine
    engine.close()


@settings(max_examples=15, deadline=None)
@given(given_rules=st.lists(rules(), min_size=6, max_size=8), begun=beginnings())
def test_what_a_start_stores_is_what_the_definitions_say(stored, given_rules, begun):
    begun = Begun(begun.anchor, stored.clock.now(), begun.parameters, "Asia/Kathmandu", begun.calendar)
    template = resolved(with_rules(given_rules), begun.calendar)
    new = NewBundle(template="any", anchor_date=begun.anchor, parameters=begun.parameters)
    with stored.transaction(stored.operator()) as tx:
        bundle = instantiate.create(tx, _Only(template), new)
    with stored.reading(stored.operator()) as tx:
        tasks = {task.template_task_ref: task for task in tx.find(Task, bundle_id=bundle.bundle_id)}
    for number, rule in enumerate(given_rules):
        task = tasks[f"task_{number}"]
        assert (task.due_date, task.deadline) == expected(rule, begun), (rule, begun)


@pytest.mark.wide
@settings(max_examples=15, deadline=None)
@given(given_rules=st.lists(rules(), min_size=6, max_size=8), first=beginnings(), then=beginnings())
def test_moved_dates_are_those_of_a_start_with_the_new_days(stored, given_rules, first, then):
    """Also where a parameter is given for the first time; one that is taken away has no dates (R3)."""
    named = {rule["from"].removeprefix("parameter:") for rule in given_rules if "parameter:" in rule["from"]}
    now, zone = stored.clock.now(), "Asia/Kathmandu"
    moved = {name: then.parameters.get(name, "") for name in named}
    after = {name: value for name, value in moved.items() if value}
    kept = {name: value for name, value in first.parameters.items() if name not in named}
    template = resolved(with_rules(given_rules), first.calendar)
    new = NewBundle(template="any", anchor_date=first.anchor, parameters=first.parameters)
    with stored.transaction(stored.operator()) as tx:
        bundle_id = instantiate.create(tx, _Only(template), new).bundle_id
    with stored.transaction(stored.operator()) as tx:
        moves = service.reanchor(tx, bundle_id, then.anchor, parameters=moved)
    begun = Begun(then.anchor, now, {**kept, **after}, zone, first.calendar)
    with stored.reading(stored.operator()) as tx:
        tasks = {task.template_task_ref: task for task in tx.find(Task, bundle_id=bundle_id)}
        assert tx.get(Bundle, bundle_id).parameters == {"extra": False, **kept, **after}
    for number, rule in enumerate(given_rules):
        task = tasks[f"task_{number}"]
        assert (task.due_date, task.deadline) == expected(rule, begun), (rule, begun)
    named_tasks = [entry.task_id for entry in (*moves.changes, *moves.kept)]
    assert sorted(named_tasks) == sorted(tasks[f"task_{n}"].task_id for n in range(len(given_rules)))


@dataclass(frozen=True)
class _Only:
    """Content with one template."""

    template: ResolvedTemplate
    calendars: ClassVar[dict[str, Calendar]] = {}

    def resolve(self, *_: Any, **__: Any) -> ResolvedTemplate:
        return self.template


# -- the check against the start ------------------------------------------------------------

CLOSE = {"days": st.integers(-3, 4), "business_days": st.integers(-3, 4), "hours": st.integers(-60, 100)}


#: Days around which clocks change in many zones.
CHANGES = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25), date(2026, 11, 1))
ONE_BASIS = (("anchor",), ("bundle_start",), ("parameter:day",), ("parameter:moment",))
SEVERAL = (("anchor", "task_completed:maybe"), ("task_completed:maybe", "bundle_start"), BASES)


@st.composite
def waiting(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Tasks that wait for earlier ones, due about when those are; some undated, some made on a condition."""
    tasks: list[dict[str, Any]] = [MAYBE]
    bases = draw(st.sampled_from([*ONE_BASIS, *ONE_BASIS, *SEVERAL]))
    units = draw(st.sampled_from([("days", "business_days"), ("days", "hours"), UNITS]))
    for number in range(draw(st.integers(2, 4))):
        unit = draw(st.sampled_from(units))
        rule = {"offset": draw(CLOSE[unit]), "unit": unit, "from": draw(st.sampled_from(bases))}
        task: dict[str, Any] = {"ref": f"task_{number}"}
        if draw(st.integers(0, 5)):
            task["due"] = rule
        if number:
            refs = [f"task_{n}" for n in range(number)]
            task["depends_on"] = draw(st.lists(st.sampled_from(refs), min_size=1, max_size=2, unique=True))
        condition = draw(st.sampled_from([None, None, None, None, True, False]))
        if condition is not None:
            task["when"] = {"properties": {"extra": {"const": condition}}}
        tasks.append(task)
    return tasks


@st.composite
def telling(draw: st.DrawFn, calendar: Calendar | None) -> Begun:
    """A start around a holiday or a change of clocks, at the beginning or the end of a day or within it."""
    holidays = [date.fromisoformat(holiday.date) for holiday in calendar.holidays] if calendar else []
    near = draw(st.sampled_from([*holidays, *CHANGES])) + timedelta(days=draw(st.integers(-5, 5)))
    zone = draw(st.sampled_from([zone for zone in ZONES if zone not in _TWO_HOURS]))
    there = ZoneInfo(calendar.timezone if calendar else zone)
    at = draw(st.sampled_from([time(0), time(0, 0, 1), time(9), time(23, 59, 59)]))
    moment = datetime.combine(near, at, tzinfo=there).astimezone(UTC)
    parameters = {"day": near.isoformat(), "moment": moment.isoformat(), "extra": draw(st.booleans())}
    return Begun(anchor=near, now=moment, parameters=parameters, zone=zone, calendar=calendar)


def early_pairs(tasks: BundlePlan) -> dict[tuple[str, str], bool]:
    """Say of each task and each one it waits for, that count from the same, whether it is due first."""
    by_ref = {task.ref: task for task in tasks.tasks}
    found = {}
    for ref, task in by_ref.items():
        above, seen = list(task.depends_on), set()
        while above:
            other = by_ref[above.pop()]
            if other.ref in seen:
                continue
            seen.add(other.ref)
            above += other.depends_on
            same = (
                task.due_rule and other.due_rule and task.due_rule.counted_from == other.due_rule.counted_from
            )
            if same and task.deadline and other.deadline:
                found[ref, other.ref] = task.deadline < other.deadline
    return found


def check_is_kept(data: st.DataObject) -> None:
    calendar = data.draw(st.none() | calendars() | calendars())
    template = resolved(data.draw(waiting()), calendar)
    findings = list(deadline_findings(template.template, calendar))
    errors = [found for found in findings if found.code == "DUE_CONTRADICTION"]
    was_early = False
    for begun in data.draw(st.lists(telling(calendar), min_size=8, max_size=8)):
        pairs = early_pairs(planned(template, begun))
        early = [pair for pair, is_early in pairs.items() if is_early]
        was_early |= bool(early)
        assert findings or not early, (template.template, begun, early)
        for found in errors:
            ref = template.template.tasks[found.path[1]].ref
            before = found.message.split("“")[1].split("”")[0]
            assert pairs.get((ref, before), True), (found.message, begun)
    said = "errors" if errors else "warnings" if findings else "passed"
    event(f"{said}, {'early' if was_early else 'never early'}")


@pytest.mark.wide
@settings(max_examples=30, deadline=None)
@given(st.data())
def test_what_the_check_passes_is_never_due_before_what_it_waits_for(data):
    """And what it refuses always is, wherever both tasks are made."""
    check_is_kept(data)


@pytest.mark.wide
@settings(max_examples=600, deadline=None)
@given(st.data())
def test_what_the_check_passes_is_never_due_before_what_it_waits_for_over_many_templates(data):
    check_is_kept(data)
