"""What has to be known of running work to judge a change of its template; the store or an index tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from engine.migration.matrix import State


@dataclass(frozen=True, kw_only=True)
class TaskFacts:
    """One task of a bundle, without a word that anybody wrote."""

    #: Its name in the template that the bundle pinned.
    ref: str
    state: State
    #: What a person has changed since it was made, by the names of ``on_change``; told of open tasks.
    by_hand: frozenset[str] = frozenset()
    #: How many ticks, proofs, deliverables and notes it has; told of tasks that nobody has begun.
    collected: int = 0
    #: When it was completed or skipped, as due dates count from it; None until then.
    done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BundleFacts:
    """One running bundle, without a word that anybody wrote."""

    bundle_id: str
    template: str
    #: Which revision of the template it pinned.
    closure_hash: str
    #: The keys of whom it is for, as overrides name them; None also where no override names them.
    partner: str | None
    campaign: str | None
    anchor_date: date
    #: The UTC moment of its start.
    started_at: datetime
    #: With their defaults filled in; from an index only those that it may tell.
    parameters: Mapping[str, Any]
    #: Names of parameters that it has and an index does not tell.
    withheld: frozenset[str] = frozenset()
    #: Those that its template made; what somebody added since, repeats too, is theirs and stays (UPD-36).
    tasks: tuple[TaskFacts, ...] = ()

    def with_tasks(self, tasks: Iterable[TaskFacts]) -> BundleFacts:
        """Return the same bundle with these tasks."""
        return replace(self, tasks=tuple(tasks))

    @cached_property
    def by_ref(self) -> Mapping[str, TaskFacts]:
        """Its tasks by their names in the pinned template."""
        return {task.ref: task for task in self.tasks}

    @cached_property
    def done(self) -> Mapping[str, datetime]:
        """When tasks were completed or skipped, by name."""
        return {ref: task.done_at for ref, task in self.by_ref.items() if task.done_at is not None}
