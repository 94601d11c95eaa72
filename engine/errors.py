"""Every error the engine raises on purpose, in one tree (house.md section 5).

    WorkbenchError
    ├── BadRequestError             the input cannot be right
    │   ├── ContentError            carries problems: file, line, column, code
    │   ├── UnknownFieldError
    │   ├── BadCursorError          a place in a list that this list did not give
    │   ├── DependencyCycleError    tasks would wait for each other in a circle
    │   ├── FeedbackRequiredError   a decision that must say why
    │   ├── FormTooLargeError       its fields are longer together than is read
    │   ├── PrivateAddressError     a link leads into a private network
    │   └── UnsafeFileError         a file that is not taken in
    │       ├── UploadTooLargeError
    │       ├── FileNameError       its name holds a path or control characters
    │       ├── EmptyFileError      there is nothing in it
    │       ├── FileTypeError       it is not what its name says
    │       └── ActiveContentError  HTML or SVG that would run scripts
    ├── UnauthorizedError           who are you?
    │   ├── TokenExpiredError       the API token was good until then
    │   └── TokenRevokedError       the API token was ended
    ├── ForbiddenError              known, but not allowed
    │   ├── OwnWorkError            nobody judges their own work
    │   └── ScopeMissingError       the roles allow it, the API token does not
    ├── NotFoundError               absent, or not yours to see
    │   └── TemplateNotFoundError
    ├── ConflictError               right request, wrong moment
    │   ├── InvalidTransitionError  current, target, allowed
    │   ├── CompletionRefusedError  all violations at once
    │   ├── AlreadyDecidedError     somebody decided it, or it was withdrawn
    │   ├── IdempotencyKeyReusedError
    │   ├── ExecutionRefusedError   a task is not run now; each reason has its code
    │   │   ├── TaskInProgressError
    │   │   ├── TaskCompletedError
    │   │   ├── TaskCancelledError
    │   │   ├── TaskSkippedError
    │   │   ├── TaskRestsError      it waits, is blocked, asks for help, or is with its approvers
    │   │   ├── TaskScheduledError  it is planned for later
    │   │   ├── TaskInDoubtError    nobody has said yet how the attempt before ended
    │   │   ├── DependencyUnmetError
    │   │   ├── NotAutomatedError   people do it
    │   │   └── NoExecutorError     nothing here can run it
    │   ├── WorkerNameTakenError    another worker does jobs under that name
    │   ├── FrozenVersionError
    │   ├── ReviewRequiredError     a human review must permit it first
    │   ├── StaleVersionError       not the content that the approver saw
    │   └── StaleWriteError
    ├── RateLimitedError            too many requests in a minute
    └── UnavailableError            outside service or database
        ├── StoreUnavailableError   the database does not answer, or refuses
        │   ├── OutcomeUnknownError   lost while it was to confirm a write
        │   └── StoreVersionError   the store is older or newer than this program
        └── UnreadableRecordError   a stored record is not in the shape of its version

A message says what happened, where, and what to do next. ``web.answers`` has the one table from a class to
its status, heading and exit code; ``web.errors`` makes pages and JSON of it, ``web.cli`` ends with the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Detail = Mapping[str, Any]


class WorkbenchError(Exception):
    """The base of all errors that a caller may expect.

    ``details`` is a list of mappings, each with at least ``code`` and ``message``;
    ``field`` names the input it belongs to, where there is one.
    """

    def __init__(self, message: str, *, details: Iterable[Detail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details: list[dict[str, Any]] = [dict(detail) for detail in details]

    @property
    def code(self) -> str:
        """The stable code of the API: the class name in capitals without ``Error``."""
        return code_of(type(self))


def code_of(error: type[WorkbenchError]) -> str:
    """Return the API code of an error class, ``InvalidTransitionError`` -> ``INVALID_TRANSITION``."""
    name = error.__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


class BadRequestError(WorkbenchError):
    """The input cannot be right, whatever the state of the system."""


class UnknownFieldError(BadRequestError):
    """The input names a field that does not exist or may not be set."""


def bad_field(field: str | None, message: str, summary: str = "") -> BadRequestError:
    """Make the refusal of one field; ``message`` stands at the field, ``summary`` stands for all of it.

    Without ``summary`` the whole refusal is the field's name and its message.
    """
    return bad_fields([(field, message)], summary or f"{field}: {message}.")


def bad_fields(faults: Iterable[tuple[str | None, str]], summary: str) -> BadRequestError:
    """Make the refusal of several fields, each with its own message; ``summary`` stands for all of them."""
    code = code_of(BadRequestError)
    details = [{"code": code, "field": field, "message": message} for field, message in faults]
    return BadRequestError(summary, details=details)


def lines_of(faults: Iterable[tuple[str, str]]) -> str:
    """Put the fields and their messages into sentences, to follow the summary of a refusal."""
    return " ".join(f"{field}: {message}." for field, message in faults)


class BadCursorError(BadRequestError):
    """What was given as the place to go on from was not given out by this list, or not to this person."""


class ContentError(BadRequestError):
    """Content from Git cannot be used; ``details`` holds one entry per problem."""


class DependencyCycleError(BadRequestError):
    """The tasks would wait for each other in a circle (DEP-05)."""


class FeedbackRequiredError(BadRequestError):
    """A decision that needs feedback came without it (APR-08)."""


class FormTooLargeError(BadRequestError):
    """The fields of a form, or of JSON, are longer together than anybody fills in (S1)."""


class PrivateAddressError(BadRequestError):
    """An address resolves or redirects into a private network, which is never fetched (SEC-08)."""


class UnsafeFileError(BadRequestError):
    """A file that is not taken in (ART-14)."""


class UploadTooLargeError(UnsafeFileError):
    """A file above the setting ``max_upload_mb``."""


class FileNameError(UnsafeFileError):
    """The file's name is not a plain one: it holds a path or control characters."""


