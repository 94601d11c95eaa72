"""Whose own work something is, and who may judge it: the facts of people, the policy of ``engine.access``.

Approvals, human reviews and files that are to serve as proof are judged by this one rule (decision 12, S18).
Who somebody is, is read for ever: the employees that they were before count as the one that they are (S3).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.access import ApprovalSource, Outcome, Refusal, WorkRelation, why_not_decide
from engine.accounts import actors
from engine.errors import ForbiddenError, OwnWorkError
from engine.transaction import Transaction


def relation(tx: Transaction, did: Collection[str | None], partner_id: str | None) -> WorkRelation:
    """Say what the actor is to work that these users and employees did, for a partner.

    A transaction that only reads asks the store once, however much is asked about.
    """
    at_hand = {tx.actor.user_id, *tx.actor.ever_employee_ids}
    return WorkRelation(
        is_own_work=bool(did) and not (at_hand.isdisjoint(did) and actors.oneself(tx).isdisjoint(did)),
        is_own_partner=partner_id is not None and partner_id == tx.actor.partner_id,
    )


def names_actor(tx: Transaction, ids: Collection[str | None]) -> bool:
    """Whether one of these users and employees is the actor, or was; never in a team of one.

    Pages offer by it what ``relation`` allows.
    """
    return not tx.settings.own_approval and relation(tx, ids, None).is_own_work


def among(tx: Transaction, judges: Collection[str | None], did: Collection[str | None]) -> str | None:
    """Return which of these users is, or was under any account, one of those who did something.

    None where nobody is, and in a team of one.
    """
    known = dict.fromkeys(user_id for user_id in judges if user_id)
    return next(filter(memory(tx, did), known), None)


def memory(tx: Transaction, did: Collection[str | None]) -> Callable[[str], bool]:
    """Give what says of a user whether they are, or were under any account, one of those who ``did`` it.

    It asks the store once for each of them, and says no for everybody in a team of one.
    """
    known: dict[str, bool] = {}

    def is_one(user_id: str) -> bool:
        if user_id not in known:
            known[user_id] = not (tx.settings.own_approval or actors.person(tx, user_id).isdisjoint(did))
        return known[user_id]

    return is_one


def why_not(
    tx: Transaction, source: ApprovalSource, outcome: Outcome, between: WorkRelation
) -> Refusal | None:
    """Return why the actor may not judge, None where they may; the setting of a team of one counts."""
    return why_not_decide(tx.actor, source, outcome, between, own_work_allowed=tx.settings.own_approval)


def refuse_unless_entitled(
    tx: Transaction, outcome: Outcome, between: WorkRelation, *, own: str, doing: str
) -> None:
    """Refuse a judgement of the team's that the policy does not allow this actor.

    ``own`` completes "Ana ..., so somebody else decides", ``doing`` "Ana may not ...".

    Raises:
        OwnWorkError: it is the actor's own work.
        ForbiddenError: it takes another role.
    """
    refusal = why_not(tx, ApprovalSource.INTERNAL, outcome, between)
    if refusal is Refusal.OWN_WORK:
        raise OwnWorkError(f"{tx.actor.name} {own}, so somebody else decides. Ask another manager.")
    if refusal is not None:
        raise ForbiddenError(f"{tx.actor.name} may not {doing}. It takes a manager or admin, and no agent.")
