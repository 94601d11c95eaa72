"""Both versions of a text that moved, to take together or to keep one as a draft of its own (EDT-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.catalog.content import Content
from engine.errors import NotFoundError
from engine.proposals import drafting, texts
from engine.proposals.merging import Merge, Side, doubts, merged
from engine.proposals.models import Proposal
from engine.proposals.overlay import text_of
from engine.transaction import Transaction
from web.pages import text_diff, yaml_editor
from web.pages.text_diff import DiffRow

#: In front of the number of a conflict, in the form.
CHOICE = "choice."


@dataclass(frozen=True)
class MergePage:
    """Two versions of one file of a draft, and the text that both began from."""

    proposal: Proposal
    path: str
    before: str
    #: What was written, and what is there now: in the draft, or in the content.
    mine: str
    other: str
    #: Whether it is the content that moved, and not the draft.
    catches_up: bool
    merge: Merge
    #: What the result means that neither version meant, though their lines went together.
    doubts: Sequence[str]

    @property
    def label(self) -> str:
        """What the file is, in words."""
        return yaml_editor.said(self.path)

    @property
    def rows(self) -> list[DiffRow]:
        """What was written beside what is there now."""
        return text_diff.compare(self.mine.splitlines(), self.other.splitlines())

    @property
    def others_name(self) -> str:
        """What the other version is called."""
        return "What is live now" if self.catches_up else "What is saved now"


def of_typed(
    tx: Transaction, content: Content, proposal_id: str, path: str, *, before: str, mine: str
) -> MergePage:
    """Return the page for a text that was written while the draft's own changed; all as an editor holds them.

    Raises:
        NotFoundError: there is no such proposal, or it is somebody else's draft.
        UnavailableError: Git cannot be run.
    """
    other = texts.shown(texts.text_in(tx, proposal_id, path))
    proposal = drafting.own(tx, proposal_id)
    return _page(content, proposal, path, (texts.shown(before), texts.shown(mine), other), catches_up=False)


def of_base(tx: Transaction, content: Content, proposal_id: str, path: str | None) -> MergePage:
    """Return the page for a draft whose file, the first if none is named, changed in the content meanwhile.

    Raises as ``of_typed``; NotFoundError also where the draft began from what the content says.
    """
    proposal = drafting.own(tx, proposal_id)
    file = next((one for one in drafting.files_of(tx, proposal) if path in (None, one.path)), None)
    if file is None or file.text is None:
        raise NotFoundError(f"The draft has no text of {path}. Choose one of its files.")
    live = text_of(content, file.path)
    if live is None or live == file.before:
        raise NotFoundError(
            f"The draft began from what {file.path} says now, so there is nothing to take over."
        )
    versions = texts.shown(file.before or ""), texts.shown(file.text), texts.shown(live)
    return _page(content, proposal, file.path, versions, catches_up=True)


def _page(
    content: Content, proposal: Proposal, path: str, versions: tuple[str, str, str], *, catches_up: bool
) -> MergePage:
    before, mine, other = versions
    merge = merged(before, mine, other)
    said: list[str] = []
    if merge.text is not None:
        said = doubts(content, path, before=before, mine=mine, live=other, result=merge.text)
    return MergePage(proposal, path, before, mine, other, catches_up, merge, said)


def chosen(form: Mapping[str, str]) -> str:
    """Return the text that a form of the page comes to: both versions together, by its choices."""
    merge = merged(*(texts.shown(form.get(name, "")) for name in ("before", "mine", "other")))
    words = {number: form.get(f"{CHOICE}{number}") for number in range(len(merge.conflicts))}
    return merge.as_chosen({number: side for number, word in words.items() for side in Side if side == word})
