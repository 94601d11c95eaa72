"""Everything that a bundle's page shows, loaded in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby

from engine.audit import history
from engine.audit.models import Event
from engine.bundles import links, pins, queries, service, visibility
from engine.bundles.dates import in_order
from engine.bundles.models import Bundle, BundleLink, PinnedTemplate
from engine.bundles.queries import Progress
from engine.bundles.visibility import BundleChange
from engine.catalog.catalog import Content
from engine.catalog.models import ProcessDoc, TaskTemplate
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import Violation, WorkbenchError
from engine.qa.discretion import discreet
from engine.reference.models import Campaign, Partner
from engine.tasks import dependencies
from engine.tasks import queries as task_queries
from engine.tasks import visibility as task_visibility
from engine.tasks.models import Task, TaskStatus
from engine.tasks.queries import TaskFilter, TaskRow
from engine.transaction import Transaction
from web.pages import graph_picture
from web.pages.graph_picture import Picture
from web.pages.names import NamingPage

#: How many events are shown until more are asked for, and then.
#: The newest; the story has all of it.
_TIMELINE = 10
_MAX_TASKS = 10_000
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PhaseGroup:
    """The tasks of one phase."""

    key: str
    name: str
    rows: list[TaskRow]

    @property
    def done(self) -> int:
        """How many are closed."""
        return sum(1 for row in self.rows if row.task.is_terminal)

    @property
    def late(self) -> int:
        """How many are late."""
        return sum(1 for row in self.rows if row.is_late)


@dataclass(frozen=True)
class BundlePage(NamingPage):
    """One bundle with its surroundings, as the signed-in user may see and change it."""

    content: Content = field(repr=False)
    bundle: Bundle

    # -- what it is ------------------------------------------------------------------------

    @cached_property
    def pinned(self) -> PinnedTemplate:
        """The content that it was made from."""
        return pins.get_pin(self.tx, self.bundle)

    @cached_property
    def resolved(self) -> ResolvedTemplate:
        """The template as this bundle sees it for ever."""
        return ResolvedTemplate.from_pin(self.pinned.content)

    @property
    def template(self) -> TaskTemplate:
        """The pinned template."""
        return self.resolved.template

    @property
    def documents(self) -> list[ProcessDoc]:
        """The process documents behind the whole template, as pinned."""
        docs = self.resolved.process_docs
        return [docs[doc_id] for doc_id in self.bundle.source_doc_ids if doc_id in docs]

    @cached_property
    def partner(self) -> Partner | None:
        """Whom it is for."""
        return self.tx.find_by_key(Partner, self.bundle.partner_id) if self.bundle.partner_id else None

    @cached_property
    def campaign(self) -> Campaign | None:
        """Which campaign it is for."""
        return self.tx.find_by_key(Campaign, self.bundle.campaign_id) if self.bundle.campaign_id else None

    @cached_property
    def newer_exists(self) -> bool:
        """Whether the template, or anything it depends on, has changed since it was pinned."""
        partner = self.partner.key if self.partner else None
        campaign = self.campaign.key if self.campaign else None
        try:
            now = self.content.resolve(self.bundle.template_id, partner=partner, campaign=campaign)
        except WorkbenchError:
            return False  # what cannot be started now is nothing newer; the templates page says what is wrong
        return now.closure_hash != self.bundle.template_hash

    @property
    def is_in_catalog(self) -> bool:
        """Whether the template still exists, so that its page can be opened."""
        return self.bundle.template_id in self.content.templates

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """The parameters by their titles, with their values as people read them."""
        declared = (self.template.parameters or {}).get("properties", {})
        return [
            (str(declared.get(name, {}).get("title") or name.replace("_", " ")), _shown(value))
            for name, value in self.bundle.parameters.items()
        ]

    # -- how far it is ---------------------------------------------------------------------

    @cached_property
    def rows(self) -> list[TaskRow]:
        """The tasks in the template's order."""
        wanted = TaskFilter(bundle_id=self.bundle.bundle_id, limit=_MAX_TASKS)
        return sorted(task_queries.list_tasks(self.tx, wanted).items, key=lambda row: in_order(row.task))

    @cached_property
    def phases(self) -> list[PhaseGroup]:
        """The tasks by phase, phases in the template's order, tasks without one last."""
        order = {phase.key: (number, phase.name) for number, phase in enumerate(self.template.phases)}
        last = (len(order), "Other tasks" if order else "Tasks")

        def place(row: TaskRow) -> tuple[int, str]:
            return order.get(row.task.phase or "", last)

        ordered = sorted(self.rows, key=lambda row: place(row)[0])
        return [
            PhaseGroup(group[0].task.phase or "none", name, group)
            for (_, name), found in groupby(ordered, key=place)
            if (group := list(found))
        ]

    @cached_property
    def progress(self) -> Progress:
        """Done, open and late."""
        found = queries.progress_of(self.tx, [self.bundle.bundle_id])
        return found.get(self.bundle.bundle_id, Progress())

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """The tasks by id, to name dependencies."""
        return {row.task.task_id: row.task for row in self.rows}

    def dependencies(self, task: Task) -> list[Task]:
        """Return the tasks that come before ``task``."""
        return [self.tasks[task_id] for task_id in task.depends_on if task_id in self.tasks]

    @cached_property
    def picture(self) -> Picture:
        """What waits for what, drawn."""
        return graph_picture.draw(dependencies.graph(self.tx, self.bundle.bundle_id))

    @cached_property
    def next_row(self) -> TaskRow | None:
        """The task that this person could do next: free to go, theirs to work, soonest due."""
        ready = [
            row for row in self.rows if row.task.status in (TaskStatus.IN_PROGRESS, TaskStatus.PENDING)
            and not row.task.is_blocked and task_visibility.works(self.tx, row.task)
        ]  # fmt: skip
        return min(ready, key=lambda row: (row.task.deadline or _NEVER, row.task.position), default=None)

    @cached_property
    def links(self) -> list[BundleLink]:
        """The links in the template's order."""
        return links.links_of(self.tx, self.bundle.bundle_id)

    @property
    def filled(self) -> int:
        """How many links are filled or waived."""
        return sum(1 for link in self.links if link.is_settled)

    def filler(self, link: BundleLink) -> Task | None:
        """Return the task that filled or waived a link, or will fill it."""
        known = self.tasks.get(link.filled_by_task_id or link.waived_by_task_id or "")
        return known or next((row.task for row in self.rows if row.task.fills_link == link.name), None)

    @cached_property
    def timeline(self) -> list[Event]:
        """What happened, newest first, as the user may read it."""
        return discreet(self.tx, history.timeline(self.tx, bundle_id=self.bundle.bundle_id, limit=_TIMELINE))

    # -- what can be done ------------------------------------------------------------------

    def may(self, change: str) -> bool:
        """Say whether the user may make this change now; ``change`` is the name of a ``BundleChange``."""
        return self.bundle.is_active and visibility.may_change(self.tx, self.bundle, BundleChange[change])

    @cached_property
    def blockers(self) -> list[Violation]:
        """What keeps the bundle from being completed."""
        tasks = [row.task for row in self.rows]
        return service.violations(tasks, self.links) if self.bundle.is_active else []

    @property
    def open_tasks(self) -> list[Task]:
        """The tasks that keep it open."""
        return [row.task for row in self.rows if row.task.is_open]

    @property
    def started(self) -> int:
        """How many open tasks are in somebody's hands."""
        untouched = (TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.DEFERRED)
        return sum(1 for task in self.open_tasks if task.status not in untouched)

    @property
    def missing_links(self) -> list[BundleLink]:
        """The links that keep it open."""
        return [link for link in self.links if link.is_missing]

    @cached_property
    def stages(self) -> list[str]:
        """The stages that the template knows, in the order of its phases, and the present one."""
        named = [phase.stage for phase in self.template.phases] + [
            task.stage_on_complete for task in self.template.tasks
        ]
        return list(dict.fromkeys(stage for stage in [*named, self.bundle.stage] if stage))


def load(tx: Transaction, content: Content, bundle_id: str) -> BundlePage:
    """Return the page of a bundle.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    return BundlePage(tx, content, tx.get(Bundle, bundle_id))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
