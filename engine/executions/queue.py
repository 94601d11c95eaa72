"""The queue of automated tasks: what runs, what waits and why, what is planned, and who does it (QUE).

It is told from the ledger of jobs, in the order in which that begins what waits. Whoever sees a part of the
work is told of that part; the places in a line count everybody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from engine.access import Permission, may
from engine.catalog import executors
from engine.clock import in_zone
from engine.executions import control, queries, service
from engine.executions.models import Execution, ExecutionStatus, Trigger
from engine.executions.queries import Held
from engine.jobs.claims import Claims
from engine.jobs.lanes import DAY, MINUTE, Lanes, Rule
from engine.jobs.models import JobStatus
from engine.jobs.workers import Worker, Workers
from engine.plurals import plural
from engine.tasks import queries as task_queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

MOST, DEFAULT = 100, 50
#: So many are counted; and so far behind the place in a line is told.
COUNTED = 1000
#: So far behind it is told where all tasks are listed.
FAR = 10_000
_PLANNED = "It is planned for then"
_LOST = "Its worker was lost: what became of it is written down within a minute"


class Which(StrEnum):
    """What of the queue is asked for (QUE-01)."""

    ALL = "all"  #: everything
    RUNNING = "running"  #: what a worker does now
    PENDING = "pending"  #: what waits for a worker
    SCHEDULED = "scheduled"  #: what is planned for a later moment, or tried again then


@dataclass(frozen=True, kw_only=True)
class Line:
    """One task of the queue."""

    task: Task
    #: The attempt that runs or waits; None where the task is planned, and none was asked for yet.
    execution: Execution | None
    #: RUNNING, PENDING or SCHEDULED.
    state: Which
    #: Which of its executor's it is, from 1: the order in which they are begun (QUE-05). None where it does
    #: not wait for a worker, and where more than ``COUNTED`` come before it.
    position: int | None = None
    #: When it is begun, or tried again. None unless it is scheduled.
    begins_at: datetime | None = None
    #: The worker that runs it. None unless one does, and for who sees a part alone: it names a machine.
    worker: str | None = None
    #: Why it waits, as a sentence. None where it runs, unless its worker was lost.
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExecutorLine:
    """An executor, what it does, and what is said of it."""

    name: str
    rule: Rule
    running: int
    #: How many wait for a worker, of what the actor sees; as far as ``COUNTED`` and one more.
    pending: int
    #: Why nothing of it is begun now though some may wait; None where nothing is in the way.
    why: str | None

    @property
    def limits(self) -> str:
        """What it is allowed, in words."""
        return control.in_words(self.rule)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The queue as it stands."""

    lines: Sequence[Line]
    executors: Sequence[ExecutorLine]
    #: Nobody for who sees a part alone.
    workers: Sequence[Worker]
    #: The titles of what each of them runs, by its name.
    doing: Mapping[str, Sequence[str]]
    #: Why no automated work is begun at all; None unless it was stopped.
    stopped: str | None
    #: How many run, wait and are scheduled (QUE-07); the last two as far as ``COUNTED`` and one more.
    counts: Mapping[Which, int]


