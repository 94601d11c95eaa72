"""Proof that it is oneself who asks, before somebody is let in by it: a screen may stand unlocked."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from engine.accounts import sessions
from engine.accounts.models import User
from engine.second_factor import proving, service
from engine.second_factor.service import Proof
from engine.transaction import Transaction
from web import auth
from web.context import current_actor, current_workbench


def asked_for() -> Proof | None:
    """Return what this request proves; None where that is the password, or they have just signed in.

    It counts once it is taken (``service.take``).

    Raises:
        BadRequestError: nothing.
        UnauthorizedError: too many wrong guesses, one after another.
        ConflictError, UnavailableError: the secret of an app cannot be opened.
    """
    workbench, actor = current_workbench(), current_actor()
    with workbench.reading(actor) as tx:
        if sessions.is_fresh(tx, auth.current_session()):
            return None
    return proving.oneself(workbench, actor, request.form.get("proof", ""))


def taken() -> Callable[[Transaction], None]:
    """Return what takes the proof that this request brings, in the transaction of what it asks for.

    Raises:
        WorkbenchError: as ``asked_for``.
    """
    proof = asked_for()

    def take(tx: Transaction) -> None:
        if proof is not None:
            service.take(tx, tx.get(User, tx.actor.user_id), proof)

    return take
