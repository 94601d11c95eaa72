"""The templates: their list with its problems, and one resolved template with the origin of every value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import PurePosixPath

from engine.access import Permission, may
from engine.budgets import PROBLEMS_SHOWN
from engine.bundles import adoption, queries
from engine.bundles.adoption import RevisionInUse
from engine.bundles.filters import BundleFilter
from engine.bundles.models import BundleStatus
from engine.bundles.queries import Page
from engine.bundles.subjects import Subject, find_subject
from engine.catalog.catalog import Content
from engine.catalog.due_words import due_words
from engine.catalog.models import DeliverableDefinition, TaskDefinition, TaskTemplate
from engine.catalog.problems import Problem, ProblemCode
from engine.catalog.resolved import ClosureFile, Origin, ResolvedTemplate
from engine.catalog.source import FileCommit
from engine.proposals.models import Proposal
from engine.proposals.queries import open_of
from engine.reference.models import Campaign, Employee, Partner
from engine.searches import in_order
from engine.transaction import Transaction
from web.pages.choices import Choices

_SHORT = 7
_RUNNING = 10
_LEVELS = {"global": "G", "partner": "P", "campaign": "C"}


@dataclass(frozen=True)
class ProblemLine:
    """One problem of the content, and who touched the file last."""

    problem: Problem
    last: FileCommit | None
    #: Which version of the file is in use meanwhile, where an older one is.
    meanwhile: str


@dataclass(frozen=True)
class TemplateLine:
    """One template of the list."""

    template: TaskTemplate
    #: Errors and warnings in its own file and in its overrides.
    problems: int
    #: ``partner acme``, ``campaign acme_spring``: for whom it differs.
    overrides: tuple[str, ...]
    #: The revisions that running bundles keep.
    revisions: Sequence[RevisionInUse]

    @property
    def running(self) -> int:
        """How many bundles of it run, of those that the reader sees."""
        return sum(one.running for one in self.revisions)

    @property
    def behind(self) -> int:
        """How many of them keep a revision that is no longer the newest."""
        return sum(one.behind for one in self.revisions)


@dataclass(frozen=True)
class TemplateList:
    """All templates of the current content."""

    #: The templates by name.
    lines: Sequence[TemplateLine]
    #: What must be fixed, the first of it, and how much that is in all.
    errors: Sequence[ProblemLine]
    error_count: int
    #: What is worth a look, likewise.
    warnings: Sequence[ProblemLine]
    warning_count: int
    #: The revision that is live.
    commit: str | None
    #: Whether there are changes beside it.
    is_dirty: bool
    #: Whether the reader may begin one.
    may_propose: bool


def list_all(tx: Transaction, content: Content) -> TemplateList:
    """Return the templates with what is wrong with them, and what runs of them."""
    in_use = adoption.in_use(tx, content)
    counted = Counter(_key_of(item.file) for item in content.problems if _is_fault(item))
    errors = [item for item in content.problems if item.is_error]
    warnings = [item for item in content.problems if not item.is_error and _is_fault(item)]
    return TemplateList(
        lines=[
            TemplateLine(template, counted[key], _overrides_of(content, key), in_use.get(key, []))
            for key, template in sorted(content.templates.items(), key=lambda item: item[1].name)
        ],
        errors=_lines(content, errors),
        error_count=len(errors),
        warnings=_lines(content, warnings),
        warning_count=len(warnings),
        commit=content.commit,
        is_dirty=content.dirty,
        may_propose=may(tx.actor, Permission.PROPOSE),
    )


def _overrides_of(content: Content, key: str) -> tuple[str, ...]:
    return tuple(f"{level} {scope}" for name, level, scope in sorted(content.overrides) if name == key)


def _lines(content: Content, problems: Iterable[Problem]) -> list[ProblemLine]:
    kept = {item.file: item.message for item in content.problems if not _is_fault(item)}
    return [
        ProblemLine(item, content.last_commit(item.file), kept.get(item.file, "") if item.is_error else "")
        for item in islice(filter(_is_fault, problems), PROBLEMS_SHOWN)
    ]


def _is_fault(item: Problem) -> bool:
    """Whether there is something to mend: that an older version stays in use is told along with why."""
    return item.code != ProblemCode.QUARANTINED


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

    resolved: ResolvedTemplate
    subject: Subject
    #: What is wrong with the files that it consists of.
    problems: Sequence[ProblemLine]
    #: For which partner it can be shown.
    partners: Choices
    #: For which campaign it can be shown.
    campaigns: Choices
    #: (level, key, reason) of each override of this template.
    overrides: Sequence[tuple[str, str, str]]
    #: The running bundles of this template that the user sees.
    running: Page
    #: Which revisions they keep, the newest first.
    revisions: Sequence[RevisionInUse]
    #: Changes of it on their way, as far as the user sees them.
    proposals: Sequence[Proposal]
    #: Whether the reader may begin to change it.
    may_propose: bool

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

    def due(self, task: TaskDefinition) -> str:
        """Return when a task is due, in words."""
        return due_words(task.due_rule, self.template)

    def deliverables(self, task: TaskDefinition) -> list[tuple[DeliverableDefinition, int | None]]:
        """List what a task hands over, each with its place in the task; None for the type's own."""
        places = {item.ref: number for number, item in enumerate(task.deliverables)}
        return [(item, places.get(item.ref)) for item in self.resolved.deliverables_of(task)]


def load(
    tx: Transaction, content: Content, key: str, partner: str | None, campaign: str | None
) -> TemplatePage:
    """Return a template for whom the keys name.

    Raises:
        TemplateNotFoundError: there is no such template.
        BadRequestError: a key is unknown.
        ContentError: the template cannot be used for them.
    """
    partners, campaigns, _ = tx.find_together((Partner, {}), (Campaign, {}), (Employee, {}))
    subject = find_subject(tx, partner or None, campaign or None)
    resolved = content.resolve(key, partner=subject.partner_key, campaign=subject.campaign_key)
    paths = {file.path for file in resolved.closure}
    wanted = BundleFilter(
        status=(BundleStatus.ACTIVE,), template_id=resolved.key, sort="anchor_date", limit=_RUNNING
    )
    return TemplatePage(
        resolved=resolved,
        subject=subject,
        problems=_lines(content, (item for item in content.problems if item.file in paths)),
        partners=[("", "everybody"), *((item.key, item.name) for item in in_order(partners, ["key"]))],
        campaigns=[("", "none"), *((item.key, item.name) for item in in_order(campaigns, ["key"]))],
        overrides=[
            (level, scope, override.reason)
            for (name, level, scope), override in sorted(content.overrides.items())
            if name == resolved.key
        ],
        running=queries.list_bundles(tx, wanted),
        revisions=adoption.in_use(tx, content, resolved.key).get(resolved.key, []),
        proposals=open_of(tx, resolved.key),
        may_propose=may(tx.actor, Permission.PROPOSE),
    )


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


def plain(value: object) -> str:
    """Return a value of any shape as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