def read(
    tx: Transaction,
    which: Which = Which.ALL,
    *,
    executor: str | None = None,
    limit: int = DEFAULT,
    offset: int = 0,
) -> Queue:
    """Return the queue, ``limit`` lines of it: what runs, then what waits in its order, then what is planned.

    ``offset`` passes over so many of these lines.

    Raises:
        BadRequestError: there is no such ``executor``.
    """
    lane = control.lane_of(tx, executor) if executor else None
    lanes = {name: service.lane_of(tx.workspace_id, name) for name in sorted(executors.SCHEMAS)}
    reasons, waiting = _Reasons(tx), queries.count_waiting(tx, list(lanes.values()), COUNTED)
    now, later = queries.running(tx, lane=lane), queries.repeated_later(tx, lane=lane, limit=COUNTED + 1)
    ahead = queries.planned(tx, limit=COUNTED + 1) if executor is None else []
    counts = {
        Which.RUNNING: len(now),
        Which.PENDING: min(sum(waiting[one] for one in lanes.values() if lane in (None, one)), COUNTED + 1),
        Which.SCHEDULED: min(len(later) + len(ahead), COUNTED + 1),
    }
    lines: list[Line] = []
    for state in (Which.RUNNING, Which.PENDING, Which.SCHEDULED):
        if which not in (Which.ALL, state):
            continue
        room = limit - len(lines)
        if state is Which.RUNNING:
            lines += _lines(tx, now[offset : offset + room], state, reasons)
        elif state is Which.PENDING:
            held = queries.waiting(tx, lane=lane, limit=room, offset=offset)
            lines += _lines(tx, held, state, reasons, offset + room)
        else:
            lines += _lines(tx, later[offset : offset + room], state, reasons)
            lines += _planned(tx, ahead[max(0, offset - len(later)) :][: limit - len(lines)])
        offset = max(0, offset - counts[state])
    return Queue(
        lines=lines,
        executors=[_executor(name, lane, waiting[lane], reasons) for name, lane in lanes.items()],
        workers=reasons.workers if tx.actor.sees_everything else (),
        doing=_doing(tx, now) if tx.actor.sees_everything else {},
        stopped=reasons.stopped,
        counts=counts,
    )


def why_waiting(tx: Transaction, one: Execution) -> str | None:
    """Say why an attempt has not begun, or does not go on, as a sentence; None where it does not wait."""
    if not one.is_live or one.job is None:
        return None
    job = Claims(tx.database).find(one.job)
    if job is None or job.status is not JobStatus.READY:
        return None
    if one.status is ExecutionStatus.RUNNING:
        return _LOST
    reasons, lane = _Reasons(tx), service.lane_of(tx.workspace_id, one.executor)
    if one.not_before > tx.wall_clock:
        return _later(tx, one, one.not_before)
    return reasons.of(lane) or _place_in_words(queries.places(tx, lane, COUNTED).get(job.job_id))


def listed(tx: Transaction, which: Which, *, limit: int, offset: int) -> tuple[list[Line], dict[Which, int]]:
    """Return the actor's tasks that run, wait or are scheduled, as they are written down, and how many.

    That is QUE-06 to the letter: what matters more comes first, then what was made later (CNF-21), tasks of
    people included. Of those that wait for a worker the place in its order is told (QUE-05), as far as it is
    among the first ``FAR`` of its executor.
    """
    wanted = replace(_asked(tx, which), sort="-priority", limit=limit, offset=offset)
    tasks = task_queries.list_documents(tx, wanted).tasks
    held = {one.task_id: one for one in queries.live_of(tx, [task.task_id for task in tasks])}
    tx.read_ahead({Execution: [one.execution_id for one in held.values()]})
    reasons, lanes = _Reasons(tx), {one.lane for one in held.values() if one.worker is None}
    places = {job: place for lane in lanes for job, place in queries.places(tx, lane, FAR).items()}
    lines = [_listed(tx, task, held.get(task.task_id), places, reasons) for task in tasks]
    counts: dict[Which, int] = {
        one: task_queries.list_documents(tx, replace(_asked(tx, one), limit=1)).total
        for one in Which
        if one is not Which.ALL
    }
    return lines, counts


def _asked(tx: Transaction, which: Which) -> TaskFilter:
    """Return the filter of tasks that ``which`` stands for (OPQ-27)."""
    later = TaskFilter(scheduled_after=tx.wall_clock)
    waits = (TaskStatus.PENDING, TaskStatus.QUEUED)
    running = TaskFilter(status=(TaskStatus.IN_PROGRESS,))
    pending = TaskFilter(status=waits, none_of=(later,))
    scheduled = TaskFilter(status=(*waits, TaskStatus.DEFERRED), scheduled_after=tx.wall_clock)
    every = TaskFilter(any_of=((running, pending, scheduled),))
    return {Which.RUNNING: running, Which.PENDING: pending, Which.SCHEDULED: scheduled}.get(which, every)


