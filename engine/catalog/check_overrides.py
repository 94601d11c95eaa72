"""Overrides of nothing, overrides that repeat what stands already, and overrides that break a template.

An override is looked at together with what it is laid over (R11): a partner's over the global template, a
campaign's over that with its partner's override. Which partner a campaign is of, reference data say, and
content is judged without any, too; then a campaign's override is at fault if it is so whosever it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from engine.budgets import FAULTS_OF_CONTENT, PARTNERS_OF_A_CHECK
from engine.catalog.check_references import reference_findings, suggestion
from engine.catalog.content import Content, Merged
from engine.catalog.findings import Finding, check_failed, first
from engine.catalog.loader import LoadedFile
from engine.catalog.models import (
    DeliverableDefinition,
    LinkDefinition,
    Phase,
    StepDefinition,
    TaskDefinition,
    TaskTemplate,
    TaskType,
    ToolUse,
    Trigger,
)
from engine.catalog.overrides import HEADER_FIELDS, Override
from engine.catalog.parts import ContentModel, tool_list
from engine.catalog.problems import Problem, ProblemCode, errors_of
from engine.catalog.schemas import named, show_named, show_path
from engine.catalog.yaml_reader import Path


@dataclass(frozen=True)
class _NamedList:
    """A list whose items are matched by name."""

    #: What one of its items is called.
    noun: str
    model: type[ContentModel]
    #: The field with the name.
    identity: str

    def missing_in(self, item: Mapping[str, Any]) -> list[str]:
        """List the fields that a new item needs and this one does not have."""
        fields = self.model.model_fields.items()
        return [name for name, declared in fields if declared.is_required() and item.get(name) is None]


_NAMED_LISTS = {
    "tasks": _NamedList("task", TaskDefinition, "ref"),
    "steps": _NamedList("step", StepDefinition, "ref"),
    "deliverables": _NamedList("deliverable", DeliverableDefinition, "ref"),
    "links": _NamedList("link", LinkDefinition, "name"),
    "phases": _NamedList("phase", Phase, "key"),
    "tools": _NamedList("tool", ToolUse, "tool"),
}
#: Mappings that merge per key; all others are replaced whole.
_SHALLOW = {"config", "rules"}


def override_problems(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with each override, whosever partner a campaign is."""
    left = iter(range(PARTNERS_OF_A_CHECK))
    for file in content.files.values():
        if isinstance(file.item, Override):
            if file.item.overrides not in content.templates:
                yield from _of_no_template(content, file, file.item)
            elif file.item.level == "partner":
                yield from _laid_over(content, file, file.item, None)
            else:
                yield from _whosever(content, file, file.item, left)


def subject_problems(
    content: Content, partners: Collection[str], partner_of: Mapping[str, str]
) -> list[Problem]:
    """List what is wrong with overrides, and with schedules, for the partners and campaigns that there are.

    ``partner_of`` gives the partner's key of each campaign. One that nobody has is a warning: it may come
    with the next reference data. No more is looked for after ``FAULTS_OF_CONTENT`` (S21).
    """
    of_overrides = (
        one
        for file in content.files.values()
        if isinstance(file.item, Override)
        for one in _for_those_there(content, file, file.item, partners, partner_of)
    )
    of_schedules = (
        finding.placed_in(file.document)
        for file in content.files.values()
        if isinstance(file.item, (TaskTemplate, Override)) and file.item.trigger is not None
        for finding in _scheduled_for_nobody(file.item.trigger, partners, partner_of)
    )
    return sorted(set(islice(chain(of_overrides, of_schedules), FAULTS_OF_CONTENT)))


def _scheduled_for_nobody(
    trigger: Trigger, partners: Collection[str], partner_of: Mapping[str, str]
) -> Iterator[Finding]:
    named = (
        ("partners", "partner", partners, ProblemCode.UNKNOWN_PARTNER),
        ("campaigns", "campaign", partner_of.keys(), ProblemCode.UNKNOWN_CAMPAIGN),
    )
    for name, level, known, code in named:
        for place, key in enumerate(getattr(trigger, name)):
            if key not in known:
                hint = f"Correct the name, or load the {level}: workbench reference load FILE."
                message = f"There is no {level} {key} for the schedule to start anything for."
                yield Finding(code, ("trigger", name, place), message, hint)


def _for_those_there(
    content: Content,
    file: LoadedFile,
    override: Override,
    partners: Collection[str],
    partner_of: Mapping[str, str],
) -> Iterator[Problem]:
    level, key = override.level, override.scope_key
    known = partners if level == "partner" else partner_of.keys()
    if key not in known:
        code = ProblemCode.UNKNOWN_PARTNER if level == "partner" else ProblemCode.UNKNOWN_CAMPAIGN
        hint = f"Correct the name, or load the {level}: workbench reference load FILE."
        close = suggestion(key, list(known))
        message = f"There is no {level} {key}: this override changes nothing."
        if close.startswith("Did"):
            hint = close
        yield Finding(code, (level,), message, hint).placed_in(file.document)
    elif level == "campaign" and override.overrides in content.templates:
        yield from _laid_over(content, file, override, partner_of[key])


