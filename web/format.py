"""Days and moments as people read them, each with its exact form for the hover and the markup.

A page shows the same few days many times: what depends on nothing but a day, a moment and its zone is said
once and remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from types import SimpleNamespace

from flask import Flask, g
from markupsafe import Markup, escape

from engine import urls
from engine.clock import in_zone
from engine.inbox.read_models import MOST_COUNTED
from engine.plurals import plural
from engine.tasks import waiting
from engine.tasks.dates import Due, due_for
from engine.tasks.known import KnownTask
from engine.tasks.punctuality import lateness_in_words
from web.context import current_today, current_workbench, current_zone

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: When a day without a cut-off is over: nobody needs to be told.
_END_OF_DAY = "23:59"
_REMEMBERED = 4096


@dataclass(frozen=True)
class _Here:
    """When and where a page is read."""

    now: datetime
    today: date
    zone: str


def _here() -> _Here:
    """Return when and where this request is answered, found out once."""
    try:
        found: _Here = g.here
    except AttributeError:
        now, zone = current_workbench().clock.now(), current_zone()
        found = g.here = _Here(now, in_zone(now, zone).date(), zone)
    return found


def day_text(day: date) -> str:
    """Return ``Fri 27 Nov``, with the year where it is not this one."""
    return _day_text(day, _here().today.year)


@lru_cache(_REMEMBERED)
def _day_text(day: date, this_year: int) -> str:
    text = f"{day:%a} {day.day} {day:%b}"
    return text if day.year == this_year else f"{text} {day.year}"


def relative_day(day: date) -> str:
    """Return ``today``, ``in 3 days`` or ``2 days ago``."""
    return _relative_day(day, _here().today)


def _relative_day(day: date, today: date) -> str:
    distance = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if distance in near:
        return near[distance]
    return f"in {distance} days" if distance > 0 else f"{-distance} days ago"


def _due_text(due: Due, today: date, hour: str) -> str:
    """Return ``Fri 27 Nov, in 3 days`` or ``2 days late``; on the day itself, from when on or until when."""
    text = _day_text(due.day, today.year)
    if due.is_late:
        return f"{text}, {plural(-due.days, 'day')} late" if due.days else f"{text}, late since {hour}"
    if due.days == 0 and hour != _END_OF_DAY:
        return f"{text}, today until {hour}"
    return f"{text}, {_relative_day(due.day, today)}"


def moment_text(moment: datetime) -> str:
    """Return ``Fri 27 Nov, 09:30`` in the reader's zone."""
    here = _here()
    return _moment_text(moment, here.zone, here.today.year)


@lru_cache(_REMEMBERED)
def _moment_text(moment: datetime, zone: str, this_year: int) -> str:
    local = in_zone(moment, zone)
    return f"{_day_text(local.date(), this_year)}, {local:%H:%M}"


def deadline_text(deadline: datetime) -> str:
    """Return ``Fri 27 Nov``, with the time where it is another than the end of the day."""
    local = in_zone(deadline, _here().zone)
    hour = f"{local:%H:%M}"
    return day_text(local.date()) if hour == _END_OF_DAY else f"{day_text(local.date())}, {hour}"


def ago_text(moment: datetime) -> str:
    """Return ``just now``, ``5 min ago``, ``3 h ago``, else the moment itself."""
    return _ago_text(moment, _here().now) or moment_text(moment)


def _ago_text(moment: datetime, now: datetime) -> str | None:
    """Return how long ago a moment of this day was; None where that says nothing."""
    seconds = (now - moment).total_seconds()
    if seconds < 0 or seconds >= _DAY:
        return None
    if seconds < _MINUTE:
        return "just now"
    return f"{int(seconds // _MINUTE)} min ago" if seconds < _HOUR else f"{int(seconds // _HOUR)} h ago"


def exact_text(moment: datetime) -> str:
    """Return the exact time with its zone, for the hover."""
    return _exact_text(moment, _here().zone)


@lru_cache(_REMEMBERED)
def _exact_text(moment: datetime, zone: str) -> str:
    local = in_zone(moment, zone)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S} {zone} ({local:UTC%z})"


def exact_day(day: date) -> str:
    """Return ``Friday 27 November 2026``."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def due(task: KnownTask) -> Markup:
    """Return the day of a task's deadline with its words and tone, and the exact moment on hover (R1)."""
    if task.deadline is None:
        return _NO_DUE_DATE
    here = _here()
    return _due(task.deadline, task.is_overdue(here.now), task.is_active, here.today, here.zone)


def due_in_short(task: KnownTask) -> Markup:
    """Return the same in as few words as a card has room for: ``2 days late``, ``today``, ``Fri 27 Nov``."""
    if task.deadline is None:
        return Markup()
    here = _here()
    return _due(
        task.deadline, task.is_overdue(here.now), task.is_active, here.today, here.zone, is_short=True
    )


def due_at(deadline: datetime) -> Markup:
    """Return the day of a deadline of work that is under way, as ``due`` does."""
    here = _here()
    return _due(deadline, deadline < here.now, True, here.today, here.zone)


_NO_DUE_DATE = Markup('<span class="quiet">no due date</span>')


@lru_cache(_REMEMBERED)
def _due(
    deadline: datetime, is_late: bool, is_owed: bool, today: date, zone: str, *, is_short: bool = False
) -> Markup:
    due = due_for(deadline, is_late=is_late, today=today, zone=zone)
    tone = "late" if due.is_late else "soon" if is_owed and due.days <= 1 else ""
    hour = f"{in_zone(deadline, zone):%H:%M}" if is_owed else _END_OF_DAY
    text = _due_text(due, today, hour)
    day, _, words = text.partition(", ")
    if is_short:
        text = words if due.is_late or due.days <= 1 else day
    return _time(deadline.isoformat(), _exact_text(deadline, zone), text, f"due {tone}")