def _listed(
    tx: Transaction, task: Task, held: Held | None, places: Mapping[str, int], reasons: _Reasons
) -> Line:
    one = tx.find_by_key(Execution, held.execution_id) if held is not None else None
    if task.status is TaskStatus.IN_PROGRESS:
        why = _LOST if held is not None and held.worker is None else None
        return Line(task=task, execution=one, state=Which.RUNNING, worker=_worker_of(tx, held), why=why)
    is_planned = task.scheduled_for is not None and task.scheduled_for > tx.wall_clock
    state = Which.SCHEDULED if is_planned else Which.PENDING
    if is_planned and one is None:
        why = _PLANNED if service.begins_by_itself(task) else f"{_PLANNED}, and somebody begins it"
        return Line(task=task, execution=one, state=state, begins_at=task.scheduled_for, why=why)
    if held is None or one is None or held.worker is not None:
        return Line(task=task, execution=one, state=state)
    later = _moment(held.not_before)  # what waits was asked for, whatever it is planned for since
    if later > tx.wall_clock:
        why = _later(tx, one, later)
        return Line(task=task, execution=one, state=state, begins_at=later, why=why)
    place = places.get(held.job_id)
    why = reasons.of(held.lane) or _place_in_words(place)
    return Line(task=task, execution=one, state=state, position=place, why=why)


