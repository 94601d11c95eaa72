"""Who may work without a second look: rejections, changes and questions per person and type (RPT-05)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.deliverables.models import ApprovalStatus
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import People
from engine.reports.queries import Completed, TaskHead
from engine.reports.tables import Column, ColumnKind, Point, Report, Row, Table, bars, percent, share
from engine.transaction import Transaction

#: When somebody in training looks ready: so many tasks, so many passed at the first look, so few questions.
_ENOUGH_TASKS = 5
_FIRST_PASS = 0.8
_FEW_QUESTIONS = 0.2
_CHARTED = 20


@dataclass
class _Work:
    """What happened to one task in one person's hands."""

    latest: datetime
    is_completed: bool = False
    outcomes: list[ApprovalStatus] = field(default_factory=list)
    questions: int = 0

    @property
    def passed_first(self) -> bool:
        """Whether every decision on it was a plain approval."""
        return all(outcome is ApprovalStatus.APPROVED for outcome in self.outcomes)


class _Record:
    """The work of people, by person and type, then by task."""

    def __init__(self) -> None:
        self.by_person: dict[tuple[str, str], dict[str, _Work]] = {}

    def work(self, employee_id: str, task: TaskHead | Completed, moment: datetime) -> _Work:
        """Give the account of a task in somebody's hands, and note that it was touched then."""
        tasks = self.by_person.setdefault((employee_id, task.task_type), {})
        work = tasks.setdefault(task.task_id, _Work(latest=moment))
        work.latest = max(work.latest, moment)
        return work


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return a row per person and task type over the newest tasks of each."""
    people = People(tx)
    record = _gather(tx, wanted, people)
    found = [
        _row(people, employee_id, task_type, tasks, wanted.last)
        for (employee_id, task_type), tasks in record.by_person.items()
        if wanted.employee_id in (None, employee_id)
    ]
    rows = sorted(found, key=lambda row: (str(row["employee"]), str(row["task_type"])))
    points = [
        Point(
            label=f"{row['employee']}, {row['task_type']}",
            value=float(rate),
            shown=f"{percent(float(rate))} of {row['judged']} judged",
        )
        for row in rows
        if isinstance(rate := row["first_pass_rate"], float)
    ]
    chart = bars("Passed at the first look", points[:_CHARTED], highest=1.0)
    return Table(columns=REPORT.columns, rows=rows, chart=chart, remarks=_remarks(wanted))


def _gather(tx: Transaction, wanted: Filters, people: People) -> _Record:
    record = _Record()
    for done in queries.completed(tx, wanted):
        record.work(done.employee_id, done, done.at).is_completed = True
    for item in queries.requests(tx, wanted, people.whose(wanted.employee_id)):
        for employee_id in people.did(item.authors, item.task.assignee_id):
            decided_at = item.decided_at or item.requested_at
            record.work(employee_id, item.task, decided_at).outcomes.append(item.status)
    for asked in queries.help_asked(tx, wanted):
        if who := people.who_asked(asked):
            record.work(who, asked.task, asked.at).questions += 1
    return record


def _row(people: People, employee_id: str, task_type: str, tasks: dict[str, _Work], last: int) -> Row:
    newest = sorted(tasks.values(), key=lambda work: work.latest, reverse=True)[:last]
    judged = [work for work in newest if work.outcomes]
    outcomes = [outcome for work in newest for outcome in work.outcomes]
    questions = sum(work.questions for work in newest)
    rejections = outcomes.count(ApprovalStatus.REJECTED)
    first_pass = share(sum(work.passed_first for work in judged), len(judged))
    help_rate = share(questions, len(newest))
    employee = people.employees.get(employee_id)
    in_training = employee.training if employee is not None else False
    return {
        "employee": people.name(employee_id),
        "task_type": task_type,
        "tasks": len(newest),
        "completed": sum(work.is_completed for work in newest),
        "judged": len(judged),
        "rejections": rejections,
        "with_changes": outcomes.count(ApprovalStatus.APPROVED_PENDING_CHANGES),
        "help_requests": questions,
        "first_pass_rate": first_pass,
        "rejections_per_task": round(rejections / len(newest), 2),
        "help_per_task": help_rate,
        "training": in_training,
        "hint": _hint(in_training, len(judged), first_pass, help_rate),
        "employee_id": employee_id if employee is not None else None,
    }


def _hint(in_training: bool, judged: int, first_pass: float | None, help_rate: float | None) -> str | None:
    """Say what the numbers suggest about somebody in training; a person decides."""
    if not in_training:
        return None
    if judged < _ENOUGH_TASKS:
        return f"too early to say: {judged} of {_ENOUGH_TASKS} tasks judged"
    if (first_pass or 0) >= _FIRST_PASS and (help_rate or 0) <= _FEW_QUESTIONS:
        return "looks ready: consider ending the training"
    return "not yet: too much goes back or is asked"


def _remarks(wanted: Filters) -> list[str]:
    window = (
        f"Each row is about the newest {wanted.last} tasks of a person and type that were completed, judged "
        "or asked about in this time."
    )
    ready = (
        f"Somebody in training looks ready after {_ENOUGH_TASKS} judged tasks, {percent(_FIRST_PASS)} of "
        f"them approved at once, with a question in at most {percent(_FEW_QUESTIONS)} of the tasks."
    )
    return [window, ready]


REPORT = Report(
    name="readiness",
    title="Readiness after training",
    description="Rejections, approvals with changes and requests for help per person and task type: who "
    "needs no second look any more, and who still needs help with what.",
    columns=(
        Column(name="employee", title="Person"),
        Column(name="task_type", title="Type"),
        Column(name="tasks", title="Tasks", kind=ColumnKind.NUMBER),
        Column(name="completed", title="Completed", kind=ColumnKind.NUMBER),
        Column(name="judged", title="Judged", kind=ColumnKind.NUMBER),
        Column(name="rejections", title="Rejections", kind=ColumnKind.NUMBER),
        Column(name="with_changes", title="Approved with changes", kind=ColumnKind.NUMBER),
        Column(name="help_requests", title="Help requests", kind=ColumnKind.NUMBER),
        Column(name="first_pass_rate", title="Passed at the first look", kind=ColumnKind.SHARE),
        Column(
            name="rejections_per_task",
            title="Rejections per task",
            kind=ColumnKind.NUMBER,
            only_in_files=True,
        ),
        Column(name="help_per_task", title="Questions per task", kind=ColumnKind.NUMBER, only_in_files=True),
        Column(name="training", title="In training", kind=ColumnKind.FLAG),
        Column(name="hint", title="Hint"),
        Column(name="employee_id", title="Employee id", kind=ColumnKind.ID),
    ),
    filters=("employee", "task_type", "template", "partner", "from", "to", "last"),
    is_personal=True,
    run=run,
)
