"""Proposals: changes of the content that one sees, with the files that they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from engine.proposals import drafting, queries
from engine.proposals.models import Proposal, ProposedFile
from engine.proposals.queries import Listed, Which
from engine.record import stored
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, cut
from web.api.resources.base import Described, Resource, plain


class ProposalList(Listing):
    """Which proposals are listed."""

    which: Literal["open", "mine", "decided"] = Field(
        "open", description="open: your drafts and all that is offered; mine: all of yours; decided."
    )
    template: str | None = Field(None, description="The key of a template.")


def _list(tx: Transaction, asked: Asked) -> Page:
    which = Which(asked.filters.get("which", Which.OPEN))
    found = queries.list_all(tx, which, template=asked.filters.get("template"))
    return cut(found, asked, _place, descending=True)


def _place(one: Listed) -> tuple[str, str]:
    return stored(one.proposal.updated_at), one.proposal.proposal_id


def _line(_: Transaction, found: Sequence[Listed]) -> Described:
    return [one.as_json() for one in found]


def _told(tx: Transaction, found: Sequence[Proposal]) -> Described:
    return [one.as_json() for one in queries.listed(tx, found)]


PROPOSALS = Resource(
    name="proposals",
    record=Proposal,
    help="Changes of templates that you see, those changed last first.",
    find=lambda tx, text: tx.get(Proposal, text),
    list=_list,
    describe=_told,
    schema=schemas.of(
        Proposal,
        without=("workspace_id",),
        more={
            "author": schemas.said(schemas.TEXT, "Who writes it."),
            "files": schemas.some(schemas.TEXT, "The files that it changes."),
        },
    ),
    describe_listed=_line,
    filters=ProposalList,
)


def _files(tx: Transaction, asked: Asked) -> Page:
    return cut(sorted(drafting.files_of(tx, asked.parent), key=_file_place), asked, _file_place)


def _file_place(one: ProposedFile) -> tuple[str]:
    return (one.path,)


def _of_proposal(_: Transaction, parent: Proposal, record: ProposedFile) -> bool:
    return record.proposal_id == parent.proposal_id


FILES = Resource(
    name="files",
    record=ProposedFile,
    help="The files that a proposal changes: what each said before, and what it shall say.",
    parent="proposals",
    find=lambda tx, text: tx.get(ProposedFile, text),
    list=_files,
    describe=plain,
    schema=schemas.of(ProposedFile),
    belongs=_of_proposal,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (PROPOSALS, FILES)}