def _of_no_template(content: Content, file: LoadedFile, override: Override) -> Iterator[Problem]:
    key = override.overrides
    if any(
        other.place.kind == "task_template" and other.place.name == key for other in content.files.values()
    ):
        return  # the template's own problems say enough
    message = f"There is no template {key} to override."
    hint = "Correct overrides, or remove the file."
    yield Finding(ProblemCode.OVERRIDE_OF_NOTHING, ("overrides",), message, hint).placed_in(file.document)


def _whosever(
    content: Content, file: LoadedFile, override: Override, left: Iterator[int]
) -> Iterator[Problem]:
    """Yield what is wrong with a campaign's override over the global template and over every partner's.

    A campaign may be of a partner who overrides nothing, or of any who does. Where too many would have to be
    looked at, as counted by ``left``, the override is taken to be right for one of the others.
    """
    found = list(_laid_over(content, file, override, None))
    for key, level, partner in content.overrides:
        if not found:
            break
        if (key, level) == (override.overrides, "partner"):
            other = [] if next(left, None) is None else list(_laid_over(content, file, override, partner))
            found = _in_both(found, other)
    yield from found


def _in_both(found: Sequence[Problem], other: Sequence[Problem]) -> list[Problem]:
    """Return what is the same in both; where both have errors, and none the same, those of the first too."""
    places = {(one.code, one.line, one.column) for one in other}
    same = [one for one in found if (one.code, one.line, one.column) in places]
    if errors_of(same) or not errors_of(other):
        return same
    return [one for one in found if one.is_error or one in same]


def _laid_over(
    content: Content, file: LoadedFile, override: Override, partner: str | None
) -> Iterator[Problem]:
    """Yield what is wrong with an override over the global template and the override of ``partner``."""
    try:
        yield from _compared(content, file, override, partner)
    except Exception as error:  # one file must not take all others out of use
        yield check_failed(error).placed_in(file.document)


def _compared(
    content: Content, file: LoadedFile, override: Override, partner: str | None
) -> Iterator[Problem]:
    key = override.overrides
    base = content.merged(key, partner=partner)
    merged = content.merged(key, partner=partner or override.partner, campaign=override.campaign)
    over = " with ".join(
        ["the template", *(f"{other.place.scope_key}'s override" for other in base.files[1:])]
    )
    comparison = _Comparison(
        base=_beneath(base.data, merged.data, content.task_types), widest=content.merged(key).data, over=over
    )
    for finding in comparison.findings(_changes_of(file)):
        yield finding.placed_in(file.document)
    for finding in _broken_by(content, base, merged):
        is_told = finding.code == ProblemCode.MISSING_FIELD
        if not (is_told and named(finding.path, merged.data)[:-1] in comparison.incomplete):
            yield _blamed(merged.placed(finding), show_named(finding.path, merged.data), file, over)


def _changes_of(file: LoadedFile) -> dict[str, Any]:
    return {name: value for name, value in file.document.data.items() if name not in HEADER_FIELDS}


def _broken_by(content: Content, base: Merged, merged: Merged) -> Iterator[Finding]:
    """Yield what is wrong with the merged template and was not wrong before."""
    before = {base.placed(finding) for finding in _faults(content, base)}
    for finding in _faults(content, merged):
        if merged.placed(finding) not in before:
            yield finding


def _faults(content: Content, merged: Merged) -> list[Finding]:
    template, findings = content.merged_findings(merged)
    return findings if template is None else [*findings, *first(reference_findings(template, content))]


def _blamed(found: Problem, where: str, file: LoadedFile, over: str) -> Problem:
    """Return the problem in the override that causes it, also where it shows in another file."""
    if found.file == file.path:
        return found
    line, column = file.document.at((next(iter(_changes_of(file))),))
    place = "" if found.message.startswith(where) else f"at {where}: "
    message = f"With this override over {over}, {place}{found.message}"
    return replace(found, file=file.path, line=line, column=column, message=message)


def _beneath(
    base: Mapping[str, Any], merged: Mapping[str, Any], types: Mapping[str, TaskType]
) -> dict[str, Any]:
    """Return what an override is laid over, its tasks with what they take from the template and their types.

    ``merged`` is the same with the override; what it says of the whole template reaches the tasks, too.
    """
    now = {task["ref"]: task for task in merged.get("tasks") or ()}
    kinds = {
        task["ref"]: types.get(now.get(task["ref"], task).get("task_type") or merged.get("task_type") or "")
        for task in base.get("tasks") or ()
    }
    of_types = {
        use.tool: {"tool": use.tool, "of_type": True} for kind in kinds.values() if kind for use in kind.tools
    }
    tools = {**of_types, **_by("tools", base)}
    return {
        **base,
        "tools": list(tools.values()),
        "tasks": [_with_its_type(task, merged, kinds[task["ref"]]) for task in base.get("tasks") or ()],
    }


