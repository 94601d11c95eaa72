"""What a change of the content does to due dates and reminders, on days that are hard (D3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.content import Content
from engine.catalog.diff.contents import ContentDiff, Scope, ScopeDiff, resolved_in
from engine.catalog.diff.effective import Work, work_of
from engine.catalog.diff.wording import Style
from engine.catalog.findings import Finding
from engine.catalog.models import TaskTemplate
from engine.catalog.problems import Problem, ProblemCode
from engine.errors import BadRequestError, ContentError
from engine.reminders.planner import said_day
from engine.reminders.preview import Fault, Occasion, Row, Schedule, occasions, schedule
from engine.reminders.rules import RuleBook


@dataclass(frozen=True)
class Moved:
    """One task that is due otherwise than before, or of which people are reminded otherwise."""

    occasion: Occasion
    zone: str
    #: None where the task is new.
    before: Row | None
    after: Row


@dataclass(frozen=True, kw_only=True)
class ScopeSchedule:
    """What becomes of the dates of one template, for somebody."""

    key: str
    name: str
    scope: Scope
    moved: Sequence[Moved]
    #: Dates that nobody can keep, each once, at its place in the files.
    faults: Sequence[Problem]
    #: Why nothing could be planned; empty where it could.
    note: str = ""


def compare_schedules(found: ContentDiff, zone: str, today: date) -> list[ScopeSchedule]:
    """Return what becomes of the dates of each template that changed or is new, by the workspace's zone."""
    found.reading.load_reminders()
    before, after = (RuleBook(content, zone) for content in found.reading.contents)
    comparison = _Comparison(before, after, found.reading.contents[1], zone, today)
    changed = [
        comparison.of(template.key, scope, scope.after)
        for template in found.templates
        for scope in template.scopes
        if scope.before is not None and scope.after is not None and scope.changes
    ]
    come = [
        one.place.name for one in found.files if isinstance(one.after, TaskTemplate) and one.before is None
    ]
    return changed + [made for key in come for made in comparison.of_new(key)]


def compare_scope(
    contents: tuple[Content, Content], key: str, scope: ScopeDiff, zone: str, today: date
) -> ScopeSchedule | None:
    """Return what becomes of the dates of one template for somebody; None where it is not there any more."""
    if scope.after is None:
        return None
    before, after = (RuleBook(content, zone) for content in contents)
    return _Comparison(before, after, contents[1], zone, today).of(key, scope, scope.after)


@dataclass(frozen=True)
class _Comparison:
    before: RuleBook
    after: RuleBook
    #: That there is now.
    content: Content
    zone: str
    today: date

    def of(self, key: str, scope: ScopeDiff, after: Work) -> ScopeSchedule:
        moved: list[Moved] = []
        faults: dict[str, Fault] = {}
        note = ""
        for occasion in occasions(after.resolved.calendar, self.zone, self.today):
            try:
                new = schedule(after, self.after, occasion, self.zone)
                old = schedule(scope.before, self.before, occasion, self.zone) if scope.before else None
            except (BadRequestError, ValueError) as error:
                note = f"Its dates cannot be planned: {error}"
                break
            for fault in new.faults:
                faults.setdefault(fault.ref, fault)
            moved += _moved(old, new, scope) if old is not None else ()
        template = after.resolved.template
        problems = placed(self.content, key, scope.scope, template, faults.values())
        return ScopeSchedule(
            key=key, name=template.name, scope=scope.scope, moved=moved, faults=problems, note=note
        )

    def of_new(self, key: str) -> Iterator[ScopeSchedule]:
        """Yield what is to know of the dates of a template that was not there: which nobody can keep."""
        narrow = sorted(scope[1:] for scope in self.content.overrides if scope[0] == key)
        for scope in (Scope(), *(Scope(**{level: name}) for level, name in narrow)):
            try:
                work = work_of(resolved_in(self.content, key, scope))
            except ContentError as error:
                note = f"It cannot be resolved: {error.message}"
                yield ScopeSchedule(key=key, name=key, scope=scope, moved=[], faults=[], note=note)
                continue
            yield self.of(key, ScopeDiff(scope=scope, before=None, after=work), work)


def _moved(old: Schedule, new: Schedule, scope: ScopeDiff) -> Iterator[Moved]:
    was = {row.ref: row for row in old.rows}
    for row in new.rows:
        known = was.get(scope.old_ref(row.ref))
        if known is None or _dates(known) != _dates(row):
            yield Moved(new.occasion, new.zone, known, row)


def _dates(row: Row) -> object:
    due = row.deadline if row.deadline is not None else row.rule
    return due, [(one.send_at, one.to, one.step) for one in row.reminders]