class EmptyFileError(UnsafeFileError):
    """A file that holds nothing: it proves nothing, and there is nothing in it to judge (R17)."""


class FileTypeError(UnsafeFileError):
    """A file's bytes are not what its name says."""


class ActiveContentError(UnsafeFileError):
    """An HTML or SVG file that would run scripts in the browser of whoever looks at it."""


class UnauthorizedError(WorkbenchError):
    """Nobody is signed in, or the credentials are wrong."""


class TokenExpiredError(UnauthorizedError):
    """An API token was good until a moment that has passed: its own end, or that of an overlap."""


class TokenRevokedError(UnauthorizedError):
    """An API token was revoked, or its user's account closed."""


class ForbiddenError(WorkbenchError):
    """The actor is known and sees the record, but may not do this."""


class OwnWorkError(ForbiddenError):
    """The actor would judge their own work (APR-16)."""


class ScopeMissingError(ForbiddenError):
    """The roles of the actor allow it, and the API token that they act by does not."""

    def __init__(self, token: str, scope: str, doing: str) -> None:
        """Name the scope that is missing; ``doing`` completes "may not ..."."""
        which = f"The token “{token}”" if token else "This token"
        super().__init__(
            f"{which} may not {doing}: it lacks the scope {scope}. Ask for one that has it.",
            details=[{"code": "SCOPE_MISSING", "message": f"it takes the scope {scope}", "scope": scope}],
        )


class NotFoundError(WorkbenchError):
    """The record does not exist, or the actor may not see it (UPD-28)."""


class TemplateNotFoundError(NotFoundError):
    """No usable template with that key (RES-04)."""


class ConflictError(WorkbenchError):
    """A right request at the wrong moment."""


