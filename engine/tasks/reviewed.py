"""What a human review looks at, as a hash: a permission to run is one for exactly that (S28)."""

from __future__ import annotations

import hashlib

from engine.record import canonical
from engine.tasks.models import Step, Task
from engine.tasks.vocabulary import CHANGE_ASKED_FOR
from engine.transaction import Transaction

#: What of a task says what runs, and how. When it runs and who is told of it is no part of that.
FIELDS = frozenset(
    {
        "title",
        "description",
        "task_type",
        "template_hash",
        "assigned_to_bot",
        "execution_type",
        "execution_config",
        "max_retries",
        "config",
        "tools",
        "rules",
        "systems",
        "validation",
        "instruction_doc_id",
        "instruction_step_id",
        "instructions_url",
        "expected_artifacts",
    }
)
_OF_STEP = {"ref", "title", "description", "required"}


def content_hash(tx: Transaction, task: Task) -> str:
    """Return the SHA-256 over what runs: those fields and the steps to be done, but for changes asked for."""
    steps = [
        step.model_dump(mode="json", include=_OF_STEP)
        for step in tx.find(Step, task_id=task.task_id, order_by=("position",))
        if not (step.is_left_out or step.title.startswith(CHANGE_ASKED_FOR))
    ]
    looked_at = task.model_dump(mode="json", include=set(FIELDS)) | {"steps": steps}
    return hashlib.sha256(canonical(looked_at)).hexdigest()
