"""Which reminders were intended, and when: the rules of content/README.md told a second time, the slow way.

Nothing of the engine is asked. Working time is a list of stretches, one a day; what a task went through is a
list of what it was after each change. Decided where the document is silent: a length of time that ends with
the working day is over then, so its reminder comes the next morning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.engine.bundles.calendar_oracle import Team, beginning, moment

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: In which the next move is not the team's own: the overdue clock stands still.
_AT_REST = ("waiting", "deferred", "pending_approval", "help_needed")
#: What holds where no file says otherwise.
SHIPPED: dict[str, Any] = {
    "due": [{"business_days": 1}],
    "overdue": [
        {"after": {"business_hours": 0}, "to": "assignee"},
        {"after": {"business_days": 1}, "to": "managers"},
        {"after": {"business_days": 3}, "to": "flag"},
    ],
    "follow_up_due": "assignee",
    "missing_evidence": "assignee",
    "recurring": [],
    "stage_change": "nobody",
    "automation_failure": "managers",
    "approval": [
        {"after": {"business_days": 1}, "to": "approvers"},
        {"after": {"business_days": 3}, "to": "flag"},
    ],
    "help": [
        {"after": {"business_hours": 4}, "to": "managers"},
        {"after": {"business_days": 2}, "to": "flag"},
    ],
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A decision that somebody waits for."""

    approval_id: str
    source: str
    asked_at: datetime
    asked_by: str
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a task was from one change to the next."""

    #: When that was recorded, and by the clock of the machine.
    at: datetime
    wall: datetime
    #: The number of the last event by which it became so.
    seq: int
    task_id: str
    bundle_id: str | None
    template: str | None
    status: str
    created_at: datetime
    closed_at: datetime | None
    due_date: date | None
    deadline: datetime | None
    follow_up_at: datetime | None
    assignee_id: str | None
    owner_id: str | None
    is_held_up: bool
    asks_for_proof: bool
    lacks_proof: bool
    asked: tuple[Asked, ...]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One moment at which somebody was to be reminded."""

    subject: str
    type: str
    step: str
    base: datetime
    due_at: datetime
    send_at: datetime
    to: str
    overlap: str = "send"
    missed: str = "each"

    @property
    def name(self) -> str:
        """What the key of its reminder begins with, whomever it is for."""
        return f"{self.subject}/{self.type}/{self.step}/{self.base:%Y-%m-%dT%H:%M:%SZ}/"


@dataclass(frozen=True)
class Hours:
    """When a team works, in the days that are looked at."""

    team: Team
    begins: time
    ends: time
    digest: time | None
    first: date
    last: date

    @cached_property
    def days(self) -> list[date]:
        every = (self.first + number * _DAY for number in range((self.last - self.first).days))
        return [day for day in every if self.team.works_on(day)]

    @cached_property
    def stretches(self) -> list[tuple[datetime, datetime]]:
        return [(self._on(day, self.begins), self._on(day, self.ends)) for day in self.days]

    @cached_property
    def _digests(self) -> list[datetime]:
        return [self._on(day, self.digest) for day in self.days] if self.digest else []

    def _on(self, day: date, at: time) -> datetime:
        return moment(datetime.combine(day, at), self.team.zone)

    def working(self, at: datetime) -> datetime:
        """Return the first working moment from one on."""
        return next(max(at, begins) for begins, ends in self.stretches if ends > at)

    def told(self, at: datetime) -> datetime:
        """Return when somebody may be told of what comes at a moment: with the others of that day."""
        first = self.working(at)
        return next(one for one in self._digests if one >= first) if self.digest else first

    def after(
        self,
        start: datetime,
        span: Mapping[str, int],
        rests: Sequence[tuple[datetime, datetime | None]] = (),
    ) -> datetime | None:
        """Return when so much time has gone by, rests left out; None where it has not by the last day."""
        [(unit, amount)] = span.items()
        end = self.stretches[-1][1]
        stretches = self.stretches if unit.startswith("business") else [(start, end)]
        left = amount * self._length(unit)
        for begins, ends in stretches:
            for since, until in _without(max(begins, start), ends, rests):
                if until - since >= left:
                    return since + left
                left -= until - since
        return None

    def before(self, deadline: datetime, due: date, span: Mapping[str, int]) -> datetime:
        """Return when to remind of a deadline so long ahead."""
        at = self.told(self._lead(deadline, due, span))
        return at if at <= deadline else max(begins for begins, _ in self.stretches if begins < deadline)

    def _lead(self, deadline: datetime, due: date, span: Mapping[str, int]) -> datetime:
        [(unit, amount)] = span.items()
        if unit == "hours":
            return deadline - amount * _HOUR
        if unit == "business_hours":
            return self._back(deadline, amount * _HOUR)
        day = due - amount * _DAY if unit == "days" else [one for one in self.days if one < due][-amount]
        is_free = day not in self.days
        return beginning(day, self.team.zone) if is_free else self._on(day, self.begins)

    def _back(self, deadline: datetime, left: timedelta) -> datetime:
        for begins, ends in reversed(self.stretches):
            length = max(min(ends, deadline) - begins, timedelta())
            if length >= left:
                return min(ends, deadline) - left
            left -= length
        raise AssertionError("the days that are looked at begin too late")

    def _length(self, unit: str) -> timedelta:
        if unit != "business_days":
            return _DAY if unit == "days" else _HOUR
        begins, ends = (timedelta(hours=one.hour, minutes=one.minute) for one in (self.begins, self.ends))
        return ends - begins


