"""The verbs of a task's forms: what each reads from the form, calls and says afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.tasks import approvals, assignment, dates, human_review, lifecycle, lookup
from engine.tasks import help as help_requests
from engine.tasks.models import Task
from engine.transaction import Transaction, check_expected

Form = Mapping[str, str]
Run = Callable[[Transaction, str, Form, int | None], Task]


@dataclass(frozen=True)
class Verb:
    """One thing that a form does to a task."""

    run: Run
    #: What the page says once it is done.
    said: str


def run(name: str, tx: Transaction, task_id: str, form: Form) -> Task:
    """Do what a form asks for; the form's ``revision`` refuses a stale write."""
    return VERBS[name].run(tx, task_id, form, check_expected(form.get("revision")))


def _wait(tx: Transaction, task_id: str, form: Form, revision: int | None) -> Task:
    asked = form.get("follow_up_at", "").strip()
    follow_up: datetime | None = dates.read_moment(asked, "follow_up_at", tx.timezone) if asked else None
    waiting_for, comment = form.get("waiting_for", ""), form.get("comment")
    return lifecycle.wait(tx, task_id, waiting_for, follow_up, comment, revision=revision)


def _defer(tx: Transaction, task_id: str, form: Form, revision: int | None) -> Task:
    until = dates.read_day(form.get("until"), "until")
    return lifecycle.defer(tx, task_id, until, reason=form.get("reason"), revision=revision)


def _help(tx: Transaction, task_id: str, form: Form, revision: int | None) -> Task:
    return help_requests.ask(tx, task_id, form.get("question", ""), revision=revision)


def _answer(tx: Transaction, task_id: str, form: Form, revision: int | None) -> Task:
    task = lookup.find(tx, task_id, revision=revision)
    help_requests.answer(tx, task.task_id, form.get("body", ""))
    return task


VERBS: Mapping[str, Verb] = {
    "start": Verb(lambda tx, task, _, rev: lifecycle.start(tx, task, revision=rev), "Started."),
    "complete": Verb(lambda tx, task, _, rev: lifecycle.complete(tx, task, revision=rev), "Task completed."),
    "resume": Verb(lambda tx, task, _, rev: lifecycle.resume(tx, task, revision=rev), "Resumed."),
    "put_back": Verb(
        lambda tx, task, form, rev: lifecycle.put_back(tx, task, reason=form.get("reason"), revision=rev),
        "Put back to do.",
    ),
    "wait": Verb(_wait, "Waiting. It comes back to you on the follow-up date."),
    "block": Verb(
        lambda tx, task, form, rev: lifecycle.block(tx, task, form.get("reason", ""), revision=rev),
        "Marked as blocked.",
    ),
    "defer": Verb(_defer, "Put off."),
    "skip": Verb(
        lambda tx, task, form, rev: lifecycle.skip(
            tx, task, form.get("reason", ""), form.get("comment"), revision=rev
        ),
        "Skipped.",
    ),
    "cancel": Verb(
        lambda tx, task, form, rev: lifecycle.cancel(tx, task, form.get("reason"), revision=rev), "Cancelled."
    ),
    "request_approval": Verb(
        lambda tx, task, _, rev: approvals.request(tx, task, revision=rev), "Approval requested."
    ),
    "withdraw": Verb(
        lambda tx, task, form, rev: approvals.withdraw(tx, task, form.get("reason"), revision=rev),
        "The request is withdrawn; go on with the same version.",
    ),
    "help": Verb(_help, "Asked for help. You are told as soon as it is answered."),
    "answer": Verb(_answer, "Answered. Whoever asked is told."),
    "review_approve": Verb(
        lambda tx, task, form, rev: human_review.approve(tx, task, form.get("notes"), revision=rev),
        "Permitted: it is queued to run.",
    ),
    "review_reject": Verb(
        lambda tx, task, form, rev: human_review.reject(tx, task, form.get("reason", ""), revision=rev),
        "Rejected: it never runs.",
    ),
    "claim": Verb(lambda tx, task, _, rev: assignment.claim(tx, task, revision=rev), "It is yours now."),
    "assign": Verb(
        lambda tx, task, form, rev: assignment.assign(tx, task, form.get("assignee") or None, revision=rev),
        "Assigned.",
    ),
}
