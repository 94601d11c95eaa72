"""API tokens: one's own, and for admins those of others; of a secret nothing but how it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from engine.accounts import service as accounts
from engine.clock import to_text
from engine.tokens import service
from engine.tokens.models import ApiToken
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, cut
from web.api.resources.base import Described, Resource, plain

EVERYBODY = "everybody"


class ListOfTokens(Listing):
    """Whose tokens are listed."""

    user: str | None = Field(
        None,
        min_length=1,
        description="Whose: a user's id or e-mail, or `everybody`; for admins. Left out, yours.",
    )


def _list(tx: Transaction, asked: Asked) -> Page:
    whose = asked.filters.get("user")
    found = service.listed(tx, everybody=whose is not None)
    if whose not in (None, EVERYBODY):
        user_id = accounts.user_named(tx, whose).user_id
        found = [one for one in found if one.user_id == user_id]
    return cut(found, asked, lambda one: (one.api_token_id,), descending=True)


def _told(tx: Transaction, found: Sequence[ApiToken]) -> Described:
    used = service.last_used(tx, list(found))
    return [
        {
            **told,
            "last_used_at": to_text(used[one.api_token_id]) if one.api_token_id in used else None,
        }
        for one, told in zip(found, plain(tx, found), strict=True)
    ]


TOKENS = Resource(
    name="tokens",
    record=ApiToken,
    for_partners=True,
    help="What programs act with for you, the newest first, without secrets; for admins also for others.",
    find=service.found,
    list=_list,
    describe=_told,
    schema=schemas.of(
        ApiToken,
        more={
            "last_used_at": schemas.said(
                schemas.OPTIONAL_MOMENT, "When it was used last, to the minute; null where it never was. UTC."
            )
        },
    ),
    filters=ListOfTokens,
    item_topics=None,  # no event tells of a use
    list_topics=None,
)
RESOURCES: Mapping[str, Resource] = {TOKENS.path: TOKENS}
