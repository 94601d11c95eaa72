"""The page on which the text of a file of a draft is edited whole, and what is wrong with it as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.budgets import BYTES_OF_EDITED_TEXT, PROBLEMS_SHOWN
from engine.catalog.content import Content
from engine.catalog.layout import kind_of, scenario_at
from engine.catalog.problems import Problem, ProblemCode
from engine.errors import NotFoundError
from engine.proposals import drafting, texts
from engine.proposals.models import Proposal, ProposalState, ProposedFile
from engine.proposals.overlay import content_with
from engine.reference.models import Campaign, Employee, Partner
from engine.scenarios.files import read_one
from engine.transaction import Transaction

_KINDS = {
    "task_template": "the template",
    "task_type": "the task type",
    "calendar": "the calendar",
    "reminders": "the reminders",
    "process_doc": "the process doc",
}


@dataclass(frozen=True)
class Place:
    """One file that may be edited here."""

    path: str
    #: What it is, in words.
    label: str


@dataclass(frozen=True)
class EditorPage:
    """A draft, and one of its files as text."""

    proposal: Proposal
    files: Sequence[Place]
    #: What may be added to the draft: the files beside the template.
    others: Sequence[Place]
    path: str
    #: The text as it is kept, and as it is in the editor: what was typed, after a refusal.
    seen: str
    text: str
    #: None where the draft takes the file away.
    kept: str | None
    is_mine: bool
    #: What is wrong with this file, and with others because of the draft.
    problems: Sequence[Problem]
    elsewhere: Sequence[Problem]
    #: The names that fields of the text may hold, by field; for completion.
    names: Mapping[str, Sequence[str]]

    @property
    def may_write(self) -> bool:
        """Whether the text can be changed here."""
        return self.is_mine and self.proposal.state is ProposalState.DRAFT and self.is_short

    @property
    def is_short(self) -> bool:
        """Whether the board takes a text that long."""
        return len(self.seen.encode("utf-8")) <= BYTES_OF_EDITED_TEXT

    @property
    def label(self) -> str:
        """What the file is, in words."""
        return next(one.label for one in self.files if one.path == self.path)

    @property
    def schema(self) -> str | None:
        """The kind of file whose schema completes it; None for Markdown."""
        return texts.schema_kind(self.path)


def load(
    tx: Transaction, content: Content, proposal_id: str, path: str | None, typed: str | None = None
) -> EditorPage:
    """Return the page of one file of a draft, the first where none is named; ``typed`` is not saved yet.

    Raises:
        NotFoundError: there is no such proposal to see, or it does not change that file.
    """
    proposal = tx.get(Proposal, proposal_id)
    files = drafting.files_of(tx, proposal)
    file = _chosen(files, path)
    seen = texts.shown(file.text or "")
    text = seen if typed is None else typed
    found = problems(content, files, file.path, text if file.text is not None else None)
    known = {one.path for one in files}
    others = [one for one in texts.files_beside(content, proposal) if one not in known]
    return EditorPage(
        proposal=proposal,
        files=[Place(one.path, said(one.path)) for one in files],
        others=[Place(one, said(one)) for one in others],
        path=file.path,
        seen=seen,
        text=text,
        kept=file.text,
        is_mine=proposal.author_id == tx.actor.user_id,
        problems=[one for one in found if one.file == file.path][:PROBLEMS_SHOWN],
        elsewhere=[one for one in found if one.file != file.path][:PROBLEMS_SHOWN],
        names=_names(tx, content),
    )


def _chosen(files: Sequence[ProposedFile], path: str | None) -> ProposedFile:
    found = [one for one in files if path in (None, "", one.path)]
    if not found:
        raise NotFoundError(f"This proposal does not change {path}. Choose one of its files.")
    return found[0]


def problems(
    content: Content, files: Sequence[ProposedFile], path: str, text: str | None
) -> Sequence[Problem]:
    """Return what ``content check`` would say of a draft with one of its texts as it is now.

    All that is wrong with the files of the draft is told, and elsewhere what is not wrong without it.
    """
    drafted = {one.path: one.text for one in files} | {path: text}
    changed = content_with(content, drafted)
    known = {one.identity for one in content.problems}
    found = [
        one
        for one in changed.problems
        if one.code != ProblemCode.QUARANTINED and (one.file in drafted or one.identity not in known)
    ]
    for name, said_text in drafted.items():
        if said_text is not None and scenario_at(name) is not None:
            found += read_one(name, said_text.encode("utf-8"), changed).problems
    return sorted(found)


def said(path: str) -> str:
    """Return what a content file is, in words."""
    scenario = scenario_at(path)
    if scenario is not None:
        whose = f" for {scenario.level} {_spoken(scenario.scope_key)}" if scenario.scope_key else ""
        return f"the scenario{whose}"
    place = kind_of(path)
    if place is None:
        return path
    if place.kind == "override":
        return f"{_spoken(place.name)} for {place.level} {_spoken(place.scope_key)}"
    return f"{_KINDS.get(place.kind, place.kind)} {_spoken(place.name)}"


def _spoken(key: str) -> str:
    return key.replace("_", " ")


def _names(tx: Transaction, content: Content) -> Mapping[str, Sequence[str]]:
    """Return what fields of the text may name, by field."""
    people = [one for one in tx.find(Employee) if one.is_active]
    found = {
        "task_type": content.task_types,
        "calendar": content.calendars,
        "instruction_doc_id": content.process_docs,
        "source_doc_ids": content.process_docs,
        "role": {role for one in people for role in one.roles},
        "employee": {one.key for one in people},
        "partner": {one.key for one in tx.find(Partner) if one.is_active},
        "campaign": {one.key for one in tx.find(Campaign) if one.is_active},
        "overrides": content.templates,
        "template": content.templates,
    }
    return {field: sorted(names) for field, names in found.items()}
