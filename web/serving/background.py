"""What is done by itself, in a process of its own or beside the board: a clock, and workers (decision 9)."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from engine.config import PROCRASTINATE
from engine.deliverables import jobs as deliverables
from engine.executions import orphans, trimming
from engine.executions import running as executions
from engine.executions.executors import EXECUTORS
from engine.jobs import kept_answers, ticking, tidying
from engine.jobs.claims import Claims
from engine.jobs.doing import LedgerEngine
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kind, Kinds
from engine.jobs.regular import Regular
from engine.live_content import jobs as live_content
from engine.live_content import telling
from engine.outbox import chat, failures, inviting, sending
from engine.outbox.following import Follower
from engine.proposals import jobs as proposals
from engine.reminders import jobs as reminders
from engine.schedules import jobs as schedules
from engine.webhooks import following as webhooks
from engine.webhooks import sending as webhook_sending
from engine.webhooks import tidying as webhook_tidying
from engine.worklogs import jobs as worklogs
from exports import nightly

if TYPE_CHECKING:
    from engine.app import Workbench

_log = logging.getLogger("workbench.background")
_AGAIN_AFTER = timedelta(seconds=10)


class Does(Enum):
    """What is done by itself beside the board."""

    NOTHING = auto()
    #: Automated tasks are run; nothing else happens: nobody is mailed or reminded, and nothing is started.
    TASKS = auto()
    ALL = auto()


#: How long what is under way may take when the process ends; at a demo, somebody waits at the terminal.
_ENDS_WITHIN = {Does.TASKS: timedelta(seconds=1), Does.ALL: timedelta(seconds=10)}
#: In as many threads is worked beside the board: what takes long, as an export does, holds up nothing else.
_THREADS_BESIDE = 2


def regular_work(workbench: Workbench) -> list[tuple[Regular, Kind]]:
    """Return what is done again and again, as the settings have it."""
    claims, settings, system = Claims(workbench.database), workbench.settings, workbench.system_actor()
    work = [
        (schedules.START_SCHEDULED, schedules.starting(workbench, system)),
        (reminders.REMIND, reminders.reminding(workbench, system)),
        (deliverables.ESCALATE, deliverables.escalation(workbench, system)),
        (worklogs.MAKE, worklogs.making(workbench, system)),
        (telling.TELL, telling.telling_regularly(workbench, system)),
        (proposals.FOLLOW, proposals.following(workbench, system)),
        (orphans.LOOK, orphans.looking(workbench)),
        (trimming.TRIM, trimming.trimming(workbench)),
        (tidying.FORGET, tidying.forgetting(claims, settings.jobs_kept_days)),
        (webhook_tidying.FORGET, webhook_tidying.forgetting(workbench)),
        (kept_answers.FORGET, kept_answers.forgetting(workbench, system)),
    ]
    if settings.content_remote:
        work.append((live_content.FETCH, live_content.fetching_regularly(workbench, system)))
    if settings.export_folder:
        work.append((nightly.EXPORT, nightly.export(workbench)))
    return work


def engine_of(workbench: Workbench, *, name: str | None = None, only: Collection[str] = ()) -> LedgerEngine:
    """Return what does the jobs of a workbench, as its settings say, and tells admins of those that fail.

    It works under ``name``, else under that of its process, and begins automated tasks of the executors
    ``only``, else of all that this release has.
    """
    work = regular_work(workbench)
    kinds = [kind for _, kind in work]
    return _kind_of_engine(workbench)(
        workbench.database,
        Kinds([*kinds, *_put_by_acts(workbench, only or EXECUTORS)]),
        workbench.clock,
        workbench.ids,
        on_failed=orphans.telling(
            workbench, failures.telling(workbench, {regular.name for regular, _ in work})
        ),
        name=name,
    )


def _kind_of_engine(workbench: Workbench) -> type[LedgerEngine]:
    if workbench.settings.jobs != PROCRASTINATE:
        return EmbeddedEngine
    from engine.jobs.distributed import DistributedEngine  # noqa: PLC0415 - an extra that others do without

    return DistributedEngine


def _put_by_acts(workbench: Workbench, only: Collection[str]) -> list[Kind]:
    """Return what is done because somebody did something."""
    publishing = proposals.publishing(workbench, workbench.system_actor())
    return [
        *([nightly.asked(workbench)] if workbench.settings.export_folder else []),
        sending.mail(workbench),
        chat.chat(workbench),
        inviting.invitation(workbench),
        publishing,
        webhook_sending.sending(workbench),
        executions.running(workbench, only=only),
    ]


def ticker_of(workbench: Workbench) -> ticking.Ticker:
    """Return the clock of a workbench: it puts what is due, and looks for what people want to be told."""
    engine = engine_of(workbench)
    return ticking.Ticker(
        engine,
        engine.claims,
        [regular for regular, _ in regular_work(workbench)],
        clock=workbench.clock,
        zone=workbench.workspace.timezone,
        since=workbench.workspace.created_at,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        transaction=lambda: workbench.transaction(workbench.system_actor()),
        looks=[Follower(workbench).look, webhooks.Follower(workbench).look],
    )


def run(
    workbench: Workbench,
    stop: threading.Event,
    *,
    threads: int,
    ticks: bool,
    name: str | None = None,
    only: Collection[str] = (),
) -> None:
    """Work in so many threads, and tick, until ``stop`` is set; what is begun is ended before.

    ``name`` and ``only`` are as ``engine_of`` has them.
    """
    ticker = ticker_of(workbench) if ticks else None
    scheduler = ticking.start(ticker) if ticker else None
    try:
        if threads:
            engine_of(workbench, name=name, only=only).work(stop, threads)
        else:
            stop.wait()
    finally:
        if scheduler and ticker:
            scheduler.shutdown()
            ticker.stop()


def run_tasks(workbench: Workbench, stop: threading.Event, *, threads: int) -> None:
    """Run automated tasks in so many threads until ``stop`` is set, and do nothing else by itself."""
    engine = _kind_of_engine(workbench)(
        workbench.database,
        Kinds([executions.running(workbench)]),
        workbench.clock,
        workbench.ids,
        on_failed=orphans.telling(workbench, failures.telling(workbench, set())),
    )
    engine.work(stop, threads)


@contextmanager
def beside(workbench: Workbench, does: Does) -> Iterator[None]:
    """Work while the block lasts, as far as is wanted.

    Pages share the process with it. At the end what is begun has a moment to end;
    what takes longer loses its worker, as if the process had died, and is done by another.
    """
    if does is Does.NOTHING:
        yield
        return
    work = partial(run, ticks=True) if does is Does.ALL else run_tasks
    stop = threading.Event()
    thread = threading.Thread(target=_keep_on, args=(workbench, stop, work), name="background", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_ENDS_WITHIN[does].total_seconds())


def _keep_on(workbench: Workbench, stop: threading.Event, work: Callable[..., None]) -> None:
    """Work on until it is to stop, whatever happens: who answers pages does not end because of a job."""
    while not stop.is_set():
        try:
            work(workbench, stop, threads=_THREADS_BESIDE)
        except Exception:
            _log.exception("what is done by itself broke; it begins anew")
            stop.wait(_AGAIN_AFTER.total_seconds())
