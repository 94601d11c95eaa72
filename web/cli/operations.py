"""What ``workbench doctor`` looks at beside the work itself: backups, logs, metrics, clocks (OPS-07)."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from engine.artifacts.blobs import blobs_of
from engine.clock import to_text
from engine.config import PROCRASTINATE, Settings
from engine.errors import UnavailableError
from engine.jobs import delivery
from engine.jobs.workers import Workers
from engine.loading import load
from engine.openid.provider import provider_of
from engine.plurals import plural
from engine.store import DocumentStore, backups
from engine.webhooks.models import PauseReason, Webhook
from engine.webhooks.service import WHY_PAUSED

#: The database's clock says when a lease is over: clocks that differ by more let two have what one should.
_CLOCKS_DIFFER_SECONDS = 10.0
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One check's outcome."""

    check: str
    ok: bool
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return asdict(self)


def clocks(database: DocumentStore, now: datetime) -> Finding:
    """Say whether this machine and the database agree what time it is."""
    seconds = abs(database.time() - now.timestamp())
    if seconds <= _CLOCKS_DIFFER_SECONDS:
        return Finding("database clock", ok=True, message="it says the same as the clock of this machine")
    message = (
        f"it differs by {seconds:.0f} seconds from that of this machine, {to_text(now)}: let both be set "
        "from the network, or jobs are begun twice, or late"
    )
    return Finding("database clock", ok=False, message=message)


def backup(settings: Settings) -> Iterator[Finding]:
    """Say whether a backup could be made here, and how much room it takes."""
    programs = backups.programs_for(settings.database)
    if missing := [name for name in programs if shutil.which(name) is None]:
        what = " and ".join(missing) + (" are" if len(missing) > 1 else " is")
        message = (
            f"{what} not installed here, so `workbench backup` cannot copy the database: install "
            "PostgreSQL's programs (postgresql-client), of the server's release or a later one"
        )
        yield Finding("backup", ok=False, message=message)
        return
    size = backups.size_of(settings.database)
    size += sum(blob.size for blob in blobs_of(settings).inventory())
    message = (
        f"`workbench backup` takes about {max(1, size // _MEBIBYTE)} MiB, and while it runs the database's"
    )
    yield Finding("backup", ok=True, message=f"{message} size once more")


def log(settings: Settings) -> Iterator[Finding]:
    """Say where servers and workers log; that of this terminal tells nothing of theirs."""
    try:
        os.fstat(sys.__stderr__.fileno() if sys.__stderr__ is not None else 2)
    except (OSError, ValueError):
        message = "standard error is closed: what is logged is lost. Start it so that somebody keeps that"
        yield Finding("log", ok=False, message=message)
        return
    slow = settings.slow_statement_ms
    told = f"statements of {slow} ms or more are named" if slow else "slow statements are not named"
    yield Finding("log", ok=True, message=f"as {settings.log_format}, to standard error; {told}")


def metrics(settings: Settings) -> Iterator[Finding]:
    """Say whether anybody may read what is counted."""
    said = (
        "/metrics answers who has the token" if settings.metrics_token else "no metrics_token, so no /metrics"
    )
    yield Finding("metrics", ok=True, message=said)


def openid(settings: Settings) -> Iterator[Finding]:
    """Say whether the provider that people sign in with answers, where one is set."""
    if settings.oidc_issuer:
        provider_of(settings).try_out(datetime.now(UTC))
        yield Finding("openid", ok=True, message=f"{settings.oidc_name} answers")


def delivery_of_jobs(settings: Settings, database: DocumentStore) -> Finding:
    """Say by what workers hear of jobs, and whether that is ready."""
    if settings.jobs != PROCRASTINATE:
        return Finding("delivery", ok=True, message="workers look into the store for jobs (embedded)")
    try:
        missing = delivery.lacking(database)
    except UnavailableError as error:
        return Finding("delivery", ok=False, message=error.message)
    if missing:
        hint = f"the store lacks {missing[0]}. Run: workbench upgrade"
        return Finding("delivery", ok=False, message=hint)
    listen = plural(delivery.listening(database), "worker listens", "workers listen")
    return Finding("delivery", ok=True, message=f"Procrastinate wakes workers; {listen} now")


def workers(database: DocumentStore) -> Iterator[Finding]:
    """Say who does what is done by itself, and who was lost or runs another release than this."""
    own, listed = version("workbench"), Workers(database).listed()
    for one in listed:
        if one.is_lost:
            told = (
                f"WORKER_LOST: nothing was seen of {one.name} for {one.silent_for // 1000} seconds. Look "
                "whether its machine runs; what it did is taken up by others. It is listed for a day"
            )
            yield Finding("workers", ok=False, message=told)
        elif one.release != own:
            told = (
                f"WORKER_OF_ANOTHER_RELEASE: {one.name} runs {one.release}, and this is {own}. Tasks of "
                "executors that it does not have wait for others; bring all to one release"
            )
            yield Finding("workers", ok=False, message=told)
    working = [one for one in listed if not one.is_lost and not one.is_draining]
    told = plural(len(working), "process does", "processes do") + " what is put"
    if drained := sum(one.is_draining and not one.is_lost for one in listed):
        told += f", and {drained} {'is' if drained == 1 else 'are'} drained"
    yield Finding("workers", ok=True, message=told)


def webhooks(database: DocumentStore) -> Iterator[Finding]:
    """Say which webhooks send nothing though no admin paused them, where there are webhooks."""
    rows = database.table(Webhook.spec.table).select_rows({"removed_at": None}, ("webhook_id",))
    hooks = [load(Webhook, text, database) for text in rows]
    paused = [(one, why) for one in hooks if (why := one.pause_reason) not in (None, PauseReason.BY_HAND)]
    for one, why in paused:
        told = f"“{one.name}” sends nothing: {WHY_PAUSED[why]}. Mend that, then: workbench webhook resume"
        yield Finding("webhooks", ok=False, message=told)
    if hooks and not paused:
        yield Finding("webhooks", ok=True, message=f"{plural(len(hooks), 'webhook')}, none paused by itself")
