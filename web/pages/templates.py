"""The templates: their list with its problems, and one resolved template with the origin of every value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from engine.bundles import queries
from engine.bundles.filters import BundleFilter
from engine.bundles.models import BundleStatus
from engine.bundles.queries import Page
from engine.bundles.subjects import Subject, find_subject
from engine.catalog.catalog import Content
from engine.catalog.models import DeliverableDefinition, TaskDefinition, TaskTemplate
from engine.catalog.problems import Problem
from engine.catalog.resolved import ClosureFile, Origin, ResolvedTemplate
from engine.catalog.source import FileCommit
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction
from web.pages.due_words import due_words

_SHORT = 7
_RUNNING = 10
_LEVELS = {"global": "G", "partner": "P", "campaign": "C"}


@dataclass(frozen=True)
class ProblemLine:
    """One problem of the content, and who touched the file last."""

    problem: Problem
    last: FileCommit | None


@dataclass(frozen=True)
class TemplateLine:
    """One template of the list."""

    template: TaskTemplate
    #: Errors and warnings in its own file and in its overrides.
    problems: int
    #: ``partner acme``, ``campaign acme_spring``: for whom it differs.
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class TemplateList:
    """All templates of the current content."""

    content: Content = field(repr=False)

    @cached_property
    def lines(self) -> list[TemplateLine]:
        """The templates by name."""
        counted = Counter(self._key_of(item.file) for item in self.content.problems)
        return [
            TemplateLine(template, counted[key], self._overrides_of(key))
            for key, template in sorted(self.content.templates.items(), key=lambda item: item[1].name)
        ]

    @cached_property
    def errors(self) -> list[ProblemLine]:
        """What must be mended."""
        return [self._line(item) for item in self.content.problems if item.is_error]

    @cached_property
    def warnings(self) -> list[ProblemLine]:
        """What is worth a look."""
        return [self._line(item) for item in self.content.problems if not item.is_error]

    @property
    def commit(self) -> str | None:
        """The revision that is live."""
        return self.content.commit

    def _overrides_of(self, key: str) -> tuple[str, ...]:
        scopes = sorted(self.content.overrides)
        return tuple(f"{level} {scope}" for name, level, scope in scopes if name == key)

    def _line(self, item: Problem) -> ProblemLine:
        return ProblemLine(item, self.content.last_commit(item.file))

    @staticmethod
    def _key_of(file: str) -> str:
        path = PurePosixPath(file)
        return path.stem if "task_templates" in path.parts else ""


@dataclass(frozen=True)
class OriginMark:
    """Where a value was written, as the page shows it."""

    #: ``G12``: the level's letter and the line.
    short: str
    level: str
    #: ``content/task_templates/x.yaml:12 (global, a1b2c3d)``.
    full: str


@dataclass(frozen=True)
class TemplatePage:
    """One template as it is for everybody, a partner or a campaign."""

    tx: Transaction = field(repr=False)
    content: Content = field(repr=False)
    resolved: ResolvedTemplate
    subject: Subject

    @property
    def template(self) -> TaskTemplate:
        """The resolved template."""
        return self.resolved.template

    def origin(self, pointer: str) -> OriginMark | None:
        """Return where the value at a JSON pointer was written; None for a default."""
        origin = self.resolved.origins.get(pointer) or self._inside.get(pointer)
        return None if origin is None else _mark(origin)

    @cached_property
    def _inside(self) -> Mapping[str, Origin]:
        """The narrowest origin within each list or mapping that says anything."""
        found: dict[str, Origin] = {}
        ranks = list(_LEVELS)
        for pointer, origin in self.resolved.origins.items():
            for parent in _parents(pointer):
                known = found.get(parent)
                if known is None or ranks.index(origin.level) > ranks.index(known.level):
                    found[parent] = origin
        return found

    @cached_property
    def files(self) -> list[tuple[str, ClosureFile]]:
        """The template's own files with the letter that stands for them, the global one first."""
        levels = {origin.file: origin.level for origin in self.resolved.origins.values()}
        ordered = sorted(levels.items(), key=lambda item: list(_LEVELS).index(item[1]))
        known = {file.path: file for file in self.resolved.closure}
        return [(_LEVELS[level], known[path]) for path, level in ordered if path in known]

    @cached_property
    def other_files(self) -> list[ClosureFile]:
        """What else it depends on: types, documents, the calendar."""
        own = {file.path for _, file in self.files}
        return [file for file in self.resolved.closure if file.path not in own]

    @property
    def problems(self) -> list[ProblemLine]:
        """What is wrong with the files that it consists of."""
        paths = {file.path for file in self.resolved.closure}
        return [
            ProblemLine(item, self.content.last_commit(item.file))
            for item in self.content.problems
            if item.file in paths
        ]

    def due(self, task: TaskDefinition) -> str:
        """Return when a task is due, in words."""
        return due_words(task.due_rule, self.template)

    def deliverables(self, task: TaskDefinition) -> list[tuple[DeliverableDefinition, int | None]]:
        """Return what a task hands over, each with its place in the task; None for the type's own."""
        places = {item.ref: number for number, item in enumerate(task.deliverables)}
        return [(item, places.get(item.ref)) for item in self.resolved.deliverables_of(task)]

    @property
    def partners(self) -> list[tuple[str, str]]:
        """For which partner it can be shown."""
        found = self.tx.find(Partner, order_by=("key",))
        return [("", "everybody"), *((item.key, item.name) for item in found)]

    @property
    def campaigns(self) -> list[tuple[str, str]]:
        """For which campaign it can be shown."""
        found = self.tx.find(Campaign, order_by=("key",))
        return [("", "none"), *((item.key, item.name) for item in found)]

    @property
    def overrides(self) -> list[tuple[str, str, str]]:
        """(level, key, reason) of each override of this template."""
        return [
            (level, scope, override.reason)
            for (name, level, scope), override in sorted(self.content.overrides.items())
            if name == self.template.key
        ]

    @cached_property
    def running(self) -> Page:
        """The running bundles of this template that the user sees."""
        wanted = BundleFilter(
            status=(BundleStatus.ACTIVE,), template_id=self.template.key, sort="anchor_date", limit=_RUNNING
        )
        return queries.list_bundles(self.tx, wanted)


def load(
    tx: Transaction, content: Content, key: str, partner: str | None, campaign: str | None
) -> TemplatePage:
    """Return a template for whom the keys name.

    Raises:
        TemplateNotFoundError: there is no such template.
        BadRequestError: a key is unknown.
        ContentError: the template cannot be used for them.
    """
    subject = find_subject(tx, partner or None, campaign or None)
    resolved = content.resolve(key, partner=subject.partner_key, campaign=subject.campaign_key)
    return TemplatePage(tx, content, resolved, subject)


def short_commit(commit: str | None) -> str:
    """Return the first characters of a SHA; what is not committed says so."""
    return commit[:_SHORT] if commit else "not committed"


def _mark(origin: Origin) -> OriginMark:
    where = f"{origin.file}:{origin.line}"
    return OriginMark(
        f"{_LEVELS[origin.level]}{origin.line}",
        origin.level,
        f"{where} ({origin.level}, {short_commit(origin.commit)})",
    )


def _parents(pointer: str) -> Iterator[str]:
    while pointer := pointer.rpartition("/")[0]:
        yield pointer


def plain(value: Any) -> str:
    """Return a value of any shape as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
