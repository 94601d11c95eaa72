"""Days and moments as people read them, each with its exact form for the hover and the markup."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask

from engine import urls
from web.context import current_today, current_workbench, current_zone

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def day_text(day: date) -> str:
    """Return ``Fri 27 Nov``, with the year where it is not this one."""
    text = f"{day:%a} {day.day} {day:%b}"
    return text if day.year == current_today().year else f"{text} {day.year}"


def relative_day(day: date) -> str:
    """Return ``today``, ``in 3 days`` or ``2 days ago``."""
    distance = (day - current_today()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if distance in near:
        return near[distance]
    return f"in {distance} days" if distance > 0 else f"{-distance} days ago"


def due_text(day: date, *, is_open: bool = True) -> str:
    """Return ``Fri 27 Nov, in 3 days``, or for open work ``2 days late``."""
    late = (current_today() - day).days
    if is_open and late > 0:
        return f"{day_text(day)}, {late} {'day' if late == 1 else 'days'} late"
    return f"{day_text(day)}, {relative_day(day)}"


def due_tone(day: date, *, is_open: bool = True) -> str:
    """Return how a due date is coloured: ``late``, ``soon`` or nothing."""
    if not is_open:
        return ""
    distance = (day - current_today()).days
    return "late" if distance < 0 else "soon" if distance <= 1 else ""


def moment_text(moment: datetime) -> str:
    """Return ``Fri 27 Nov, 09:30`` in the workspace's zone."""
    local = moment.astimezone(ZoneInfo(current_zone()))
    return f"{day_text(local.date())}, {local:%H:%M}"


def ago_text(moment: datetime) -> str:
    """Return ``just now``, ``5 min ago``, ``3 h ago``, else the moment itself."""
    seconds = (current_workbench().clock.now() - moment).total_seconds()
    if seconds < 0 or seconds >= _DAY:
        return moment_text(moment)
    if seconds < _MINUTE:
        return "just now"
    return f"{int(seconds // _MINUTE)} min ago" if seconds < _HOUR else f"{int(seconds // _HOUR)} h ago"


def exact_text(moment: datetime) -> str:
    """Return the exact time with its zone, for the hover."""
    local = moment.astimezone(ZoneInfo(current_zone()))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S} {current_zone()} ({local:UTC%z})"


def exact_day(day: date) -> str:
    """Return ``Friday 27 November 2026``."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def local_input(moment: datetime | None) -> str:
    """Return a moment for an ``<input type=datetime-local>`` in the workspace's zone."""
    return "" if moment is None else f"{moment.astimezone(ZoneInfo(current_zone())):%Y-%m-%dT%H:%M}"


def minutes_text(minutes: int) -> str:
    """Return ``45 min`` or ``3 h 30 min``."""
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)


def words(name: str) -> str:
    """Return a key as words: ``blog_post_draft`` -> ``blog post draft``."""
    return name.replace("_", " ")


def plural(count: int, noun: str, several: str | None = None) -> str:
    """Return ``1 task`` or ``3 tasks``."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def is_address(url: str | None) -> bool:
    """Whether an address from content or parameters may become a link: one that runs nothing."""
    return urls.is_address(url or "", mail=True)


def is_own_path(url: str | None) -> bool:
    """Whether an address leads to a page of this site (DLV-03), and nowhere else."""
    return urls.is_own_path(url or "")


def register(app: Flask) -> None:
    """Offer these forms to the templates of ``app`` as filters."""
    app.add_template_test(is_address, "address")
    app.add_template_test(is_own_path, "own_path")
    for function in (
        day_text, relative_day, due_text, due_tone, moment_text, ago_text, exact_text, exact_day,
        local_input, minutes_text, words, plural,
    ):  # fmt: skip
        app.add_template_filter(function)
    app.jinja_env.globals["today"] = current_today
