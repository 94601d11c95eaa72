"""Everything that a bundle's page shows; plain data. ``bundle_loading`` reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, takewhile
from urllib.parse import urlencode

from engine.audit.models import Event
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.queries import Progress
from engine.bundles.visibility import BundleChange
from engine.catalog.models import ProcessDoc, TaskTemplate
from engine.catalog.resolved import ResolvedTemplate
from engine.reference.models import Campaign, Partner
from engine.tasks.read_models import PlacedRow
from engine.tasks.states import TaskStatus
from engine.watching.models import WatchMode
from web.pages.graph_picture import Picture
from web.pages.names import NamingPage
from web.pages.parameter_fields import PREFIX, text_of

#: How many tasks the page shows, and how many of those that keep it open by name; the list has all.
MOST_ROWS, MOST_NAMED = 120, 10
#: Servers take a line of 4,000 characters and some.
_LONGEST_QUERY = 3_000


@dataclass(frozen=True)
class PhaseGroup:
    """The tasks of one phase."""

    key: str
    name: str
    rows: Sequence[PlacedRow]
    #: How many of them the page shows.
    shown: int

    @property
    def more(self) -> int:
        """How many it does not show."""
        return len(self.rows) - self.shown

    @cached_property
    def done(self) -> int:
        """How many are closed."""
        return sum(1 for row in self.rows if row.is_terminal)

    @property
    def is_finished(self) -> bool:
        """Whether nothing in it is left to do."""
        return self.done == len(self.rows)

    @cached_property
    def late(self) -> int:
        """How many are late."""
        return sum(1 for row in self.rows if row.is_late)


@dataclass(frozen=True, kw_only=True)
class ChangingPage(NamingPage):
    """A page on which something of a bundle may be changed."""

    bundle: Bundle
    #: What the user may change now, of what the page is about.
    changes: AbstractSet[BundleChange]

    def may(self, change: str) -> bool:
        """Say whether the user may make this change now; ``change`` is the name of a ``BundleChange``."""
        return BundleChange[change] in self.changes


@dataclass(frozen=True, kw_only=True)
class BundlePage(ChangingPage):
    """One bundle with its surroundings, as the signed-in user may see and change it."""

    # -- what it is ------------------------------------------------------------------------

    #: The template as this bundle sees it for ever.
    resolved: ResolvedTemplate
    #: Whom it is for.
    partner: Partner | None
    #: Which campaign it is for.
    campaign: Campaign | None
    #: The template as it is now, where it or anything it depends on has changed since it was pinned.
    newer: ResolvedTemplate | None
    #: Whether the template still exists, so that its page can be opened.
    is_in_catalog: bool
    #: Whether the user may make a template of it.
    may_propose: bool

    # -- how far it is ---------------------------------------------------------------------

    #: The tasks in the template's order.
    rows: Sequence[PlacedRow]
    #: Done, open and late.
    progress: Progress
    #: Which of its parts the address asks for: ``order`` and ``documents``, each ``shown`` or ``hidden``.
    parts: Mapping[str, str]
    #: What waits for what, drawn; None while nobody looks at it.
    picture: Picture | None
    #: How often a task waits for another.
    dependency_count: int
    #: How many tasks failed or were cancelled while others still wait for them.
    lost_blockers: int
    #: The task that this person could do next: free to go, theirs to work, soonest due.
    next_row: PlacedRow | None
    #: The ids of the tasks that the reader may change several of at once.
    changeable: AbstractSet[str]
    #: How much the reader hears of it.
    watch_mode: WatchMode
    #: The links in the template's order.
    links: Sequence[BundleLink]
    #: What happened, newest first, as the user may read it.
    timeline: Sequence[Event]

    @property
    def template(self) -> TaskTemplate:
        """The pinned template."""
        return self.resolved.template

    def address(self, **parts: str) -> str:
        """Return where this page is, with some of its parts shown or hidden."""
        query = urlencode({**self.parts, **parts})
        return f"/bundles/{self.bundle.bundle_id}{'?' if query else ''}{query}"

    @property
    def documents(self) -> list[ProcessDoc]:
        """The process documents behind the whole template, as pinned."""
        docs = self.resolved.process_docs
        return [docs[doc_id] for doc_id in self.bundle.source_doc_ids if doc_id in docs]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The parameters by their titles, with their values as people read them."""
        declared = (self.template.parameters or {}).get("properties", {})
        return [
            (str(declared.get(name, {}).get("title") or name.replace("_", " ")), _shown(value))
            for name, value in self.bundle.parameters.items()
        ]

    @property
    def again(self) -> str:
        """Where the start form has the answers of this bundle.

        Empty where its template is gone, or for too much of them. Parameters are fixed once their tasks are
        made: whoever got one wrong starts anew from here. A title may come from that one, and is left out.
        """
        return answers_at(self.bundle, self.partner, self.campaign) if self.is_in_catalog else ""

    @cached_property
    def phases(self) -> list[PhaseGroup]:
        """The tasks by phase, phases in the template's order, tasks without one last."""
        order = {phase.key: (number, phase.name) for number, phase in enumerate(self.template.phases)}
        last = (len(order), "Other tasks" if order else "Tasks")

        def place(row: PlacedRow) -> tuple[int, str]:
            return order.get(row.phase or "", last)

        ordered = sorted(self.rows, key=lambda row: place(row)[0])
        groups, left = [], MOST_ROWS
        for (_, name), found in groupby(ordered, key=place):
            rows = list(found)
            groups.append(PhaseGroup(rows[0].phase or "none", name, rows, min(len(rows), left)))
            left -= groups[-1].shown
        return groups

    @property
    def finished_first(self) -> list[PhaseGroup]:
        """The finished phases before the first that is not, where they are several: one line has them all."""
        before = list(takewhile(lambda group: group.is_finished, self.phases))
        return before if 1 < len(before) < len(self.phases) else []

    @cached_property
    def tasks(self) -> dict[str, PlacedRow]:
        """The tasks by id, to name dependencies."""
        return {row.task_id: row for row in self.rows}

    @property
    def filled(self) -> int:
        """How many links are filled or waived."""
        return sum(1 for link in self.links if link.is_settled)

    def filler(self, link: BundleLink) -> PlacedRow | None:
        """Return the task that filled or waived a link, or will fill it."""
        known = self.tasks.get(link.filled_by_task_id or link.waived_by_task_id or "")
        return known or self._fillers.get(link.name)

    @cached_property
    def _fillers(self) -> dict[str, PlacedRow]:
        """The first task that fills each link, by the link's name."""
        return {task.fills_link: task for task in reversed(self.rows) if task.fills_link}

    @cached_property
    def is_held_open(self) -> bool:
        """Whether an open task or an empty link keeps it from being completed."""
        return self.bundle.is_active and bool(self.open_tasks or self.missing_links)

    @cached_property
    def open_tasks(self) -> list[PlacedRow]:
        """The tasks that keep it open."""
        return [row for row in self.rows if row.is_open]

    @property
    def named_open_tasks(self) -> list[PlacedRow]:
        """The first of the tasks that keep it open."""
        return self.open_tasks[:MOST_NAMED]

    def list_address(self, **narrowed: str) -> str:
        """Return where all its tasks are, page by page."""
        return f"/board?{urlencode({'view': 'list', 'bundle': self.bundle.bundle_id, **narrowed})}"

    @property
    def started(self) -> int:
        """How many open tasks are in somebody's hands."""
        untouched = (TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.DEFERRED)
        return sum(1 for task in self.open_tasks if task.status not in untouched)

    @cached_property
    def missing_links(self) -> list[BundleLink]:
        """The links that keep it open."""
        return [link for link in self.links if link.is_missing]

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that the template knows, in the order of its phases, and the present one."""
        named = [phase.stage for phase in self.template.phases] + [
            task.stage_on_complete for task in self.template.tasks
        ]
        return tuple(dict.fromkeys(stage for stage in [*named, self.bundle.stage] if stage))


def answers_at(bundle: Bundle, partner: Partner | None, campaign: Campaign | None) -> str:
    """Return where the start form has the answers of a bundle; empty for too much of them."""
    kept = {f"{PREFIX}{name}": text_of(value) for name, value in bundle.parameters.items()}
    chosen = f"partner:{partner.key}" if partner else ""
    if campaign:
        chosen = f"campaign:{campaign.key}"
    query = urlencode({"anchor_date": bundle.anchor_date.isoformat(), "for": chosen, **kept})
    return f"/recipes/{bundle.template_id}/new?{query}" if len(query) <= _LONGEST_QUERY else ""


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