def placed(
    content: Content, key: str, scope: Scope, template: TaskTemplate, faults: Iterable[Fault]
) -> list[Problem]:
    """Return faults as problems at the file and line that a task's date comes from."""
    places = {task.ref: place for place, task in enumerate(template.tasks)}
    merged = content.merged(key, partner=scope.partner, campaign=scope.campaign)
    found = []
    for fault in faults:
        field = "due" if template.task(fault.ref).due else "offset_days"
        path = ("tasks", places[fault.ref], field)
        finding = Finding(ProblemCode.IMPOSSIBLE_DATE, path, fault.message, "Move one of them.")
        found.append(merged.placed(finding))
    return found


def as_text(schedules: Sequence[ScopeSchedule], style: Style = Style.TEXT) -> str:
    """Return what moves, in words, task by task; what stays is left out."""
    lines = ["### When work is due" if style is Style.MARKDOWN else "When work is due", ""]
    for one in schedules:
        if not (one.moved or one.faults or one.note):
            continue
        lines += [f"Template {style.strong(one.name)} for {style.plain(str(one.scope))}", ""]
        lines += [f"- {style.plain(one.note)}"] if one.note else []
        lines += [f"- {line}" for line in _lines(one.moved, style)]
        lines += [f"- {style.plain(str(fault))}" for fault in one.faults]
        lines.append("")
    if len(lines) == len(("heading", "")):
        lines += ["No date moves on the days that were looked at.", ""]
    return "\n".join(lines[:-1])


def _lines(moved: Sequence[Moved], style: Style) -> Iterator[str]:
    for one in moved:
        old, new = one.before, one.after
        at = f"{style.strong(new.title)}, anchored on {said_day(one.occasion.anchor)} ({one.occasion.name})"
        parts = []
        if old is None or (old.deadline, old.rule) != (new.deadline, new.rule):
            was = "" if old is None else f", was {due_of(old, one.zone)}"
            parts.append(f"due {due_of(new, one.zone)}{was}")
        if old is None or _reminded(old, one.zone) != _reminded(new, one.zone):
            was = "" if old is None else f", was {_reminded(old, one.zone)}"
            parts.append(f"reminders {_reminded(new, one.zone)}{was}")
        if parts:
            yield f"{at}: {'; '.join(parts)}"


def due_of(row: Row, zone: str) -> str:
    """Return when a task is due: the deadline where the team is, or how it is counted."""
    if row.deadline is None:
        return row.rule
    return said_moment(row.deadline, zone)


def said_moment(moment: datetime, zone: str) -> str:
    """Return a moment as a sentence has it: ``Fri 4 December 2026 17:00``."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{said_day(local.date())} {local:%H:%M}"


def _reminded(row: Row, zone: str) -> str:
    """Return when people are reminded: day and time, those of one moment together."""
    whom: dict[str, dict[str, None]] = {}
    for one in row.reminders:
        local = one.send_at.astimezone(ZoneInfo(zone))
        whom.setdefault(f"{local:%a} {local.day} {local:%b %H:%M}", {})[one.to] = None
    return ", ".join(f"{at} ({' and '.join(names)})" for at, names in whom.items()) or "none"


def row_json(row: Row | None) -> dict[str, Any] | None:
    """Return a row as data, moments in UTC."""
    if row is None:
        return None
    return {
        "ref": row.ref,
        "title": row.title,
        "due_date": row.due_date.isoformat() if row.due_date else None,
        "deadline": row.deadline.isoformat() if row.deadline else None,
        "rule": row.rule,
        "reminders": [
            {"at": one.send_at.isoformat(), "to": one.to, "type": str(one.type), "step": one.step}
            for one in row.reminders
        ],
    }


def as_json(schedules: Sequence[ScopeSchedule]) -> list[Mapping[str, Any]]:
    """Return what moves, as data."""
    return [
        {
            "key": one.key,
            "partner": one.scope.partner,
            "campaign": one.scope.campaign,
            "moved": [
                {
                    "occasion": move.occasion.name,
                    "anchor_date": move.occasion.anchor.isoformat(),
                    "before": row_json(move.before),
                    "after": row_json(move.after),
                }
                for move in one.moved
            ],
            "problems": [fault.as_detail() for fault in one.faults],
            "note": one.note,
        }
        for one in schedules
    ]


def schedule_json(found: Schedule) -> Mapping[str, Any]:
    """Return one schedule as data."""
    return {
        "occasion": found.occasion.name,
        "anchor_date": found.occasion.anchor.isoformat(),
        "timezone": found.zone,
        "tasks": [row_json(row) for row in found.rows],
    }


def preview_text(found: Sequence[Schedule], problems: Sequence[Problem]) -> str:
    """Return schedules in words, with what cannot be kept at the end."""
    lines = []
    for one in found:
        lines += [
            f"Anchored on {said_day(one.occasion.anchor)} ({one.occasion.name}), times of {one.zone}",
            "",
        ]
        for row in one.rows:
            lines += [
                f"- {row.title}: due {due_of(row, one.zone)}",
                f"  reminders {_reminded(row, one.zone)}",
            ]
        lines.append("")
    return "\n".join([*lines[:-1], *(["", *map(str, problems)] if problems else [])])
