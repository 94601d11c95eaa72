"""Whether the settings of a task may use secrets: somebody other than whoever wrote them vouches for them.

A task type lists which secrets its tasks may send where. Who may change a task must not thereby use them at
will: what is sent is what the content's repository says, or what a human review permitted (S28).
"""

from __future__ import annotations

from engine.bundles import pins
from engine.bundles.models import Bundle
from engine.bundles.parts import execution_config
from engine.tasks import reviewed
from engine.tasks.models import Task
from engine.transaction import Transaction


def refusal(tx: Transaction, task: Task) -> str | None:
    """Say why no secret is opened for a task with these settings; None where some may be."""
    if _is_permitted(tx, task) or _is_of_template(tx, task):
        return None
    whose = "differ from what its template says" if task.template_task_ref else "were written for it alone"
    return (
        f"The settings of task {task.name} {whose}, and no human review permitted them as they are: they use "
        "no secrets. Clone the task, and ask for a human review (requires_human_review) before it runs."
    )


def _is_permitted(tx: Transaction, task: Task) -> bool:
    is_open = task.requires_human_review or task.human_review_hash is None
    return not is_open and task.human_review_hash == reviewed.content_hash(tx, task)


def _is_of_template(tx: Transaction, task: Task) -> bool:
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    if bundle is None or task.template_task_ref is None:
        return False
    resolved = pins.resolved_of(tx, bundle)
    definition = next((one for one in resolved.template.tasks if one.ref == task.template_task_ref), None)
    return definition is not None and task.execution_config == execution_config(
        resolved, definition, bundle.parameters
    )
