"""What the gallery says about each recipe: what comes out, how much work it is, how long it has taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from engine.bundles import queries
from engine.catalog.catalog import Content
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import WorkbenchError
from engine.plurals import plural
from engine.transaction import Transaction

#: How many of the latest completed bundles the median is taken of.
_SAMPLE = 30
_SECONDS_A_DAY = 86400
#: Working days of a due rule in calendar days, to tell a span.
_STRETCH = {"days": 1.0, "business_days": 7 / 5}


@dataclass(frozen=True)
class Span:
    """How far the due dates reach, in days from the anchor date; negative is before it."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """From the first to the last day, both counted."""
        return self.last - self.first + 1

    @property
    def words(self) -> str:
        """Where the days lie: ``from 28 days before to 7 days after the anchor date``."""
        before, after = plural(abs(self.first), "day"), plural(abs(self.last), "day")
        if self.first == self.last:
            side = "before" if self.first < 0 else "after"
            return f"{before} {side} the anchor date" if self.first else "on the anchor date"
        if self.first < 0:
            end = "the anchor date" if self.last == 0 else f"{after} {'before' if self.last < 0 else 'after'}"
            return f"from {before} before to {end}" + ("" if self.last == 0 else " the anchor date")
        start = "the anchor date" if self.first == 0 else f"{before} after"
        return f"from {start} to {after} after {'it' if self.first == 0 else 'the anchor date'}"


@dataclass(frozen=True)
class Past:
    """How long completed bundles took."""

    count: int
    #: The median, in whole days, at least 1.
    days: int


@dataclass(frozen=True)
class RecipeCard:
    """One recipe of the gallery."""

    template: TaskTemplate
    #: What is handed over: the types of required deliverables, each once.
    deliverables: tuple[str, ...]
    span: Span | None
    past: Past | None

    @property
    def group(self) -> str:
        """The heading it stands under."""
        return self.template.recipe.agent_type if self.template.recipe else ""


@dataclass(frozen=True)
class Gallery:
    """All recipes that can be started, by group; and the names of those that cannot."""

    groups: tuple[tuple[str, tuple[RecipeCard, ...]], ...]
    #: Keys of recipes that do not resolve.
    broken: tuple[str, ...]


def load(tx: Transaction, content: Content) -> Gallery:
    """Return the gallery of the current content."""
    pasts = _pasts(tx, content.templates)
    cards: list[RecipeCard] = []
    broken: list[str] = []
    for key, template in sorted(content.templates.items(), key=lambda item: item[1].name):
        if template.recipe is None or not template.is_active:
            continue
        try:
            cards.append(_card(content.resolve(key), pasts.get(key)))
        except WorkbenchError:
            broken.append(key)  # the templates page says what is wrong with it, and who can mend it
    cards.sort(key=lambda card: card.group)
    groups = tuple((name, tuple(group)) for name, group in groupby(cards, key=lambda card: card.group))
    return Gallery(groups, tuple(broken))


def span_of(tasks: Iterable[TaskDefinition]) -> Span | None:
    """Return how far the dates that count from the anchor reach; None where none does."""
    offsets = [
        round(rule.offset * _STRETCH[rule.unit])
        for task in tasks
        if (rule := task.due_rule) is not None and rule.counted_from == "anchor" and rule.unit in _STRETCH
    ]
    return Span(min(offsets), max(offsets)) if offsets else None


def _pasts(tx: Transaction, keys: Collection[str]) -> dict[str, Past]:
    """Return how long the latest completed bundles of each template took, by its key."""
    return {
        key: Past(len(lengths), max(1, round(median(lengths) / _SECONDS_A_DAY)))
        for key, lengths in queries.latest_durations(tx, keys, _SAMPLE).items()
    }


def _card(resolved: ResolvedTemplate, past: Past | None) -> RecipeCard:
    template = resolved.template
    handed_over = (
        item.type for task in template.tasks for item in resolved.deliverables_of(task) if item.required
    )
    return RecipeCard(template, tuple(dict.fromkeys(handed_over)), span_of(template.tasks), past)
