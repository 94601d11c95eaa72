"""What a command is: one thing that an edge offers, declared once with what it asks for and who may ask.

Each area lists its own in its ``commands.py``; ``engine.commands`` holds them all and executes them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from engine.inputs import Input

if TYPE_CHECKING:
    from engine.access import Actor, Permission
    from engine.accounts.models import Workspace
    from engine.artifacts.blobs import BlobStore
    from engine.artifacts.link_copies import LinkCopy
    from engine.catalog.content import Content
    from engine.clock import Clock
    from engine.config import Settings
    from engine.ledger import Ledger
    from engine.throttle import SignInThrottle
    from engine.transaction import Transaction

I = TypeVar("I", bound=Input)  # noqa: E741 - an input; P is what was prepared, R the result
P = TypeVar("P")
R = TypeVar("R")


class Services(Protocol):
    """What a command may use before its transaction opens; ``engine.app.Workbench`` is one.

    1. Nothing here is called inside of a transaction: it may take as long as a disk, a hash or the network.
    2. What it gives is valid a moment later too; what a use case decides on is read again in its transaction.
    """

    settings: Settings
    clock: Clock
    blobs: BlobStore
    sign_in_throttle: SignInThrottle
    workspace: Workspace

    def content(self) -> Content:
        """Give the current templates, types and docs from Git."""
        ...

    def reading(self, actor: Actor) -> AbstractContextManager[Transaction]:
        """Open a snapshot to read from."""
        ...

    def transaction(self, actor: Actor) -> AbstractContextManager[Transaction]:
        """Open one unit of work."""
        ...

    def ledger(self, actor: Actor) -> Ledger:
        """Give the ledger writes of an actor."""
        ...

    def copy_of(self, address: str | None) -> LinkCopy | None:
        """Fetch what an outside address serves now, unless the settings say that nothing is copied."""
        ...


@dataclass(frozen=True, kw_only=True)
class Command(Generic[I, P, R]):
    """One use case as the board, the command line and programs offer it."""

    #: What one types: ``task start``.
    name: str
    #: What it does, in one sentence that begins with the verb; the help page of the command line.
    help: str
    input: type[I]
    #: What an actor needs at all; the use case still decides on the record.
    permission: Permission
    #: What must not happen inside of a transaction: reading Git, keeping a file, hashing a password.
    prepare: Callable[[Services, Actor, I], P]
    #: Gets the transaction, or the ``Ledger`` of a ledger write; what was sent; and what was prepared.
    run: Callable[[Any, I, P], R]
    #: What is said once it is done.
    message: Callable[[R], str]
    #: Whether it is a ledger write: no transaction opens, nothing is locked, no event tells of it.
    is_ledger_write: bool = False

    @property
    def area(self) -> str:
        """The first word of the name: the kind of thing that it acts on."""
        return self.name.partition(" ")[0]

    @property
    def verb(self) -> str:
        """The rest of the name: what it does."""
        return self.name.partition(" ")[2]

    @property
    def doing(self) -> str:
        """The words that complete "may not ..."."""
        return f"{self.help[0].lower()}{self.help[1:].rstrip('.')}"


#: A command of any kind, as a list of all of them holds it.
AnyCommand: TypeAlias = Command[Any, Any, Any]


@dataclass(frozen=True)
class Done(Generic[R]):
    """The result of a command, and the message about it."""

    result: R
    #: All that is said about it, ``asides`` included.
    message: str
    #: What whoever asked should know besides, a sentence each (``Transaction.say``).
    asides: tuple[str, ...] = ()
    #: The id of what was done, where it can be undone for a moment (D5).
    act_id: str | None = None


def command(
    name: str,
    help: str,  # noqa: A002 - the field's own name
    *,
    input: type[I],  # noqa: A002 - the field's own name
    permission: Permission,
    run: Callable[[Transaction, I], R],
    message: str | Callable[[R], str],
) -> Command[I, None, R]:
    """Declare a command that needs nothing but its transaction."""
    named = {"name": name, "help": help, "input": input, "permission": permission}
    return _unprepared(run, message, **named)


def ledger_command(run: Callable[[Ledger, I], R], message: str, **named: Any) -> Command[I, None, R]:
    """Declare a command that is a ledger write (definitions.md section 5); ``named`` as for ``command``."""
    return _unprepared(run, message, is_ledger_write=True, **named)


def _unprepared(
    run: Callable[[Any, I], R], message: str | Callable[[R], str], **named: Any
) -> Command[I, None, R]:
    return Command(
        prepare=lambda services, actor, request: None,  # noqa: ARG005 - nothing to prepare
        run=lambda place, request, _: run(place, request),
        message=saying(message),
        **named,
    )


def with_content(services: Services, _actor: Actor, _request: Input) -> Content:
    """Give the current content, as the ``prepare`` of a command that needs it."""
    return services.content()


def saying(message: str | Callable[[R], str]) -> Callable[[R], str]:
    """Turn a fixed message into a function of the result."""
    return (lambda _: message) if isinstance(message, str) else message
