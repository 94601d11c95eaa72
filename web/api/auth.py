"""Who asks under ``/api``: nobody yet, until there are tokens."""

from __future__ import annotations

from engine.errors import UnauthorizedError
from engine.transaction import Transaction


def identify() -> None:
    """Find the actor of this request by its bearer token.

    Raises:
        UnauthorizedError: there is none.
    """
    raise UnauthorizedError("This address asks for a token: send Authorization: Bearer, and the token.")


def refuse_if_withdrawn(tx: Transaction) -> None:
    """Refuse what somebody asked for whose token ended, or whose rights changed, while it was on its way."""
