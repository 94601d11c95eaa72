"""A class for each code of a refusal; generated, see ``tests/agreement/client_code``."""

from collections.abc import Mapping

from .refusals import RefusedError


class ActiveContentError(RefusedError):
    """An HTML or SVG file that would run scripts in the browser of whoever looks at it."""


class AlreadyDecidedError(RefusedError):
    """An approval was decided or withdrawn before."""


class ApprovalMissingError(RefusedError):
    """Nobody has approved it."""


class ApprovalStaleError(RefusedError):
    """It was changed after it was approved."""


class BadCursorError(RefusedError):
    """What was given as the place to go on from was not given out by this list, or not to this person."""


class BadRequestError(RefusedError):
    """The input cannot be right, whatever the state of the system."""


class CompletionRefusedError(RefusedError):
    """Something still stands in the way of completion; carries every violation."""


class ConflictError(RefusedError):
    """A right request at the wrong moment."""


class ContentError(RefusedError):
    """Content from Git cannot be used; ``details`` holds one entry per problem."""


class DependencyCycleError(RefusedError):
    """The tasks would wait for each other in a circle."""


class DependencyUnmetError(RefusedError):
    """A task that it depends on is open."""


class EmptyFileError(RefusedError):
    """A file that holds nothing: it proves nothing, and there is nothing in it to judge."""


class FeedbackRequiredError(RefusedError):
    """A decision that needs feedback came without it."""


class FileNameError(RefusedError):
    """The file's name is not a plain one: it holds a path or control characters."""


class FileTypeError(RefusedError):
    """A file's bytes are not what its name says."""


class ForbiddenError(RefusedError):
    """The actor is known and sees the record, but may not do this."""


class FormTooLargeError(RefusedError):
    """The fields of a form, or of JSON, are longer together than anybody fills in."""


class FrozenVersionError(RefusedError):
    """The record is frozen: it was judged, and only a new version may differ."""


class IdempotencyKeyReusedError(RefusedError):
    """The idempotency key was used before with another request body (definitions.md section 4)."""


class InternalError(RefusedError):
    """A mistake of the program; the answer has a reference to tell the operator."""


class InvalidTransitionError(RefusedError):
    """The status table does not allow this move."""


class MissingDeliverableError(RefusedError):
    """A deliverable is missing."""


class MissingLinkError(RefusedError):
    """A link of the bundle is missing."""


class MissingProofError(RefusedError):
    """A proof is missing."""


class NotAutomatedError(RefusedError):
    """People do it: its settings name no executor."""


class NotFoundError(RefusedError):
    """The record does not exist, or the actor may not see it."""


class NoExecutorError(RefusedError):
    """Its executor is none that this release has."""


class OpenStepError(RefusedError):
    """A required step is open."""


class OpenTaskError(RefusedError):
    """A task of the bundle is open."""


class OutcomeUnknownError(RefusedError):
    """The database was lost while it was to confirm a write: nobody knows whether it was kept."""


class OwnWorkError(RefusedError):
    """The actor would judge their own work."""


class PrivateAddressError(RefusedError):
    """An address resolves or redirects into a private network, which is never fetched."""


class RateLimitedError(RefusedError):
    """Too many requests with this token, or too many wrong tokens from one place; Retry-After says when to go
    on."""


class ReviewRequiredError(RefusedError):
    """A human review must permit the task to run first."""


class ScopeMissingError(RefusedError):
    """The token was not given the scope that this needs."""


class StaleVersionError(RefusedError):
    """A decision names content that the version no longer holds, or an outdated version."""


class StaleWriteError(RefusedError):
    """Somebody changed the record since it was read."""


class StoreUnavailableError(RefusedError):
    """The database does not answer, or refuses for a reason that lies with it; no message of it is public."""


class StoreVersionError(RefusedError):
    """The store was written by another version of Workbench."""


class TaskCancelledError(RefusedError):
    """It was called off."""


class TaskCompletedError(RefusedError):
    """It is done."""


class TaskInDoubtError(RefusedError):
    """Nobody knows how the attempt before ended: somebody has to say so first."""


class TaskInProgressError(RefusedError):
    """It is being worked on, or an attempt waits or runs already."""


class TaskRestsError(RefusedError):
    """It waits, is blocked, asks for help, or is with its approvers."""


