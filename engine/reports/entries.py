"""One entry of a story: an event of the audit stream as somebody reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.access import ActorKind
from engine.audit.models import Action, Event
from engine.reports.names import Names
from engine.reports.wording import Change, Wording, in_words
from engine.tasks.models import NoteKind
from engine.transaction import Transaction


class Kind(StrEnum):
    """What an entry is about; a story is narrowed by these."""

    WORK = "work"  #: the work itself: made, moved, assigned, its steps
    VERSION = "version"  #: what was handed over and delivered, version by version
    DECISION = "decision"  #: approvals asked for and decided, reviews before a run
    REMARK = "remark"  #: notes, questions, answers, comments
    EVIDENCE = "evidence"  #: proof, files and links
    GUIDANCE = "guidance"  #: what the campaign attached or took off meanwhile
    QA = "qa"  #: chosen for a second look, and its score
    BUNDLE = "bundle"  #: the run as a whole: stage, dates, closing


_KINDS: dict[Action, Kind] = {
    Action.TEMPLATE_PINNED: Kind.BUNDLE,
    Action.BUNDLE_CREATED: Kind.BUNDLE,
    Action.BUNDLE_UPDATED: Kind.BUNDLE,
    Action.BUNDLE_STAGE_CHANGED: Kind.BUNDLE,
    Action.BUNDLE_REANCHORED: Kind.BUNDLE,
    Action.BUNDLE_MIGRATED: Kind.BUNDLE,
    Action.BUNDLE_HANDED_OVER: Kind.BUNDLE,
    Action.BUNDLE_COMPLETED: Kind.BUNDLE,
    Action.BUNDLE_CANCELLED: Kind.BUNDLE,
    Action.LINK_FILLED: Kind.EVIDENCE,
    Action.LINK_WAIVED: Kind.EVIDENCE,
    Action.PROOF_GIVEN: Kind.EVIDENCE,
    Action.ARTIFACT_ADDED: Kind.EVIDENCE,
    Action.ARTIFACT_APPROVED: Kind.EVIDENCE,
    Action.NOTE_ADDED: Kind.REMARK,
    Action.NOTE_EDITED: Kind.REMARK,
    Action.DELIVERABLE_COMMENTED: Kind.REMARK,
    Action.DELIVERABLE_CREATED: Kind.VERSION,
    Action.DELIVERABLE_EDITED: Kind.VERSION,
    Action.DELIVERABLE_FROZEN: Kind.VERSION,
    Action.DELIVERABLE_DELIVERED: Kind.VERSION,
    Action.DELIVERABLE_TAKEN_BACK: Kind.VERSION,
    Action.APPROVAL_REQUESTED: Kind.DECISION,
    Action.APPROVAL_DECIDED: Kind.DECISION,
    Action.APPROVAL_WITHDRAWN: Kind.DECISION,
    Action.APPROVAL_ESCALATED: Kind.DECISION,
    Action.HUMAN_REVIEW_APPROVED: Kind.DECISION,
    Action.HUMAN_REVIEW_REJECTED: Kind.DECISION,
    Action.HUMAN_REVIEW_VOIDED: Kind.DECISION,
    Action.ATTACHMENT_ADDED: Kind.GUIDANCE,
    Action.ATTACHMENT_REMOVED: Kind.GUIDANCE,
    Action.QA_ROLLED: Kind.QA,
    Action.QA_FLAGGED: Kind.QA,
    Action.QA_REVIEWED: Kind.QA,
}
_NOTES = {
    NoteKind.HELP_REQUEST: "Question",
    NoteKind.HELP_ANSWER: "Answer",
    NoteKind.FEEDBACK: "Feedback",
    NoteKind.PROOF_COMMENT: "Comment on the proof",
    NoteKind.SYSTEM: "Remark of the system",
}
#: What people named, in quotation marks.
_QUOTED = re.compile("(“[^”]*”)")
#: How the roll of a die is recorded; what it fell on is told as a change (QA-14).
_ROLLED = re.compile(r"The die with \d+ sides fell on \d+ for (?P<name>.+)", re.DOTALL)
#: How much of a note or comment its summary may carry.
_SHOWN = 80


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Who did what, when, and what changed by it."""

    seq: int
    audit_event_id: str
    at: datetime
    actor_name: str
    actor_kind: ActorKind
    action: Action
    kind: Kind
    #: What happened, in a sentence.
    what: str
    #: What was said with it: the note, the feedback, the reason.
    words: str | None
    changes: tuple[Change, ...]
    #: The table and id of the record it is about, and what it belongs to: where a link leads.
    entity_type: str
    entity_id: str
    task_id: str | None
    bundle_id: str | None


class Teller:
    """Turns events into entries; the names that they speak of are read at once."""

    def __init__(self, tx: Transaction, events: Iterable[Event] = ()) -> None:
        self.names = Names(tx)
        self.names.read_ahead(value for event in events for value in (event.before, event.after))
        self.wording = Wording(self.names, tx.timezone)

    def tell(self, event: Event) -> Entry:
        """Return an event as an entry; every event has one (AUD-06)."""
        return Entry(
            seq=event.seq,
            audit_event_id=event.audit_event_id,
            at=event.occurred_at,
            actor_name=event.actor_name,
            actor_kind=event.actor_kind,
            action=event.action,
            kind=kind_of(event.action),
            what=_what(event),
            words=(event.after or {}).get("body") or event.reason,
            changes=self.wording.changes(event),
            entity_type=event.entity_type,
            entity_id=event.entity_id,
            task_id=event.task_id,
            bundle_id=event.bundle_id,
        )


def kind_of(action: Action) -> Kind:
    """Say what an event of this action is about; the work itself where nothing else is said."""
    return _KINDS.get(action, Kind.WORK)


def _what(event: Event) -> str:
    body = str((event.after or {}).get("body", ""))
    what = _without(event.summary, body) if body else summary_of(event)
    word = _NOTES.get((event.after or {}).get("kind", "")) if event.action is Action.NOTE_ADDED else None
    return what.replace("Note", word, 1) if word else what


def summary_of(event: Event) -> str:
    """Return the sentence of an event as people read it: names and days in words, what is quoted as it is."""
    told = event.after or {}
    if event.action is Action.QA_ROLLED and (rolled := _ROLLED.match(event.summary)):
        chosen = "was" if told.get("result") == 1 else "was not"
        chance = f"by chance, one in {told.get('sides')}"
        return f"{rolled['name']} {chosen} chosen {chance}, to be looked at again"
    return in_plain_words(event.summary)


def in_plain_words(summary: str) -> str:
    """Return a sentence of an event without our words for things; what is quoted stays as it is."""
    parts = _QUOTED.split(summary)
    return "".join(part if place % 2 else in_words(part) for place, part in enumerate(parts))


def _without(summary: str, body: str) -> str:
    """Return a summary without the beginning of what was said: that stands below, whole."""
    for shown in (body, f"{body[:_SHOWN]}…", f"{body[: _SHOWN - 1]}…"):
        if summary.endswith(f": {shown}"):
            return summary.removesuffix(f": {shown}")
    return summary
