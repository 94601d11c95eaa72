"""What changed in an event, in words: fields by their names, values as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.audit.models import Action, Event
from engine.clock import in_zone, to_text
from engine.reports.names import Names
from engine.tasks.models import Task, TaskStatus
from engine.tasks.punctuality import lateness_in_words

NOTHING = "nothing"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: Not that of an address or of a file, such as ``Pasted 2026-11-29 09.10.42.png``.
_DAY_IN_TEXT = re.compile(r"(?<![\w/.=-])\d{4}-\d\d-\d\d(?![\w/-]| \d\d\.\d\d)")
_NAME_IN_TEXT = re.compile(r"(?<![\w@/.#-])[a-z]+(?:_[a-z0-9]+)+(?![\w@/.-])")
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHOWN_OF_HASH = 12
#: Fields whose values are keys of a vocabulary: their underscores are spaces.
_VOCABULARIES = frozenset(
    {
        "status", "lost_status", "source", "reason", "kind", "review_type", "priority", "urgency", "stage",
        "qa_type", "qa_reasons", "execution_type", "task_type", "assignee_role", "state", "source_type",
        "template", "template_id", "left_out", "ref",
    }
)  # fmt: skip
_STATUS_WORDS = {status.value: status.word for status in TaskStatus}
_LABELS = {
    "deliverable_url": "address",
    "sha256": "file's fingerprint",
    "meta": "facts",
    "content_hash": "fingerprint of what was seen",
    "artifact_id": "file",
    "evidence_artifact_id": "copy of what was seen",
    "approver_id": "decided by",
    "visible_in_portal": "visible to the partner",
    "post_decision_change": "changed after approval",
    "depends_on": "waits for",
    "blocked_by": "held back by",
    "worked_seconds": "time worked",
    "planned_minutes": "planned time",
    "late_seconds": "against its deadline",
    "first_late_seconds": "against its first deadline",
}
#: Told once, at the end: there is nothing that it was before.
_LATENESS = frozenset({"late_seconds", "first_late_seconds"})
#: Shown beside the entry, as what was said with it.
_QUOTED = frozenset({"body", "feedback"})
#: What the sentence of an event says already.
_IN_SENTENCE: dict[Action, frozenset[str]] = {
    Action.TASK_STATUS_CHANGED: frozenset({"status"}),
    Action.STEP_COMPLETED: frozenset({"is_completed"}),
    Action.STEP_REOPENED: frozenset({"is_completed", "left_out_reason"}),
    Action.STEP_LEFT_OUT: frozenset({"left_out_reason"}),
    Action.NOTE_ADDED: frozenset({"kind"}),
    Action.NOTE_EDITED: frozenset({"earlier_bodies"}),
    Action.QA_ROLLED: frozenset({"sides"}),
    Action.ARTIFACT_ADDED: frozenset({"label", "version_number", "file_name"}),
    Action.DELIVERABLE_CREATED: frozenset({"ref", "version_number"}),
    Action.DELIVERABLE_COMMENTED: frozenset({"deliverable_id", "version_number"}),
    Action.APPROVAL_REQUESTED: frozenset({"deliverable_id", "version_number"}),
    Action.TASK_BLOCKER_LOST: frozenset({"lost_task_id", "lost_task_number", "lost_status"}),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field, as it was and as it is; ``before`` is None where the record is new."""

    field: str
    before: str | None
    after: str


class Wording:
    """Turns stored values into words, in one workspace's zone."""

    def __init__(self, names: Names, timezone: str) -> None:
        self._names, self._zone = names, timezone

    def changes(self, event: Event) -> tuple[Change, ...]:
        """List what an event changed, without what its own time, actor or reason says already."""
        return tuple(self._changes(event))

    def _changes(self, event: Event) -> Iterator[Change]:
        known = event.before or {}
        for name, value in (event.after or {}).items():
            before = known.get(name)
            if _is_told(event, name, value) or (not value and not before):
                continue
            yield Change(
                field=label_of(name),
                before=self._value(event, name, before) if name in known and name not in _LATENESS else None,
                after=self._value(event, name, value),
            )

    def _value(self, event: Event, name: str, value: object) -> str:
        """Return a value as ``value`` does; where a task stands in the word that pages have for it."""
        is_of_task = name == "lost_status" or (name == "status" and event.entity_type == Task.spec.table)
        word = _STATUS_WORDS.get(str(value)) if is_of_task else None
        return self.value(name, value) if word is None else word

    def value(self, name: str, value: object) -> str:
        """Return a stored value in words."""
        if value is None or value in ("", [], {}):
            return NOTHING
        if name in _LATENESS and isinstance(value, int):
            return lateness_in_words(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, (int, float)):
            return _amount(name, value)
        if isinstance(value, Mapping):
            return "; ".join(f"{label_of(key)}: {self.value(key, item)}" for key, item in value.items())
        if isinstance(value, list):
            return ", ".join(self.value(name, item) for item in value)
        return self._text(name, str(value))

    def _text(self, name: str, text: str) -> str:
        if name in _VOCABULARIES:
            return text.replace("_", " ")
        if (said := self._in_calendar(text)) is not None:
            return said
        if _HASH.fullmatch(text):
            return f"{text[:_SHOWN_OF_HASH]}…"
        return self._names.of(text) or text

    def _in_calendar(self, text: str) -> str | None:
        """Return a moment or a day in words; None for what is none, such as a title ``2026-02-30``."""
        try:
            if _MOMENT.fullmatch(text):
                return self.moment(datetime.fromisoformat(text))
            return _day(date.fromisoformat(text)) if _DAY.fullmatch(text) else None
        except ValueError:  # no calendar has it: it is somebody's text
            return None

    def moment(self, value: datetime) -> str:
        """Return ``Fri 27 Nov 2026, 09:30`` in the workspace's zone."""
        local = in_zone(value, self._zone)
        return f"{_day(local.date())}, {local:%H:%M}"


def in_words(text: str) -> str:
    """Return a sentence of the program with its own names and days as people write them."""
    return _DAY_IN_TEXT.sub(_day_in_text, _NAME_IN_TEXT.sub(lambda found: found[0].replace("_", " "), text))


def _day_in_text(found: re.Match[str]) -> str:
    try:
        return _day(date.fromisoformat(found[0]))
    except ValueError:  # no calendar has it
        return found[0]


def label_of(name: str) -> str:
    """Return a field's name in words: ``assignee_id`` -> ``assignee``."""
    return _LABELS.get(name, name.removesuffix("_id").replace("_", " "))


def _is_told(event: Event, name: str, value: object) -> bool:
    """Whether the entry says it already: in its sentence, or as when it happened, who did it, or why."""
    if name in _QUOTED or name in _IN_SENTENCE.get(event.action, ()):
        return True
    is_new = (event.before or {}).get(name) is None
    if name == "first_deadline" and is_new:  # the deadline that it was given there
        return True
    if name == "first_late_seconds" and value == (event.after or {}).get("late_seconds"):
        return True
    return (
        is_new and value is not None and value in (to_text(event.occurred_at), event.actor_id, event.reason)
    )


def _day(value: date) -> str:
    return f"{value:%a} {value.day} {value:%b %Y}"


def _amount(name: str, value: float) -> str:
    if name.endswith("_seconds"):
        return duration(int(value))
    return duration(int(value) * 60) if name.endswith("_minutes") else f"{value:,}"


def duration(seconds: int) -> str:
    """Return ``3 h 5 min``; what is shorter than a minute in seconds."""
    hours, minutes = divmod(seconds // 60, 60)
    if not hours and not minutes:
        return f"{seconds} s"
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes else [])])
