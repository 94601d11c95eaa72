"""What the gallery says about each recipe: what comes out, how much work it is, what earlier ones came to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, Any

from engine.bundles import queries
from engine.catalog.calendars import WEEKDAYS
from engine.errors import WorkbenchError
from engine.plurals import plural
from engine.recipes import runs
from engine.recipes.runs import Runs
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content
    from engine.catalog.models import TaskDefinition, TaskTemplate
    from engine.catalog.resolved import ResolvedTemplate

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
    #: What its latest runs by itself came to; None where none has ended.
    runs: Runs | None

    @property
    def runs_by_itself(self) -> bool:
        """Whether a program does its first task, so that starting it is all there is to do."""
        return self.template.tasks[0].execution is not None

    @property
    def group(self) -> str:
        """The heading it stands under."""
        return self.template.recipe.agent_type if self.template.recipe else ""

    @property
    def comes_out(self) -> str:
        """What comes out, in a few words: its format, and what is handed over."""
        output_format = self.template.recipe.output_format if self.template.recipe else None
        handed_over = ", ".join(words.replace("_", " ") for words in self.deliverables)
        return ": ".join(part for part in (output_format, handed_over) if part)

    def as_json(self) -> dict[str, Any]:
        """Return what is told of it as JSON data."""
        template, came_to = self.template, self.runs
        return {
            "key": template.key,
            "name": template.name,
            "category": self.group,
            "icon": template.icon or None,
            "description": template.description,
            "when_to_use": template.when_to_use,
            "output_format": template.recipe.output_format if template.recipe else None,
            "deliverables": list(self.deliverables),
            "parameters": template.parameters,
            "tasks": len(template.tasks),
            "runs_by_itself": self.runs_by_itself,
            "runs": came_to.count if came_to else 0,
            "runs_succeeded": came_to.succeeded if came_to else 0,
            "median_seconds": came_to.seconds if came_to else None,
            "median_days": self.past.days if self.past else None,
        }


@dataclass(frozen=True)
class Gallery:
    """All recipes that can be started, by group; and the names of those that cannot."""

    groups: tuple[tuple[str, tuple[RecipeCard, ...]], ...]
    #: Keys of recipes that do not resolve.
    broken: tuple[str, ...]


def load(tx: Transaction, content: Content) -> Gallery:
    """Return the gallery of the current content."""
    recipes = current(content)
    pasts, came_to = _pasts(tx, recipes), runs.latest(tx, recipes)
    cards: list[RecipeCard] = []
    broken: list[str] = []
    for key, _ in sorted(recipes.items(), key=lambda item: item[1].name):
        try:
            cards.append(_card(content.resolve(key), pasts.get(key), came_to.get(key)))
        except WorkbenchError:
            broken.append(key)  # the templates page says what is wrong with it, and who can mend it
    cards.sort(key=lambda card: card.group)
    groups = tuple((name, tuple(group)) for name, group in groupby(cards, key=lambda card: card.group))
    return Gallery(groups, tuple(broken))


def current(content: Content) -> dict[str, TaskTemplate]:
    """Return the recipes that can be started, by key (RCP-01)."""
    return {
        key: template
        for key, template in content.templates.items()
        if template.recipe is not None and template.is_active
    }


def category_of(content: Content, template_id: str | None) -> str:
    """Return the gallery's group of a template, of a retired one too; empty where it is none's."""
    template = content.templates.get(template_id) if template_id else None
    return template.recipe.agent_type if template is not None and template.recipe is not None else ""


def suggested_anchor(tx: Transaction, resolved: ResolvedTemplate) -> date:
    """Return the first working day on which no task would be due in the past."""
    span = span_of(resolved.template.tasks)
    day = tx.today + timedelta(days=max(0, -span.first) if span else 0)
    return (resolved.calendar or WEEKDAYS).add_business_days(day, 0)


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


def _card(resolved: ResolvedTemplate, past: Past | None, came_to: Runs | None) -> RecipeCard:
    template = resolved.template
    handed_over = (
        item.type for task in template.tasks for item in resolved.deliverables_of(task) if item.required
    )
    return RecipeCard(template, tuple(dict.fromkeys(handed_over)), span_of(template.tasks), past, came_to)
