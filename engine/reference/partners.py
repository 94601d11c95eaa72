"""For whom work is done: adding and changing partners (REF-04, R20)."""

from __future__ import annotations

from engine.reference import records
from engine.reference.inputs import AddPartner, ChangePartner
from engine.reference.models import Partner
from engine.transaction import Transaction


def add(tx: Transaction, request: AddPartner) -> Partner:
    """Add a client to do work for.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        BadRequestError: the key is taken.
    """
    records.refuse_taken(tx, Partner, request.key)
    return records.bring(tx, Partner, None, request.model_dump())[0]


def change(tx: Transaction, request: ChangePartner) -> Partner:
    """Change what is said of a partner.

    Raises:
        NotFoundError: there is none.
        ForbiddenError: the actor is neither manager nor admin.
        StaleWriteError: somebody changed it since it was read.
    """
    known = records.find(tx, Partner, request.partner_id, revision=request.revision)
    fields = request.model_dump(exclude={"partner_id", "revision"}, exclude_none=True)
    return records.bring(tx, Partner, known, fields)[0]
