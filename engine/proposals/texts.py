"""The text of a file as somebody edits it whole: shown with plain line ends, kept with those that it has."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from engine.access import Permission, require
from engine.audit.models import Action
from engine.budgets import BYTES_OF_EDITED_TEXT
from engine.catalog.layout import FileKind, editor_line, kind_of, scenario_at
from engine.errors import ConflictError, bad_field
from engine.proposals import drafting
from engine.proposals.merging import lines_of
from engine.proposals.models import Proposal, ProposalSource, ProposalState, ProposedFile
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_ENDS = re.compile(r"\r\n|\r")
_MARK = "\ufeff"


def shown(text: str) -> str:
    """Return a text as an editor holds it: without its byte order mark, each line ended by LF."""
    return _plain(text.removeprefix(_MARK))


def _plain(text: str) -> str:
    return _ENDS.sub("\n", text)


def restored(typed: str, kept: str) -> str:
    """Return what was typed with the byte order mark and the line ends that the kept text has.

    What comes back as it was shown is the kept text, byte for byte. Where its line ends differ, each line
    before the first change and after the last one keeps its own, and those between get the usual one; a CR
    alone among others is not kept.
    """
    mark = _MARK if kept.startswith(_MARK) else ""
    old, new = lines_of(kept.removeprefix(_MARK)), lines_of(_plain(typed))
    ends = [_end_of(line) for line in old]
    bare = [line.rstrip("\r\n") for line in old]
    lines = [line.rstrip("\r\n") for line in new]
    same = next((n for n, (one, other) in enumerate(zip(bare, lines, strict=False)) if one != other), None)
    first = min(len(bare), len(lines)) if same is None else same
    most = min(len(bare), len(lines)) - first
    last = next((n for n in range(most) if bare[-1 - n] != lines[-1 - n]), most)
    usual = Counter(filter(None, ends)).most_common(1)[0][0] if any(ends) else "\n"
    if "\r" in ends and lines != bare:  # before an empty line with LF it would become one end of the two
        ends = [usual if end else end for end in ends]
    middle = [usual] * (len(lines) - first - last)
    placed = ends[:first] + middle + ends[len(ends) - last :]
    return mark + "".join(
        line + ((end or usual) if is_ended else "")
        for line, end, is_ended in zip(lines, placed, map(_end_of, new), strict=True)
    )


def _end_of(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def write(tx: Transaction, proposal_id: str, path: str, typed: str, *, seen: str) -> ProposedFile:
    """Have a file of the actor's draft say what was typed; ``seen`` is the text as it was shown.

    Raises as ``drafting.write``.
    """
    kept = text_in(tx, proposal_id, path)
    _must_be_short(typed)
    if shown(kept) == _plain(typed):
        return drafting.write(tx, proposal_id, path, kept, seen=kept)
    if shown(kept) == _plain(seen):
        return drafting.write(tx, proposal_id, path, restored(typed, kept), seen=kept)
    return drafting.write(tx, proposal_id, path, _plain(typed), seen=_plain(seen))


def settle(
    tx: Transaction, proposal_id: str, path: str, typed: str, *, seen: str, before: str | None = None
) -> ProposedFile:
    """Have a file say what became of two versions; ``before`` is what it then begins from, where that moved.

    Raises as ``drafting.write``.
    """
    file = write(tx, proposal_id, path, typed, seen=seen)
    if before is not None and file.before != before:
        file.before = before
        tx.save(file)
        tx.record(Action.PROPOSAL_CHANGED, file, f"Caught up with {path}")
    return file


def add(tx: Transaction, proposal_id: str, path: str, before: str | None) -> ProposedFile:
    """Have the actor's draft change one file more, which says ``before`` now; None where it is new.

    A new one begins with the line by which editors find its schema; one that it changes already stays as it
    is there.

    Raises:
        NotFoundError: there is no such proposal, or it is somebody else's draft.
        ConflictError: it is no draft any more.
        BadRequestError: no content lies at that path.
    """
    proposal = _draft(tx, proposal_id)
    found = next((one for one in drafting.files_of(tx, proposal) if one.path == path), None)
    if found is not None:
        return found
    return drafting.put(
        tx, proposal, path, before=before, text=first_text(path) if before is None else before
    )


def fork(tx: Transaction, proposal_id: str, path: str, typed: str) -> Proposal:
    """Keep what was typed as a draft of its own, beside the one that it was written for (EDT-03, EDT-05).

    Raises:
        NotFoundError: there is no such proposal, or it is somebody else's draft.
        BadRequestError: it changes no such file.
    """
    of = drafting.own(tx, proposal_id)
    kept = text_in(tx, proposal_id, path)
    made = tx.add(
        Proposal(
            proposal_id=tx.new_id(Proposal),
            workspace_id=tx.workspace_id,
            template_id=of.template_id,
            title=of.title,
            description=of.description,
            author_id=tx.actor.user_id,
            state=ProposalState.DRAFT,
            source=ProposalSource.EDITOR,
            base_commit=of.base_commit,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(
        Action.PROPOSAL_BEGUN, made, f"Kept another version of {path}", after={"template_id": of.template_id}
    )
    for file in drafting.files_of(tx, of):
        text = restored(typed, kept) if file.path == path else file.text
        drafting.put(tx, made, file.path, before=file.before, text=text)
    return made


def text_in(tx: Transaction, proposal_id: str, path: str) -> str:
    """Return what a file of the actor's proposal says.

    Raises:
        NotFoundError: there is no such proposal, or it is somebody else's draft.
        BadRequestError: it changes no such file, or takes it away.
    """
    require(tx.actor, Permission.PROPOSE, "change templates")
    files = drafting.files_of(tx, drafting.own(tx, proposal_id))
    text = next((one.text for one in files if one.path == path), None)
    if text is None:
        raise bad_field("path", f"The draft has no text of {path}. Add the file to it first.")
    return text


def files_beside(content: Content, proposal: Proposal) -> list[str]:
    """Return the files beside a template: itself, its overrides, the scenario of each, and its task types.

    A scenario is named whether there is one or not; whoever wants one begins it there.
    """
    key = proposal.template_id
    own = [
        path
        for path, file in content.files.items()
        if file.place.kind in ("task_template", "override") and file.place.name == key
    ]
    template = content.templates.get(key)
    types = {template.type_key_of(task) for task in template.tasks} if template else set()
    found = [f"content/task_types/{name}.yaml" for name in sorted(filter(None, types))]
    scenarios = [f"{path.removesuffix('.yaml')}.scenario.yaml" for path in own]
    return [*own, *scenarios, *(path for path in found if path in content.files)]


def schema_kind(path: str) -> FileKind | None:
    """Return the kind of a file whose JSON Schema completes it; None for a file without one."""
    place = scenario_at(path) or kind_of(path)
    return None if place is None or place.kind in ("process_doc", "misplaced") else place.kind


def first_text(path: str) -> str:
    """Return what a new file begins with: the line by which editors find its schema."""
    kind = schema_kind(path)
    return "" if kind is None else f"{editor_line(path, kind)}\n"


def _draft(tx: Transaction, proposal_id: str) -> Proposal:
    proposal = drafting.own(tx, proposal_id)
    if proposal.state is not ProposalState.DRAFT:
        name = proposal.title or proposal.template_id
        raise ConflictError(f"“{name}” is {proposal.state.value}, so its files are not changed any more.")
    return proposal


def _must_be_short(text: str) -> None:
    if len(text.encode("utf-8")) > BYTES_OF_EDITED_TEXT:
        raise bad_field(
            "text", f"has more than {BYTES_OF_EDITED_TEXT:,} bytes; change a file that long in Git"
        )
