"""Brings the steps, proof and deliverables of a task to what a newer template says; what was given stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine.audit.models import Action
from engine.bundles.parts import TaskParts
from engine.catalog.diff.changes import ChangeKind
from engine.deliverables.models import Deliverable
from engine.migration.preview import Migration
from engine.record import Record
from engine.tasks.models import ItemSource, Proof, Step, Task
from engine.transaction import Transaction

NO_MORE, UNDONE = "The template has it no more", "The migration was undone"
#: What a newer template may change of each kind of part.
_FIELDS: Mapping[type[Record], Collection[str]] = {
    Step: ("ref", "title", "description", "required", "position"),
    Proof: ("kind", "required", "position"),
    Deliverable: ("type", "description", "meta_schema", "gold_standard", "visible_in_portal", "required"),
}


def change(
    tx: Transaction, task: Task, target: TaskParts, migration: Migration, names: Collection[str]
) -> None:
    """Change the parts of a task that are among ``names``: ``steps``, ``proof``, ``deliverables``."""
    if "steps" in names:
        _steps(tx, task, target, _renamed(migration, task, "steps"))
    if "proof" in names:
        _proofs(tx, task, target)
    if "deliverables" in names:
        _deliverables(tx, task, target, _renamed(migration, task, "deliverables"))


def _renamed(migration: Migration, task: Task, field: str) -> dict[str, str]:
    """Return old ref -> new ref of the parts that have another."""
    earlier = migration.compared.was.get(task.template_task_ref or "", "")
    return {
        str(one.change.before): str(one.change.after)
        for one in migration.compared.of_tasks.get(earlier, ())
        if one.change.kind is ChangeKind.RENAMED and one.change.where[-1].field == field
    }


def _steps(tx: Transaction, task: Task, target: TaskParts, renamed: Mapping[str, str]) -> None:
    there = {step.ref: step for step in tx.find(Step, task_id=task.task_id)}
    wanted = {step.ref: step for step in target.steps}
    for ref, step in there.items():
        if step.source is ItemSource.AD_HOC:
            continue
        new = wanted.pop(renamed.get(ref, ref), None)
        if new is not None:
            if step.left_out_reason in (NO_MORE, UNDONE):  # no person said that it does not apply
                step.left_out_reason = step.left_out_at = step.left_out_by = None
                tx.save(step)
                _tell(tx, task, step, f"Step “{new.title}” is in the template again")
            _take(tx, task, step, new, f"Step “{new.title}” follows the newer template")
        elif not step.is_completed and not step.is_left_out:
            step.left_out_reason, step.left_out_at = NO_MORE, tx.now
            step.left_out_by = tx.actor.user_id or None
            tx.save(step)
            _tell(tx, task, step, f"Step “{step.title}” does not apply any more")
        elif step.required:
            step.required = False
            tx.save(step)
            _tell(tx, task, step, f"Step “{step.title}” is not owed any more")
    for step in wanted.values():
        _add(tx, task, step, f"Step “{step.title}” added", {"ref": step.ref, "title": step.title})


def _proofs(tx: Transaction, task: Task, target: TaskParts) -> None:
    """Bring proof to the newer template; given proof of another kind stays beside what is asked for now."""
    there = {proof.label: proof for proof in tx.find(Proof, task_id=task.task_id)}
    wanted = {proof.label: proof for proof in target.proofs}
    for label, proof in there.items():
        if proof.source is ItemSource.AD_HOC:
            continue
        new = wanted.get(label)
        if new is not None and (new.kind is proof.kind or not proof.is_given):
            del wanted[label]
            _take(tx, task, proof, new, f"Proof “{label}” follows the newer template")
            continue
        proof.required = False
        proof.label = f"{label} (before)" if new is not None else label
        tx.save(proof)
        _tell(tx, task, proof, f"Proof “{label}” is not owed any more")
    for proof in wanted.values():
        _add(tx, task, proof, f"Proof “{proof.label}” is asked for", {"label": proof.label})


def _deliverables(tx: Transaction, task: Task, target: TaskParts, renamed: Mapping[str, str]) -> None:
    """Bring what is handed over to the newer template; versions that were handed over stay as they are."""
    rows = tx.find(Deliverable, task_id=task.task_id)
    newest = {row.ref: row for row in sorted(rows, key=lambda row: row.version_number)}
    wanted = {row.ref: row for row in target.deliverables}
    for ref, row in newest.items():
        if row.source is ItemSource.AD_HOC:
            continue
        new_ref = renamed.get(ref, ref)
        if new_ref != ref:
            _call(tx, task, [one for one in rows if one.ref == ref], new_ref)
        new = wanted.pop(new_ref, None)
        if new is not None and not row.is_submitted:
            _take(tx, task, row, new, f"Deliverable {new_ref} follows the newer template")
        elif new is None and row.required:
            row.required = False
            tx.save(row)
            _tell(tx, task, row, f"Deliverable {new_ref} is not owed any more")
        elif new is not None and not row.required:
            row.required = True
            tx.save(row)
            _tell(tx, task, row, f"Deliverable {new_ref} is owed now")
    steps = {step.ref: step.task_step_id for step in tx.find(Step, task_id=task.task_id)}
    places = {step.task_step_id: step.ref for step in target.steps}
    for row in wanted.values():
        row.task_step_id = steps.get(places.get(row.task_step_id or "", ""))
        _add(tx, task, row, f"Deliverable {row.ref} is owed now", {"ref": row.ref, "type": row.type})


def _call(tx: Transaction, task: Task, rows: Sequence[Deliverable], ref: str) -> None:
    for row in rows:
        before, row.ref = row.ref, ref
        tx.save(row)
        _tell(tx, task, row, f"Deliverable {before} is {ref} in the template now")


def _take(tx: Transaction, task: Task, record: Any, new: Record, summary: str) -> None:
    """Give a part the values of the newer template, where any is another."""
    others = [name for name in _FIELDS[type(new)] if getattr(record, name) != getattr(new, name)]
    for name in others:
        setattr(record, name, getattr(new, name))
    if others:
        tx.save(record)
        _tell(tx, task, record, summary)


def _add(tx: Transaction, task: Task, record: Any, summary: str, after: Mapping[str, Any]) -> None:
    record.task_id = task.task_id
    tx.add(record)
    tx.record(
        Action.BUNDLE_MIGRATED, record, f"{summary} to {task.name}", after=after, bundle_id=task.bundle_id
    )


def _tell(tx: Transaction, task: Task, record: Record, summary: str) -> None:
    tx.record(Action.BUNDLE_MIGRATED, record, f"{summary}, of {task.name}", bundle_id=task.bundle_id)
