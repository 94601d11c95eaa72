"""Changes in sentences, in the words of the format: ``Task “Write” is due on the anchor date, was …``; pure.

What a field is called and what it means is read from its declaration and its docstring: one that joins the
format is told without a line here. Some kinds of fields (dates, people, decisions) have words of their own,
chosen by what they govern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from pydantic import BaseModel

from engine.catalog.declared import Effect, declarations, identity_of
from engine.catalog.diff.changes import Change, ChangeKind, Part
from engine.catalog.diff.compare import Where, called_by
from engine.catalog.diff.effective import Work
from engine.catalog.diff.values import condition, is_long, plain, reworded, said, shortened
from engine.catalog.due_words import due_words
from engine.catalog.models import DueRule, TaskTemplate
from engine.catalog.overrides import Override
from engine.catalog.parts import ApprovalPolicy

#: What means something in Markdown.
_MARKS = re.compile(r"([\\`*_\[\]<>|#~])")
#: What calls somebody, or makes a link of a number, on a forge. Those look for it once Markdown is read:
#: neither a backslash nor ``&#64;`` hinders them, but a space that nobody sees does.
_CALLS = re.compile(r"(@|[#!](?=\d)|\bGH-(?=\d))", re.IGNORECASE)
#: What holds what changed: an item that has a file of its own, or what work gets of a template.
Root: TypeAlias = BaseModel | Work
_PARTIES = {"internal": "the team", "portal": "the partner"}


class Style(StrEnum):
    """How names stand out."""

    TEXT = "text"
    MARKDOWN = "markdown"

    def plain(self, text: str) -> str:
        """Return an author's text as it is to be read."""
        if self is Style.TEXT:
            return text
        return _CALLS.sub(r"\1&#8203;", _MARKS.sub(r"\\\1", text.replace("&", "&amp;")))

    def strong(self, text: str) -> str:
        """Return the name of a task, or of a whole item."""
        text = shortened(text)
        return f"**{self.plain(text)}**" if self is Style.MARKDOWN else f"“{text}”"

    def slanted(self, text: str) -> str:
        """Return the name of an item within it."""
        text = shortened(text)
        return f"*{self.plain(text)}*" if self is Style.MARKDOWN else f"“{text}”"

    def code(self, text: str) -> str:
        """Return what stands in a file."""
        return f"`{text.replace('`', '')}`"


