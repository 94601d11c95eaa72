"""``workbench content impact`` and ``content index``: the running bundles that a revision touches."""

from __future__ import annotations

import json
from pathlib import Path

import click

from engine.catalog.catalog import Catalog
from engine.catalog.content import Content
from engine.catalog.diff.sides import Side, sides, told_what_is_lacking
from engine.catalog.source import WorktreeSource
from engine.errors import BadRequestError, UnavailableError
from engine.migration import index as bundle_index
from engine.migration import report
from engine.migration.impact import Impact, impact
from engine.migration.queries import StoredWork
from engine.plurals import plural
from web.cli.context import Session, check_style, to_json

_FORMATS = ("text", "markdown", "json")


@click.command("impact")
@click.argument("revisions", metavar="BASE..HEAD")
@click.option("--format", "style", default="text", metavar="|".join(_FORMATS), help="How it is printed.")
@click.option("--index", "file", metavar="FILE", help="Read a bundle index instead of the store.")
@click.pass_obj
def show_impact(session: Session, revisions: str, style: str, file: str | None) -> None:
    """Tell which running bundles a change of the content touches, and what it means for each.

    BASE...HEAD begins where HEAD parted from BASE, BASE alone goes to HEAD; with --worktree it goes to the
    files on disk. A bundle whose template is another at HEAD than at BASE is held against the one at HEAD,
    with the overrides of its partner and campaign: unaffected, safe, needs a decision, or blocked.
    """
    check_style(style, _FORMATS)
    folder, _ = session.settings.content_place
    with told_what_is_lacking(folder):
        two = sides(folder, revisions, worktree=session.settings.worktree)
        base, head = (content_at(folder, side) for side in two)
    found = of_index(file, base, head) if file else of_store(session, base, head)
    if style == "json" and not session.as_json:
        click.echo(to_json(found.as_json()))
        return
    words = report.as_markdown if style == "markdown" else report.as_text
    session.answer(found.as_json(), lambda: words(found))


@click.command("index")
@click.argument("file", metavar="FILE")
@click.pass_obj
def write_index(session: Session, file: str) -> None:
    """Write what content impact needs of running bundles to FILE, without titles, people and texts.

    Publish it where the repository may be read, and no wider: who guesses the key of a partner can test the
    guess.
    """
    with session.reading() as tx:
        data = bundle_index.write(tx)
    try:
        Path(file).write_text(to_json(data) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{file} cannot be written: {error.strerror}. Name another file.") from error
    bundles, pins = len(data["bundles"]), len(data["pins"])
    words = plural(bundles, "running bundle")
    session.answer({"file": file, "bundles": bundles, "pins": pins}, f"{file} has {words} now.")


def content_at(folder: Path, side: Side) -> Content:
    """Return the whole content of one of two revisions."""
    on_disk = isinstance(side.source, WorktreeSource)
    return Catalog(folder, ref=str(side.revision.commit), worktree=on_disk).content()


def of_store(session: Session, base: Content, head: Content) -> Impact:
    """Return the report from the store."""
    with session.reading() as tx:
        return impact(base, head, StoredWork(tx))


def of_index(file: str, base: Content, head: Content) -> Impact:
    """Return the report from an index, and say on standard error of when that is.

    Raises:
        BadRequestError: the file is no index.
        UnavailableError: it cannot be read.
    """
    try:
        data = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnavailableError(f"{file} cannot be read: {error.strerror}. Name another file.") from error
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"{file} is not JSON. Write it with workbench content index.") from error
    running = bundle_index.IndexedWork(data, (base, head))
    click.echo(f"workbench: the index is of {running.as_of:%Y-%m-%d %H:%M} UTC", err=True)
    return impact(base, head, running)
