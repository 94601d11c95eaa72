"""From what is read of the work to the figures of every revision of a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from engine.access import Permission, require
from engine.bundles.models import PinnedTemplate
from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.catalog.diff.compare import renames
from engine.catalog.diff.effective import effective
from engine.catalog.layout import kind_of
from engine.catalog.models import TaskDefinition
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import TemplateNotFoundError
from engine.evidence import queries
from engine.evidence.figures import RevisionFigures, StepFigures, TaskFigures
from engine.evidence.queries import Key, Run
from engine.tasks.models import TaskStatus
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_DAY = timedelta(days=1)
#: Steps that were ticked within so long were ticked at one go.
_AT_ONE_GO = timedelta(seconds=60)
#: With fewer steps, that says nothing.
_FEWEST_STEPS = 3


class _Counted(NamedTuple):
    """One run, once it is counted."""

    figures: TaskFigures
    #: When it was due at first; None where it had no date.
    until: datetime | None


@dataclass(frozen=True)
class Evidence:
    """What the work says about a template: its revisions, the newest first."""

    template_id: str
    name: str
    revisions: tuple[RevisionFigures, ...]
    #: What the bundles of each revision pinned, by its closure hash.
    pinned: Mapping[str, ResolvedTemplate]

    def newest(self, whom: str) -> RevisionFigures:
        """Return the newest of those that are for the same people: others have other tasks and dates."""
        return next(one for one in self.revisions if one.whom == whom)


def of_template(tx: Transaction, content: Content, template_id: str) -> Evidence:
    """Return what became of the bundles of a template, revision by revision.

    Days are working days of the template's calendar, Monday to Friday where it has none.

    Raises:
        TemplateNotFoundError: there is no such template, nor was there one that a bundle was started from.
        ForbiddenError: the actor does not see all work.
    """
    require(tx.actor, Permission.SEE_ALL_WORK, "read what the work says about a template")
    pinned = tx.find(PinnedTemplate, template_id=template_id, workspace_id=tx.workspace_id)
    if not pinned and template_id not in content.templates:
        raise TemplateNotFoundError(
            f"There is no template {template_id}, and no bundle was ever started from one of that name."
        )
    counts = queries.bundles(tx, template_id)
    templates: dict[str, ResolvedTemplate] = {}
    revisions, tasks = [], _Known(templates)
    for pin in sorted(pinned, key=lambda one: one.created_at, reverse=True):
        resolved = templates[pin.closure_hash] = ResolvedTemplate.from_pin(pin.content)
        figures = _empty(pin, resolved)
        figures.bundles, figures.completed = counts.get(pin.closure_hash, (0, 0))
        tasks.update({(pin.closure_hash, task.ref): task for task in figures.tasks})
        revisions.append(figures)
    runs = _count_runs(tx, tasks, templates, queries.runs(tx, template_id))
    _count_rest(tx, runs, template_id)
    name = revisions[0].name if revisions else content.templates[template_id].name
    return Evidence(template_id, name, tuple(revisions), templates)


def _empty(pin: PinnedTemplate, resolved: ResolvedTemplate) -> RevisionFigures:
    return RevisionFigures(
        closure_hash=pin.closure_hash,
        commit=pin.commit,
        name=pin.name,
        pinned_at=pin.created_at,
        overridden=_overridden(resolved),
        tasks=[
            TaskFigures(
                ref=task.ref,
                title=task.title,
                steps=[StepFigures(ref=step.ref, title=step.title) for step in task.steps],
            )
            for task in resolved.template.tasks
        ],
    )


def _overridden(resolved: ResolvedTemplate) -> tuple[tuple[str, str], ...]:
    places = filter(None, (kind_of(file.path) for file in resolved.closure))
    found = {(one.level, one.scope_key) for one in places if one.kind == "override"}
    return tuple(sorted(found, reverse=True))


def _count_runs(
    tx: Transaction,
    tasks: Mapping[Key, TaskFigures],
    templates: Mapping[str, ResolvedTemplate],
    runs: Iterable[Run],
) -> dict[str, _Counted]:
    """Count the runs, and return them by the ids of their tasks."""
    counted: dict[str, _Counted] = {}
    days = {key: _WorkingDays(resolved.calendar, tx.workspace_zone) for key, resolved in templates.items()}
    after = {
        (key, task.ref): tuple(task.depends_on)
        for key, resolved in templates.items()
        for task in resolved.template.tasks
    }
    for _, group in groupby(runs, key=lambda run: run.bundle_id):
        found = [(run, tasks[run.revision, run.ref]) for run in group]
        # By the ref of its revision, too: a migration gives a task that is closed its new one.
        together = {ref: run for run, figures in found for ref in (figures.ref, run.ref)}
        for run, figures in found:
            _count(figures, run)
            counted[run.task_id] = _Counted(figures, run.first_deadline)
            if run.revision not in templates:
                continue
            if run.status is TaskStatus.COMPLETED and run.closed_at and run.first_deadline:
                begun = run.freed_at or run.created_at
                before = [together[ref] for ref in after[run.revision, figures.ref] if ref in together]
                promised = [one.first_deadline for one in before if one.first_deadline]
                planned = max([run.created_at, *promised])
                between = days[run.revision].between
                figures.days.append((between(begun, run.closed_at), between(planned, run.first_deadline)))
    return counted


def _count(figures: TaskFigures, run: Run) -> None:
    figures.runs += 1
    figures.started += run.started_at is not None
    figures.completed += run.status is TaskStatus.COMPLETED
    figures.skipped += run.status is TaskStatus.SKIPPED
    figures.cancelled += run.status is TaskStatus.CANCELLED
    if run.status is TaskStatus.SKIPPED:
        figures.skip_reasons[run.skip_reason or ""] += 1
    if run.status is TaskStatus.COMPLETED and run.first_late_seconds is not None:
        figures.promised += 1
        figures.on_time += run.first_late_seconds <= 0


def _count_rest(tx: Transaction, runs: Mapping[str, _Counted], template_id: str) -> None:
    """Count what other records than the task itself tell; tasks that are no runs count for nothing."""
    waited = set()
    for task_id, status, whom in queries.waits(tx, template_id):
        if (run := runs.get(task_id)) is None:
            continue
        if status is TaskStatus.HELP_NEEDED:
            run.figures.asked_for_help += 1
            continue
        run.figures.waited_for[whom or ""] += 1
        run.figures.waited += task_id not in waited
        waited.add(task_id)
    _count_decisions(tx, runs, template_id)
    _count_proofs(tx, runs, template_id)
    _count_steps(tx, runs, template_id)
    for task_id, score in queries.scores(tx, template_id):
        if run := runs.get(task_id):
            run.figures.scores.append(score)


def _count_decisions(tx: Transaction, runs: Mapping[str, _Counted], template_id: str) -> None:
    judged, rejected, first = set(), set(), set()
    for task_id, is_rejected, is_first in queries.decisions(tx, template_id):
        judged.add(task_id)
        if is_rejected:
            rejected.add(task_id)
        if is_rejected and is_first:
            first.add(task_id)
    for task_id in runs.keys() & judged:
        figures = runs[task_id].figures
        figures.judged += 1
        figures.rejected += task_id in rejected
        figures.rejected_first += task_id in first


def _count_proofs(tx: Transaction, runs: Mapping[str, _Counted], template_id: str) -> None:
    """Count the runs with a deadline that gave the proof they owed, and those that gave one after it."""
    last: dict[str, datetime] = {}
    for task_id, at in queries.proofs(tx, template_id):
        last[task_id] = max(last.get(task_id, at), at)
    for task_id in runs.keys() & last.keys():
        run = runs[task_id]
        if run.until is not None:
            run.figures.proven += 1
            run.figures.proven_late += last[task_id] > run.until


def _count_steps(tx: Transaction, runs: Mapping[str, _Counted], template_id: str) -> None:
    """Count how often each planned step was ticked or left out, and runs that ticked theirs at one go."""
    ticked: dict[str, list[str]] = {}
    for row in queries.steps(tx, template_id):
        if (run := runs.get(row.task_id)) is None:
            continue
        if row.source == "template":
            step = run.figures.step(row.ref)
            step.runs += 1
            step.ticked += row.is_completed
            step.left_out += row.is_left_out
        if row.completed_at is not None:
            ticked.setdefault(row.task_id, []).append(row.completed_at)
    for task_id, moments in ticked.items():
        if len(moments) >= _FEWEST_STEPS:
            took = datetime.fromisoformat(max(moments)) - datetime.fromisoformat(min(moments))
            runs[task_id].figures.with_steps += 1
            runs[task_id].figures.ticked_at_one_go += took <= _AT_ONE_GO


class _Known(dict[Key, TaskFigures]):
    """The figures of the tasks that the pins have, also by the refs that a migration gave to closed ones.

    Others, which only tampering makes, count for nothing.
    """

    def __init__(self, templates: Mapping[str, ResolvedTemplate]) -> None:
        super().__init__()
        self._templates = templates

    def __missing__(self, key: Key) -> TaskFigures:
        earlier = self._earlier(*key)
        found = self[key] = self[earlier] if earlier in self else TaskFigures(ref=key[1], title="")
        return found

    def _earlier(self, revision: str, ref: str) -> Key:
        """Return which task of a revision has that ref in another one."""
        if revision in self._templates:
            here = _by_ref(self._templates[revision])
            for other in self._templates.values():
                if was := renames(here, _by_ref(other)).get(ref):
                    return revision, was
        return revision, ref


def _by_ref(resolved: ResolvedTemplate) -> dict[str, TaskDefinition]:
    """Return the tasks as a migration compares them."""
    return {task.ref: task for task in effective(resolved).tasks}


class _WorkingDays:
    """Counts working days between moments; the days of all years so far are added up once."""

    def __init__(self, calendar: Calendar | None, zone: str) -> None:
        self._calendar = calendar
        self._zone = ZoneInfo(calendar.timezone if calendar else zone)
        self._first = date(1970, 1, 1)
        self._counts: list[int] = []

    def between(self, begun: datetime, ended: datetime) -> int:
        """Return how many working days begin after ``begun`` up to ``ended``; negative where it is before."""
        return self._until(ended) - self._until(begun)

    def _until(self, moment: datetime) -> int:
        number = (moment.astimezone(self._zone).date() - self._first).days
        if number >= len(self._counts):
            self._counts = list(accumulate(map(int, self._working(number + 366))))
        return self._counts[max(number, 0)]

    def _working(self, count: int) -> Iterator[bool]:
        for number in range(count):
            yield due.is_working_day(self._first + number * _DAY, self._calendar)
