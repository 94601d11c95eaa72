"""The closed vocabularies of a task: priority, urgency, sources, kinds of proof and of notes."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """How much it matters."""

    LOW = "low"  #: when there is time
    MEDIUM = "medium"  #: the normal case
    HIGH = "high"  #: before other work
    CRITICAL = "critical"  #: before everything else

    @property
    def rank(self) -> int:
        """1 for low to 4 for critical, so that critical sorts highest (LST-11)."""
        return _RANKS[self]


_RANKS = {priority: rank for rank, priority in enumerate(Priority, start=1)}


class Urgency(StrEnum):
    """How soon it must happen."""

    NORMAL = "normal"  #: by its date
    SOON = "soon"  #: this week
    URGENT = "urgent"  #: today
    IMMEDIATE = "immediate"  #: now


class ExecutionType(StrEnum):
    """How an automated task starts (TSK-09)."""

    AUTOMATIC = "automatic"  #: by itself, once nothing stands in its way
    MANUAL_TRIGGER = "manual_trigger"  #: when somebody starts it
    SCHEDULED = "scheduled"  #: at `scheduled_for`


class SourceType(StrEnum):
    """Where a task came from (TSK-21)."""

    MANUAL = "manual"  #: made by hand
    BUNDLE = "bundle"  #: made with its bundle from a template
    CLONE = "clone"  #: repeats another task


#: How the title of a step begins that an approver asked for.
CHANGE_ASKED_FOR = "Change asked for: "


class ItemSource(StrEnum):
    """Whether a step, proof or deliverable was planned or added on the way."""

    TEMPLATE = "template"  #: from the task definition
    AD_HOC = "ad_hoc"  #: added by a worker


class ProofKind(StrEnum):
    """What counts as evidence (PRF-01)."""

    URL = "url"  #: an http, https or mailto address
    FILE = "file"  #: an uploaded file, or the facts about one
    ARTIFACT = "artifact"  #: an approved artifact
    COMMENT = "comment"  #: a sentence
    EXTERNAL_STATUS = "external_status"  #: the state of a record in another system


class NoteKind(StrEnum):
    """What a note is (CNF-40)."""

    NOTE = "note"  #: a remark by a person
    HELP_REQUEST = "help_request"  #: the question of a worker who is stuck
    HELP_ANSWER = "help_answer"  #: what a manager said to such a question
    FEEDBACK = "feedback"  #: what a judge said
    PROOF_COMMENT = "proof_comment"  #: said while giving proof
    SYSTEM = "system"  #: written by the engine, for example with a skip or a wait


class QaReason(StrEnum):
    """Why a completed task is looked at again (QA-01 to QA-06, CNF-28)."""

    RANDOM = "random"  #: the die fell on 1
    FIRST_THREE = "first_three"  #: among the first completed tasks of the person
    OVER_DURATION = "over_duration"  #: took much longer than planned
    COMPLAINT = "complaint"  #: a client complained
    MANUAL = "manual"  #: a manager asked for it
