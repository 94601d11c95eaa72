"""What the demo's people do about each other's work: hand over, decide, ask for help, score."""

from __future__ import annotations

from io import BytesIO

from engine.artifacts.blobs import Blob
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Deliverable
from engine.qa import service as qa
from engine.qa.read_models import QaState
from engine.tasks import help, lifecycle, steps  # noqa: A004 - the verb's own name
from engine.tasks.models import Step, Task
from web.demo.cast import Cast

#: The die of the demo: one of its tasks is chosen by chance, the eleventh that is completed.
_CHOSEN = 11


class Die:
    """A die that falls on 1 exactly once, so that two demos are the same."""

    def __init__(self) -> None:
        self._rolls = 0

    def __call__(self, sides: int) -> int:
        """Return the next roll, 1 to ``sides``."""
        self._rolls += 1
        return 1 if self._rolls == _CHOSEN else 2 + self._rolls % (sides - 1)


def hand_over(cast: Cast, who: str, task: Task, text: str, file_name: str) -> None:
    """Do the required steps and hand over a text as a file; as the next version where one was judged."""
    blob = _stored(cast, text)
    cast.clock.advance(minutes=70)
    with cast.acting(who) as tx:
        for step in sorted(tx.find(Step, task_id=task.task_id), key=lambda item: item.position):
            if step.required and not step.is_completed:
                steps.complete_step(tx, task.task_id, step.ref)
        newest = max(tx.find(Deliverable, task_id=task.task_id), key=lambda row: row.version_number)
        change = versions.new_version if newest.is_frozen else versions.edit
        change(
            tx,
            newest.deliverable_id,
            blob=blob,
            file_name=file_name,
            content_type="text/markdown",
            meta={"word_count": len(text.split())} if "word_count" in newest.meta_schema else None,
        )


def ask(cast: Cast, who: str, task: Task) -> None:
    """Request approval of what a task hands over."""
    with cast.acting(who) as tx:
        approvals.request(tx, task.task_id)


def decide(cast: Cast, who: str, task: Task, outcome: str, feedback: str | None = None) -> None:
    """Decide everything of a task that waits."""
    with cast.acting(who) as tx:
        for approval in approvals.of_task(tx, task.task_id):
            if approval.is_open:
                row, _ = judged(tx, approval)
                decisions.decide(tx, approval.task_approval_id, outcome, feedback, seen=row.content_hash)


def add_and_ask(cast: Cast, who: str, task: Task, ref: str) -> None:
    """Hand over something that no template asked for, and request approval of it."""
    with cast.acting(who) as tx:
        lifecycle.start(tx, task.task_id)
        row = versions.add(tx, task.task_id, ref, type="document")
        versions.edit(tx, row.deliverable_id, url=f"https://docs.example.com/{ref.replace('_', '-')}")
    cast.clock.advance(minutes=45)
    ask(cast, who, task)


def ask_for_help(cast: Cast, who: str, task: Task, question: str) -> None:
    """Get stuck and say so."""
    with cast.acting(who) as tx:
        help.ask(tx, task.task_id, question)


def answer(cast: Cast, who: str, task: Task, text: str) -> None:
    """Answer a question, and let the worker go on."""
    with cast.acting("mara") as tx:
        help.answer(tx, task.task_id, text)
    with cast.acting(who) as tx:
        lifecycle.resume(tx, task.task_id)


def score_oldest(cast: Cast, verdicts: list[tuple[bool, int, str]]) -> None:
    """Score the tasks that wait longest for QA, one per verdict: passed, 1 to 5, feedback."""
    with cast.acting("mara") as tx:
        waiting = [item.row.task for item in qa.queue(tx, QaState.OPEN, limit=100).items]
    others = [task for task in waiting if not cast.is_own_work("mara", task)]
    for task, (passed, score, feedback) in zip(others, verdicts, strict=False):
        with cast.acting("mara") as tx:
            qa.review(tx, task.task_id, passed=passed, score=score, feedback=feedback)
        cast.clock.advance(minutes=7)


def _stored(cast: Cast, text: str) -> Blob:
    workbench = cast.workbench
    return workbench.blobs.put(BytesIO(text.encode()), workbench.settings.max_upload_bytes)
