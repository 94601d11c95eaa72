"""Chips, a word with a mark in a tone, and what cards and rows say of a task: functions that give markup.

Everything that is not written here is escaped here.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from types import SimpleNamespace

from flask import Flask
from markupsafe import Markup, escape

from engine.bundles.models import BundleStatus, LinkState
from engine.plurals import plural
from engine.tasks.graph import Node
from engine.tasks.known import KnownTask
from engine.tasks.lost_blockers import LOST
from engine.tasks.models import Priority, Urgency
from engine.tasks.read_models import TaskRow
from engine.tasks.states import TaskStatus
from web import addresses
from web.format import words
from web.wording import Chip, chip_of, chip_of_task, meanings

_QUIET = Markup('<span class="quiet">{}</span>')
_MARKED = {Priority.HIGH: "warn", Priority.CRITICAL: "bad"}
_PRESSING = frozenset({Urgency.URGENT, Urgency.IMMEDIATE})


@lru_cache(1024, typed=True)  # text is kept apart from markup that looks the same
def chip(text: str, tone: str = "quiet", mark: str = "", title: str = "") -> Markup:
    """Return a fact worth a chip. Tones: quiet, info, warn, bad, good, decide; ``title`` is for the hover."""
    hover = f' title="{escape(title)}"' if title else ""
    drawn = f'<span class="mark" aria-hidden="true">{escape(mark)}</span>' if mark else ""
    return Markup(  # noqa: S704 - every part is escaped
        f'<span class="chip tone-{escape(tone)}"{hover}>{drawn}{escape(text)}</span>'
    )


@lru_cache(typed=True)  # a word of a task's status may be one of a bundle's too
def status(value: TaskStatus | BundleStatus | LinkState) -> Markup:
    """Return the status of a task, bundle or link; the meaning is on hover."""
    return _drawn(chip_of(value))


def standing(task: KnownTask | Node) -> Markup:
    """Return the status of a task, or that it is not ready."""
    return _drawn(chip_of_task(task)) if task.is_not_ready else status(task.status)


def _drawn(shown: Chip) -> Markup:
    return chip(shown.word, shown.tone, shown.mark, shown.meaning)


@cache
def priority(value: Priority) -> Markup:
    """Return how much something matters: only what differs from the normal case."""
    return (
        chip(f"{value} priority", _MARKED[value], "▲", meanings(Priority)[value])
        if value in _MARKED
        else Markup()
    )


@cache
def urgency(value: Urgency) -> Markup:
    """Return how soon something must happen: only what differs from the normal case."""
    return chip(value, "bad", "‼", meanings(Urgency)[value]) if value in _PRESSING else Markup()


@cache
def how_much(value: Priority) -> Markup:
    """Return a priority by itself, as a column shows it: what differs from the normal case stands out."""
    if value in _MARKED:
        return chip(value, _MARKED[value], "▲", meanings(Priority)[value])
    return _QUIET.format(value)


def progress(closed: int, late: int, total: int) -> Markup:
    """Return closed and late of a total, as a bar with its words; what is cancelled is closed, not done."""
    whole = total or 1
    end, width = round(100 * closed / whole, 2), round(100 * late / whole, 2)
    lateness = f', <strong class="late">{late:d} late</strong>' if late else ""
    return Markup(  # noqa: S704 - numbers alone
        '<span class="progress"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><rect class="bar-open" width="100" height="6"/>'
        f'<rect class="bar-done" width="{end}" height="6"/>'
        f'<rect class="bar-late" x="{end}" width="{width}" height="6"/></svg>'
        f"<span>{closed:d} of {total:d} closed{lateness}</span></span>"
    )


def trouble(row: TaskRow, told: Collection[str] = ()) -> Markup:
    """Return what holds a task up, beside what ``standing`` says, and what columns tell: due, priority."""
    missing = 0 if row.is_terminal else row.missing_proofs
    held = row.is_blocked and not row.is_not_ready
    is_late = row.is_late and "due" not in told
    matters = Priority.MEDIUM if "priority" in told else row.priority
    told_of = (row.is_sent_back, is_late, held, missing, row.milestone)
    return _trouble(told_of, matters, row.urgency)


def away(row: TaskRow, *, is_short: bool = False) -> Markup:
    """Return that whoever has it is away, and on hover until when and who stands in; else nothing."""
    return chip("away" if is_short else row.away.short, "warn", "◌", row.away.why) if row.away else Markup()


@cache
def _trouble(told: tuple[bool, bool, bool, int, bool], matters: Priority, presses: Urgency) -> Markup:
    is_sent_back, is_late, is_held, missing, milestone = told
    found = Markup()
    if is_sent_back:
        found += chip("sent back", "bad", "↩", "Whoever judged what it hands over asks for a change.")
    if is_late:
        found += chip("late", "bad", "!")
    if is_held:
        found += chip("not ready", "warn", "⊘", "A task that it comes after is not done.")
    if missing:
        found += chip("needs proof", "quiet", "◻", f"{plural(missing, 'proof')} still missing")
    if milestone:
        found += chip("milestone", "info", "◆")
    return found + priority(matters) + urgency(presses)


def who(row: TaskRow) -> Markup:
    """Return who does it, in words."""
    return _who(row.assignee_name, row.assigned_to_bot, row.assignee_role)


@lru_cache(1024, typed=True)
def _who(name: str | None, to_bot: bool, role: str | None) -> Markup:
    if name:
        return escape(name)
    if to_bot:
        return Markup("automatic")
    return _QUIET.format(f"any {words(role)}" if role else "nobody")


def after(row: TaskRow) -> Markup:
    """Say in words what an open task waits for, and who has that; nothing where it waits for none.

    Of what its reader may not see, the number alone (DEP-07).
    """
    other = row.blocker
    if other is None or row.is_terminal:
        return Markup()
    if other.title is None:
        return Markup('<span class="waits"><span>after #{}</span></span>').format(other.task_number)
    how = LOST.get(other.status, "")
    whose = _who(other.assignee_name, other.assigned_to_bot, other.assignee_role)
    return Markup(
        '<span class="waits"><span>after</span> <a href="{}" draggable="false">#{} <span>{}</span></a>'
        " <span>· {}</span></span>"
    ).format(addresses.task(other.task_id), other.task_number, other.title, how or whose)


def state(row: TaskRow, statuses: Collection[TaskStatus]) -> Markup:
    """Return the status, where a column holds more than one."""
    is_told = (
        len(statuses) == 1 or row.status in (TaskStatus.PENDING, TaskStatus.COMPLETED) or row.is_not_ready
    )
    return Markup() if is_told else status(row.status)


def register(app: Flask) -> None:
    """Offer these to the templates of ``app`` as ``chips``."""
    app.jinja_env.globals["chips"] = SimpleNamespace(
        chip=chip,
        status=status,
        standing=standing,
        priority=priority,
        urgency=urgency,
        progress=progress,
        trouble=trouble,
        after=after,
        who=who,
        state=state,
    )
