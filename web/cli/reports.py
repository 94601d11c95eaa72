"""``workbench report ...``: the reports by name, as a table, CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from engine.clock import in_zone
from engine.errors import UnavailableError
from engine.reports import filters, registry, writing
from engine.reports.tables import Cell, Column, ColumnKind, Report, Table, percent
from web.cli.context import Session, table
from web.cli.refusals import Naming

_LONGEST_CELL = 60


@click.group("report")
def report() -> None:
    """What was said, decided and scored, over many tasks: `report list`, then `report NAME`."""


def commands() -> list[click.Command]:
    """Return the commands of this module: one per report, with the filters that it takes."""
    for item in registry.REPORTS.values():
        report.add_command(_command(item))
    return [report]


@report.command("list")
@click.pass_obj
def list_reports(session: Session) -> None:
    """List the reports that you may read."""
    found = registry.available(session.actor)
    data = [
        {
            "name": item.name,
            "title": item.title,
            "description": item.description,
            "filters": list(item.filters),
            "by": list(item.groups),
        }
        for item in found
    ]
    rows = [[item.name, item.title, ", ".join(item.filters)] for item in found]
    session.answer({"reports": data}, lambda: table(rows, ["name", "title", "filters"]))


def _command(item: Report) -> click.Command:
    options: list[click.Parameter] = [_option(item, name) for name in item.filters]
    options.append(
        click.Option(
            ["--format", "form"],
            type=click.Choice(["table", "csv", "json"]),
            default="table",
            show_default=True,
            help="How it is written.",
        )
    )
    options.append(click.Option(["--out", "out"], metavar="FILE", help="Write it to FILE, as UTF-8."))
    return Naming(item.name, callback=_runner(item), params=options, help=item.description)


def _option(item: Report, name: str) -> click.Option:
    choices = f": {', '.join(item.groups)}; {item.groups[0]} by default" if name == "by" else ""
    flag = f"--{name.replace('_', '-')}"
    return click.Option([flag, name], metavar="VALUE", help=f"{filters.NAMES[name].capitalize()}{choices}.")


def _runner(item: Report) -> Callable[..., None]:
    @click.pass_obj
    def run(session: Session, /, form: str, out: str | None, **given: str | None) -> None:
        with session.reading() as tx:
            found = registry.run(tx, item.name, {name: value for name, value in given.items() if value})
            zone = tx.timezone
        text = _written(item, found, "json" if session.as_json else form, zone)
        if out is None:
            click.echo(text, nl=not text.endswith("\n"))
            return
        write_bytes(Path(out), text.encode())
        if not session.as_json:
            click.echo(f"{len(found.rows)} rows of {item.name} written to {out}.")

    return run


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as it is.

    Raises:
        UnavailableError: it cannot be written there.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnavailableError(f"{path} cannot be written: {reason}. Choose another place.") from error


def _written(item: Report, found: Table, form: str, zone: str) -> str:
    if form == "csv":
        return writing.to_csv(found)
    if form == "json":
        return json.dumps(writing.to_data(item, found), indent=2, ensure_ascii=False)
    columns = [column for column in item.columns if column.on_page]
    rows: list[list[Any]] = [
        [_shown(column, row[column.name], zone) for column in columns] for row in found.rows
    ]
    lines = [table(rows, [column.title.lower() for column in columns])]
    if found.totals and found.rows:
        totals = [
            f"{column.title.lower()} {_shown(column, found.totals[column.name], zone)}"
            for column in columns
            if column.name in found.totals
        ]
        lines.append(f"In all: {', '.join(totals)}")
    return "\n".join([*lines, *found.remarks])


def _shown(column: Column, value: Cell, zone: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{in_zone(value, zone):%Y-%m-%d %H:%M}"
    if isinstance(value, float) and column.kind is ColumnKind.SHARE:
        return percent(value)
    text = " ".join((", ".join(value) if isinstance(value, list) else str(value)).split())
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
