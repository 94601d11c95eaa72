"""What goes wrong: the API refuses, or cannot be reached; ``errors`` has a class for each code."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class ClientError(Exception):
    """Anything that a call may raise."""


class UnreachableError(ClientError):
    """No answer came, also after trying again; whether a change was made is not known.

    The same call with the same ``idempotency_key`` is safe: what was made is not made twice.
    """

    def __init__(self, message: str, idempotency_key: str | None = None) -> None:
        super().__init__(message)
        #: The key that was sent; None where the call takes none.
        self.idempotency_key = idempotency_key


class NotSeenError(ClientError):
    """It is done, and whoever did it does not see any more what they have changed."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One thing that is wrong."""

    code: str
    message: str
    #: The input to which it belongs; None where it belongs to none.
    field: str | None = None
    #: What belongs to its code, such as the `deliverable_id` of what is missing, as JSON data.
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)


class RefusedError(ClientError):
    """The API refused; nothing was changed, unless the code is ``OUTCOME_UNKNOWN``."""

    def __init__(
        self, status: int, code: str, message: str, details: Sequence[Detail], retry_after: float | None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        #: Stable: programs decide by it.
        self.code = code
        self.message = message
        self.details = tuple(details)
        #: Seconds after which it may be tried again; None where nothing was said about it.
        self.retry_after = retry_after
