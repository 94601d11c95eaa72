"""What a migration of one bundle would do: each thing that is other, with its verdict and both values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.bundles import adoption, pins
from engine.bundles.adoption import resolved_for
from engine.bundles.models import Bundle
from engine.bundles.parts import TaskParts, parts_of
from engine.bundles.plan import plan_another
from engine.bundles.subjects import named_employees, people_of
from engine.catalog.parameters import with_defaults
from engine.catalog.resolved import ResolvedTemplate
from engine.deliverables.models import Deliverable
from engine.migration.compared import Compared, Side, compared
from engine.migration.facts import BundleFacts
from engine.migration.fields import FIELDS
from engine.migration.hands import NAMES
from engine.migration.judging import Finding, Judge
from engine.migration.matrix import Kind, Verdict, worst
from engine.migration.queries import told
from engine.reference.models import Campaign
from engine.tasks.models import Note, Proof, Step, Task
from engine.tasks.read_models import in_order
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: What a task as a whole is called beside the fields of others.
WHOLE = "task"
_OF_WHOLE = frozenset({Kind.TASK_ADDED, Kind.TASK_REMOVED, Kind.CONDITION, Kind.TASK_RENAMED})


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that is other for the bundle: a field of a task, a task, or something of the bundle."""

    #: What a choice about it is filed under: ``draft.due_date``, ``legal.task``, ``links``.
    key: str
    ref: str | None
    name: str
    findings: tuple[Finding, ...]
    #: As the bundle has it, as the newer template would make it, and as the template that it keeps made it;
    #: None where it is no plain value.
    has: Any = None
    newer: Any = None
    pinned: Any = None

    @property
    def verdict(self) -> Verdict:
        """The worst of its findings."""
        return worst(found.verdict for found in self.findings)

    @property
    def why(self) -> str:
        """Why it has that verdict."""
        return next(found.why for found in self.findings if found.verdict is self.verdict)

    @property
    def kinds(self) -> list[Kind]:
        """What happened to it, each kind once."""
        return list(dict.fromkeys(found.kind for found in self.findings))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "key": self.key,
            "verdict": self.verdict.value,
            "why": self.why,
            "changes": [{"kind": found.kind.value, "what": found.what} for found in self.findings],
            "has": self.has,
            "newer": self.newer,
            "pinned": self.pinned,
        }


@dataclass(frozen=True, kw_only=True)
class Migration:
    """What a migration of a bundle to a revision of its template would do."""

    bundle: Bundle
    before: ResolvedTemplate
    after: ResolvedTemplate
    compared: Compared
    items: Sequence[Item]
    #: The tasks of the template that the bundle has, as they are now, in their order; repeats among them.
    tasks: Sequence[Task]
    #: What the newer template would make, by its refs; of tasks that there are and of those to be added.
    made: Mapping[str, TaskParts]
    #: The bundle's parameters, as the newer template takes them.
    parameters: Mapping[str, Any]

    @property
    def is_nothing(self) -> bool:
        """Whether the bundle has this revision already."""
        return self.before.closure_hash == self.after.closure_hash

    @property
    def verdict(self) -> Verdict:
        """The worst of its items."""
        return worst(item.verdict for item in self.items)

    def with_verdict(self, verdict: Verdict) -> list[Item]:
        """Return the items with a verdict."""
        return [item for item in self.items if item.verdict is verdict]

    @cached_property
    def by_new_ref(self) -> dict[str, Task]:
        """The tasks by their refs in the newer template, repeats and tasks that are no more left out."""
        own = {task.template_task_ref: task for task in self.tasks if not task.cloned_from}
        return {ref: own[earlier] for ref, earlier in self.compared.was.items() if earlier in own}


def preview(tx: Transaction, content: Content, bundle: Bundle) -> Migration:
    """Return what a migration of a bundle to a revision of the content would do; changes nothing.

    Raises:
        TemplateNotFoundError: the content has no such template.
        ContentError: it cannot be used.
        BadRequestError: a date or a title cannot be right with the newer template.
    """
    before, after = pins.resolved_of(tx, bundle), resolved_for(tx, content, bundle)
    tasks = sorted(
        (task for task in tx.find(Task, bundle_id=bundle.bundle_id) if task.template_task_ref), key=in_order
    )
    found = compared(Side.of(before), Side.of(after))
    facts = _facts(tx, bundle, tasks, found.before)
    findings = Judge(found, tx.workspace_zone).findings(facts)
    declared = (after.template.parameters or {}).get("properties", {})
    known = {name: value for name, value in bundle.parameters.items() if name in declared}
    parameters = with_defaults(after.template.parameters, known)
    added = [one.ref for one in findings if one.kind is Kind.TASK_ADDED and one.ref is not None]
    made = _Maker(tx, bundle, after, found.was, tags_of(bundle.tags, found)).made(tasks, added, parameters)
    own = {ref: ref for ref in found.old}
    once = _Maker(tx, bundle, before, own, bundle.tags).made(tasks, [], bundle.parameters)
    return Migration(
        bundle=bundle,
        before=before,
        after=after,
        compared=found,
        items=list(_items(findings, tasks, found, made, once)),
        tasks=tasks,
        made=made,
        parameters=parameters,
    )


