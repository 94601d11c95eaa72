"""Ticking, unticking, adding and leaving out checklist items (STP-01 to STP-07, OPQ-13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from engine.audit.models import Action
from engine.errors import ConflictError, NotFoundError, bad_field
from engine.tasks import human_review
from engine.tasks.inputs import LONGEST_REMARK
from engine.tasks.models import ItemSource, Step, Task
from engine.tasks.visibility import get_workable
from engine.tasks.vocabulary import CHANGE_ASKED_FOR
from engine.transaction import Transaction

_LONGEST_TITLE = 500
_SHOWN_CHANGE = 200
_LONGEST_DESCRIPTION = 5000


def complete_step(tx: Transaction, task_id: str, ref: str, *, revision: int | None = None) -> Step:
    """Tick a step, named by its ref or id; a ticked step stays as it is.

    Raises:
        ConflictError: the task is not active, its steps are ordered and an earlier one is open, or the step
            is not to be done.
        NotFoundError: the task has no such step.
    """
    task = _active(tx, task_id)
    step, steps = _step(tx, task, ref, revision)
    if step.is_completed:
        return step
    if step.is_left_out:
        raise ConflictError(f"The step “{step.title}” {_why_left_out(step)}. Open it again first.")
    earlier = [other for other in steps if other.position < step.position and other.is_open]
    if task.ordered_steps and earlier:
        raise ConflictError(f"The steps of task {task.name} have an order: do “{earlier[0].title}” first.")
    return _tick(tx, task, step)


def reopen_step(tx: Transaction, task_id: str, ref: str, *, revision: int | None = None) -> Step:
    """Untick a step, or say that it is to be done after all; an open step stays as it is.

    Raises:
        ConflictError: the task is not active any more.
        NotFoundError: the task has no such step.
    """
    task = _active(tx, task_id)
    step, _ = _step(tx, task, ref, revision)
    if not (step.is_completed or step.is_left_out):
        return step
    with _reviewed_again(tx, task) if step.is_left_out else nullcontext():
        step.is_completed, step.completed_at, step.completed_by = False, None, None
        step.left_out_reason = step.left_out_at = step.left_out_by = None
        return _kept(tx, task, step, Action.STEP_REOPENED, f"Step “{step.title}” opened again")


def leave_out(tx: Transaction, task_id: str, ref: str, reason: str, *, revision: int | None = None) -> Step:
    """Say that a step does not apply here, and why: it stays, and keeps nothing from completion (OPQ-13).

    Whoever works the task may, as they may skip all of it; the reason is in the record. What the step would
    hand over is owed no more. What was permitted to run needs its human review again (S28).

    Raises:
        BadRequestError: the reason is empty or too long.
        ConflictError: the task is not active any more, or the step is done.
        NotFoundError: the task has no such step.
    """
    words = reason.strip()
    if not 0 < len(words) <= LONGEST_REMARK:
        message = f"say why the step does not apply, in 1 to {LONGEST_REMARK} characters"
        raise bad_field("not_applicable", message)
    task = _active(tx, task_id)
    step, _ = _step(tx, task, ref, revision)
    if step.left_out_reason == words:
        return step
    return _left_out(tx, task, step, words, f"Step “{step.title}” does not apply")


def drop_step(tx: Transaction, task_id: str, ref: str, *, revision: int | None = None) -> Step:
    """Take back a step that was added here; it stays in the record, and pages show it no more (OPQ-13).

    What was permitted to run needs its human review again (S28).

    Raises:
        ConflictError: the task is not active any more, the step is the template's or asked for by an
            approver, or it is done.
        NotFoundError: the task has no such step.
    """
    task = _active(tx, task_id)
    step, _ = _step(tx, task, ref, revision)
    if not step.may_be_dropped:
        whose = "the template’s" if step.source is not ItemSource.AD_HOC else "what an approver asked for"
        raise ConflictError(
            f"The step “{step.title}” is {whose}, so it cannot be taken back. Say why it does not apply here."
        )
    return step if step.is_dropped else _left_out(tx, task, step, None, f"Step “{step.title}” taken back")


def add_step(
    tx: Transaction, task_id: str, title: str, description: str | None = None, required: bool = False
) -> Step:
    """Add a step that the template does not have, at the end, marked ad hoc (OPQ-13).

    What was permitted to run needs its human review again with one step more (S28).

    Raises:
        BadRequestError: the title is empty, too long, or reads as a change that an approver asked for.
        ConflictError: the task is not active any more.
    """
    task = _active(tx, task_id)
    text = title.strip()
    if not 0 < len(text) <= _LONGEST_TITLE or len(description or "") > _LONGEST_DESCRIPTION:
        message = f"a step has a title of 1 to {_LONGEST_TITLE} characters and a description of at most 5000"
        raise bad_field("title", message, f"The step cannot be added: {message}.")
    if text.startswith(CHANGE_ASKED_FOR.strip()):
        message = f"only a step that an approver asked for begins with “{CHANGE_ASKED_FOR.strip()}”"
        raise bad_field("title", message, f"The step cannot be added: {message}.")
    with _reviewed_again(tx, task):
        return _add(tx, task, text, (description or "").strip() or None, required=required)


def add_change_step(tx: Transaction, task: Task, feedback: str) -> Step:
    """Add the change that an approver asked for as a step that need not be ticked (OPQ-19)."""
    return _add(tx, task, _change_title(feedback), feedback[:_LONGEST_DESCRIPTION], required=False)


def complete_change_steps(tx: Transaction, task: Task, feedback: Sequence[str]) -> None:
    """Tick the steps that ``add_change_step`` added for these words, one for each, as far as they are open.

    Handing over what was asked for makes the change, whatever the order of the other steps is.
    """
    left = [_change_title(words) for words in feedback]
    for step in tx.find(Step, task_id=task.task_id, order_by=("position",)) if left else ():
        is_open = step.source is ItemSource.AD_HOC and not (step.is_completed or step.is_left_out)
        if step.title in left and is_open:
            left.remove(step.title)
            _tick(tx, task, step)


@contextmanager
def _reviewed_again(tx: Transaction, task: Task) -> Iterator[None]:
    """Around a change of what is to be done: who makes it prepares what a review looks at (S18, S28)."""
    permitted = human_review.permitted(tx, task)
    if task.requires_human_review:
        human_review.prepare(tx, task)
        tx.save(task)
    yield
    human_review.void_if_changed(tx, task, permitted)


def _left_out(tx: Transaction, task: Task, step: Step, reason: str | None, summary: str) -> Step:
    if step.is_completed:
        raise ConflictError(f"The step “{step.title}” is done. Open it again first.")
    with _reviewed_again(tx, task):
        step.left_out_reason, step.left_out_at, step.left_out_by = reason, tx.now, tx.actor.user_id or None
        return _kept(tx, task, step, Action.STEP_LEFT_OUT, summary, reason=reason)


def _why_left_out(step: Step) -> str:
    return "was taken back" if step.is_dropped else f"does not apply here: {step.left_out_reason}"


def _change_title(feedback: str) -> str:
    title = f"{CHANGE_ASKED_FOR}{' '.join(feedback.split())}"
    return title if len(title) <= _SHOWN_CHANGE else f"{title[: _SHOWN_CHANGE - 1]}…"


def _add(tx: Transaction, task: Task, title: str, description: str | None, *, required: bool) -> Step:
    steps = tx.find(Step, task_id=task.task_id, order_by=("position",))
    taken = {step.ref for step in steps}
    step = tx.add(
        Step(
            task_step_id=tx.new_id(Step),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            ref=next(ref for number in range(1, len(steps) + 2) if (ref := f"added_{number}") not in taken),
            position=max((step.position for step in steps), default=0) + 1,
            title=title,
            description=description,
            required=required,
            source=ItemSource.AD_HOC,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    after = {"title": step.title, "required": step.required, "ref": step.ref}
    tx.record(
        Action.STEP_ADDED,
        step,
        f"Step “{step.title}” added to {task.name}",
        after=after,
        bundle_id=task.bundle_id,
    )
    return step


def _active(tx: Transaction, task_id: str) -> Task:
    task = get_workable(tx, task_id)
    if not task.is_active:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: its steps can be changed only while it is active."
        )
    return task


def _step(tx: Transaction, task: Task, ref: str, revision: int | None) -> tuple[Step, list[Step]]:
    steps = tx.find(Step, task_id=task.task_id, order_by=("position",))
    for step in steps:
        if ref in (step.ref, step.task_step_id):
            return tx.get(Step, step.task_step_id, revision=revision), steps
    known = ", ".join(step.ref for step in steps) or "none"
    raise NotFoundError(f"Task {task.name} has no step {ref!r}. Its steps: {known}.")


def _tick(tx: Transaction, task: Task, step: Step) -> Step:
    step.is_completed, step.completed_at, step.completed_by = True, tx.now, tx.actor.user_id
    return _kept(tx, task, step, Action.STEP_COMPLETED, f"Step “{step.title}” done")


def _kept(
    tx: Transaction, task: Task, step: Step, action: Action, summary: str, *, reason: str | None = None
) -> Step:
    tx.save(step)
    tx.record(action, step, f"{summary} ({task.name})", reason=reason, bundle_id=task.bundle_id)
    return step
