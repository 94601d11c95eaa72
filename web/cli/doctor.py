"""What ``workbench doctor`` looks at, one function per check: each ok, or what to do (OPS-07)."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from engine import indexing
from engine.accounts.models import Workspace
from engine.app import BEHIND, clock_is_behind
from engine.artifacts import shared_folder
from engine.artifacts.blobs import BlobStore, blobs_of
from engine.catalog.catalog import check, content_of
from engine.catalog.problems import ProblemCode
from engine.clock import not_before, to_text
from engine.config import Settings
from engine.errors import UnavailableError, WorkbenchError
from engine.jobs import ticking
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.loading import load
from engine.plurals import plural
from engine.secrets.models import Secret
from engine.secrets.names import SMTP_PASSWORD
from engine.store import DocumentStore
from engine.upgrades import open_store, require_store
from web.cli import operations, record_check
from web.cli.operations import Finding
from web.demo import stage

#: Faulty records that are named one by one.
_MOST_NAMED = 20
#: As far back is looked for the last job of each kind.
_JOBS_LOOKED_AT = 1000
_FEW_BYTES = 500 * 1024 * 1024
_OLDEST_SANE_YEAR = 2024


def examine(settings: Settings) -> list[Finding]:
    """Run every check; one that fails says what to do, and the others still run."""
    checks: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("database", _database),
        ("content", _content),
        ("git", _git),
        ("blobs", _blobs),
        ("clock", _clock),
        ("disk", _disk),
        ("backup", operations.backup),
        ("log", operations.log),
        ("metrics", operations.metrics),
        ("openid", operations.openid),
    ]
    findings: list[Finding] = []
    for name, examine_one in checks:
        try:
            findings.extend(examine_one(settings))
        except WorkbenchError as error:
            findings.append(Finding(name, ok=False, message=error.message))
        except OSError as error:
            findings.append(Finding(name, ok=False, message=f"{error.strerror}: {error.filename}"))
    return findings


def _database(settings: Settings) -> Iterator[Finding]:
    require_store(settings)
    database = open_store(settings.database, make=False)
    try:
        database.ping()
        yield Finding("database", ok=True, message=f"{database.dialect} answers")
        yield _writing(database)
        relation = "one ahead of this program" if database.is_ahead else "as this program has it"
        yield Finding("schema version", ok=True, message=f"version {database.schema_version}, {relation}")
        yield _purpose(database)
        yield _hooks(database)
        yield _times(database, datetime.now(UTC))
        yield operations.clocks(database, datetime.now(UTC))
        yield _jobs(Claims(database))
        yield _clock_of_jobs(Claims(database))
        yield operations.delivery_of_jobs(settings, database)
        yield from _mail(settings, database)
        yield from operations.webhooks(database)
        yield from operations.workers(database)
        yield from _rights(settings.database_file)
        blobs = blobs_of(settings)
        try:
            shared_folder.check(database, blobs)
        except UnavailableError as error:
            yield Finding("blobs", ok=False, message=error.message)
        else:
            yield from _records(database, blobs)
            yield _words(database, blobs)
    finally:
        database.close()


def _purpose(database: DocumentStore) -> Finding:
    """Say whether `serve` would show this store; that of the demo it refuses (N2)."""
    if stage.is_marked(database):
        return Finding("purpose", ok=False, message=stage.warning(database.url))
    return Finding("purpose", ok=True, message="real work: the demo did not make this store")


def _writing(database: DocumentStore) -> Finding:
    try:
        database.try_to_write()
        database.try_for_room()
    except UnavailableError as error:
        return Finding("writing", ok=False, message=error.message)
    return Finding("writing", ok=True, message="every table can be written to (tried, and taken back)")


def _hooks(database: DocumentStore) -> Finding:
    """Say whether the database does anything by itself that Workbench did not ask it to (S8)."""
    if faults := database.hook_faults():
        message = (
            f"{'; '.join(faults[:_MOST_NAMED])}: somebody changed the database past Workbench. It may "
            "change or hide records by itself. Keep it as evidence, run `workbench audit verify`, restore "
            "the last backup that verifies."
        )
        return Finding("triggers", ok=False, message=message)
    return Finding(
        "triggers", ok=True, message="every trigger is there, and none that is not Workbench's own"
    )


def _rights(file: Path | None) -> Iterator[Finding]:
    """Say whether others on this machine may read the store; releases before 0.4.0 let them (S26)."""
    if file is None:
        return
    open_to_others = [
        path.name
        for path in sorted(file.parent.glob(f"{file.name}*"))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    message = "the database files are their owner's alone"
    if open_to_others:
        names = ", ".join(open_to_others)
        message = f"others on this machine may open {names}: chmod 600 them in {file.parent}"
    yield Finding("rights", ok=not open_to_others, message=message)


def _times(database: DocumentStore, clock: datetime) -> Finding:
    latest = database.latest_time()
    is_behind = not_before(clock, latest) - clock > BEHIND
    message = clock_is_behind(clock, latest) if is_behind else f"the latest is {latest or 'none'}"
    return Finding("recorded times", ok=not is_behind, message=message)


def _jobs(claims: Claims) -> Finding:
    """Say what was done by itself without success: what failed last of its kind, and what nobody knows."""
    faults = [
        f"{job.job_id} ({job.kind}) is unknown: look whether it was done, then `workbench job resolve`"
        for job in claims.list_jobs([JobStatus.UNKNOWN], _MOST_NAMED)
    ]
    last: dict[str, Job] = {}
    for job in claims.list_jobs([JobStatus.DONE, JobStatus.FAILED], _JOBS_LOOKED_AT):
        last.setdefault(job.kind, job)
    faults += [
        f"{kind} failed: {(job.outcome or '').rstrip('.')} ({job.job_id})"
        for kind, job in sorted(last.items())
        if job.status is JobStatus.FAILED
    ]
    message = f"{'; '.join(faults)}." if faults else "nothing failed that is done by itself"
    return Finding("jobs", ok=not faults, message=message)


def _clock_of_jobs(claims: Claims) -> Finding:
    """Say which process has the clock of what is done by itself."""
    holder = claims.holder(ticking.LEASE)
    nobody = "nobody has the clock now: nothing is done by itself until `serve`, `worker` or `scheduler` runs"
    return Finding("scheduler", ok=True, message=f"{holder} has the clock" if holder else nobody)


def _mail(settings: Settings, database: DocumentStore) -> Iterator[Finding]:
    """Say whether e-mails go out, and what keeps them back."""
    paused = [
        row
        for text in database.table(Workspace.spec.table).select_rows({})
        if (row := load(Workspace, text, database)).messages_paused_at is not None
    ]
    if paused:
        since = to_text(paused[0].messages_paused_at or datetime.now(UTC))
        message = f"all messages are held back since {since}: `workbench message resume` lets them go out"
        yield Finding("messages", ok=False, message=message)
    elif not settings.smtp_host:
        yield Finding("messages", ok=True, message="no mail server is set, so nobody is told by e-mail")
    else:
        names = [load(Secret, text, database) for text in database.table(Secret.spec.table).select_rows({})]
        has_password = any(one.name == SMTP_PASSWORD and one.sealed for one in names)
        is_ready = has_password or not settings.smtp_user
        where = f"e-mails go out by {settings.smtp_host}:{settings.smtp_port}"
        hint = f"{settings.smtp_user} has no password there. Run: workbench secrets set {SMTP_PASSWORD}"
        yield Finding("messages", ok=is_ready, message=where if is_ready else hint)


def _content(settings: Settings) -> Iterator[Finding]:
    folder, ref = settings.content_place
    problems = check(folder, ref=ref, worktree=settings.worktree)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        first = errors[0]
        message = (
            f"{plural(len(errors), 'error')}, first {str(first).rstrip('.')}. Run: workbench content check"
        )
        yield Finding("content", ok=False, message=message)
    else:
        yield Finding("content", ok=True, message=f"no errors, {plural(len(problems), 'warning')}")


def _git(settings: Settings) -> Iterator[Finding]:
    content = content_of(settings)
    if unread := next(
        (problem for problem in content.problems if problem.code == ProblemCode.NO_CONTENT), None
    ):
        yield Finding("git", ok=False, message=unread.message)
    elif content.commit is None:
        yield Finding(
            "git",
            ok=False,
            message="the content folder is not in Git: pins name no commit. Put it under Git.",
        )
    else:
        yield Finding("git", ok=True, message=f"content is read at {content.commit[:12]}")


def _records(database: DocumentStore, blobs: BlobStore) -> Iterator[Finding]:
    examined = record_check.examine(database)
    for fault in examined.faults[:_MOST_NAMED]:
        yield Finding("records", ok=False, message=fault)
    if (more := len(examined.faults) - _MOST_NAMED) > 0:
        yield Finding("records", ok=False, message=f"{more} more. Restore a backup of before it happened.")
    if not examined.faults:
        message = f"{plural(examined.count, 'record')} can be read, and what they point at is there"
        yield Finding("records", ok=True, message=message)
    if missing := sorted(examined.files.keys() - set(blobs.iterate())):
        first = f"{missing[0]}, which {examined.files[missing[0]]} names"
        what = plural(len(missing), "file is", "files are")
        message = f"{what} not there, first {first}. Restore what is lost from a backup."
        yield Finding("blobs", ok=False, message=message)


def _words(database: DocumentStore, blobs: BlobStore) -> Finding:
    """Say whether searches find what is there."""
    if indexing.is_true(database, blobs):
        return Finding("words", ok=True, message="the index of words holds what records and files say")
    message = "searches may miss something: the index of words does not hold what records and files say"
    return Finding("words", ok=False, message=f"{message}. Run: workbench reindex")


def _blobs(settings: Settings) -> Iterator[Finding]:
    store = blobs_of(settings)
    store.try_to_write()
    damaged = [sha256 for sha256 in store.iterate() if not store.verify(sha256)]
    if damaged:
        what = plural(len(damaged), "file does not match its hash", "files do not match their hash")
        message = f"{what}, first {damaged[0]}. Restore what is damaged from a backup."
        yield Finding("blobs", ok=False, message=message)
    else:
        yield Finding(
            "blobs", ok=True, message=f"{store.place} is writable, every file there matches its hash"
        )


def _clock(settings: Settings) -> Iterator[Finding]:  # noqa: ARG001 - every check takes the settings
    now = datetime.now(UTC)
    sane = now.year >= _OLDEST_SANE_YEAR
    yield Finding(
        "clock", ok=sane, message=to_text(now) if sane else f"it is {now.year}? Set the machine's clock."
    )


def _disk(settings: Settings) -> Iterator[Finding]:
    by_disk: dict[int, Path] = {}
    for folder in filter(None, (settings.data_folder, settings.blob_folder)):
        folder.mkdir(parents=True, exist_ok=True)
        by_disk.setdefault(_disk_of(folder), folder)
    for folder in by_disk.values():
        free = shutil.disk_usage(folder).free
        text = f"{free // 1024 // 1024} MiB free at {folder}"
        yield Finding(
            "disk", ok=free > _FEW_BYTES, message=text if free > _FEW_BYTES else f"only {text}: make room"
        )


def _disk_of(folder: Path) -> int:
    return folder.stat().st_dev
