"""Everything that the page of one bundle shows: tasks by phase, links, progress, pin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.bundles import links, pins, queries
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.service import violations
from engine.bundles.visibility import BundleChange, may_change
from engine.catalog.models import Phase
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import Violation
from engine.reference.models import Campaign, Partner
from engine.tasks.models import Task
from engine.tasks.queries import DocumentRow, rows_of
from engine.tasks.read_models import in_order
from engine.tasks.visibility import seen_among
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class PhaseTasks:
    """The tasks of one phase, in the template's order; those without a phase stand last, under no key."""

    key: str | None
    name: str
    tasks: list[DocumentRow]

    @property
    def done(self) -> int:
        """How many are terminal."""
        return sum(row.task.is_terminal for row in self.tasks)


@dataclass(frozen=True, kw_only=True)
class BundleDetails:
    """One bundle with all that its page shows."""

    bundle: Bundle
    links: list[BundleLink]
    phases: list[PhaseTasks]
    progress: queries.Progress
    #: The template as it is pinned: its revision, its origins, its docs.
    pinned: ResolvedTemplate
    partner: Partner | None
    campaign: Campaign | None
    #: Stages that the template names, in order, then the present one if it is another word.
    stages: list[str]
    #: What the actor may do now.
    allowed: frozenset[BundleChange]
    #: What keeps the bundle from completion; empty once it is closed.
    blockers: list[Violation]


def details(tx: Transaction, bundle_id: str) -> BundleDetails:
    """Return the bundle with all that its page shows.

    Raises:
        NotFoundError: no such bundle, or not the actor's to see.
    """
    bundle = tx.get(Bundle, bundle_id)
    pinned = pins.resolved_of(tx, bundle)
    tasks = tx.find(Task, bundle_id=bundle_id)
    seen = seen_among(tx, tasks)
    rows = rows_of(tx, sorted((task for task in tasks if task.task_id in seen), key=in_order))
    bundle_links = links.links_of(tx, bundle_id)
    return BundleDetails(
        bundle=bundle,
        links=bundle_links,
        phases=_by_phase(pinned.template.phases, rows),
        progress=queries.progress_of(tx, [bundle_id]).get(bundle_id, queries.Progress()),
        pinned=pinned,
        partner=tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None,
        campaign=tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None,
        stages=_stages(pinned, bundle),
        allowed=frozenset(
            change for change in BundleChange if bundle.is_active and may_change(tx, bundle, change)
        ),
        blockers=violations((row.task for row in rows), bundle_links) if bundle.is_active else [],
    )


def _by_phase(phases: Sequence[Phase], rows: Sequence[DocumentRow]) -> list[PhaseTasks]:
    groups = [
        PhaseTasks(key=phase.key, name=phase.name, tasks=[row for row in rows if row.task.phase == phase.key])
        for phase in phases
    ]
    known = {phase.key for phase in phases}
    others = [row for row in rows if row.task.phase not in known]
    if others:
        groups.append(PhaseTasks(key=None, name="Other tasks" if groups else "Tasks", tasks=others))
    return [group for group in groups if group.tasks]


def _stages(pinned: ResolvedTemplate, bundle: Bundle) -> list[str]:
    named = [phase.stage for phase in pinned.template.phases if phase.stage]
    named += [task.stage_on_complete for task in pinned.template.tasks if task.stage_on_complete]
    return list(dict.fromkeys([*named, bundle.stage]))
