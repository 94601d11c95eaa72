"""A proposal with what its files say live, read before a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.access import Actor
from engine.accounts.models import User
from engine.command import Services
from engine.errors import StaleWriteError
from engine.proposals import drafting
from engine.proposals.branches import Change
from engine.proposals.models import Proposal, ProposedFile
from engine.proposals.overlay import text_of
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content
    from engine.config import Settings


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A proposal as it was read, and what its files say live."""

    proposal: Proposal
    files: Sequence[ProposedFile]
    live: Mapping[str, str | None]
    content: Content
    author: User | None

    @property
    def texts(self) -> dict[str, str | None]:
        """What its files shall say."""
        return {file.path: file.text for file in self.files}

    @property
    def moved(self) -> list[ProposedFile]:
        """The files that say something else live than when the change began, and than what is proposed."""
        return [one for one in self.files if self.live[one.path] not in (one.before, one.text)]

    @property
    def is_nothing(self) -> bool:
        """Whether what it says is live, word for word."""
        return all(self.live[file.path] == file.text for file in self.files)

    def require_same(self, tx: Transaction) -> None:
        """Refuse where it was changed since it was read.

        Raises:
            StaleWriteError: it was.
        """
        now = tx.find_by_key(Proposal, self.proposal.proposal_id)
        files = drafting.files_of(tx, self.proposal)
        if (
            now is None
            or now.revision != self.proposal.revision
            or _revisions(files) != _revisions(self.files)
        ):
            raise StaleWriteError(
                f"{titled(self.proposal)} was changed elsewhere meanwhile. Look at it again, then repeat."
            )


def read(services: Services, actor: Actor, proposal_id: str, *, is_own: bool = False) -> Prepared:
    """Return a proposal that the actor sees, or one of their own, and what its files say live.

    Raises:
        NotFoundError: there is none, or it is somebody else's draft.
        ForbiddenError: it shall be their own, and is not.
        ContentError: what is live of it is not UTF-8.
        UnavailableError: the content cannot be read.
    """
    content = services.content()
    with services.reading(actor) as tx:
        proposal = drafting.own(tx, proposal_id) if is_own else tx.get(Proposal, proposal_id)
        files = drafting.files_of(tx, proposal)
        author = tx.find_by_key(User, proposal.author_id)
    live = {file.path: text_of(content, file.path) for file in files}
    return Prepared(proposal=proposal, files=files, live=live, content=content, author=author)


def change_of(
    settings: Settings, found: Prepared, subject: str, body: str, *, base: str, at: datetime
) -> Change:
    """Return what the commit of a proposal says."""
    proposal, author = found.proposal, found.author
    page = f"{settings.site}/proposals/{proposal.proposal_id}" if settings.site else proposal.proposal_id
    return Change(
        base=base,
        earlier=proposal.commit,
        texts=found.texts,
        subject=subject,
        body=f"{body.strip()}\n\nWorkbench-Proposal: {page}",
        author=author.name if author else "Somebody",
        email=author.email if author else "nobody@workbench.invalid",
        at=at,
    )


def titled(proposal: Proposal) -> str:
    """Return what a proposal is called in a sentence."""
    return f"“{proposal.title}”" if proposal.title else f"The change of {proposal.template_id}"


def _revisions(files: Sequence[ProposedFile]) -> dict[str, int]:
    return {file.path: file.revision for file in files}