class TaskScheduledError(RefusedError):
    """It is planned for a later moment, at which it begins by itself."""


class TaskSkippedError(RefusedError):
    """It is not needed this time."""


class TemplateNotFoundError(RefusedError):
    """No usable template with that key."""


class TokenExpiredError(RefusedError):
    """The token is over."""


class TokenRevokedError(RefusedError):
    """The token was taken back."""


class UnauthorizedError(RefusedError):
    """Nobody is signed in, or the credentials are wrong."""


class UnavailableError(RefusedError):
    """An outside service, the disk or the database cannot do its part now."""


class UnknownFieldError(RefusedError):
    """The input names a field that does not exist or may not be set."""


class UnreadableRecordError(RefusedError):
    """A stored record is not in the shape that records of the store's version have."""


class UnsafeFileError(RefusedError):
    """A file that is not taken in."""


class UnsupportedMediaTypeError(RefusedError):
    """The body is of a type that is not read here."""


class UploadTooLargeError(RefusedError):
    """A file above the setting ``max_upload_mb``."""


BY_CODE: Mapping[str, type[RefusedError]] = {
    "ACTIVE_CONTENT": ActiveContentError,
    "ALREADY_DECIDED": AlreadyDecidedError,
    "APPROVAL_MISSING": ApprovalMissingError,
    "APPROVAL_STALE": ApprovalStaleError,
    "BAD_CURSOR": BadCursorError,
    "BAD_REQUEST": BadRequestError,
    "COMPLETION_REFUSED": CompletionRefusedError,
    "CONFLICT": ConflictError,
    "CONTENT": ContentError,
    "DEPENDENCY_CYCLE": DependencyCycleError,
    "DEPENDENCY_UNMET": DependencyUnmetError,
    "EMPTY_FILE": EmptyFileError,
    "FEEDBACK_REQUIRED": FeedbackRequiredError,
    "FILE_NAME": FileNameError,
    "FILE_TYPE": FileTypeError,
    "FORBIDDEN": ForbiddenError,
    "FORM_TOO_LARGE": FormTooLargeError,
    "FROZEN_VERSION": FrozenVersionError,
    "IDEMPOTENCY_KEY_REUSED": IdempotencyKeyReusedError,
    "INTERNAL": InternalError,
    "INVALID_TRANSITION": InvalidTransitionError,
    "MISSING_DELIVERABLE": MissingDeliverableError,
    "MISSING_LINK": MissingLinkError,
    "MISSING_PROOF": MissingProofError,
    "NOT_AUTOMATED": NotAutomatedError,
    "NOT_FOUND": NotFoundError,
    "NO_EXECUTOR": NoExecutorError,
    "OPEN_STEP": OpenStepError,
    "OPEN_TASK": OpenTaskError,
    "OUTCOME_UNKNOWN": OutcomeUnknownError,
    "OWN_WORK": OwnWorkError,
    "PRIVATE_ADDRESS": PrivateAddressError,
    "RATE_LIMITED": RateLimitedError,
    "REVIEW_REQUIRED": ReviewRequiredError,
    "SCOPE_MISSING": ScopeMissingError,
    "STALE_VERSION": StaleVersionError,
    "STALE_WRITE": StaleWriteError,
    "STORE_UNAVAILABLE": StoreUnavailableError,
    "STORE_VERSION": StoreVersionError,
    "TASK_CANCELLED": TaskCancelledError,
    "TASK_COMPLETED": TaskCompletedError,
    "TASK_IN_DOUBT": TaskInDoubtError,
    "TASK_IN_PROGRESS": TaskInProgressError,
    "TASK_RESTS": TaskRestsError,
    "TASK_SCHEDULED": TaskScheduledError,
    "TASK_SKIPPED": TaskSkippedError,
    "TEMPLATE_NOT_FOUND": TemplateNotFoundError,
    "TOKEN_EXPIRED": TokenExpiredError,
    "TOKEN_REVOKED": TokenRevokedError,
    "UNAUTHORIZED": UnauthorizedError,
    "UNAVAILABLE": UnavailableError,
    "UNKNOWN_FIELD": UnknownFieldError,
    "UNREADABLE_RECORD": UnreadableRecordError,
    "UNSAFE_FILE": UnsafeFileError,
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaTypeError,
    "UPLOAD_TOO_LARGE": UploadTooLargeError,
}
