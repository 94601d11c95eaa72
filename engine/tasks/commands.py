"""The commands of a task: its moves, who does it, what is said about it, and its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.access import Permission
from engine.command import AnyCommand, Command, command, saying, with_content
from engine.errors import bad_field
from engine.reference.models import Employee
from engine.tasks import assignment, dates, human_review, inputs, lifecycle, lookup, notes, steps, update
from engine.tasks import help as help_requests
from engine.tasks.bulk_commands import COMMANDS as BULK
from engine.tasks.evidence_commands import COMMANDS as EVIDENCE
from engine.tasks.inputs import OnTask, Verdict
from engine.tasks.making_commands import COMMANDS as MAKING
from engine.tasks.models import Note, Step, Task
from engine.tasks.updating_commands import COMMANDS as UPDATING
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_WORK, _DECIDE = Permission.WORK_OWN, Permission.DECIDE


def _assign(tx: Transaction, request: inputs.Assign) -> Task:
    """Give a task to somebody, and say to whom: whoever chose from a list may have chosen the wrong one."""
    task = assignment.assign(tx, request.task_id, request.assignee, revision=request.revision)
    person = tx.find_by_key(Employee, task.assignee_id) if task.assignee_id else None
    nobody = "The bot does it now." if task.assigned_to_bot else "Nobody does it now."
    tx.say(f"{person.name} does it now." if person else nobody)
    return task


def _wait(tx: Transaction, request: inputs.Wait) -> Task:
    follow_up = dates.read_when(request.follow_up_at, "follow_up_at", tx)
    return lifecycle.wait(
        tx, request.task_id, request.waiting_for, follow_up, request.comment, revision=request.revision
    )


def _skip(tx: Transaction, request: inputs.Skip) -> Task:
    return lifecycle.skip(tx, request.task_id, request.reason, request.comment, revision=request.revision)


def _answer(tx: Transaction, request: inputs.Answer) -> Note:
    task = lookup.find(tx, request.task_id, revision=request.revision)
    return help_requests.answer(tx, task.task_id, request.body)


def _review(tx: Transaction, request: inputs.Review) -> Task:
    """Permit or refuse; what belongs to the other of the two is refused.

    Raises:
        BadRequestError: notes with a refusal, or a reason with a permission.
    """
    if request.verdict is Verdict.APPROVE:
        if request.reason is not None:
            raise bad_field("reason", "goes with a refusal; give notes with a permission")
        return human_review.approve(tx, request.task_id, request.notes, revision=request.revision)
    if request.notes is not None:
        raise bad_field("notes", "goes with a permission; give a reason with a refusal")
    return human_review.reject(tx, request.task_id, request.reason or "", revision=request.revision)


def _reviewed(task: Task) -> str:
    return "Refused: it never runs." if task.is_terminal else "Permitted: it is queued to run."


def _tick(tx: Transaction, request: inputs.Tick) -> Step:
    """Do with a step what was asked for.

    Raises:
        BadRequestError: it shall be open again, and not apply either.
    """
    lookup.find(tx, request.task_id, revision=request.revision)
    if request.not_applicable is None:
        change = steps.reopen_step if request.undo else steps.complete_step
        return change(tx, request.task_id, request.ref)
    if request.undo:
        raise bad_field("undo", "opens the step again; leave out either that or why it does not apply")
    return steps.leave_out(tx, request.task_id, request.ref, request.not_applicable)


def _ticked(step: Step) -> str:
    state = "done" if step.is_completed else "marked as not applicable" if step.is_left_out else "open again"
    return f"“{step.title}” is {state}."


def _drop_step(tx: Transaction, request: inputs.DropStep) -> Step:
    lookup.find(tx, request.task_id, revision=request.revision)
    return steps.drop_step(tx, request.task_id, request.ref)


def _drop(tx: Transaction, request: inputs.DropDependency, content: Content) -> Task:
    before = lookup.find(tx, request.task_id)
    left = [item for item in before.depends_on if item != request.other_id]
    return update.update(
        tx, content, before.task_id, {"depends_on": left, "reason": request.reason}, revision=request.revision
    )


_MOVES: tuple[AnyCommand, ...] = (
    command(
        "task start",
        "Begin to work on a task.",
        input=OnTask,
        permission=_WORK,
        run=lambda tx, request: lifecycle.start(tx, request.task_id, revision=request.revision),
        message="Started.",
    ),
    command(
        "task complete",
        "Complete a task, or show everything that still stands in the way.",
        input=OnTask,
        permission=_WORK,
        run=lambda tx, request: lifecycle.complete(tx, request.task_id, revision=request.revision),
        message="Task completed.",
    ),
    command(
        "task resume",
        "Go on with a task that was waiting, blocked, put off, or asking for help.",
        input=OnTask,
        permission=_WORK,
        run=lambda tx, request: lifecycle.resume(tx, request.task_id, revision=request.revision),
        message="Resumed.",
    ),
    command(
        "task put-back",
        "Put a task back to do.",
        input=inputs.WithReason,
        permission=_WORK,
        run=lambda tx, request: lifecycle.put_back(
            tx, request.task_id, reason=request.reason, revision=request.revision
        ),
        message="Put back to do.",
    ),
    command(
        "task wait",
        "Wait for somebody outside, and follow up later.",
        input=inputs.Wait,
        permission=_WORK,
        run=_wait,
        message="Waiting. It comes back to you on the follow-up date.",
    ),
    command(
        "task block",
        "Say that an obstacle holds the task up.",
        input=inputs.Block,
        permission=_WORK,
        run=lambda tx, request: lifecycle.block(
            tx, request.task_id, request.reason, revision=request.revision
        ),
        message="Marked as blocked.",
    ),
    command(
        "task defer",
        "Put a task off to a later day.",
        input=inputs.Defer,
        permission=_WORK,
        run=lambda tx, request: lifecycle.defer(
            tx, request.task_id, request.until, reason=request.reason, revision=request.revision
        ),
        message="Put off.",
    ),
    command(
        "task skip",
        "Close a task as not needed this time.",
        input=inputs.Skip,
        permission=_WORK,
        run=_skip,
        message="Skipped.",
    ),
    command(
        "task cancel",
        "Cancel a task.",
        input=inputs.WithReason,
        permission=_WORK,
        run=lambda tx, request: lifecycle.cancel(
            tx, request.task_id, request.reason, revision=request.revision
        ),
        message="Cancelled.",
    ),
    command(
        "task delete",
        "Call off a task that is not in progress; nothing is removed.",
        input=inputs.WithReason,
        permission=_WORK,
        run=lambda tx, request: lifecycle.delete(
            tx, request.task_id, request.reason, revision=request.revision
        ),
        message="Cancelled.",
    ),
)

_PEOPLE: tuple[AnyCommand, ...] = (
    command(
        "task claim",
        "Take a task that waits for one of your roles.",
        input=OnTask,
        permission=Permission.CLAIM,
        run=lambda tx, request: assignment.claim(tx, request.task_id, revision=request.revision),
        message="It is yours now.",
    ),
    command(
        "task assign",
        "Give a task to an employee.",
        input=inputs.Assign,
        permission=_WORK,
        run=_assign,
        message="Assigned.",
    ),
    command(
        "task help",
        "Ask a manager for help with a task.",
        input=inputs.Help,
        permission=_WORK,
        run=lambda tx, request: help_requests.ask(
            tx, request.task_id, request.question, revision=request.revision
        ),
        message="Asked for help. You will see the answer in your inbox.",
    ),
    command(
        "task answer",
        "Answer a request for help; whoever asked resumes the task.",
        input=inputs.Answer,
        permission=_DECIDE,
        run=_answer,
        message="Answered. Whoever asked sees it in their inbox.",
    ),
    command(
        "task review",
        "Permit a task to run, or refuse it.",
        input=inputs.Review,
        permission=_DECIDE,
        run=_review,
        message=_reviewed,
    ),
    command(
        "task note",
        "Leave a dated remark.",
        input=inputs.Remark,
        permission=_WORK,
        run=lambda tx, request: notes.add(tx, request.task_id, request.body),
        message="Note added.",
    ),
    command(
        "task edit-note",
        "Give a note of your own another text; the earlier one stays readable.",
        input=inputs.EditedRemark,
        permission=_WORK,
        run=lambda tx, request: notes.edit(tx, request.task_id, request.task_note_id, request.body),
        message="Note edited.",
    ),
)

_PARTS: tuple[AnyCommand, ...] = (
    command(
        "task step",
        "Tick a step, or say why it does not apply here.",
        input=inputs.Tick,
        permission=_WORK,
        run=_tick,
        message=_ticked,
    ),
    command(
        "task add-step",
        "Add a step of your own.",
        input=inputs.NewStep,
        permission=_WORK,
        run=lambda tx, request: steps.add_step(
            tx, request.task_id, request.title, request.description, required=request.required
        ),
        message="Step added.",
    ),
    command(
        "task drop-step",
        "Take back a step that was added to a task.",
        input=inputs.DropStep,
        permission=_WORK,
        run=_drop_step,
        message=lambda step: f"“{step.title}” is taken back.",
    ),
    Command(
        name="task drop-dependency",
        help="Take another task out of what this one comes after.",
        input=inputs.DropDependency,
        permission=_WORK,
        prepare=with_content,
        run=_drop,
        message=saying("Taken out: this task does not wait for it any more."),
    ),
)

COMMANDS: tuple[AnyCommand, ...] = (*MAKING, *UPDATING, *BULK, *_MOVES, *_PEOPLE, *_PARTS, *EVIDENCE)
