"""The one registry of commands, and the one way to execute one (product.md, decision 16).

The board, the command line and the demo call ``execute``; forms, options and JSON are read into the command's
``input`` by the edge that they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from engine import idempotency
from engine.access import Actor, require
from engine.accounts.commands import COMMANDS as _ACCOUNTS
from engine.bundles.commands import COMMANDS as _BUNDLES
from engine.command import AnyCommand, Command, Done, Services
from engine.corrections import undo
from engine.corrections.commands import COMMANDS as _CORRECTIONS
from engine.deliverables.commands import COMMANDS as _DELIVERABLES
from engine.errors import NotFoundError
from engine.executions.commands import COMMANDS as _EXECUTIONS
from engine.executions.control_commands import COMMANDS as _QUEUE
from engine.feeds.commands import COMMANDS as _FEEDS
from engine.inbox.commands import COMMANDS as _INBOX
from engine.inputs import Input
from engine.invitations.commands import COMMANDS as _INVITATIONS
from engine.jobs.commands import COMMANDS as _JOBS
from engine.jobs.exporting import COMMANDS as _EXPORTS
from engine.leaving.commands import COMMANDS as _LEAVING
from engine.migration.commands import COMMANDS as _MIGRATION
from engine.openid.commands import COMMANDS as _OPENID
from engine.outbox.commands import COMMANDS as _MESSAGES
from engine.proposals.commands import COMMANDS as _PROPOSALS
from engine.proposals.editing_commands import COMMANDS as _PROPOSAL_FORMS
from engine.proposals.from_work import COMMANDS as _FROM_WORK
from engine.proposals.suggesting import COMMANDS as _SUGGESTIONS
from engine.proposals.text_commands import COMMANDS as _PROPOSAL_TEXTS
from engine.qa.commands import COMMANDS as _QA
from engine.recipes.commands import COMMANDS as _RECIPES
from engine.reference.commands import COMMANDS as _REFERENCE
from engine.reminders.commands import COMMANDS as _REMINDERS
from engine.schedules.commands import COMMANDS as _SCHEDULES
from engine.second_factor.commands import COMMANDS as _SECOND_FACTOR
from engine.secrets.commands import COMMANDS as _SECRETS
from engine.tasks.commands import COMMANDS as _TASKS
from engine.tokens.commands import COMMANDS as _TOKENS
from engine.transaction import Transaction
from engine.watching.commands import COMMANDS as _WATCHING
from engine.webhooks.commands import COMMANDS as _WEBHOOKS
from engine.worklogs.commands import COMMANDS as _WORKLOGS

I = TypeVar("I", bound=Input)  # noqa: E741 - as in engine.command
P = TypeVar("P")
R = TypeVar("R")


def _by_name(areas: Iterable[Iterable[AnyCommand]]) -> Mapping[str, AnyCommand]:
    found: dict[str, AnyCommand] = {}
    for area in areas:
        for item in area:
            if item.name in found:
                raise RuntimeError(f"two commands are called {item.name!r}")
            found[item.name] = item
    return found


#: Every command by its name.
COMMANDS: Mapping[str, AnyCommand] = _by_name(
    [
        _REFERENCE,
        _ACCOUNTS,
        _SECOND_FACTOR,
        _TASKS,
        _EXECUTIONS,
        _QUEUE,
        _DELIVERABLES,
        _BUNDLES,
        _RECIPES,
        _MIGRATION,
        _SUGGESTIONS,
        _FROM_WORK,
        _PROPOSALS,
        _SCHEDULES,
        _FEEDS,
        _TOKENS,
        _INVITATIONS,
        _OPENID,
        _WEBHOOKS,
        _QA,
        _CORRECTIONS,
        _WATCHING,
        _REMINDERS,
        _INBOX,
        _LEAVING,
        _WORKLOGS,
        _JOBS,
        _EXPORTS,
        _SECRETS,
        _MESSAGES,
        _PROPOSAL_TEXTS,
        _PROPOSAL_FORMS,
    ]
)


def get(name: str) -> AnyCommand:
    """Find a command by its name, as it is typed.

    Raises:
        NotFoundError: there is none of that name.
    """
    found = COMMANDS.get(name)
    if found is None:
        raise NotFoundError(f"There is no command {name!r}. Check its name: workbench --help lists them.")
    return found


def of(area: str) -> Mapping[str, AnyCommand]:
    """List the commands of an area, by their verbs."""
    return {item.verb: item for item in COMMANDS.values() if item.area == area}


def execute(
    services: Services,
    actor: Actor,
    command: Command[I, P, R],
    request: I,
    *,
    recheck: Callable[[Transaction], None] | None = None,
) -> Done[R]:
    """Execute a command for an actor: in one transaction, or as one ledger write.

    ``recheck`` refuses in the transaction, before anything is done, where the actor is not any more who they
    were when they asked: what was prepared, and the lock, may have taken their time.

    Raises:
        ForbiddenError: none of the actor's roles has the permission.
        WorkbenchError: as the use case; nothing was changed.
    """
    require(actor, command.permission, command.doing)
    prepared = command.prepare(services, actor, request)
    if command.is_ledger_write:
        return _mark(services, actor, command, request, prepared)
    with services.transaction(actor) as tx:
        if recheck is not None:
            recheck(tx)
        return _do(tx, command, request, prepared)


def answer(
    services: Services,
    actor: Actor,
    command: Command[I, P, R],
    request: I,
    tell: Callable[[Transaction, Done[R]], str],
    *,
    key: str | None = None,
    body: Mapping[str, Any] | None = None,
    recheck: Callable[[Transaction], None] | None = None,
) -> str:
    """Execute a command, and compose the answer in its transaction: it says what was committed, no more.

    With a ``key`` it is done once, and ``body`` is what was asked for: whoever repeats it is given the first
    answer, also where that was lost between the commit and them (API-08). A ledger write is told of in a
    snapshot after it; repeated it marks the same again.

    Raises:
        ForbiddenError: none of the actor's roles has the permission.
        IdempotencyKeyReusedError: the key was used for another request.
        WorkbenchError: as the use case; nothing was changed.
    """
    require(actor, command.permission, command.doing)
    if key is not None and not command.is_ledger_write:
        with services.reading(actor) as tx:
            known = idempotency.find_answer(tx, key=key, action=command.name, body=body or {})
        if known is not None:
            return known
    prepared = command.prepare(services, actor, request)
    if command.is_ledger_write:
        done = _mark(services, actor, command, request, prepared)
        with services.reading(actor) as tx:
            return tell(tx, done)
    with services.transaction(actor) as tx:
        if recheck is not None:
            recheck(tx)
        return idempotency.answered_once(
            tx,
            key=key,
            action=command.name,
            body=body or {},
            make=lambda: tell(tx, _do(tx, command, request, prepared)),
        )


def _mark(services: Services, actor: Actor, command: Command[I, P, R], request: I, prepared: P) -> Done[R]:
    marked = command.run(services.ledger(actor), request, prepared)
    return Done(marked, command.message(marked))


def _do(tx: Transaction, command: Command[I, P, R], request: I, prepared: P) -> Done[R]:
    """Run a command and what follows from it, so that all of it is known."""
    result = command.run(tx, request, prepared)
    tx.settle()
    act_id = tx.act_id if undo.is_offered(tx.told) else None
    if isinstance(result, undo.Undone):
        act_id = result.act_before
    return Done(result, " ".join((command.message(result), *tx.asides)), tx.asides, act_id)