class _Reasons:
    """Why nothing of a lane is begun now; each lane is asked about once."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self._lanes = tx, Lanes(tx.database)
        self._rules = self._lanes.rules()
        self._running = queries.count_running(tx)
        self._known: dict[str, str | None] = {}
        self.workers = Workers(tx.database).listed()
        everything = service.lanes_of(tx.workspace_id)
        rule = next((one for one in self._rules if one.name == everything and one.is_held), None)
        self.stopped = _held_in_words("All automated work is stopped", rule) if rule else None

    def running(self, lane: str) -> int:
        """Return how many of a lane run."""
        return self._running.get(lane, 0)

    def rule(self, lane: str) -> Rule:
        """Return what is said of a lane itself."""
        return next((one for one in self._rules if one.name == lane), Rule(name=lane))

    def of(self, lane: str) -> str | None:
        """Say why nothing of a lane is begun now, as a sentence; None where nothing is in the way."""
        if lane not in self._known:
            self._known[lane] = self._ask(lane)
        return self._known[lane]

    def _ask(self, lane: str) -> str | None:
        rule, name = self.rule(lane), _name_of(lane)
        if self.stopped is not None:
            return self.stopped
        if rule.is_held:
            return _held_in_words(f"{name} is paused", rule)
        if (used_up := self._used_up(rule)) is not None:
            return used_up
        if not any(self._does(one, lane) and not one.is_draining for one in self.workers):
            return self._no_worker(lane)
        seats = service.SEATS if rule.seats is None else rule.seats
        if self.running(lane) >= seats:
            return f"{name} runs {seats} at a time, and does so now"
        return None

    def _used_up(self, rule: Rule) -> str | None:
        """Say of what no more is begun now, and until when: of two limits the one that lasts longer."""
        used_up = []
        for most, length, within in (
            (rule.per_minute, MINUTE, "a minute, its limit"),
            (rule.per_day, DAY, "24 hours, its budget"),
        ):
            if most is None:
                continue
            count, left = self._lanes.begun_within(rule.name, length, most)
            if count >= most:
                used_up.append((left, count, within))
        if not used_up:
            return None
        left, count, within = max(used_up)
        when = in_zone(self._tx.wall_clock + timedelta(milliseconds=left), self._tx.timezone)
        return (
            f"{plural(count, 'attempt')} of {_name_of(rule.name)} began within {within}; "
            f"the next one begins at {when:%H:%M:%S} on {when:%Y-%m-%d}"
        )

    def _no_worker(self, lane: str) -> str:
        """Say that no worker begins what is of a lane, and what whoever asks can do about it."""
        actor, name = self._tx.actor, _name_of(lane)
        if any(self._does(one, lane) for one in self.workers) and may(actor, Permission.WORK_ALL):
            return f"The worker that does {name} begins nothing more: press Go on beside it"
        if actor.sees_everything:
            return f"No worker begins {name} now. An operator starts one: `workbench worker`"
        return f"No worker begins {name} now; a manager sees why on Queue"

    @staticmethod
    def _does(worker: Worker, lane: str) -> bool:
        return not worker.is_lost and (not worker.does or lane in worker.does.split(","))


def _executor(name: str, lane: str, pending: int, reasons: _Reasons) -> ExecutorLine:
    return ExecutorLine(
        name=name,
        rule=reasons.rule(lane),
        running=reasons.running(lane),
        pending=pending,
        why=reasons.of(lane),
    )


def _lines(
    tx: Transaction, found: Sequence[Held], state: Which, reasons: _Reasons, reach: int = 0
) -> list[Line]:
    _read_ahead(tx, found)
    # Nobody else's come before them where all are seen.
    reach = min(reach, COUNTED) if tx.actor.sees_everything else COUNTED
    lanes = {one.lane for one in found} if state is Which.PENDING else set[str]()
    places = {job_id: place for lane in lanes for job_id, place in queries.places(tx, lane, reach).items()}
    lines = []
    for held in found:
        task, one = tx.find_by_key(Task, held.task_id), tx.find_by_key(Execution, held.execution_id)
        if task is None or one is None:  # cannot be read
            continue
        place = places.get(held.job_id)
        later = _moment(held.not_before) if state is Which.SCHEDULED else None
        why = reasons.of(held.lane) or _place_in_words(place) if state is Which.PENDING else None
        if state is not Which.RUNNING and one.status is ExecutionStatus.RUNNING:
            place, later, why = None, None, _LOST
        lines.append(
            Line(
                task=task,
                execution=one,
                state=state,
                position=place,
                begins_at=later,
                worker=_worker_of(tx, held) if state is Which.RUNNING else None,
                why=_later(tx, one, later) if later else why,
            )
        )
    return lines


def _planned(tx: Transaction, task_ids: Sequence[str]) -> list[Line]:
    tx.read_ahead({Task: task_ids})
    found = (tx.find_by_key(Task, task_id) for task_id in task_ids)
    return [
        Line(
            task=task,
            execution=None,
            state=Which.SCHEDULED,
            begins_at=task.scheduled_for,
            why=_PLANNED,
        )
        for task in found
        if task is not None
    ]


def _doing(tx: Transaction, found: Sequence[Held]) -> dict[str, list[str]]:
    _read_ahead(tx, found)
    told: dict[str, list[str]] = {}
    for held in found:
        task = tx.find_by_key(Task, held.task_id)
        if task is not None and held.worker is not None:
            told.setdefault(held.worker.rpartition(":")[0], []).append(task.name)
    return told


def _worker_of(tx: Transaction, held: Held | None) -> str | None:
    """Name the machine and process that have a job, to who is told of the workers."""
    return held.worker if held is not None and tx.actor.sees_everything else None


def _read_ahead(tx: Transaction, found: Iterable[Held]) -> None:
    found = list(found)
    tx.read_ahead({Task: [one.task_id for one in found], Execution: [one.execution_id for one in found]})


def _place_in_words(place: int | None) -> str:
    if place is None:
        return f"More than {COUNTED:,} of its executor come before it"
    if place == 1:
        return "It is the next of its executor"
    return f"{plural(place - 1, 'task')} of its executor {'comes' if place == 2 else 'come'} before it"


def _held_in_words(what: str, rule: Rule) -> str:
    return f"{what} by {rule.said_by}: {rule.why}"


def _later(tx: Transaction, one: Execution, moment: datetime) -> str:
    """Say when an attempt begins that waits for its moment."""
    does = "is tried again" if one.triggered_by is Trigger.RETRY else "begins"
    return f"It {does} at {in_zone(moment, tx.timezone):%H:%M:%S on %Y-%m-%d}"


def _name_of(lane: str) -> str:
    return lane.rpartition(":")[2].replace("_", " ")


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
