"""The words and marks of a status, and the meaning of every enum member, from its comment in the code."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from flask import Flask

from engine.bundles.models import BundleStatus, LinkState
from engine.reports.entries import in_plain_words, summary_of
from engine.tasks.graph import Node
from engine.tasks.known import KnownTask
from engine.tasks.states import TaskStatus

_MEMBER = re.compile(r'^\s+[A-Z_]+ = "(?P<value>[^"]+)"\s+#: (?P<meaning>.+)$', re.MULTILINE)


@dataclass(frozen=True)
class Chip:
    """How one status is shown: a word with a mark, in a tone, never by colour alone."""

    word: str
    mark: str
    #: quiet | info | warn | bad | good | decide
    tone: str
    meaning: str


_TASK: dict[TaskStatus, tuple[str, str]] = {
    TaskStatus.PENDING: ("○", "quiet"),
    TaskStatus.QUEUED: ("◔", "quiet"),
    TaskStatus.DEFERRED: ("⇥", "quiet"),
    TaskStatus.IN_PROGRESS: ("◐", "info"),
    TaskStatus.WAITING: ("◷", "warn"),
    TaskStatus.BLOCKED: ("⊘", "bad"),
    TaskStatus.HELP_NEEDED: ("?", "bad"),
    TaskStatus.PENDING_APPROVAL: ("◇", "decide"),
    TaskStatus.COMPLETED: ("✓", "good"),
    TaskStatus.SKIPPED: ("↷", "quiet"),
    TaskStatus.FAILED: ("!", "bad"),
    TaskStatus.CANCELLED: ("×", "quiet"),
}
_NOT_READY = Chip("Not ready", "⊘", "warn", "It starts once the task it comes after is done.")
_BUNDLE: dict[BundleStatus, tuple[str, str, str]] = {
    BundleStatus.ACTIVE: ("Active", "◐", "info"),
    BundleStatus.COMPLETED: ("Completed", "✓", "good"),
    BundleStatus.CANCELLED: ("Cancelled", "×", "quiet"),
    BundleStatus.ARCHIVED: ("Archived", "▣", "quiet"),
}
_LINK: dict[LinkState, tuple[str, str, str]] = {
    LinkState.EMPTY: ("Empty", "○", "warn"),
    LinkState.FILLED: ("Filled", "✓", "good"),
    LinkState.WAIVED: ("Waived", "↷", "quiet"),
}


@cache
def meanings(enum: type[StrEnum]) -> dict[str, str]:
    """Return value -> the comment beside it in the enum's source (WEB-13)."""
    return {match["value"]: match["meaning"] for match in _MEMBER.finditer(inspect.getsource(enum))}


def chip_of(status: TaskStatus | BundleStatus | LinkState) -> Chip:
    """Return how a status of a task, bundle or link is shown."""
    if isinstance(status, TaskStatus):
        shown = (status.word, *_TASK[status])
    elif isinstance(status, BundleStatus):
        shown = _BUNDLE[status]
    else:
        shown = _LINK[status]
    return Chip(*shown, meaning=meanings(type(status)).get(status, ""))


def chip_of_task(task: KnownTask | Node) -> Chip:
    """Return how a task stands: its status, or that it is not ready, in the same word on every page (D10)."""
    return _NOT_READY if task.is_not_ready else chip_of(task.status)


def register(app: Flask) -> None:
    """Offer the chips, meanings and sentences to the templates of ``app``."""
    app.add_template_filter(summary_of)
    app.add_template_filter(in_plain_words)
    app.jinja_env.globals.update(chip_of=chip_of, chip_of_task=chip_of_task, meanings=meanings)
