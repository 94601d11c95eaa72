"""Migrates one bundle to a revision of its template, with an event for all that changes (D4).

Nothing collected is deleted: a task that is no more is called off with all that it has, a step, proof or
deliverable that is no more is not owed any longer and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.audit.models import Action
from engine.bundles import links, pins
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.parts import TaskParts
from engine.catalog.parameters import render
from engine.deliverables.models import Deliverable
from engine.errors import BadRequestError, ConflictError, bad_field
from engine.migration import parts
from engine.migration.fields import FIELDS, OF_PIN
from engine.migration.matrix import Kind, Verdict
from engine.migration.preview import WHOLE, Item, Migration, tags_of
from engine.record import Record
from engine.reference.models import Employee
from engine.tasks import assignment, dependencies, human_review, judges, moved, moves
from engine.tasks.create import add_parts, take_identities
from engine.tasks.models import Proof, Step, Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.tasks.punctuality import keep_first_deadline
from engine.transaction import Transaction

KEEP, TAKE = "keep", "take"


def apply(tx: Transaction, migration: Migration, choices: Mapping[str, str]) -> None:
    """Do what a migration says: what is safe, and of what needs a decision what was chosen.

    Raises:
        BadRequestError: a choice is missing, or is none, or names nothing that needs a decision.
        ConflictError: an open approval blocks it.
    """
    _check(migration, choices)
    taken = {item.key: item for item in migration.items if _is_taken(item, choices)}
    by_ref = migration.by_new_ref  # by the refs that they have still
    pins.pin(tx, migration.after)
    _move_bundle(tx, migration, taken)
    for ref in migration.compared.of_links if "links" in taken else ():
        _change_link(tx, migration, ref)
    for task in migration.tasks:
        _rename(tx, migration, task)
    gone = {one.task_id: one for one in _gone(migration, taken)}
    for ref, task in by_ref.items():
        if not task.is_terminal and task.task_id not in gone:
            _change_task(tx, migration, ref, task, taken)
    added = {ref: _add(tx, migration, made) for ref, made in _added(migration, taken)}
    _order(tx, migration, taken, added, gone)
    for task in gone.values():
        moves.move(
            tx, task, TaskStatus.CANCELLED, MoveRequest(reason=parts.NO_MORE, cancelled_as=parts.NO_MORE)
        )


def _check(migration: Migration, choices: Mapping[str, str]) -> None:
    blocked = migration.with_verdict(Verdict.BLOCKED)
    if blocked:
        told = "; ".join(f"{item.key}: {item.why}" for item in blocked)
        raise ConflictError(f"“{migration.bundle.title}” cannot be migrated now: {told}.")
    asked = {item.key for item in migration.with_verdict(Verdict.DECISION)}
    for key, choice in choices.items():
        if key not in asked:
            known = f"those that do: {', '.join(sorted(asked))}" if asked else "nothing does"
            raise bad_field("choices", f"{key} needs no decision; {known}")
        if choice not in (KEEP, TAKE):
            raise bad_field("choices", f"{key} is {choice!r}; choose {KEEP} or {TAKE}")
    if missing := sorted(asked - choices.keys()):
        raise BadRequestError(
            f"Say for each of these whether to {KEEP} what is there or {TAKE} the template's, as in "
            f"{missing[0]}={KEEP}: {', '.join(missing)}.",
            details=[
                {"code": "MISSING", "field": "choices", "message": f"{key} needs a decision"}
                for key in missing
            ],
        )


def _is_taken(item: Item, choices: Mapping[str, str]) -> bool:
    if item.verdict is Verdict.DECISION:
        return choices[item.key] == TAKE
    return item.verdict is Verdict.SAFE


def _move_bundle(tx: Transaction, migration: Migration, taken: Mapping[str, Item]) -> None:
    bundle, after = migration.bundle, migration.after
    was = (bundle.commit or "")[:12] or "uncommitted content"
    bundle.template_hash, bundle.commit = after.closure_hash, after.commit
    bundle.parameters = dict(migration.parameters)
    references = [
        {"name": one.name, "url": render(one.url, migration.parameters)} for one in after.template.references
    ]
    newer = {
        "icon": after.template.icon or None,
        "source_doc_ids": list(after.template.source_doc_ids),
        "tags": tags_of(bundle.tags, migration.compared),
        "references": references,
    }
    for name in newer.keys() & taken.keys():
        setattr(bundle, name, newer[name])
    tx.save(bundle)
    now = (after.commit or "")[:12] or "uncommitted content"
    kept = [item.key for item in migration.with_verdict(Verdict.DECISION) if item.key not in taken]
    summary = f"{bundle.title} was migrated from the template at {was} to {now}"
    tx.record(
        Action.BUNDLE_MIGRATED,
        bundle,
        f"{summary}; kept: {', '.join(kept)}" if kept else summary,
    )


def _told(tx: Transaction, record: Record, task: Task | None, summary: str, bundle: Bundle) -> None:
    task_id = task.task_id if task else None
    tx.record(Action.BUNDLE_MIGRATED, record, summary, task_id=task_id, bundle_id=bundle.bundle_id)


def _change_link(tx: Transaction, migration: Migration, name: str) -> None:
    """Bring one link of the bundle to what the newer template says; one that is no more is not owed."""
    bundle = migration.bundle
    there = links.links_of(tx, bundle.bundle_id)
    link = next((one for one in there if one.name == name), None)
    wanted = next((one for one in migration.after.template.links if one.name == name), None)
    is_required = wanted.required if wanted else False
    if link is None and wanted is not None:
        link = tx.add(
            BundleLink(
                bundle_link_id=tx.new_id(BundleLink),
                workspace_id=tx.workspace_id,
                bundle_id=bundle.bundle_id,
                position=max((one.position for one in there), default=0) + 1,
                name=name,
                required=is_required,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
        after = {"name": name, "required": is_required}
        tx.record(Action.BUNDLE_MIGRATED, link, f"The link “{name}” was added", after=after)
    elif link is not None and link.required != is_required:
        link.required = is_required
        tx.save(link)
        state = "must be filled now" if is_required else "need not be filled any more"
        tx.record(Action.BUNDLE_MIGRATED, link, f"The link “{name}” {state}")


def _rename(tx: Transaction, migration: Migration, task: Task) -> None:
    """Give a task, closed or not, the ref that the newer template has for it."""
    new = {earlier: ref for ref, earlier in migration.compared.was.items()}
    ref = new.get(task.template_task_ref or "")
    if ref is not None and ref != task.template_task_ref:
        before, task.template_task_ref = task.template_task_ref, ref
        tx.save(task)
        _told(tx, task, task, f"{task.name} is {ref} in the template, and was {before}", migration.bundle)


def _gone(migration: Migration, taken: Mapping[str, Item]) -> Iterator[Task]:
    """Yield the open tasks that the newer template has no more."""
    for item in taken.values():
        if item.name != WHOLE or not {Kind.TASK_REMOVED, Kind.CONDITION} & {*item.kinds}:
            continue
        refs = {item.ref, migration.compared.was.get(item.ref or "")}
        for task in migration.tasks:
            if task.template_task_ref in refs and not task.cloned_from and not task.is_terminal:
                yield task


def _added(migration: Migration, taken: Mapping[str, Item]) -> Iterator[tuple[str, TaskParts]]:
    for item in taken.values():
        ref = item.ref or ""
        if item.name == WHOLE and Kind.TASK_ADDED in item.kinds and ref in migration.made:
            yield ref, migration.made[ref]


def _add(tx: Transaction, migration: Migration, made: TaskParts) -> Task:
    """Store one task of the newer template; what it comes after is told once all are there."""
    task = made.task
    for name, value in take_identities(tx)[0].items():
        setattr(task, name, value)
    rows: list[Step | Proof | Deliverable] = [*made.steps, *made.proofs, *made.deliverables]
    for row in rows:
        row.task_id = task.task_id
    summary = f"Made {task.name} with the migration of {migration.bundle.title}"
    return add_parts(tx, task, made.steps, made.proofs, made.deliverables, summary=summary)


def _change_task(
    tx: Transaction, migration: Migration, ref: str, task: Task, taken: Mapping[str, Item]
) -> None:
    """Give an open task what is taken of the newer template."""
    target = migration.made[ref]
    names = [item.name for item in taken.values() if item.ref == ref and item.name not in (WHOLE, *OF_PIN)]
    permitted, was_owed = human_review.permitted(tx, task), task.requires_human_review
    task.template_hash = migration.after.closure_hash
    task.position, task.type_category = target.task.position, target.task.type_category
    fields = [field for name in names if name != "assignee" for field in FIELDS.get(name, ())]
    for field in fields:
        setattr(task, field, getattr(target.task, field))
    if "assignee" in names:
        task.assignee_role = target.task.assignee_role
    if "tags" in taken and "tags" not in names:
        task.tags = tags_of(task.tags, migration.compared)
    if not any(item.key == f"{ref}.due_date" for item in migration.items):
        task.due_rule = target.task.due_rule  # it gives the same day
    if was_owed:  # a migration lifts no review, and whoever makes it does not give it (S18)
        task.requires_human_review = True
        human_review.prepare(tx, task)
    keep_first_deadline(task)
    tx.save(task)
    what = f": {', '.join(names)}" if names else ""
    fact = moved.of_changes(task, fields)
    tx.record(Action.TASK_UPDATED, task, f"{task.name} follows the newer template now{what}", fact=fact)
    if "assignee" in names and task.assignee_id != target.task.assignee_id:
        _hand_on(tx, task, target.task.assignee_id)
    parts.change(tx, task, target, migration, {*names})
    human_review.void_if_changed(tx, task, permitted)


def _hand_on(tx: Transaction, task: Task, employee_id: str | None) -> None:
    judges.refuse_assignee(tx, task, employee_id)
    person = tx.find_by_key(Employee, employee_id) if employee_id else None
    whom = person.name if person else "nobody"
    assignment.hand_on(tx, task, person, f"{task.name} is assigned to {whom}, as the newer template says")


def _order(
    tx: Transaction,
    migration: Migration,
    taken: Mapping[str, Item],
    added: Mapping[str, Task],
    gone: Mapping[str, Task],
) -> None:
    """Let open tasks come after what the newer template says, and after nothing that is called off."""
    by_ref = {**migration.by_new_ref, **added}
    for ref, task in by_ref.items():
        if (ref in added or f"{ref}.depends_on" in taken) and not task.is_terminal:
            definition = migration.compared.new[ref]
            after = [by_ref[one].task_id for one in definition.depends_on if one in by_ref]
            _set_order(tx, migration.bundle, task, after)
    for task in tx.find(Task, bundle_id=migration.bundle.bundle_id) if gone else ():
        if not task.is_terminal and gone.keys() & {*task.depends_on}:
            after = [one for one in task.depends_on if one not in gone]
            _set_order(tx, migration.bundle, task, after)


def _set_order(tx: Transaction, bundle: Bundle, task: Task, after: list[str]) -> None:
    if after == task.depends_on:
        return
    dependencies.check_acyclic(tx, task.task_id, after)
    task.depends_on = after
    task.blocked_by = dependencies.first_open(tx, task)
    tx.save(task)
    _told(tx, task, task, f"{task.name} comes after other tasks now, as the newer template says", bundle)
