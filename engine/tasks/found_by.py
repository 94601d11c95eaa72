"""What a search finds a task by, in its own record and those of its parts (LST-10): what they say now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.fulltext import Rank, Told
from engine.tasks.states import TaskStatus

#: Facts of a proof that people read; the others are its fingerprint and measures.
_READ_OF_PROOF = ("system", "reference", "status")


def of_task(task: Mapping[str, Any]) -> Iterator[Told]:
    """Give what a task says: what it is, whom it waits for, and why it stands where it does."""
    task_id = task["task_id"]
    yield Told(Rank.TITLE, task_id, task["title"])
    yield Told(Rank.DESCRIPTION, task_id, task.get("description") or "")
    yield Told(Rank.WAITING_FOR, task_id, task.get("waiting_for") or "")
    # Of a cancelled task the status says in set words who ended it; why, it says beside it (CNF-22).
    is_cancelled = task["status"] == TaskStatus.CANCELLED
    status_reason = None if is_cancelled else task.get("status_reason")
    yield Told(
        Rank.REASON, task_id, _lines(status_reason, task.get("skip_reason"), task.get("cancel_reason"))
    )


def of_step(step: Mapping[str, Any]) -> Iterator[Told]:
    """Give what a step says, and why it does not apply; of one that was taken back nothing (OPQ-13)."""
    why = step.get("left_out_reason")
    if why is not None or step.get("left_out_at") is None:
        yield Told(Rank.STEP, step["task_id"], _lines(step["title"], step.get("description"), why))


def of_proof(proof: Mapping[str, Any]) -> Iterator[Told]:
    """Give what is asked for as proof, and what was given."""
    facts = proof.get("facts") or {}
    said = (facts.get(name) for name in _READ_OF_PROOF)
    yield Told(Rank.PROOF, proof["task_id"], _lines(proof["label"], proof.get("value"), *said))


def of_note(note: Mapping[str, Any]) -> Iterator[Told]:
    """Give the text that a note has now (TSK-31)."""
    yield Told(Rank.NOTE, note["task_id"], note["body"])


def _lines(*texts: Any) -> str:
    """Put texts one below the other, each once."""
    return "\n".join(dict.fromkeys(text for text in texts if text and isinstance(text, str)))