def noun_of(root: Root) -> str:
    """Return what an item that has a file of its own is called: ``template``, ``task type``, ``override``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(root).__name__).lower()
    return "template" if isinstance(root, (TaskTemplate, Work)) else words


def sentences(
    changes: Iterable[Change], before: Root, after: Root, style: Style, *, named_in: Root | None = None
) -> list[str]:
    """Return the changes between two revisions of one item, a sentence without full stop each.

    Two fields that say one thing, as ``offset_days`` and ``due``, are one sentence. ``named_in`` is where the
    titles stand that an override does not repeat.
    """
    changes = list(changes)
    renamed = {one.where: str(one.before) for one in changes if one.kind is ChangeKind.RENAMED}
    teller = _Teller(before, after, renamed, style, named_in)
    return list(dict.fromkeys(map(teller.sentence, changes)))


@dataclass(frozen=True)
class _Teller:
    before: Root
    after: Root
    #: The way to an item by its new ref -> its ref before.
    renamed: Mapping[Where, str]
    style: Style
    named_in: Root | None

    def sentence(self, change: Change) -> str:
        subject, said_of_it = self._subject(change.where), _KINDS[change.kind](self, change)
        return f"{subject}{said_of_it}"

    def _subject(self, where: Where) -> str:
        if not where:
            return f"The {noun_of(self.after)}"
        named = []
        for number, part in enumerate(where, start=1):
            name = self._name(where[:number])
            mark = self.style.strong(name) if number == 1 else self.style.slanted(name)
            named.append(f"{_noun(part.field)} {mark}")
        text = ": ".join(named)
        return text[0].upper() + text[1:]

    def _name(self, where: Where) -> str:
        name = _called(self._after_item(where) or self._before_item(where))
        return name or (name_of(self.named_in, where) if self.named_in else where[-1].ref)

    def _after_item(self, where: Where) -> BaseModel | None:
        return item_at(self.after, where)

    def _before_item(self, where: Where) -> BaseModel | None:
        old = [
            Part(part.field, self.renamed.get(where[: number + 1], part.ref))
            for number, part in enumerate(where)
        ]
        return item_at(self.before, tuple(old))

    # What became of an item

    def added(self, change: Change) -> str:
        facts = self._facts(change.where)
        words = "is owed now" if change.effect is Effect.PROOF else "is new"
        if self._is_of_template(change.where):
            is_dropped = getattr(self._after_item(change.where), "disabled", False)
            words = "is dropped now" if is_dropped else "is overridden now"
        return f"{f' ({facts})' if facts else ''} {words}"

    def removed(self, change: Change) -> str:
        if self._is_of_template(change.where):
            return " is not overridden any more"
        return " is not owed any more" if change.effect is Effect.PROOF else " is gone"

    def _is_of_template(self, where: Where) -> bool:
        """Whether an override speaks of an item that the template has itself."""
        if not isinstance(self.after, Override) or self.named_in is None:
            return False
        return item_at(self.named_in, where) is not None

    def renamed_to(self, change: Change) -> str:
        item = self._after_item(change.where)
        identity = identity_of(type(item)) if item is not None else None
        old, new = (self.style.code(str(value)) for value in (change.before, change.after))
        return f" has the {identity or 'ref'} {new} now, was {old}"

    def moved(self, change: Change) -> str:
        items = [self._name((*change.where, Part(str(change.field), ref))) for ref in change.after]
        order = ", ".join(map(self.style.slanted, items))
        return f": {plain(str(change.field))} stand in another order: {order}"

    def _facts(self, where: Where) -> str:
        """Return what tells most of a new item: how it is owed, when it is due, and for whom."""
        item = self._after_item(where)
        if item is None:
            return ""
        facts = []
        for field, declared in declarations(type(item)).items():
            value = getattr(item, field)
            if declared.effect is Effect.DUE and field == "due" and (rule := _rule(item)) is not None:
                facts.append(f"due {self._due(rule, self.after)}")
            elif declared.effect is Effect.ASSIGNEE and value is not None:
                facts.append(f"for {_whom(_data(value))}")
            elif field == "required" and value is False:
                facts.append("optional")
            elif (
                declared.effect in (Effect.PROOF, Effect.DUTY)
                and type(item).model_fields[field].is_required()
            ):
                facts.append(plain(str(value)))
        return self.style.plain(", ".join(facts))

    # What became of a field

    def changed(self, change: Change) -> str:
        item = self._after_item(change.where)
        if item is None:
            return self._generic(change, None)
        declared = declarations(type(item))[str(change.field)]
        own = _EFFECTS.get((declared.effect, declared.policy_name or str(change.field)))
        if own is not None and not self._is_inherited(change, declared.effect):
            return own(self, change)
        if change.field == "required" and isinstance(change.after, bool):
            return f" is {'required' if change.after else 'optional'} now"
        is_its_name = change.field in ("title", "name") and change.before and change.after == called_by(item)
        if is_its_name and not is_long(str(change.after)):
            return f" is called {self._said(change.after)} now, was {self._said(change.before)}"
        return self._generic(change, item)

    def _is_inherited(self, change: Change, effect: Effect) -> bool:
        """Whether one side says nothing itself, so that what holds there stands in another file."""
        inherits = isinstance(self.after, Override) or (
            effect in (Effect.ASSIGNEE, Effect.APPROVAL) and not isinstance(self.after, Work)
        )
        return inherits and effect is not Effect.DUE and (change.before is None or change.after is None)

    def due(self, change: Change) -> str:
        old, new = _rule(self._before_item(change.where)), _rule(self._after_item(change.where))
        none, was_none = ("says no due date itself any more", "where nothing was said")
        if not isinstance(self.after, Override):
            none, was_none = ("has no due date any more", "had no due date")
        now = f"is due {self._due(new, self.after)}" if new else none
        return f" {now}, {f'was {self._due(old, self.before)}' if old else was_none}"

    def _due(self, rule: DueRule, root: Root) -> str:
        root = root.template if isinstance(root, Work) else root
        named = root if isinstance(root, (TaskTemplate, Override)) else Override(overrides="none")
        return self.style.plain(due_words(rule, named))

    def assignee(self, change: Change) -> str:
        before, after = _whom(change.before), _whom(change.after)
        return f" is for {self.style.plain(after)} now, was for {self.style.plain(before)}"

    def approval(self, change: Change) -> str:
        return f" needs {_decisions(change.after)} now, needed {_decisions(change.before)}"

    def order(self, change: Change) -> str:
        before, after = (self._tasks(value) for value in (change.before, change.after))
        return f" comes after {after} now, came after {before}"

    def _tasks(self, refs: Any) -> str:
        return (
            ", ".join(self.style.slanted(self._name((Part("tasks", ref),))) for ref in refs or ())
            or "nothing"
        )

    def condition(self, change: Change) -> str:
        before, after = (self.style.plain(condition(value)) for value in (change.before, change.after))
        return f" is made {after} now, was made {before}"

    def _generic(self, change: Change, item: BaseModel | None) -> str:
        """Say it by the field's name and values alone, with what its docstring says that it is."""
        label = plain(str(change.field)) + (f" {self.style.plain(change.name)}" if change.name else "")
        verb = "are" if label.endswith("s") else "is"
        about = _about(item, str(change.field))
        values = self._values(change.before, change.after, verb)
        return f": {label} {values}{f' ({about})' if about else ''}"

    def _values(self, before: Any, after: Any, verb: str) -> str:
        if before is None and after is None:
            return f"{verb} null on one side alone, which drops what a wider level says"
        if before in (None, ""):
            return f"{verb} {self._said(after)} now, where nothing was said"
        if after in (None, ""):
            return f"{verb} not said any more, before it was {self._said(before)}"
        if isinstance(before, str) and isinstance(after, str) and (is_long(before) or is_long(after)):
            old, new = (self.style.plain(text) for text in reworded(before, after))
            return f"{verb} worded “{new}” now, where it was “{old}”"
        if isinstance(before, list) and isinstance(after, list) and before and after:
            return self._lists(before, after)
        return f"{verb} {self._said(after)} now, before {self._said(before)}"

    def _lists(self, before: list[Any], after: list[Any]) -> str:
        come, gone = (
            [one for one in ours if one not in other] for ours, other in ((after, before), (before, after))
        )
        if not come and not gone:
            return f"in another order: {self._said(after)}"
        parts = [f"with {self._said(come)} now"] if come else []
        parts += [f"without {self._said(gone)}"] if gone else []
        return " and ".join(parts)

    def _said(self, value: Any) -> str:
        return self.style.plain(said(value))


