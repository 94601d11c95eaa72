"""The wizard's page: the outline of a template, and one section of it open as a form."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.catalog.content import Content
from engine.catalog.layout import kind_of
from engine.catalog.problems import Problem
from engine.errors import ContentError, bad_field
from engine.plurals import plural
from engine.proposals import drafting, editing_commands
from engine.proposals.editing import NOTHING, Editable, same
from engine.proposals.models import Proposal, ProposalState
from engine.proposals.naming import name_for
from engine.proposals.overlay import content_with
from engine.proposals.overriding import says_itself
from engine.transaction import Transaction
from web.forms import FormState
from web.pages.editing import faults, sections, showing, special
from web.pages.editing.faults import Fault
from web.pages.editing.known import known_by
from web.pages.editing.sections import TASK, Section
from web.pages.editing.shapes import Control, Shape
from web.pages.editing.showing import Field


@dataclass(frozen=True)
class OutlineTask:
    """One task in the outline."""

    ref: str
    key: str
    title: str
    phase: str
    #: When it is due, in words.
    due: str
    #: Who does it, in short; empty where the template says.
    who: str
    #: What is owed, in short: steps, proof, approval.
    owes: str
    #: What is wrong with it.
    problems: int
    #: Whether an override has it its own way, or alone.
    is_own: bool


@dataclass(frozen=True)
class OpenPart:
    """The fields under one heading."""

    key: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class EditPage:
    """One file of a draft, and the section of it that is open."""

    proposal: Proposal
    path: str
    paths: Sequence[str]
    #: Whose override it is, as ``partner acme``; empty for a template.
    scope: str
    name: str
    outline: Sequence[Section]
    tasks: Sequence[OutlineTask]
    section: Section
    parts: Sequence[OpenPart]
    #: What the form showed, as JSON.
    seen: str
    #: What is wrong, by input of the open section.
    errors: Mapping[str, str]
    #: What is wrong anywhere: the first of it.
    problems: Sequence[Fault]
    counts: Mapping[str, int]
    #: When the open task is due, in words; empty where none is open.
    due_words: str
    #: Whether the template is live, and so has a page.
    is_live: bool

    @property
    def may_move(self) -> bool:
        """Whether its tasks can be put in another order; an override cannot say one."""
        return not self.scope

    @property
    def folded(self) -> tuple[str, ...]:
        """The parts that few open: they are folded, unless something in them wants to be seen."""
        return tuple(
            part.key
            for part in self.parts
            if part.key in sections.SELDOM
            and not any(name in self.errors for one in part.fields for name in one.names())
            and all(one.elsewhere is None and one.everybody is None for one in part.fields)
        )

    @property
    def task_ref(self) -> str:
        """The ref of the task that is open; empty where none is."""
        return self.section.key.removeprefix(TASK) if self.section.key.startswith(TASK) else ""


@dataclass(frozen=True)
class SectionState(FormState):
    """The form of a section: untouched, but with what is wrong at its fields."""

    @property
    def was_refused(self) -> bool:
        """Whether it was just sent and refused: only then has it values of its own."""
        return bool(self.values)

    def typed_below(self, name: str) -> bool:
        """Whether anything was typed within a field, in a form that was refused."""
        return any(
            one.startswith(f"{name}.") and text not in ("", "true", "false")
            for one, text in self.values.items()
        )

    def errors_below(self, name: str) -> bool:
        """Whether anything within a field is wrong."""
        return any(one.startswith(f"{name}.") for one in self.errors)


def state_of(page: EditPage, refused: FormState | None) -> SectionState:
    """Return the form of the open section, with what ``content check`` says at its fields."""
    name = f"edit-{page.section.key}"
    if refused is None or refused.name != name:
        return SectionState(name, errors=page.errors)
    return SectionState(**{**vars(refused), "errors": {**page.errors, **refused.errors}})


@dataclass(frozen=True)
class Opened:
    """A file of a draft with one of its sections."""

    proposal: Proposal
    path: str
    now: Editable
    section: Section
    #: What the section shows.
    holder: dict[str, Any]


def opened(
    tx: Transaction, content: Content, proposal_id: str, path: str | None, section: str | None
) -> Opened:
    """Return a file of the actor's draft with the section that is asked for, the first where it is not there.

    Raises:
        NotFoundError, ForbiddenError: it is no draft of the actor's.
        BadRequestError: it changes no template.
        ContentError: no form can show it.
    """
    proposal = drafting.own(tx, proposal_id)
    path = path or _first(drafting.texts_of(tx, proposal))
    now = editing_commands.shown(tx, content, proposal, path)
    found = _section(now, section)
    return Opened(proposal, path, now, found, sections.holder_of(found, now.data) or {})


def _first(texts: Mapping[str, str | None]) -> str:
    for path, text in texts.items():
        place = kind_of(path)
        if text is not None and place is not None and place.kind in ("task_template", "override"):
            return path
    raise bad_field("path", "The proposal changes no template, so there is no form for it.")


def _section(now: Editable, key: str | None) -> Section:
    known = sections.of_template(is_override=now.base is not None)
    if key is not None and key.startswith(TASK):
        task = sections.task_of(now.data, key.removeprefix(TASK))
        return known[0] if task is None else sections.of_task(task)
    return next((one for one in known if one.key == key), known[0])


def load(
    tx: Transaction,
    content: Content,
    found: Opened,
    *,
    mine: dict[str, Any] | None = None,
) -> EditPage:
    """Return the page of a section; ``mine`` is what somebody made of it who could not save."""
    proposal, now, section = found.proposal, found.now, found.section
    holder = found.holder if mine is None else mine
    task = found.holder if section.key.startswith(TASK) else None
    known = known_by(tx, content, now.data, task)
    texts = drafting.texts_of(tx, proposal)
    outline = sections.of_template(is_override=now.base is not None)
    every = [*outline, *(sections.of_task(one) for one in sections.tasks_of(now.data))]
    problems = [] if proposal.state is not ProposalState.DRAFT else _problems(content, texts, found.path)
    placed = faults.placed(problems, now.document, now.data, outline)
    base = None if now.base is None else sections.holder_of(section, now.base) or {}
    parts = [
        OpenPart(
            part.key,
            part.title,
            tuple(
                _noted(shape, showing.shown(shape, holder, known), found, base, mine) for shape in part.fields
            ),
        )
        for part in section.parts
    ]
    inputs = {name for part in parts for one in part.fields for name in one.names()}
    errors: dict[str, str] = {}
    for one in placed:
        name = faults.at_input(one.name, inputs) if one.section == section.key else ""
        if name:
            said = f"{one.problem.message} {one.problem.hint}".strip()
            errors[name] = f"{errors[name]} {said}" if name in errors else said
    counts = Counter(one.section for one in placed if any(one.section == each.key for each in every))
    place = kind_of(found.path)
    return EditPage(
        proposal=proposal,
        path=found.path,
        paths=[path for path, text in texts.items() if text is not None],
        scope=f"{place.level} {place.scope_key}" if place is not None and place.kind == "override" else "",
        name=str(now.data.get("name") or proposal.template_id),
        outline=outline,
        tasks=[_outlined(one, now, counts) for one in sections.tasks_of(now.data)],
        section=section,
        parts=parts,
        seen=json.dumps(found.holder, ensure_ascii=False),
        errors=errors,
        problems=placed,
        counts=counts,
        due_words="" if task is None else special.due_in_words(holder, now.data),
        is_live=proposal.template_id in content.templates,
    )


@dataclass(frozen=True)
class UnreadablePage:
    """A file of a draft that no form can show."""

    proposal: Proposal
    path: str
    why: str
    problems: Sequence[Mapping[str, Any]]


def unreadable(tx: Transaction, proposal_id: str, path: str | None, error: ContentError) -> UnreadablePage:
    """Return the page of a file that no form can show, with why."""
    proposal = drafting.own(tx, proposal_id)
    return UnreadablePage(
        proposal, path or _first(drafting.texts_of(tx, proposal)), str(error), error.details
    )


def mine_over(now: Mapping[str, Any], seen: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a section as it is now, but as somebody made it where they changed something."""
    found = dict(now)
    for name in {**seen, **wanted}:
        if same(seen.get(name, NOTHING), wanted.get(name, NOTHING)):
            continue
        if name in wanted:
            found[name] = wanted[name]
        else:
            found.pop(name, None)
    return found


