"""The people of the demo and what they can do: each method is one use case at the story's moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import instantiate, service
from engine.bundles.models import BundleLink, LinkState
from engine.bundles.request import NewBundle
from engine.clock import HindsightClock
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.errors import CompletionRefusedError
from engine.reference.models import Employee
from engine.tasks import create, lifecycle, notes, proof, steps
from engine.tasks.models import Proof, ProofKind, Step, Task
from engine.transaction import Transaction


class Cast:
    """Everybody who acts in the story, and the clock they act by."""

    def __init__(self, workbench: Workbench, *, today: date) -> None:
        self.workbench, self.today = workbench, today
        self.clock = HindsightClock(datetime.combine(today, time(8), UTC))
        self._actors: dict[str, Actor] = {}
        self._employees: dict[str, str] = {}

    # -- time and people -----------------------------------------------------------------

    def at(self, day: int, hour: int) -> None:
        """Move the clock to an hour of a day counted from today."""
        self.clock.set(datetime.combine(self.today + timedelta(days=day), time(hour), UTC))

    def at_due(self, task: Task, hour: int, *, earliest: int = -31) -> None:
        """Move the clock to the task's due day, but not after yesterday and not before ``earliest``."""
        due = task.due_date or self.today
        day = max(earliest, min((due - self.today).days, -1))
        self.at(day, hour)
        self.clock.advance(minutes=task.position * 3)

    def enter(self, keys: list[str]) -> None:
        """Bring the users on stage."""
        for key in keys:
            self._actors[key] = self.workbench.actor_by_email(f"{key}@example.com")
        with self.workbench.reading(self.workbench.operator()) as tx:
            self._employees = {employee.employee_id: employee.key for employee in tx.find(Employee)}

    @contextmanager
    def acting(self, who: str) -> Iterator[Transaction]:
        """Open a unit of work for somebody."""
        with self.workbench.transaction(self._actors[who]) as tx:
            yield tx

    def is_own_work(self, who: str, task: Task) -> bool:
        """Whether the task is assigned to somebody, or was completed by them."""
        actor = self._actors[who]
        return actor.employee_id == task.assignee_id or (
            task.assignee_id is None and task.completed_by == actor.user_id
        )

    def has_role(self, task: Task, role: str) -> bool:
        """Whether the task was meant for an assignee role."""
        return task.assignee_role == role

    # -- bundles -------------------------------------------------------------------------

    def start(self, who: str, key: str, *, anchor: int, **fields: Any) -> str:
        """Start a template anchored on a day counted from today; return the bundle's id."""
        new = NewBundle(template=key, anchor_date=self.today + timedelta(days=anchor), **fields)
        content = self.workbench.content()
        with self.acting(who) as tx:
            return instantiate.create(tx, content, new).bundle_id

    def tasks(self, bundle_id: str, *, open_only: bool = False) -> list[Task]:
        """Return the bundle's tasks by due date."""
        with self.workbench.reading(self._actors["mara"]) as tx:
            found = tx.find(Task, bundle_id=bundle_id)
        wanted = [task for task in found if not (open_only and task.is_terminal)]
        return sorted(wanted, key=lambda task: (task.due_date or date.max, task.position))

    def tasks_due(self, bundle_id: str, *, before: int) -> list[Task]:
        """Return the tasks due before a day counted from today."""
        limit = self.today + timedelta(days=before)
        return [task for task in self.tasks(bundle_id) if task.due_date and task.due_date < limit]

    def fill_missing_links(self, who: str, bundle_id: str) -> None:
        """Fill what is still an empty required link."""
        with self.workbench.reading(self._actors[who]) as tx:
            links = tx.find(BundleLink, bundle_id=bundle_id)
        for link in links:
            if link.required and link.state is LinkState.EMPTY:
                with self.acting("mara") as tx:
                    service.fill_link(tx, bundle_id, link.name, _address(link.name, bundle_id))

    # -- tasks ---------------------------------------------------------------------------

    def alone(
        self, who: str, title: str, assignee: str | None, days: int, task_type: str = "untyped", **fields: Any
    ) -> Task:
        """Make a task of no bundle, due some days from today."""
        day = self.today + timedelta(days=days)
        request = {"title": title, "task_type": task_type, "due_date": day.isoformat(), **fields}
        if assignee:
            request["assignee"] = assignee
        with self.acting(who) as tx:
            return create.create(tx, self.workbench.content(), create.NewTask.parse(request))

    def begin(self, who: str, task: Task) -> None:
        """Start a task."""
        with self._working(who, task) as tx:
            lifecycle.start(tx, task.task_id)

    def finish(self, who: str, task: Task) -> None:
        """Do everything a task asks for and complete it; links it needs are filled by hand first."""
        worker = self._able(who, task)
        with self.acting(worker) as tx:
            lifecycle.start(tx, task.task_id)
            for step in sorted(tx.find(Step, task_id=task.task_id), key=lambda item: item.position):
                steps.complete_step(tx, task.task_id, step.ref)
            for owed in tx.find(Proof, task_id=task.task_id):
                if owed.required:
                    proof.give(tx, task.task_id, owed.label, _evidence(owed, task))
            for row in tx.find(Deliverable, task_id=task.task_id):
                versions.edit(tx, row.deliverable_id, url=_address(row.ref, task.task_id))
        self.clock.advance(minutes=25)
        try:
            with self.acting(worker) as tx:
                lifecycle.complete(tx, task.task_id)
        except CompletionRefusedError as refusal:
            self._fill_links(task, refusal)
            with self.acting(worker) as tx:
                lifecycle.complete(tx, task.task_id)

    def _fill_links(self, task: Task, refusal: CompletionRefusedError) -> None:
        """Fill the links that the refusal names; anything else is the story's fault and stays an error."""
        for violation in refusal.violations:
            if violation.area != "links" or task.bundle_id is None:
                raise refusal
            with self.acting("mara") as tx:
                url = _address(violation.subject, task.bundle_id)
                service.fill_link(tx, task.bundle_id, violation.subject, url)

    def skip(self, who: str, task: Task, reason: str, comment: str) -> None:
        """Skip a task."""
        with self._working(who, task) as tx:
            lifecycle.skip(tx, task.task_id, reason, comment=comment)

    def wait(self, who: str, task: Task, waiting_for: str, comment: str) -> None:
        """Start a task and wait for somebody outside."""
        with self._working(who, task) as tx:
            lifecycle.start(tx, task.task_id)
            lifecycle.wait(tx, task.task_id, waiting_for, comment=comment)

    def block(self, who: str, task: Task, reason: str) -> None:
        """Start a task and meet an obstacle."""
        with self._working(who, task) as tx:
            lifecycle.start(tx, task.task_id)
            lifecycle.block(tx, task.task_id, reason)

    def say(self, who: str, task: Task, text: str) -> None:
        """Leave a note."""
        with self.acting(self._able(who, task)) as tx:
            notes.add(tx, task.task_id, text)

    @contextmanager
    def _working(self, who: str, task: Task) -> Iterator[Transaction]:
        with self.acting(self._able(who, task)) as tx:
            yield tx

    def _able(self, who: str, task: Task) -> str:
        """Return ``who`` if they may work the task, else its assignee, else the manager."""
        assigned = self._employees.get(task.assignee_id or "")
        if who in (assigned, "mara"):
            return who
        return assigned if assigned in self._actors else "mara"


def _address(name: str, salt: str) -> str:
    """Return a plausible address for a link or a deliverable."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-")
    return f"https://files.example.com/{slug}/{salt[-6:].lower()}"


def _evidence(owed: Proof, task: Task) -> str | dict[str, Any]:
    """Return evidence of the kind that is owed."""
    if owed.kind is ProofKind.URL:
        if "email" in owed.label.lower():
            return "mailto:guest@example.org"
        return _address(owed.label, task.bundle_id or task.task_id)
    if owed.kind is ProofKind.FILE:
        return {"file_name": "document.pdf", "size_bytes": 48_213, "content_type": "application/pdf"}
    if owed.kind is ProofKind.EXTERNAL_STATUS:
        system = task.systems[0] if task.systems else "spreadsheet"
        return {"system": system, "reference": f"row {task.task_number}", "status": "done"}
    return "Done and checked against the process doc."
