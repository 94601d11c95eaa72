"""The regular fetch of the content, and what is told of it: where it went, and that it was rewritten."""

from __future__ import annotations

from engine.access import Actor, Permission, require
from engine.accounts import actors
from engine.accounts.models import User, Workspace
from engine.audit.models import Action
from engine.command import Services
from engine.errors import ConflictError, UnavailableError, WorkbenchError
from engine.folder_lock import alone_in
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.live_content import fetching, telling, trouble
from engine.live_content.fetching import Fetched
from engine.live_content.git_runs import Credentials
from engine.notifications.models import NotificationKind
from engine.notifications.service import notify
from engine.secrets import service as secrets
from engine.secrets.names import CONTENT_SSH_KEY, CONTENT_TOKEN
from engine.transaction import Transaction

FETCH = Regular(name="fetch_content", when="*/5 * * * *", purpose="fetches the content from `content_remote`")


def fetching_regularly(services: Services, system: Actor) -> Kind:
    """Give the job that fetches the content; a failure says why, and the next tries again.

    What was fetched is told at once to whom it concerns.
    """

    def handle(context: Context) -> str:
        with context.kept():
            found = fetch(services, system)
            if found.is_news:
                telling.tell(services, system)
            return said_of(found)

    return Kind(name=FETCH.name, handle=handle)


def fetch(services: Services, actor: Actor) -> Fetched:
    """Fetch the content, record where it went, and tell managers where its history was rewritten.

    It follows the branch wherever that goes: what is reviewed there is what counts. Bundles keep their pins.
    Whoever else fetches at the moment is waited for. That it failed is kept until a fetch does not.

    Raises:
        ForbiddenError: the actor administers nothing.
        ConflictError: no setting says where from.
        UnavailableError: it cannot be fetched, or a secret cannot be opened.
    """
    require(actor, Permission.ADMINISTER, "fetch the content")
    if not services.settings.content_remote:
        raise ConflictError(
            "Nothing says where content is fetched from: it is read from its folder. Set `content_remote`, "
            "or WORKBENCH_CONTENT_REMOTE."
        )
    settings = services.settings
    folder = settings.clone_folder.parent
    try:
        with alone_in(folder):
            return _fetch_and_note(services, actor)
    except OSError as error:
        raise UnavailableError(
            f"{folder}, where the content is fetched to, cannot be written: {error.strerror}. "
            "Let the user that runs Workbench write there, and see that there is room."
        ) from error


def _fetch_and_note(services: Services, actor: Actor) -> Fetched:
    settings = services.settings
    try:
        found = _fetch(services, actor)
    except WorkbenchError as error:
        trouble.note(settings, error.message, services.clock.now())
        raise
    trouble.clear(settings)
    return found


def _fetch(services: Services, actor: Actor) -> Fetched:
    with services.reading(actor) as tx:
        credentials = credentials_of(services, tx)

    def record(found: Fetched) -> None:
        with services.transaction(actor) as tx:
            _record(tx, found, services.settings.content_branch)

    return fetching.fetch(services.settings, credentials, record=record)


def credentials_of(services: Services, tx: Transaction) -> Credentials:
    """Return what opens the repository that content is fetched from.

    Raises:
        UnavailableError: a secret cannot be opened.
    """
    return Credentials(
        token=secrets.open_secret(services, tx, CONTENT_TOKEN) or "",
        ssh_key=secrets.open_secret(services, tx, CONTENT_SSH_KEY) or "",
    )


def said_of(found: Fetched) -> str:
    """Say what a fetch brought."""
    if found.before is None:
        return f"Fetched for the first time, at {found.after[:12]}."
    if not found.is_news:
        return f"Nothing new: it is at {found.after[:12]}."
    how = ", its history rewritten" if found.is_rewritten else ""
    return f"From {found.before[:12]} to {found.after[:12]}{how}."


def _record(tx: Transaction, found: Fetched, branch: str) -> None:
    action = Action.CONTENT_REWRITTEN if found.is_rewritten else Action.CONTENT_FETCHED
    workspace = tx.get(Workspace, tx.workspace_id)
    after = {"branch": branch, "from": found.before, "commit": found.after}
    tx.record(action, workspace, f"The content was fetched. {said_of(found)}", after=after)
    if found.is_rewritten:
        notify(
            tx,
            user_ids=[user.user_id for user in actors.managers_among(tx.find(User))],
            kind=NotificationKind.CONTENT_REWRITTEN,
            title=f"The history of {branch}, where the content comes from, was rewritten",
            lines=[
                f"Before it was at {str(found.before)[:12]}, now at {found.after[:12]}, which is in use.",
                "Bundles keep what they were made from. Ask whoever pushed it whether that was meant.",
            ],
            key=f"content_rewritten:{found.before}:{found.after}",
        )