def _with_its_type(task: dict[str, Any], merged: Mapping[str, Any], kind: TaskType | None) -> dict[str, Any]:
    of_type = kind.model_dump(mode="json", exclude_unset=True) if kind else {}
    deliverables = {**_by("deliverables", of_type), **_by("deliverables", task)}
    tools = {**_by("tools", of_type), **_by("tools", merged), **_by("tools", task)}
    return {
        **task,
        "deliverables": list(deliverables.values()),
        "tools": list(tools.values()),
        **{name: {**(merged.get(name) or {}), **(task.get(name) or {})} for name in _SHALLOW},
    }


def _by(name: str, holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items of a named list by their names."""
    return {item[_NAMED_LISTS[name].identity]: item for item in holder.get(name) or ()}


@dataclass
class _Comparison:
    """What an override says of things that are not there, and what it says although it stands already."""

    #: What it is laid over, as data.
    base: Mapping[str, Any]
    #: The global template.
    widest: Mapping[str, Any]
    #: What it is laid over, in words.
    over: str
    #: The items that are new, and lack a field: the path of each, with names in the place of numbers.
    incomplete: set[Path] = field(default_factory=set)

    def findings(self, changes: Mapping[str, Any]) -> Iterator[Finding]:
        """Yield a finding for each change of nothing."""
        yield from self._fields(changes, self.base, self.widest, (), ())

    def _fields(
        self,
        changes: Mapping[str, Any],
        base: Mapping[str, Any],
        widest: Mapping[str, Any],
        path: Path,
        names: Path,
    ) -> Iterator[Finding]:
        for name, value in changes.items():
            where, old = (*path, name), base.get(name)
            if name in _NAMED_LISTS and isinstance(value, (list, dict)):
                yield from self._items(name, tool_list(value), (base, widest), where, (*names, name))
            elif name in _SHALLOW and isinstance(value, dict):
                yield from self._keys(value, old or {}, widest.get(name) or {}, where)
            elif name in base and value == old:
                yield self._repeats(where)

    def _keys(
        self, changes: Mapping[str, Any], old: Mapping[str, Any], widest: Mapping[str, Any], path: Path
    ) -> Iterator[Finding]:
        """Yield a finding for each key of ``config`` or ``rules`` that changes nothing; null drops one."""
        for key, value in changes.items():
            if value is None and key not in old and key not in widest:
                yield self._dropped((*path, key), key)
            elif value == old.get(key):
                yield self._repeats((*path, key))

    def _items(
        self,
        name: str,
        items: list[Any],
        holders: tuple[Mapping[str, Any], Mapping[str, Any]],
        path: Path,
        names: Path,
    ) -> Iterator[Finding]:
        kind = _NAMED_LISTS[name]
        known, widest = (_by(name, holder) for holder in holders)
        for number, item in enumerate(items):
            key, where = item[kind.identity], (*path, number)
            old = known.get(key)
            if item.get("disabled"):
                if old is None or old.get("disabled"):
                    yield self._repeats(where) if old or key in widest else self._dropped(where, key)
            elif old is None:
                if missing := kind.missing_in(item):
                    self.incomplete.add((*names, key))
                    yield self._changed(where, kind, key, missing, list(known))
            elif name == "tools":
                if _WHOLE_TOOL | item == _WHOLE_TOOL | old:
                    yield self._repeats(where)
            else:
                rest = {f: value for f, value in item.items() if f not in {kind.identity, "disabled"}}
                if not rest:
                    yield self._repeats(where)
                yield from self._fields(rest, old, widest.get(key, {}), where, (*names, key))

    def _repeats(self, path: Path) -> Finding:
        message = f"{show_path(path)} says what {self.over} says already."
        hint = "Remove it, so that later changes reach this override."
        return Finding(ProblemCode.OVERRIDE_REPEATS, path, message, hint)

    def _dropped(self, path: Path, name: str) -> Finding:
        message = f"{show_path(path)} drops {name}, which is not in {self.over}."
        return Finding(
            ProblemCode.OVERRIDE_OF_NOTHING, path, message, "Correct the name, or remove the entry."
        )

    def _changed(
        self, path: Path, kind: _NamedList, name: str, missing: list[str], known: list[str]
    ) -> Finding:
        message = f"{show_path(path)} changes the {kind.noun} {name}, which is not in {self.over}."
        hint = f"{suggestion(name, known)} A new {kind.noun} needs {' and '.join(missing)}."
        return Finding(ProblemCode.OVERRIDE_OF_NOTHING, (*path, kind.identity), message, hint)


#: A tool of which nothing is said.
_WHOLE_TOOL = {"auto_fetch": False, "params": {}, "disabled": False}