def _facts(tx: Transaction, bundle: Bundle, tasks: Sequence[Task], side: Side) -> BundleFacts:
    bare = BundleFacts(
        bundle_id=bundle.bundle_id,
        template=bundle.template_id,
        closure_hash=bundle.template_hash,
        partner=None,
        campaign=None,
        anchor_date=bundle.anchor_date,
        started_at=bundle.created_at,
        parameters=bundle.parameters,
    )
    return told(
        bare,
        tasks,
        tags=bundle.tags,
        side=side,
        zone=tx.workspace_zone,
        names=NAMES,
        collected=_collected(tx, tasks),
    )


def _collected(tx: Transaction, tasks: Iterable[Task]) -> Counter[str]:
    ids = [task.task_id for task in tasks]
    _collected_ahead(tx, ids)
    return Counter(
        {
            task_id: sum(one.is_completed for one in tx.find(Step, task_id=task_id))
            + sum(one.is_given for one in tx.find(Proof, task_id=task_id))
            + sum(one.is_submitted for one in tx.find(Deliverable, task_id=task_id))
            + len(tx.find(Note, task_id=task_id))
            for task_id in ids
        }
    )


def _collected_ahead(tx: Transaction, task_ids: Iterable[str]) -> None:
    tx.find_ahead("task_id", task_ids, Step, Proof, Deliverable, Note)


def read_ahead(tx: Transaction, bundles: Sequence[Bundle]) -> None:
    """Read in three statements what ``preview`` asks of each of these bundles."""
    adoption.read_ahead(tx, bundles)
    ids = [bundle.bundle_id for bundle in bundles]
    tx.find_ahead("bundle_id", ids, Task)
    _collected_ahead(tx, [task.task_id for one in ids for task in tx.find(Task, bundle_id=one)])


@dataclass(frozen=True)
class _Maker:
    """Makes what a revision of the template would make of a bundle's tasks; stores nothing."""

    tx: Transaction
    bundle: Bundle
    template: ResolvedTemplate
    #: The refs of its tasks -> those that the bundle's tasks have.
    was: Mapping[str, str]
    tags: list[str]

    def made(
        self, tasks: Sequence[Task], added: Sequence[str], parameters: Mapping[str, Any]
    ) -> dict[str, TaskParts]:
        """Return the parts by new ref, of the tasks that there are and of those to be added."""
        tx, bundle = self.tx, self.bundle
        there = {task.template_task_ref: task for task in tasks if not task.cloned_from}
        kept = {ref: there[earlier] for ref, earlier in self.was.items() if earlier in there}
        done = {ref: task.closed_at if task.satisfies_dependents else None for ref, task in kept.items()}
        campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
        people = people_of(tx, campaign) if campaign else {}
        employees = named_employees(tx, self.template.template)
        changes = {"template_hash": self.template.closure_hash, "tags": self.tags}
        as_it_will_be = bundle.model_copy(update=changes)
        parts = {}
        for position, definition in enumerate(self.template.template.tasks, start=1):
            if definition.ref not in kept and definition.ref not in added:
                continue
            planned = plan_another(
                self.template,
                definition.ref,
                position=position,
                anchor=bundle.anchor_date,
                bundle_start=bundle.created_at,
                now=tx.now,
                zone=tx.workspace_zone,
                parameters=parameters,
                people=people,
                employees=employees,
                completed={**done, **dict.fromkeys(added)},
            )
            identity = {"task_id": f"new {definition.ref}", "task_number": 0, "task_uuid": ""}
            parts[definition.ref] = parts_of(
                tx, as_it_will_be, self.template, planned, identity, owner_id=bundle.owner_id
            )
        return parts


def tags_of(tags: Iterable[str], found: Compared) -> list[str]:
    """Return tags with the newer template's in place of the pinned one's."""
    own = [tag for tag in tags if tag not in found.before.template.tags]
    return list(dict.fromkeys([*found.after.template.tags, *own]))


def _items(
    findings: Iterable[Finding],
    tasks: Sequence[Task],
    found: Compared,
    made: Mapping[str, TaskParts],
    once: Mapping[str, TaskParts],
) -> Iterator[Item]:
    grouped: dict[tuple[str | None, str], list[Finding]] = {}
    for one in findings:
        name = WHOLE if one.kind in _OF_WHOLE else str(one.name)
        grouped.setdefault((one.ref, name), []).append(one)
    there = {task.template_task_ref: task for task in tasks if not task.cloned_from}
    for (ref, name), group in grouped.items():
        key = f"{ref}.{name}" if ref is not None else name
        earlier = found.was.get(ref, ref) if ref is not None else None
        task = there.get(earlier)
        values = _values(name, task, made.get(ref or ""), once.get(earlier or ""))
        yield Item(key=key, ref=ref, name=name, findings=tuple(group), **values)


def _values(name: str, task: Task | None, target: TaskParts | None, once: TaskParts | None) -> dict[str, Any]:
    """Return what the bundle has, would get, and got at first, of a field that can be read at a glance."""
    if task is None or target is None or name not in FIELDS:
        return {}
    field = FIELDS[name][0]
    pinned = once.task.to_data()[field] if once else None
    return {"has": task.to_data()[field], "newer": target.task.to_data()[field], "pinned": pinned}
