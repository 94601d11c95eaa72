"""Tells people what another revision of the content means for them: a file to mend, a newer template.

Regularly the commit in use is held against the last one of which everybody was told; the event
``content_in_use`` keeps that. Nothing is told of files that are not committed.
"""

from __future__ import annotations

from engine.access import Actor
from engine.accounts.models import Workspace
from engine.audit.models import Action, Event
from engine.catalog.catalog import content_of
from engine.catalog.content import Content
from engine.catalog.source import open_source
from engine.command import Services
from engine.errors import UnavailableError
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.live_content import broken, newer
from engine.migration.impact import Impact, impact
from engine.migration.queries import StoredWork
from engine.transaction import Transaction

TELL = Regular(
    name="tell_of_content",
    when="*/5 * * * *",
    purpose="tells who has a file of the content to mend, and whose bundles have a newer template",
)


def telling_regularly(services: Services, system: Actor) -> Kind:
    """Give the job that tells people of another revision of the content."""

    def handle(context: Context) -> str:
        with context.kept():
            return tell(services, system)

    return Kind(name=TELL.name, handle=handle)


def tell(services: Services, system: Actor) -> str:
    """Tell people what the commit in use means for them, once for each; say what was told.

    Raises:
        UnavailableError: the content cannot be read.
    """
    with services.reading(system) as tx:
        before = _last_told(tx)
    folder, ref = services.settings.content_place
    if services.settings.worktree or open_source(folder, ref, worktree=False).token() == before:
        return "The content is as it was."
    content = content_of(services.settings)
    if content.commit is None:
        return "The content is in no commit, so that nobody is told of it."
    base = _content_at(services, before) if before else None
    found = _impact(services, system, base, content) if base else None
    with services.transaction(system) as tx:
        if _last_told(tx) != before:
            return "Another process tells of it."
        mended = broken.call_off_what_is_mended(tx, content)
        told = broken.tell(tx, content, base)
        owners = newer.tell(tx, content, found) if found else 0
        _keep(tx, content.commit, before)
    return f"{told} files to mend told, {mended} mended, {owners} told of a newer template."


def _content_at(services: Services, commit: str) -> Content | None:
    """Return an earlier revision; None where the repository has lost it."""
    try:
        return content_of(services.settings, ref=commit)
    except UnavailableError:
        return None


def _impact(services: Services, system: Actor, base: Content, head: Content) -> Impact:
    """Work out what it means for running bundles, which takes long, before anything is locked."""
    with services.reading(system) as tx:
        return impact(base, head, StoredWork(tx))


def _last_told(tx: Transaction) -> str | None:
    found = tx.find(
        Event, entity_id=tx.workspace_id, action=Action.CONTENT_IN_USE.value, order_by=("-seq",), limit=1
    )
    return str((found[0].after or {})["commit"]) if found else None


def _keep(tx: Transaction, commit: str, before: str | None) -> None:
    workspace = tx.get(Workspace, tx.workspace_id)
    after = {"from": before, "commit": commit}
    tx.record(Action.CONTENT_IN_USE, workspace, f"The content is read at {commit[:12]}", after=after)