def _without(
    begins: datetime, ends: datetime, rests: Sequence[tuple[datetime, datetime | None]]
) -> Iterator[tuple[datetime, datetime]]:
    for since, until in rests:
        if begins < min(since, ends):
            yield begins, min(since, ends)
        begins = max(begins, until or ends)
    if begins < ends:
        yield begins, ends


def of_task(story: Sequence[Seen], rules: Mapping[str, Any], hours: Hours) -> list[Moment]:
    """Return every moment that follows from what a task is now, and from how it came there."""
    now = story[-1]
    found = [*_dated(story, rules, hours), *_again(now, rules, hours)]
    if now.status == "waiting" and now.follow_up_at and rules["follow_up_due"] != "nobody":
        found.append(_one(now, "follow-up-due", now.follow_up_at, rules["follow_up_due"], hours.told))
    since = _since(story)
    if now.status == "failed" and rules["automation_failure"] != "nobody":
        found.append(_one(now, "automation-failure", since, rules["automation_failure"], hours.working))
    if now.status == "help_needed":
        found += _chain(now.task_id, rules["help"], since, hours, about="help: ")
    return [one for one in found if _is_open(one, now.created_at, now.closed_at)]


def of_asked(asked: Asked, rules: Mapping[str, Any], hours: Hours) -> list[Moment]:
    """Return every moment that follows from a decision that is waited for."""
    found = _chain(asked.approval_id, rules["approval"], asked.asked_at, hours, about="approval: ")
    return [one for one in found if _is_open(one, asked.asked_at, asked.closed_at)]


def _is_open(one: Moment, opened: datetime, closed: datetime | None) -> bool:
    return opened <= one.send_at and (closed is None or one.send_at < closed)


def _dated(story: Sequence[Seen], rules: Mapping[str, Any], hours: Hours) -> Iterator[Moment]:
    now = story[-1]
    if now.deadline is None or now.due_date is None:
        return
    for span in rules["due"]:
        at = hours.before(now.deadline, now.due_date, span)
        yield Moment(
            subject=now.task_id,
            type="due",
            step=f"{_said(span)} before",
            base=now.deadline,
            due_at=at,
            send_at=at,
            to="assignee",
        )
    yield from _chain(now.task_id, rules["overdue"], now.deadline, hours, rests=_rests(story))
    if now.asks_for_proof and rules["missing_evidence"] != "nobody":
        yield _one(now, "missing-evidence", now.deadline, rules["missing_evidence"], hours.told)


def _chain(
    subject: str,
    steps: Sequence[Mapping[str, Any]],
    start: datetime,
    hours: Hours,
    *,
    about: str = "",
    rests: Sequence[tuple[datetime, datetime | None]] = (),
) -> list[Moment]:
    found = []
    for step in steps:
        at = hours.after(start, step["after"], rests)
        if at is None or at >= hours.stretches[-1][0]:
            continue
        [amount] = step["after"].values()
        is_flag, when = step["to"] == "flag", f"{_said(step['after'])} after" if amount else "at once"
        found.append(
            Moment(
                subject=subject,
                type="overdue",
                step=f"{about}{when}, {'flagged' if is_flag else 'to ' + step['to']}",
                base=start,
                due_at=at,
                send_at=hours.working(at) if is_flag else hours.told(at),
                to=step["to"],
            )
        )
    return found


def _one(now: Seen, kind: str, at: datetime, to: str, moved: Any) -> Moment:
    return Moment(
        subject=now.task_id, type=kind, step="at once", base=at, due_at=at, send_at=moved(at), to=to
    )


def _again(now: Seen, rules: Mapping[str, Any], hours: Hours) -> Iterator[Moment]:
    """Yield what a line such as ``30 5 * * 3`` names: a time of day on one day of the week."""
    for rule in rules["recurring"]:
        minute, hour, _, _, weekday = rule["schedule"].split()
        day = hours.first
        while day < hours.days[-2]:
            if day.isoweekday() == int(weekday):
                wall = datetime.combine(day, time(int(hour), int(minute)))
                at = moment(wall, hours.team.zone, first=True)
                yield Moment(
                    subject=now.task_id,
                    type="recurring",
                    step=rule["name"],
                    base=at,
                    due_at=at,
                    send_at=hours.told(at),
                    to=rule["to"],
                    overlap=rule["overlap"],
                    missed=rule["missed"],
                )
            day += _DAY


def _rests(story: Sequence[Seen]) -> list[tuple[datetime, datetime | None]]:
    found: list[tuple[datetime, datetime | None]] = []
    for seen in story:
        is_resting = bool(found) and found[-1][1] is None
        if seen.status in _AT_REST and not is_resting:
            found.append((seen.at, None))
        elif seen.status not in _AT_REST and is_resting:
            found[-1] = (found[-1][0], seen.at)
    return found


def _since(story: Sequence[Seen]) -> datetime:
    """Return since when a task stands in its status."""
    first = story[-1]
    for seen in reversed(story):
        if seen.status != first.status:
            break
        first = seen
    return first.at


def _said(span: Mapping[str, int]) -> str:
    [(unit, amount)] = span.items()
    words = unit.replace("_", " ")
    return f"{amount} {words[:-1] if amount == 1 else words}"


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