def _problems(content: Content, texts: Mapping[str, str | None], path: str) -> list[Problem]:
    return [one for one in content_with(content, texts).problems if one.file == path]


def _noted(
    shape: Shape,
    shown: Field,
    found: Opened,
    base: Mapping[str, Any] | None,
    mine: Mapping[str, Any] | None,
) -> Field:
    """Return a field with what everybody has, and with what it says by now where that is something else."""
    if base is not None and _is_own(shape, found):
        shown = replace(shown, everybody=_words(shape, base, found.now.base or {}))
    if mine is not None and not all(
        same(mine.get(name, NOTHING), found.holder.get(name, NOTHING)) for name in _names(shape)
    ):
        shown = replace(shown, elsewhere=_words(shape, found.holder, found.now.data))
    return shown


def _names(shape: Shape) -> tuple[str, ...]:
    return ("offset_days", "due") if shape.control is Control.DUE else (shape.name,)


def _is_own(shape: Shape, found: Opened) -> bool:
    above: tuple[str, ...] = ()
    if found.section.key.startswith(TASK):
        above = ("tasks", found.section.key.removeprefix(TASK))
        if found.now.base is None or sections.task_of(found.now.base, above[1]) is None:
            return False
    return any(says_itself(found.now.document.data, (*above, name)) for name in _names(shape))


