"""Which refusals an operation may answer with: its table of errors in the description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import documented
from engine import errors as engine_errors
from engine.errors import WorkbenchError, code_of
from web.answers import ANSWERS
from web.api.routes import Route
from web.api.shapes import ref

#: Code -> what it means, where no class of ``engine.errors`` is called so.
_MEANINGS: Mapping[str, str] = {
    "TOKEN_EXPIRED": "The token is over.",
    "TOKEN_REVOKED": "The token was taken back.",
    "SCOPE_MISSING": "The token was not given the scope that this needs.",
    "RATE_LIMITED": "Too many requests with this token, or too many wrong tokens from one place; Retry-After "
    "says when to go on.",
    "UNSUPPORTED_MEDIA_TYPE": "The body is of a type that is not read here.",
    "METHOD_NOT_ALLOWED": "There is no such operation at this address.",
    "INTERNAL": "A mistake of the program; the answer has a reference to tell the operator.",
    "MISSING_PROOF": "A proof is missing.",
    "MISSING_DELIVERABLE": "A deliverable is missing.",
    "MISSING_LINK": "A link of the bundle is missing.",
    "OPEN_STEP": "A required step is open.",
    "OPEN_TASK": "A task of the bundle is open.",
    "DEPENDENCY_UNMET": "A task that it depends on is open.",
    "APPROVAL_MISSING": "Nobody has approved it.",
    "APPROVAL_STALE": "It was changed after it was approved.",
}
#: Code -> status, of those of ``_MEANINGS``.
_STATUSES: Mapping[str, int] = {
    "TOKEN_EXPIRED": 401,
    "TOKEN_REVOKED": 401,
    "SCOPE_MISSING": 403,
    "RATE_LIMITED": 429,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "METHOD_NOT_ALLOWED": 405,
    "INTERNAL": 500,
}
#: What any operation may answer with.
EVERYWHERE = (
    "BAD_REQUEST",
    "UNAUTHORIZED",
    "TOKEN_EXPIRED",
    "TOKEN_REVOKED",
    "FORBIDDEN",
    "SCOPE_MISSING",
    "RATE_LIMITED",
    "INTERNAL",
    "UNREADABLE_RECORD",
    "UNAVAILABLE",
    "STORE_UNAVAILABLE",
    "STORE_VERSION",
)
#: What any operation that changes something may answer with besides.
OF_CHANGES = (
    "UNKNOWN_FIELD",
    "NOT_FOUND",
    "CONFLICT",
    "IDEMPOTENCY_KEY_REUSED",
    "FORM_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "OUTCOME_UNKNOWN",
)
_OF_FILES = ("UNSAFE_FILE", "UPLOAD_TOO_LARGE", "FILE_NAME", "EMPTY_FILE", "FILE_TYPE", "ACTIVE_CONTENT")
_GUARDS = (
    "COMPLETION_REFUSED",
    "MISSING_PROOF",
    "MISSING_DELIVERABLE",
    "MISSING_LINK",
    "OPEN_STEP",
    "DEPENDENCY_UNMET",
    "APPROVAL_MISSING",
    "APPROVAL_STALE",
)
_JUDGING = ("OWN_WORK", "ALREADY_DECIDED", "STALE_VERSION", "FEEDBACK_REQUIRED", "FROZEN_VERSION")
_TASK = ("INVALID_TRANSITION", *_GUARDS, "DEPENDENCY_CYCLE", "REVIEW_REQUIRED", *_JUDGING, "PRIVATE_ADDRESS")
_RUNNING = (
    "TASK_IN_PROGRESS",
    "TASK_COMPLETED",
    "TASK_CANCELLED",
    "TASK_SKIPPED",
    "TASK_RESTS",
    "TASK_SCHEDULED",
    "TASK_IN_DOUBT",
    "NOT_AUTOMATED",
    "NO_EXECUTOR",
)
#: Area -> what its operations may answer with besides.
OF_AREAS: Mapping[str, tuple[str, ...]] = {
    "act": ("INVALID_TRANSITION",),
    "bundle": ("CONTENT", "TEMPLATE_NOT_FOUND", "OPEN_TASK", *_TASK),
    "campaign": ("PRIVATE_ADDRESS",),
    "deliverable": _JUDGING,
    "employee": ("INVALID_TRANSITION",),
    "execution": (*_TASK, *_RUNNING),
    "proposal": ("CONTENT", "TEMPLATE_NOT_FOUND", "STALE_WRITE"),
    "qa": ("INVALID_TRANSITION", *_JUDGING),
    "recipe": ("CONTENT", "TEMPLATE_NOT_FOUND"),
    "reference": ("CONTENT",),
    "schedule": ("CONTENT", "TEMPLATE_NOT_FOUND", "DEPENDENCY_CYCLE"),
    "task": ("CONTENT", *_TASK, *_RUNNING),
}


def codes_of(route: Route) -> tuple[str, ...]:
    """Return the codes that an operation may answer with, each once."""
    files = _OF_FILES if route.takes_files else ()
    own = OF_AREAS.get(route.command.area, ())
    return tuple(dict.fromkeys((*EVERYWHERE, *OF_CHANGES, *files, *own)))


def table(route: Route) -> dict[int, dict[str, str]]:
    """Return what an operation may answer with by status: each code with what it means."""
    found = by_status(codes_of(route))
    if route.takes_revision:
        found[412] = {"STALE_WRITE": meaning_of("STALE_WRITE")}
    return dict(sorted(found.items()))


def by_status(codes: Iterable[str]) -> dict[int, dict[str, str]]:
    """Sort codes by their statuses, each with what it means."""
    found: dict[int, dict[str, str]] = {}
    for code in codes:
        found.setdefault(status_of(code), {})[code] = meaning_of(code)
    return dict(sorted(found.items()))


def described(codes: Mapping[str, str]) -> dict[str, Any]:
    """Return the refusals of one status as the description has them."""
    first, meaning = next(iter(codes.items()))
    return {
        "description": "\n".join(f"- `{code}`: {words}" for code, words in codes.items()),
        "content": {
            "application/json": {
                "schema": ref("Error"),
                "example": {"error": {"code": first, "message": meaning, "details": []}},
            }
        },
    }


def meaning_of(code: str) -> str:
    """Say what a code means.

    Raises:
        KeyError: there is no such code.
    """
    return _MEANINGS[code] if code in _MEANINGS else documented.title_of(_CLASSES[code])


def status_of(code: str) -> int:
    """Return the status that comes with a code."""
    if code in _CLASSES:
        return next(ANSWERS[base].status for base in _CLASSES[code].__mro__ if base in ANSWERS)
    return _STATUSES.get(code, 409)


def _classes() -> Iterator[type[WorkbenchError]]:
    for value in vars(engine_errors).values():
        if isinstance(value, type) and issubclass(value, WorkbenchError):
            yield value


_CLASSES: Mapping[str, type[WorkbenchError]] = {code_of(one): one for one in _classes()}
