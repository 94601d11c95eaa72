"""Writing a draft: begun once, changed without losing a word, and discarded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from engine.access import Permission, require
from engine.audit.models import Action
from engine.catalog.layout import kind_of, scenario_at
from engine.errors import ConflictError, NotFoundError, StaleWriteError, bad_field
from engine.proposals.models import Proposal, ProposalSource, ProposalState, ProposedFile
from engine.transaction import Transaction


def begin(
    tx: Transaction,
    *,
    template: str,
    path: str,
    before: str | None,
    text: str,
    base_commit: str | None,
    source: ProposalSource = ProposalSource.EDITOR,
    title: str = "",
    description: str = "",
) -> Proposal:
    """Begin a draft that changes one file, or give the actor's open draft of that file again (EDT-04).

    ``before`` is what the file says at ``base_commit``; None where it is new.

    Raises:
        ForbiddenError: the actor may not propose.
        BadRequestError: no content lies at that path.
    """
    require(tx.actor, Permission.PROPOSE, "change templates")
    require_place(path)
    for draft in drafts_of(tx, template=template):
        if _file(tx, draft, path) is not None:
            return draft
    proposal = tx.add(
        Proposal(
            proposal_id=tx.new_id(Proposal),
            workspace_id=tx.workspace_id,
            template_id=template,
            title=title,
            description=description,
            author_id=tx.actor.user_id,
            state=ProposalState.DRAFT,
            source=source,
            base_commit=base_commit,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(Action.PROPOSAL_BEGUN, proposal, f"Began to change {path}", after={"template_id": template})
    put(tx, proposal, path, before=before, text=text)
    return proposal


def drafts_of(tx: Transaction, *, template: str | None = None) -> list[Proposal]:
    """Return the actor's open drafts, of one template or all, oldest first."""
    found = tx.find(Proposal, state=ProposalState.DRAFT, author_id=tx.actor.user_id)
    return [one for one in found if template is None or one.template_id == template]


def files_of(tx: Transaction, proposal: Proposal) -> list[ProposedFile]:
    """Return what a proposal changes, by path."""
    found = tx.find(ProposedFile, proposal_id=proposal.proposal_id)
    return sorted(found, key=lambda one: one.path)


def texts_of(tx: Transaction, proposal: Proposal) -> Mapping[str, str | None]:
    """Return what each of its files shall say, for ``overlay.content_with``."""
    return {one.path: one.text for one in files_of(tx, proposal)}


def write(tx: Transaction, proposal_id: str, path: str, text: str, *, seen: str) -> ProposedFile:
    """Have a file of the actor's draft say something else; ``seen`` is the text that was changed.

    The same text again changes nothing.

    Raises:
        NotFoundError: there is no such proposal, or it is somebody else's draft.
        ForbiddenError: it is somebody else's.
        ConflictError: it is no draft any more.
        StaleWriteError: the file says something else by now than was seen: nothing is overwritten (EDT-05).
        BadRequestError: it changes no such file.
    """
    proposal = own(tx, proposal_id)
    if proposal.state is not ProposalState.DRAFT:
        name = proposal.title or proposal.template_id
        raise ConflictError(f"“{name}” is {proposal.state.value}, so its text is not changed any more.")
    file = _file(tx, proposal, path)
    if file is None:
        raise bad_field("path", f"The draft does not change {path}.")
    if file.text == text:
        return file
    if file.text != seen:
        raise StaleWriteError(
            f"{path} was changed elsewhere meanwhile. Look at both versions, then save again."
        )
    file.text = text
    tx.save(file)
    tx.record(Action.PROPOSAL_CHANGED, file, f"Changed {path}")
    return file


def own(tx: Transaction, proposal_id: str) -> Proposal:
    """Return a proposal of the actor's.

    Raises:
        NotFoundError: there is no such proposal, or it is somebody else's draft.
        ForbiddenError: somebody else wrote it.
    """
    require(tx.actor, Permission.PROPOSE, "change templates")
    proposal = tx.get(Proposal, proposal_id)
    if proposal.author_id != tx.actor.user_id:
        if proposal.state is ProposalState.DRAFT:
            raise NotFoundError(f"There is no proposal {proposal_id}.")
        require(tx.actor, Permission.ADMINISTER, "change what somebody else proposes")
    return proposal


def _file(tx: Transaction, proposal: Proposal, path: str) -> ProposedFile | None:
    return next((one for one in files_of(tx, proposal) if one.path == path), None)


def put(
    tx: Transaction, proposal: Proposal, path: str, *, before: str | None, text: str | None
) -> ProposedFile:
    """Have a proposal change one file more, from ``before`` to ``text``."""
    file = tx.add(
        ProposedFile(
            proposed_file_id=tx.new_id(ProposedFile),
            workspace_id=tx.workspace_id,
            proposal_id=proposal.proposal_id,
            path=path,
            before=before,
            text=text,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(Action.PROPOSAL_CHANGED, file, f"Changes {path}", after={"path": path, "text": text})
    return file


def require_place(path: str) -> None:
    """Refuse what no content lies at, and another spelling of where it lies.

    Raises:
        BadRequestError: it is no such place; says which.
    """
    place = kind_of(path) or scenario_at(path)
    is_plain = path == str(PurePosixPath(path)) and path.isprintable() and ".." not in path
    if place is None or place.kind == "misplaced" or not is_plain:
        raise bad_field("path", f"{path} is no place for content.")
