"""What one run of the command line holds: settings, the engine once needed, the form of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from engine import left_out
from engine.config import Settings
from engine.errors import BadRequestError, ConflictError, WorkbenchError
from web import answers

if TYPE_CHECKING:
    from engine.access import Actor
    from engine.app import Workbench
    from engine.transaction import Transaction


class Session:
    """One run of ``workbench``; commands get it by ``@click.pass_obj``."""

    def __init__(
        self,
        settings: Settings,
        *,
        email: str | None,
        as_json: bool,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Hold the settings, and which of them ``options`` on the line named."""
        self.settings, self.email, self.as_json = settings, email, as_json
        self.options = dict(options or {})
        left_out.collect()

    @cached_property
    def workbench(self) -> Workbench:
        """The engine, opened on first use; a store is neither made nor migrated here.

        Raises:
            ConflictError: there is no store.
        """
        from engine.app import Workbench  # noqa: PLC0415 - help begins without the engine
        from engine.upgrades import require_store  # noqa: PLC0415 - as above

        require_store(self.settings)
        return Workbench(self.settings, make=False)

    @cached_property
    def actor(self) -> Actor:
        """The local operator, or whom ``--as`` names."""
        return self.workbench.actor_by_email(self.email) if self.email else self.workbench.operator()

    @property
    def has_store(self) -> bool:
        """Whether there may be a store that can tell who and what there is."""
        file = self.settings.database_file
        return file is None or file.exists()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a snapshot for the actor."""
        actor = self.actor
        with self.workbench.reading(actor) as tx:
            yield tx

    def refuse_if_withdrawn(self, tx: Transaction) -> None:
        """Refuse what takes its time where the actor lost meanwhile what they were when the command began.

        Raises:
            ConflictError: their account is closed, or they have other rights, or stand for somebody else.
        """
        from engine.accounts import actors  # noqa: PLC0415 - help begins without the engine

        if actors.find_again(tx, self.actor) != self.actor:
            raise ConflictError(
                f"What {self.actor.name} may do here was changed while this was on its way. Nothing was "
                "changed. Repeat it if it is still theirs to do."
            )

    def answer(self, data: object, text: str | Callable[[], str]) -> None:
        """Print the answer: the data as one JSON document with ``--json``, else the text."""
        if self.as_json:
            click.echo(to_json(data))
        else:
            click.echo(text if isinstance(text, str) else text())
        for table, record_id in left_out.collected():
            words = f"{table} {record_id} could not be read and is left out. Run: workbench doctor"
            click.echo(f"workbench: {words}", err=True)

    def close(self) -> None:
        """Give back what was opened."""
        if "workbench" in self.__dict__:
            self.workbench.close()


def to_json(data: object) -> str:
    """Return readable JSON in the given order of keys."""
    return json.dumps(data, indent=2, ensure_ascii=False)


def print_error(error: WorkbenchError, *, as_json: bool) -> None:
    """Print an error: as JSON on standard output with ``--json``, else on standard error."""
    if as_json:
        click.echo(to_json(answers.as_json(error)))
        return
    click.echo(f"workbench: {error.message}", err=True)
    if len(error.details) > 1:
        for detail in error.details:
            where, message = detail.get("option") or detail.get("field"), str(detail["message"])
            said = message if not where or message.startswith(where) else f"{where}: {message}"
            click.echo(f"  - {said}", err=True)


def check_style(style: str, known: Sequence[str]) -> None:
    """Refuse what ``--format`` does not take.

    Raises:
        BadParameter: it names none of the known forms.
    """
    if style not in known:
        names = f"{', '.join(known[:-1])} or {known[-1]}"
        raise click.BadParameter(f"{style!r} is not {names}.", param_hint="--format")


def key_values(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return ``name=value`` words as a dict.

    Raises:
        BadRequestError: a word has no ``=``.
    """
    result: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise BadRequestError(f"{pair!r} is not of the form name=value.")
        result[name] = value
    return result


def table(rows: list[list[Any]], headings: list[str]) -> str:
    """Return rows as aligned columns for a terminal."""
    if not rows:
        return "Nothing found."
    cells = [headings, *[["" if cell is None else str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[index]) for row in cells) for index in range(len(headings))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join(lines)