class InvalidTransitionError(ConflictError):
    """The status table does not allow this move (STA-05)."""

    def __init__(
        self,
        subject: str,
        current: str,
        target: str,
        allowed: Sequence[str],
        *,
        words: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Name the statuses in ``words`` where these have any; the details have them as they are stored."""
        here, there, *others = (words.get(status, status) for status in (current, target, *allowed))
        choices = ", ".join(others) if others else "nothing: this status is final"
        super().__init__(
            f"{subject} cannot go from {here} to {there}. Allowed from {here}: {choices}.",
            details=[
                {
                    "code": "INVALID_TRANSITION",
                    "message": f"{current} to {target} is not allowed",
                    "current": current,
                    "target": target,
                    "allowed": list(allowed),
                }
            ],
        )
        self.current, self.target, self.allowed = current, target, list(allowed)


@dataclass(frozen=True)
class Violation:
    """One unmet guard: what is missing, which record it is, and what to do."""

    code: str
    message: str
    #: Where to fix it: ``proof``, ``deliverables``, ``steps``, ``links``, ``dependencies``, ``approval``.
    area: str
    #: The id or name of what is missing (a label, a step id, a task id).
    subject: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_detail(self) -> dict[str, Any]:
        """Return the entry for ``details`` of an error answer."""
        return {
            "code": self.code,
            "message": self.message,
            "area": self.area,
            "subject": self.subject,
            **self.extra,
        }


class CompletionRefusedError(ConflictError):
    """Something still stands in the way of completion; carries every violation (STA-07)."""

    def __init__(self, subject: str, violations: Sequence[Violation], *, to: str = "completed") -> None:
        reasons = " ".join(violation.message for violation in violations)
        super().__init__(
            f"{subject} cannot be {to} yet. {reasons}",
            details=[violation.as_detail() for violation in violations],
        )
        self.violations = list(violations)

    @property
    def code(self) -> str:
        """The code of the only violation, else ``COMPLETION_REFUSED``."""
        if len(self.violations) == 1:
            return self.violations[0].code
        return code_of(CompletionRefusedError)


class AlreadyDecidedError(ConflictError):
    """An approval was decided or withdrawn before (APR-10)."""


class IdempotencyKeyReusedError(ConflictError):
    """The idempotency key was used before with another request body (definitions.md section 4)."""


class ExecutionRefusedError(ConflictError):
    """A task is not run now; its subclasses say why, each with a code of its own (EXE-32, CNF-33)."""


class TaskInProgressError(ExecutionRefusedError):
    """It is being worked on, or an attempt waits or runs already (EXE-03)."""


class TaskCompletedError(ExecutionRefusedError):
    """It is done (EXE-04)."""


class TaskCancelledError(ExecutionRefusedError):
    """It was called off (EXE-09)."""


class TaskSkippedError(ExecutionRefusedError):
    """It is not needed this time."""


class TaskRestsError(ExecutionRefusedError):
    """It waits, is blocked, asks for help, or is with its approvers (EXE-32)."""


class TaskScheduledError(ExecutionRefusedError):
    """It is planned for a later moment, at which it begins by itself (EXE-26)."""


class TaskInDoubtError(ExecutionRefusedError):
    """Nobody knows how the attempt before ended: somebody has to say so first."""


class DependencyUnmetError(ExecutionRefusedError):
    """It comes after tasks that are not done (EXE-09)."""


class NotAutomatedError(ExecutionRefusedError):
    """People do it: its settings name no executor."""


class NoExecutorError(ExecutionRefusedError):
    """Its executor is none that this release has (EXE-29)."""


class WorkerNameTakenError(ConflictError):
    """Another worker does jobs under that name."""


class FrozenVersionError(ConflictError):
    """The record is frozen: it was judged, and only a new version may differ (DLV-12)."""


class ReviewRequiredError(ConflictError):
    """A human review must permit the task to run first (HRV-12)."""


class StaleVersionError(ConflictError):
    """A decision names content that the version no longer holds, or an outdated version (D5)."""


class StaleWriteError(ConflictError):
    """Somebody changed the record since it was read (UPD-24)."""


class RateLimitedError(WorkbenchError):
    """More requests came in a minute than one API token may send, or too many wrong tokens from one place."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        #: In how many seconds the next one is answered.
        self.seconds = seconds


class UnavailableError(WorkbenchError):
    """An outside service, the disk or the database cannot do its part now.

    ``message`` is for the operator and may say where things are; ``public`` is for everybody (G3).
    """

    def __init__(self, message: str, *, details: Iterable[Detail] = (), public: str | None = None) -> None:
        super().__init__(message, details=details)
        self.public = message if public is None else public


class StoreUnavailableError(UnavailableError):
    """The database does not answer, or refuses for a reason that lies with it; no message of it is public."""

    def __init__(
        self,
        message: str,
        *,
        details: Iterable[Detail] = (),
        public: str = "The database cannot be used at this moment. Nothing was changed.",
    ) -> None:
        super().__init__(message, details=details, public=public)


class OutcomeUnknownError(StoreUnavailableError):
    """The database was lost while it was to confirm a write: nobody knows whether it was kept."""


class StoreVersionError(StoreUnavailableError):
    """The store was written by another version of Workbench."""

    def __init__(
        self,
        message: str,
        *,
        public: str = "The store is of a version that this program cannot work with. Nothing was changed.",
    ) -> None:
        super().__init__(message, public=public)


class UnreadableRecordError(UnavailableError):
    """A stored record is not in the shape that records of the store's version have."""

    def __init__(self, message: str, *, table: str, record_ids: Sequence[str]) -> None:
        super().__init__(message)
        #: Where it is: its table, and its id as far as that can be told: several, where they are alike.
        self.table, self.record_ids = table, tuple(record_ids)
