"""One change of one content file, worked out before the transaction and put into a draft inside of it.

What the work says, a task as it was done and a bundle as it was done all become drafts this way: read
with ``drafted``, made with ``Change``, kept with ``put``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.audit.models import Action
from engine.catalog.problems import Problem
from engine.catalog.rewriting import rewritten
from engine.catalog.yaml_reader import read_yaml
from engine.errors import ConflictError, ContentError, StaleWriteError
from engine.proposals import drafting
from engine.proposals.models import Proposal, ProposalSource
from engine.proposals.overlay import content_with, text_of
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: The data of a content file.
Data = dict[str, Any]


@dataclass(frozen=True)
class Drafted:
    """A content file as the actor would change it: as their open draft has it, else as it is live."""

    path: str
    #: What it says live; None where there is no such file.
    live: str | None
    #: What the draft says; None where none is open.
    text: str | None
    draft_id: str | None

    @property
    def current(self) -> str | None:
        """What is changed; None where the file is new."""
        return self.live if self.draft_id is None else self.text


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a file shall say, and why."""

    template: str
    file: Drafted
    text: str
    base_commit: str | None
    source: ProposalSource
    #: What it does, in one line.
    title: str
    #: Why, in words and figures.
    description: str
    #: What the work said that it answers, as ``Proposal.answers`` has it.
    answers: tuple[Mapping[str, Any], ...] = ()


def drafted(tx: Transaction, content: Content, template: str, path: str) -> Drafted:
    """Return a file as the actor would change it.

    Raises:
        UnavailableError: the repository cannot be read.
    """
    live = text_of(content, path)
    for draft in drafting.drafts_of(tx, template=template):
        texts = drafting.texts_of(tx, draft)
        if path in texts:
            return Drafted(path, live, texts[path], draft.proposal_id)
    return Drafted(path, live, None, None)


def changed_text(file: Drafted, change: Callable[[Data], Data]) -> str:
    """Return the text of a file that is there with its data changed, all other lines as they are.

    Raises:
        ConflictError: the draft takes the file away.
        ContentError: the text cannot be read, or cannot be changed without touching others.
    """
    if file.current is None:
        raise ConflictError(f"Your draft takes {file.path} away. Offer or discard it first.")
    raw = file.current.encode("utf-8")
    document = read_yaml(raw, file.path)
    if document.problems or not isinstance(document.data, dict):
        why = document.problems[0] if document.problems else "it is no mapping"
        raise ContentError(f"{file.path} cannot be read: {why}. Mend it in the editor first.")
    return rewritten(raw, file.path, change(document.data)).decode("utf-8")


def new_problems(content: Content, file: Drafted, text: str) -> tuple[list[Problem], list[Problem]]:
    """Return the errors and the warnings that the content would have with a text, and has not without it."""
    before = content if file.draft_id is None else content_with(content, {file.path: file.text})
    known = {one.identity for one in before.problems}
    after = content_with(content, {file.path: text}).problems
    found = [one for one in after if one.identity not in known]
    return [one for one in found if one.is_error], [one for one in found if not one.is_error]


def put(tx: Transaction, change: Change) -> Proposal:
    """Keep a change in a draft: the one that the actor has open for the file, else a new one.

    The same change again changes nothing.

    Raises:
        ForbiddenError: the actor may not propose.
        StaleWriteError: the draft says something else by now than was changed.
    """
    file = change.file
    if file.draft_id is None:
        proposal = drafting.begin(
            tx,
            template=change.template,
            path=file.path,
            before=file.live,
            text=change.text,
            base_commit=change.base_commit,
            source=change.source,
            title=change.title,
            description=change.description,
        )
        if drafting.texts_of(tx, proposal)[file.path] != change.text:
            raise StaleWriteError(f"You have begun to change {file.path} meanwhile. Do it once more.")
        if proposal.answers != [*change.answers]:
            proposal.answers = [dict(one) for one in change.answers]
            tx.save(proposal)
            tx.record(Action.PROPOSAL_CHANGED, proposal, "Says what it answers")
        return proposal
    if change.text == file.text:
        return drafting.own(tx, file.draft_id)
    drafting.write(tx, file.draft_id, file.path, change.text, seen=file.text or "")
    proposal = drafting.own(tx, file.draft_id)
    said = [proposal.description, f"{change.title}.\n\n{change.description}"]
    proposal.title = proposal.title or change.title
    proposal.description = "\n\n".join(filter(None, said))
    proposal.answers = [*proposal.answers, *map(dict, change.answers)]
    tx.save(proposal)
    tx.record(Action.PROPOSAL_CHANGED, proposal, f"{change.title}, beside what it says already")
    return proposal