def _words(shape: Shape, holder: Mapping[str, Any], template: Mapping[str, Any]) -> str:
    if shape.control is Control.DUE:
        return special.due_in_words(holder, template) or "a rule that no form can show"
    return showing.in_words(shape, holder.get(shape.name, NOTHING))


def _outlined(task: Mapping[str, Any], now: Editable, counts: Mapping[str, int]) -> OutlineTask:
    key = f"{TASK}{task['ref']}"
    assignee = task.get("assignee")
    who = " ".join(map(str, assignee.values())) if isinstance(assignee, dict) else ""
    return OutlineTask(
        ref=task["ref"],
        key=key,
        title=str(task.get("title") or task["ref"]),
        phase=str(task.get("phase") or ""),
        due=special.due_in_words(task, now.data),
        who=who.replace("_", " "),
        owes=", ".join(_owed(task)),
        problems=counts.get(key, 0),
        is_own=now.base is not None and says_itself(now.document.data, ("tasks", task["ref"])),
    )


def _owed(task: Mapping[str, Any]) -> Iterator[str]:
    for field, noun in (("steps", "step"), ("proof", "proof")):
        count = len(task[field]) if isinstance(task.get(field), list) else 0
        if count:
            yield plural(count, noun)
    approval = task.get("approval")
    if isinstance(approval, dict) and approval.get("required"):
        yield "approval"


# -- what is pressed in the outline ------------------------------------------------------------


def arranged(
    now: Editable, act: str, ref: str, title: str, order: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return the tasks as they were shown and as they shall be, and which is then to be opened.

    ``order`` are the refs that the page showed: pressed twice, a button does its work once.

    Raises:
        BadRequestError: nothing is said of a new task.
        ContentError: its tasks cannot be told apart.
    """
    tasks = now.data.get("tasks") or []
    here = {task["ref"]: task for task in sections.tasks_of(now.data)}
    if len(here) != len(tasks):
        raise ContentError("Two tasks have one ref, or one has none. Mend that as YAML first.")
    seen = [here[one] for one in order if one in here]
    refs, after, opens = [task["ref"] for task in seen], list(seen), ref
    index = refs.index(ref) if ref in refs else None
    if act == "add":
        if not title.strip():
            raise bad_field("title", "Write what is to be done.")
        opens = name_for(title, order)
        place = len(after) if index is None or now.base is not None else index + 1
        after.insert(place, {"ref": opens, "title": " ".join(title.split())})
    elif index is None:
        opens = ""  # it is gone, as whoever pressed twice wanted it
    elif act == "remove":
        del after[index]
        opens = refs[index - 1] if index else ""
    elif act == "copy":
        opens = name_for(ref, order)
        after.insert(len(after) if now.base is not None else index + 1, {**seen[index], "ref": opens})
    elif act in ("up", "down"):
        there = min(max(index + (1 if act == "down" else -1), 0), len(after) - 1)
        after.insert(there, after.pop(index))
    else:
        raise bad_field("act", "Say add, copy, remove, up or down.")
    return {"tasks": seen}, {"tasks": after}, f"{TASK}{opens}" if opens else sections.GENERAL
