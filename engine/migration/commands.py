"""The command that brings a running bundle to a newer revision of its template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from engine import idempotency
from engine.access import Actor, Permission, require
from engine.bundles import service
from engine.bundles.inputs import OnBundle
from engine.bundles.models import Bundle
from engine.bundles.visibility import BundleChange, get_changeable
from engine.command import AnyCommand, Command, Services
from engine.errors import StaleWriteError, bad_field
from engine.inputs import Input
from engine.migration import bulk, undo
from engine.migration.apply import apply
from engine.migration.bulk import Result
from engine.migration.matrix import Verdict
from engine.migration.preview import Migration, preview
from engine.migration.quiet import keep_quiet
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_ACTION = "bundle_migrate"


class Migrate(OnBundle):
    """A newer revision for a run, and what goes on where that needs a decision."""

    #: The commit, branch or tag whose template it shall have; left out: the content that is live.
    to: Annotated[str | None, Field(title="Revision", max_length=200)] = None
    #: What needs a decision, such as write.steps=keep: keep what is there, or take the template's.
    choices: dict[str, Any] = {}
    #: The hash of the template whose changes a page has shown: another is not taken unseen.
    seen: Annotated[str | None, Field(max_length=200)] = None
    #: Tell nobody by e-mail or chat of the tasks that they get by it; their inbox does.
    suppress_notifications: bool = False
    #: Take the last migration back instead, as long as nothing was built on it.
    undo: bool = False
    #: Only say what would be done, and change nothing.
    dry_run: bool = False
    #: The same key and the same request migrate once.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None


class MigrateAll(Input):
    """A newer revision for all running bundles of a template."""

    #: The key of the template.
    template: str = Field(title="Template", min_length=1)
    #: The commit, branch or tag whose template they shall have; left out: the content that is live.
    to: Annotated[str | None, Field(title="Revision", max_length=200)] = None
    #: Only these, by their ids; left out: all of them.
    bundles: list[str] = []
    #: For all that needs a decision: keep what is there, or take the template's. Left out: such bundles stay.
    choice: Literal["keep", "take"] | None = None
    #: So many are migrated at once; repeat it for more.
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    #: Tell nobody by e-mail or chat of the tasks that they get by it; their inbox does.
    suppress_notifications: bool = False
    #: Only say what would become of each, and change nothing.
    dry_run: bool = False


@dataclass(frozen=True)
class MigratedAll:
    """What became of each running bundle of a template, or would."""

    results: list[Result]
    dry_run: bool

    @property
    def message(self) -> str:
        """What is said about it."""
        told = bulk.counted(self.results)
        said = f"Nothing is changed; it would be: {told}." if self.dry_run else f"{told}.".capitalize()
        if any(one.outcome is bulk.Outcome.UNDECIDED for one in self.results):
            said += " `workbench bundle migrate ID --dry-run` shows what needs a decision."
        return said


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """A bundle that was migrated, or would be."""

    bundle: Bundle
    #: None where the same request was done before.
    migration: Migration | None
    dry_run: bool = False
    #: The last migration was taken back.
    undone: bool = False

    @property
    def message(self) -> str:
        """What is said about it."""
        if self.undone:
            return f"“{self.bundle.title}” follows the template that it had before its migration."
        if self.migration is None:
            return f"“{self.bundle.title}” was migrated already."
        if self.migration.is_nothing:
            return f"“{self.bundle.title}” has this revision of its template."
        if not self.dry_run:
            return f"“{self.bundle.title}” follows the newer template now."
        counts = [(verdict, len(self.migration.with_verdict(verdict))) for verdict in Verdict]
        told = ", ".join(f"{count} {verdict.words}" for verdict, count in counts if count)
        return f"Nothing is changed. What is other: {told or 'nothing for running work'}."


def _content(services: Services, actor: Actor, request: Migrate | MigrateAll) -> Content:
    return content_to(services, actor, request.to)


def content_to(services: Services, actor: Actor, to: str | None) -> Content:
    """Return the content to migrate to: what is live, unless a lead names a revision.

    Raises:
        ForbiddenError: one is named by who leads nothing. An earlier revision, or one that nobody reviewed,
            may ask for no approval (product.md decision 12).
    """
    if not to:
        return services.content()
    require(actor, Permission.WORK_ALL, "choose another revision than the one that is live")
    from engine.catalog.catalog import content_of  # noqa: PLC0415 - the registry is read without Git

    return content_of(services.settings, ref=to)


def migrate(tx: Transaction, request: Migrate, content: Content) -> Migrated:
    """Bring a running bundle to the template of a revision, or say what that would do.

    Raises:
        NotFoundError: there is no such bundle, or not the actor's to see.
        ForbiddenError: they may not migrate it.
        ConflictError: it is closed, or an open approval blocks it, or there is nothing that can be undone.
        TemplateNotFoundError: the revision has no such template.
        ContentError: it cannot be used.
        BadRequestError: a decision is missing or is none, or a date cannot be right with the newer template.
        StaleWriteError: ``revision`` is given and the bundle has moved on, or ``seen`` and the template has.
        IdempotencyKeyReusedError: the key was used for another request.
    """
    done: list[Migration] = []

    def make() -> Bundle:
        if request.undo:
            return undo.undo(tx, request.bundle_id, revision=request.revision)
        bundle = get_changeable(tx, request.bundle_id, BundleChange.MIGRATE, request.revision)
        service.require_active(bundle, "migrate it")
        done.append(preview(tx, content, bundle))
        if request.seen and request.seen != done[0].after.closure_hash:
            raise StaleWriteError(
                f"The template of “{bundle.title}” has changed again since you looked. Look at what is other "
                "now, and decide anew."
            )
        if not request.dry_run and not done[0].is_nothing:
            apply(tx, done[0], {key: str(choice) for key, choice in request.choices.items()})
            if request.suppress_notifications:
                keep_quiet(tx, bundle)
        return bundle

    if request.undo and (request.dry_run or request.choices or request.to):
        raise bad_field("undo", "takes back what was done; give nothing else with it")
    if request.dry_run:
        return Migrated(bundle=make(), migration=done[0], dry_run=True)
    body = request.model_dump(mode="json", exclude={"idempotency_key"})
    bundle = idempotency.once(tx, Bundle, key=request.idempotency_key, action=_ACTION, body=body, make=make)
    return Migrated(bundle=bundle, migration=done[0] if done else None, undone=request.undo)


def _migrate_all(tx: Transaction, request: MigrateAll, content: Content) -> MigratedAll:
    if not tx.find_one(Bundle, template_id=request.template):
        content.resolve(request.template)  # tells of a key that is spelled otherwise
    results = bulk.migrate_all(
        tx,
        content,
        request.template,
        how=bulk.How(
            choice=request.choice,
            most=request.limit,
            only=frozenset(request.bundles) if request.bundles else None,
            is_quiet=request.suppress_notifications,
            dry_run=request.dry_run,
        ),
    )
    return MigratedAll(results, request.dry_run)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="bundle migrate",
        help="Bring a running bundle to a newer revision of its template, or say what that would do.",
        input=Migrate,
        permission=Permission.WORK_OWN,
        prepare=_content,
        run=migrate,
        message=lambda migrated: migrated.message,
    ),
    Command(
        name="bundle migrate-all",
        help="Bring all running bundles of a template to a newer revision, with what became of each.",
        input=MigrateAll,
        permission=Permission.WORK_OWN,
        prepare=_content,
        run=_migrate_all,
        message=lambda migrated: migrated.message,
    ),
)