_KINDS: Mapping[ChangeKind, Callable[[_Teller, Change], str]] = {
    ChangeKind.ADDED: _Teller.added,
    ChangeKind.REMOVED: _Teller.removed,
    ChangeKind.RENAMED: _Teller.renamed_to,
    ChangeKind.MOVED: _Teller.moved,
    ChangeKind.CHANGED: _Teller.changed,
}
#: What a field governs, and what ``on_change`` calls it -> its own words.
_EFFECTS: Mapping[tuple[Effect, str], Callable[[_Teller, Change], str]] = {
    (Effect.DUE, "due_date"): _Teller.due,
    (Effect.ASSIGNEE, "assignee"): _Teller.assignee,
    (Effect.APPROVAL, "approval"): _Teller.approval,
    (Effect.ORDER, "depends_on"): _Teller.order,
    (Effect.CONDITION, "when"): _Teller.condition,
}


def item_at(root: Root, where: Where) -> BaseModel | None:
    """Return the item that a way leads to; None where there is none."""
    found: Any = root
    if isinstance(root, Work) and not (where and hasattr(root, where[0].field)):
        found = root.template
    for part in where:
        items = getattr(found, part.field, None)
        item = next((one for one in items or () if _is_called(one, part.ref)), None)
        if item is None:
            return None
        found = item
    return found if isinstance(found, BaseModel) else None


def name_of(root: Root, where: Where) -> str:
    """Return what people call the item that a way leads to."""
    return _called(item_at(root, where)) or where[-1].ref


def _called(item: BaseModel | None) -> str:
    """Return the title or name of an item; what else it says is none."""
    if item is None or not {"title", "name"} & type(item).model_fields.keys():
        return ""
    # A holiday comes every year.
    day = getattr(item, "date", None) if identity_of(type(item)) == "date" else None
    return f"{called_by(item)} ({day})" if day else called_by(item)


def _is_called(item: object, ref: str) -> bool:
    return isinstance(item, BaseModel) and str(getattr(item, identity_of(type(item)) or "", None)) == ref


def _noun(field: str) -> str:
    return plain(field).removesuffix("s")


def _rule(item: BaseModel | None) -> DueRule | None:
    """Return when a task is due, whichever way it says so."""
    due, days = getattr(item, "due", None), getattr(item, "offset_days", None)
    if isinstance(due, DueRule) or days is None:
        return due if isinstance(due, DueRule) else None
    return DueRule(offset=days)


def _data(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_unset=True) if isinstance(value, BaseModel) else value


def _whom(value: Any) -> str:
    if not value:
        return "nobody in particular"
    return f"any {plain(value['role'])}" if value.get("role") else str(value.get("employee"))


def _decisions(value: Any) -> str:
    rounds = ApprovalPolicy.model_validate(value or {}).rounds
    return (
        f"the approval of {', then of '.join(_PARTIES[one] for one in rounds)}" if rounds else "no approval"
    )


def _about(item: BaseModel | None, field: str) -> str:
    """Return what a field means: the first clause of its docstring."""
    found = type(item).model_fields.get(field) if item is not None else None
    first = re.split(r"[.;:,](?:\s|$)", (found.description if found else None) or "", maxsplit=1)[0].strip()
    return first[:1].lower() + first[1:]
