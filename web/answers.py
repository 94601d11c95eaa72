"""One table from an error's class to its status, heading, JSON and exit code (house.md section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    FormTooLargeError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnreadableRecordError,
    UploadTooLargeError,
    WorkbenchError,
)


@dataclass(frozen=True)
class Answer:
    """How the edges answer one class of error."""

    #: The HTTP status.
    status: int
    #: The exit code of the command line.
    exit_code: int
    #: The page's heading.
    title: str
    #: What to do next, in words.
    advice: str


ANSWERS: dict[type[WorkbenchError], Answer] = {
    BadRequestError: Answer(
        400, 1, "That cannot be right", "Go back, correct what is named here, and send it again."
    ),
    FormTooLargeError: Answer(
        413, 1, "That is too much at once", "Shorten what you wrote, or send a long text as a file."
    ),
    UploadTooLargeError: Answer(
        413, 1, "That file is too large", "Make it smaller, or give a link to it instead."
    ),
    UnauthorizedError: Answer(
        401, 4, "Please sign in", "Sign in with your e-mail and password, or ask an admin for a link."
    ),
    ForbiddenError: Answer(403, 4, "Not allowed", "Ask somebody who may, or an admin to give you the role."),
    NotFoundError: Answer(
        404, 1, "Not found", "Check the address. It may be somebody else's work that you cannot see."
    ),
    ConflictError: Answer(
        409, 1, "Not possible right now", "Correct what is named here, or load the page again, then repeat."
    ),
    RateLimitedError: Answer(429, 1, "Too many requests", "Wait as long as `Retry-After` says, then go on."),
    UnavailableError: Answer(
        503, 3, "Not available at the moment", "Try again in a minute. If this goes on, tell the operator."
    ),
    OutcomeUnknownError: Answer(
        504, 3, "Not known whether it was saved", "Check whether it is there before you send it again."
    ),
    # Trying again helps nobody here.
    UnreadableRecordError: Answer(
        500, 3, "This cannot be read", "Tell the operator: `workbench doctor` names what is wrong."
    ),
    WorkbenchError: Answer(500, 3, "Something went wrong", "Try again. If this goes on, tell the operator."),
}


def answer_for(error: WorkbenchError) -> Answer:
    """Return the answer of the nearest class in the table."""
    return next(ANSWERS[base] for base in type(error).__mro__ if base in ANSWERS)


def as_json(error: WorkbenchError) -> dict[str, Any]:
    """Return the one JSON shape of an error."""
    return _as_json(error, error.message)


def as_json_for_all(error: WorkbenchError) -> dict[str, Any]:
    """Return the same for whoever asks over the network, who learns nothing of where things are kept (G3)."""
    return _as_json(error, message_for_all(error))


def message_for_all(error: WorkbenchError) -> str:
    """Return what an error says to whoever asks over the network."""
    return error.public if isinstance(error, UnavailableError) else error.message


def _as_json(error: WorkbenchError, message: str) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": message, "details": error.details}}
