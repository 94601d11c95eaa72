"""What is other between the template that a bundle pinned and a newer one, as running work asks for it; pure.

Worked out once for all bundles with the same pin and the same overrides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from engine.catalog.calendars import Calendar
from engine.catalog.declared import Effect
from engine.catalog.diff.changes import Change, ChangeKind, Part
from engine.catalog.diff.compare import compare
from engine.catalog.diff.effective import effective
from engine.catalog.models import ProcessDoc, TaskDefinition, TaskTemplate, TaskType
from engine.catalog.parts import ChangePolicy
from engine.catalog.resolved import ResolvedTemplate
from engine.migration.kinds import kind_of, policy_name
from engine.migration.matrix import Kind
from engine.record import canonical

#: What ``effective`` writes into the tasks already.
_OF_TYPE_IN_TASKS = frozenset({"deliverables", "approval", "tools", "reminders"})


@dataclass(frozen=True)
class Side:
    """One revision of a template for somebody, as far as running work can differ by it."""

    #: With everything that its tasks inherit written into them.
    template: TaskTemplate
    task_types: Mapping[str, TaskType]
    #: A hash over each process doc that it names.
    docs: Mapping[str, str]
    calendar: Calendar | None

    @classmethod
    def of(cls, resolved: ResolvedTemplate) -> Side:
        """Return the side that a resolved template is."""
        docs = {key: doc_hash(doc) for key, doc in resolved.process_docs.items()}
        return cls(effective(resolved), resolved.task_types, docs, resolved.calendar)

    @cached_property
    def definitions(self) -> Mapping[str, TaskDefinition]:
        """The tasks by ref."""
        return {task.ref: task for task in self.template.tasks}


def doc_hash(doc: ProcessDoc) -> str:
    """Return a hash that is another one where a process doc says something else."""
    return hashlib.sha256(canonical(doc.model_dump(mode="json"))).hexdigest()


@dataclass(frozen=True)
class Difference:
    """One thing that is other in the newer template."""

    kind: Kind
    #: Which part of the task or the template it is, such as ``steps outline``; empty for the whole task.
    what: str
    #: What ``on_change`` calls it; None where nothing there speaks of it.
    name: str | None
    #: What ``on_change`` says of it in open states.
    policy: ChangePolicy | None
    change: Change


@dataclass(frozen=True)
class Compared:
    """All that is other, in the order of the newer template."""

    before: Side
    after: Side
    #: New ref -> the ref in the pinned template, of tasks that both have.
    was: Mapping[str, str]
    #: By the ref in the pinned template; dates and conditions left out, which each bundle is asked for.
    of_tasks: Mapping[str, Sequence[Difference]]
    #: Of the bundle as a whole, links left out.
    of_bundle: Sequence[Difference]
    #: By the name of the link.
    of_links: Mapping[str, Sequence[Difference]]
    #: Refs of the newer template alone.
    added: Sequence[str]
    #: New refs whose due day may be another.
    dated: Sequence[str]
    #: New refs whose ``when`` may hold otherwise.
    conditional: Sequence[str]
    #: By old and by new ref.
    old: Mapping[str, TaskDefinition] = field(default_factory=dict)
    new: Mapping[str, TaskDefinition] = field(default_factory=dict)

    @property
    def takes_away(self) -> bool:
        """Whether it matters what was collected."""
        kinds = {one.kind for found in self.of_tasks.values() for one in found}
        return bool(self.conditional or kinds & {Kind.TASK_REMOVED, Kind.DELIVERABLE_REMOVED})

    @property
    def names(self) -> frozenset[str]:
        """What is other in some task, by the names of ``on_change``: what a person may have changed, too."""
        told = {one.name for found in self.of_tasks.values() for one in found if one.name}
        return frozenset({*told, *(["due_date"] if self.dated else [])})

    def policy(self, ref: str, name: str) -> ChangePolicy | None:
        """Return what the newer template says of a field of a task: the task's own before the template's."""
        return self.new[ref].on_change.get(name) or self.after.template.on_change.get(name)


def compared(before: Side, after: Side) -> Compared:
    """Return what is other from one revision to the other."""
    old, new = before.definitions, after.definitions
    changes = list(compare(before.template, after.template))
    renamed = {
        one.where[0].ref: one.before
        for one in changes
        if one.kind is ChangeKind.RENAMED and one.is_whole_task
    }
    was = {ref: renamed.get(ref, ref) for ref in new if renamed.get(ref, ref) in old}
    changes += [*_of_types(before, after, old, new, was), *_of_docs(before, after, new, was)]
    of_tasks: dict[str, list[Difference]] = {}
    of_links: dict[str, list[Difference]] = {}
    of_bundle: list[Difference] = []
    for change in changes:
        found = _difference(change, new, after.template)
        if found is None or found.kind in (Kind.TASK_ADDED, Kind.DUE):
            continue
        if change.task is not None:
            of_tasks.setdefault(was.get(change.task, change.task), []).append(found)
        elif change.where and change.where[0].field == "links":
            of_links.setdefault(change.where[0].ref, []).append(found)
        else:
            of_bundle.append(found)
    other_calendar = before.calendar != after.calendar
    schemas = (before.template.parameters, after.template.parameters)
    return Compared(
        before=before,
        after=after,
        was=was,
        of_tasks=of_tasks,
        of_bundle=of_bundle,
        of_links=of_links,
        added=[ref for ref in new if ref not in was],
        dated=[
            ref
            for ref, earlier in was.items()
            if new[ref].due_rule != old[earlier].due_rule or (other_calendar and new[ref].due_rule)
        ],
        conditional=[
            ref
            for ref, earlier in was.items()
            if new[ref].when != old[earlier].when or (new[ref].when and schemas[0] != schemas[1])
        ],
        old=old,
        new=new,
    )


def _difference(
    change: Change, new: Mapping[str, TaskDefinition], template: TaskTemplate
) -> Difference | None:
    kind = kind_of(change)
    if kind is None:
        return None
    name = policy_name(change)
    own = new[change.task].on_change if change.task and change.task in new else {}
    policy = (own.get(name) or template.on_change.get(name)) if name else None
    return Difference(kind, _what(change), name, policy, change)


def _what(change: Change) -> str:
    """Return the way to what changed within its task or template, in the words of the format."""
    inside = change.where if change.task is None else change.where[1:]
    words = [word for part in inside for word in (part.field, part.ref)]
    return " ".join([*words, *(word for word in (change.field, change.name) if word)])


def _of_types(
    before: Side,
    after: Side,
    old: Mapping[str, TaskDefinition],
    new: Mapping[str, TaskDefinition],
    was: Mapping[str, str],
) -> Iterator[Change]:
    """Yield what a task's type says otherwise than it did, beside what is written into the task."""
    for ref, earlier in was.items():
        key = new[ref].task_type or ""
        if key != old[earlier].task_type:
            continue  # told as another type
        for change in _between(before.task_types[key], after.task_types[key]):
            where = (Part("tasks", ref), Part("task_type", key), *change.where)
            yield replace(change, where=where)


def _between(before: TaskType, after: TaskType) -> Iterable[Change]:
    if before == after:
        return ()
    return (
        change
        for change in compare(before, after)
        if (change.where[0].field if change.where else change.field) not in _OF_TYPE_IN_TASKS
        and change.effect is not Effect.START
    )


def _of_docs(
    before: Side, after: Side, new: Mapping[str, TaskDefinition], was: Mapping[str, str]
) -> Iterator[Change]:
    """Yield that the process doc of a task, or of the template, says something else."""
    others = {key for key, said in after.docs.items() if before.docs.get(key, said) != said}
    for ref in was:
        if new[ref].instruction_doc_id in others:
            yield _doc_changed((Part("tasks", ref),), "instruction_doc_id", new[ref].instruction_doc_id)
    for key in sorted(others & {*after.template.source_doc_ids}):
        yield _doc_changed((), "source_doc_ids", key)


def _doc_changed(where: tuple[Part, ...], name: str, doc: Any) -> Change:
    return Change(
        kind=ChangeKind.CHANGED, where=where, field=name, effect=Effect.WORDS, before=doc, after=doc
    )