def day(value: date | None, relative: bool = False) -> Markup:
    """Return a day that is not owed: ``Fri 27 Nov``, and how far off it is where that is asked for."""
    if value is None:
        return Markup('<span class="quiet">none</span>')
    text = f"{day_text(value)}, {relative_day(value)}" if relative else day_text(value)
    return _time(value.isoformat(), exact_day(value), text)


def comes_back(task: KnownTask, is_short: bool = False) -> Markup:
    """Return ``put off until Fri 4 Dec``, ``follow up on Fri 4 Dec, 09:30``, or nothing without a day.

    From that day on ``back since Fri 4 Dec``, or that it was put off where another task still comes first. In
    short it is ``back Fri 4 Dec``, with the hour on hover.
    """
    here = _here()
    back = waiting.comes_back_on(task, here.zone)
    if back is None:
        return Markup()
    if is_short:
        exact = back.isoformat(), exact_day(back)
        if task.follow_up_at is not None:
            exact = task.follow_up_at.isoformat(), _exact_text(task.follow_up_at, here.zone)
        return _time(*exact, f"back {day_text(back)}")
    if task.follow_up_at is None:
        if waiting.has_come_back(task, here.today, here.zone):
            return Markup("back since {}").format(day(back))
        put_off = "was put off until" if back <= here.today else "put off until"
        return Markup("{} {}").format(put_off, day(back))
    begins = in_zone(task.follow_up_at, here.zone).time() == time.min  # of a day alone, nobody named an hour
    return Markup("follow up on {}").format(day(back) if begins else moment(task.follow_up_at))


def moment(value: datetime) -> Markup:
    """Return a moment: ``Fri 27 Nov, 09:30``."""
    here = _here()
    return _moment(value, here.zone, here.today.year)


@lru_cache(_REMEMBERED)
def _moment(value: datetime, zone: str, this_year: int) -> Markup:
    return _time(value.isoformat(), _exact_text(value, zone), _moment_text(value, zone, this_year))


def clock(value: datetime) -> Markup:
    """Return the time of day to the second, as a line of a log has it; the day is on hover."""
    zone = _here().zone
    return _time(value.isoformat(), _exact_text(value, zone), f"{in_zone(value, zone):%H:%M:%S}")


def ago(value: datetime, is_short: bool = False) -> Markup:
    """Return a moment just passed: ``5 min ago``; in short, one of another day is that day alone."""
    here = _here()
    text = _ago_text(value, here.now)
    if text is None and is_short:
        text = day_text(in_zone(value, here.zone).date())
    return moment(value) if text is None else _passed(value, here.zone, text)


@lru_cache(_REMEMBERED)
def _passed(value: datetime, zone: str, text: str) -> Markup:
    return _time(value.isoformat(), _exact_text(value, zone), text)


def _time(machine: str, exact: str, text: str, kind: str = "") -> Markup:
    named = f' class="{escape(kind)}"' if kind else ""
    return Markup(  # noqa: S704 - every part is escaped
        f'<time{named} datetime="{escape(machine)}" title="{escape(exact)}">{escape(text)}</time>'
    )


def local_input(moment: datetime | None) -> str:
    """Return a moment for an ``<input type=datetime-local>`` in the reader's zone."""
    return "" if moment is None else f"{in_zone(moment, current_zone()):%Y-%m-%dT%H:%M}"


def minutes_text(minutes: int) -> str:
    """Return ``45 min`` or ``3 h 30 min``."""
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)


def duration_text(seconds: float) -> str:
    """Return how long something took, no more precise than it matters: ``4 s``, ``3 min``, ``1 h 20 min``."""
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    return minutes_text(round(seconds / _MINUTE))


def words(name: str) -> str:
    """Return a key as words: ``blog_post_draft`` -> ``blog post draft``."""
    return name.replace("_", " ")


def ticked(text: str) -> Markup:
    """Return a message with what it puts between backticks, such as a command to type, as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one of them has no partner
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def counted(count: int, most: int = MOST_COUNTED) -> str:
    """Return ``1,234``, or ``99+`` where there are more than the ``most`` that were counted."""
    return f"{count:,}" if count <= most else f"{most:,}+"


def at_least(count: int, *, is_exact: bool) -> str:
    """Return ``1,234``, or ``500+`` where nobody counted further than 501."""
    return f"{count:,}" if is_exact else f"{count - 1:,}+"


def is_address(url: str | None) -> bool:
    """Whether an address from content or parameters may become a link: one that runs nothing."""
    return urls.is_address(url or "", mail=True)


def is_own_path(url: str | None) -> bool:
    """Whether an address leads to a page of this site (DLV-03), and nowhere else."""
    return urls.is_own_path(url or "")


def register(app: Flask) -> None:
    """Offer these forms to the templates of ``app``: text as filters, markup as ``dates``."""
    app.add_template_test(is_address, "address")
    app.add_template_test(is_own_path, "own_path")
    for function in (
        day_text, relative_day, moment_text, ago_text, exact_text, exact_day,
        local_input, duration_text, minutes_text, lateness_in_words, words, ticked, plural, counted,
    ):  # fmt: skip
        app.add_template_filter(function)
    app.jinja_env.globals.update(
        today=current_today,
        dates=SimpleNamespace(
            due=due, due_at=due_at, day=day, moment=moment, clock=clock, ago=ago, comes_back=comes_back
        ),
    )
