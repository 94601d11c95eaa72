"""Why a task does not move: the reasons, the most painful first, with what would move it."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an open task does not move; in the order of the page."""

    APPROVAL = "approval"  #: a decision is waited for longer than it should take
    FAILED = "failed"  #: it was tried and failed
    LOST = "lost"  #: what it waits for has failed or was cancelled
    HELP = "help"  #: its worker asked for help and has no answer
    BLOCKED = "blocked"  #: something inside the team is in the way
    WAIT = "wait"  #: nobody asked again, though the follow-up moment has come
    REVIEW = "review"  #: it may run only once a person permits it
    LATE = "late"  #: it is past its date and nobody has begun
    NOBODY = "nobody"  #: it is due soon and nobody does it

    @property
    def way_out(self) -> str:
        """What would move it."""
        return _WAYS_OUT[self]


_WAYS_OUT = {
    Reason.APPROVAL: "Decide it, or ask whoever decides.",
    Reason.FAILED: "Put it back to do, or cancel it.",
    Reason.LOST: "Take out what it comes after, skip it, or cancel it.",
    Reason.HELP: "Answer the question; the worker goes on from there.",
    Reason.BLOCKED: "Clear what is in the way, then resume.",
    Reason.WAIT: "Ask again, then resume or wait on.",
    Reason.REVIEW: "Permit it to run, or refuse it.",
    Reason.LATE: "Start it, or put it off.",
    Reason.NOBODY: "Assign it, or claim it.",
}
