"""A year of visits, worked through by a fixed seed, with three faults planted in their template."""

from __future__ import annotations

import random
import textwrap
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from engine.app import Workbench
from engine.bundles import instantiate
from engine.bundles.request import NewBundle
from engine.clock import FixedClock
from engine.config import Settings
from engine.evidence.gather import Evidence, of_template
from engine.tasks import lifecycle, steps
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.reported import Case
from tests.told import saved

_TEMPLATE = """
    # yaml-language-server: $schema=../schemas/task_template.schema.json
    key: visit
    name: Visit
    task_type: work
    default_assignee: {role: operator}
    tasks:
      - ref: prepare
        title: Prepare the visit
        offset_days: -10
        steps:
          - {ref: read, title: Read the file}
          - {ref: print, title: Print the file, required: PRINT}
          - {ref: call, title: Call them}
      - ref: write
        title: Write the paper
        depends_on: [prepare]
        offset_days: WRITE
        skip: {reasons: [They need none], comment_required: false}
      - ref: agree
        title: Agree on the paper
        depends_on: [write]
        offset_days: 14
        deliverables: [{ref: paper, type: paper}]
        approval: {required: true}
"""
#: What the approver of the first version says each time.
REMARK = "Where are the figures? Pat of Globex asked Ana for them: https://globex.example/brief"
_MONDAY = date(2027, 1, 4)


class Year:
    """One bundle after the other, each worked through by Ana and judged by Mara, by a fixed seed."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder, self.clock = folder, FixedClock(datetime(2027, 1, 4, 8, tzinfo=UTC))
        self.chance = random.Random(7)  # noqa: S311 - no secret
        self.say()
        self.engine = Workbench(replace(settings, content=str(folder)), clock=self.clock)
        self.case = Case.set_up(self.engine)
        self.done = 0

    def say(self, **instead: str) -> None:
        """Commit the template, with other words in the places that are named in capitals."""
        text = textwrap.dedent(_TEMPLATE).lstrip()
        for name, value in {"WRITE": "-5", "PRINT": "false", **instead}.items():
            text = text.replace(name, value)
        (self.folder / "content/task_templates/visit.yaml").write_text(text)
        commit_all(self.folder)

    def work(self, bundles: int, *, is_sent_back: bool = True) -> None:
        """Work through so many bundles: writing takes five to eight working days."""
        for _ in range(bundles):
            self._bundle(_MONDAY + timedelta(weeks=3 * self.done), is_sent_back=is_sent_back)
            self.done += 1

    def evidence(self, who: str = "mara") -> Evidence:
        return self.case.ask(who, of_template, self.engine.content(), "visit")

    def _bundle(self, monday: date, *, is_sent_back: bool) -> None:
        self._on(monday)
        new = NewBundle(template="visit", anchor_date=monday + timedelta(days=14))
        bundle = self.case.act("mara", instantiate.create, self.engine.content(), new)
        with self.engine.transaction(self.case.people["mara"]) as tx:
            tasks = {task.template_task_ref: task for task in tx.find(Task, bundle_id=bundle.bundle_id)}
            for task in tasks.values():
                task.assignee_id = self.case.people["ana"].employee_id
                saved(tx, task)
        prepared = monday + timedelta(days=self.chance.randint(1, 3))
        self._on(prepared)
        for ref in ("read", "call"):
            self.case.act("ana", steps.complete_step, tasks["prepare"].task_id, ref)
        self.case.act("ana", lifecycle.complete, tasks["prepare"].task_id)
        written = _later(prepared, self.chance.randint(5, 8))
        self._on(written)
        self.case.act("ana", lifecycle.complete, tasks["write"].task_id)
        self._on(_later(written, 1))
        self._agree(tasks["agree"], is_sent_back=is_sent_back)

    def _agree(self, task: Task, *, is_sent_back: bool) -> None:
        self.case.act("ana", lifecycle.start, task.task_id)
        self.case.hand_over(task, "https://docs.example/first")
        if is_sent_back:
            self.case.decide(task, "rejected", REMARK)
            self.case.hand_over(task, "https://docs.example/second")
        self.case.decide(task, "approved")

    def _on(self, day: date) -> None:
        self.clock.set(datetime.combine(day, time(7, self.chance.randint(0, 59)), UTC))


def _later(day: date, working_days: int) -> date:
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5
    return day
