"""``workbench export``, ``backup`` and ``restore``: work goes out, is validated, and comes back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from engine.audit.chain import Anchor
from engine.errors import BadRequestError
from engine.plurals import plural
from exports import backup as backups
from exports import contract, dbt, validate, writer
from exports import restore as restoring
from exports.forms import FORMS
from web.cli.context import Session


class _FolderOrCommand(click.Group):
    """A group whose unknown first word is a folder: ``export DIR`` beside ``export check DIR``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["to", *args]
        return super().parse_args(ctx, args)


@click.group("export", cls=_FolderOrCommand)
def export() -> None:
    """Write the workspace to a new folder with `export DIR`; check it, load it, compare it."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [export, backup, restore]


@export.command("to", hidden=True)
@click.argument("folder", metavar="DIR")
@click.option(
    "--after", "before", metavar="EXPORT_DIR", help="Write only what changed since that export was made."
)
@click.option(
    "--since", metavar="COUNT:HASH", help="The same, by the end of its chain: `chain` in its manifest."
)
@click.option(
    "--format",
    "form",
    metavar="|".join(FORMS),
    type=click.Choice(list(FORMS)),
    default="jsonl",
    show_default=True,
    help="The form of the tables. Only jsonl can be checked, loaded and restored.",
)
@click.pass_obj
def write(session: Session, folder: str, before: str | None, since: str | None, form: str) -> None:
    """Write the workspace to DIR, which must be absent or empty; or only what changed in it."""
    if before is not None and since is not None:
        raise BadRequestError("--after and --since say the same. Give one of them.")
    after = Anchor.parse(since) if since is not None else None
    if before is not None:
        after = validate.end_of(Path(before))
    manifest = writer.write(session.workbench, session.actor, Path(folder), after, FORMS[form])
    counts = {name: entry["count"] for name, entry in manifest["tables"].items() if "count" in entry}
    what = "" if after is None else f" that changed after event {after.count}"
    end = manifest["chain"]
    session.answer(
        {"folder": folder, "manifest": manifest},
        f"Exported {sum(counts.values())} records{what or f' of {len(counts)} tables'} to {folder}."
        + ("" if after is None else f" It ends with {end['count']}:{end['head_hash']}."),
    )


@export.command("check")
@click.argument("folder", metavar="DIR")
@click.pass_obj
def check(session: Session, folder: str) -> int:
    """Validate an export; one line per violation, then anything else worth knowing."""
    found = validate.examine(Path(folder))
    rows = [violation.as_dict() for violation in found.violations]
    lines = [str(violation) for violation in found.violations] or [f"{folder} is a valid export."]
    lines += [f"Note: {remark}" for remark in found.remarks]
    session.answer({"violations": rows, "valid": not rows, "remarks": found.remarks}, "\n".join(lines))
    return 1 if rows else 0


@export.command("load")
@click.argument("url", metavar="postgresql://...")
@click.argument("folder", metavar="DIR")
@click.option(
    "--schema",
    metavar="NAME",
    default="workbench_export",
    show_default=True,
    help="The schema of that database that holds the tables and nothing else.",
)
@click.pass_obj
def load(session: Session, url: str, folder: str, schema: str) -> None:
    """Load an export into PostgreSQL, the first time and every day after: all of it, or nothing.

    Keep the password in the file .pgpass or in PGPASSWORD, not in the address, where others may see it.
    """
    from exports import load as loading  # noqa: PLC0415 - with the driver, which nothing else here needs

    done = loading.load(url, Path(folder), schema)
    counts = {name: table._asdict() for name, table in done.tables.items()}
    answer = {"folder": folder, "database": done.database, "schema": done.schema, "as_of": done.as_of}
    session.answer({**answer, "tables": counts}, loading.in_words(done))


@export.command("dbt")
@click.option(
    "--schema",
    metavar="NAME",
    default="workbench_export",
    show_default=True,
    help="The schema that `export load` loads into.",
)
@click.pass_obj
def dbt_sources(session: Session, schema: str) -> None:
    """Print a sources.yml for dbt: the loaded tables and views, what they mean, and tests of each field."""
    text = dbt.sources(schema)
    session.answer({"schema": schema, "sources": text}, text.rstrip("\n"))


@export.command("compare")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.pass_obj
def compare(session: Session, old: str, new: str) -> int:
    """Name what readers of the export OLD cannot rely on in NEW: fields and tables gone or changed."""
    changes = contract.compare(contract.read_package(Path(old)), contract.read_package(Path(new)))
    broken = contract.breaking(changes)
    lines = [f"{'Breaks' if change.breaks else 'Note'}: {change}." for change in changes]
    lines.append(f"Readers of {old} cannot rely on {new}." if broken else f"Readers of {old} can read {new}.")
    rows = [change.as_dict() for change in changes]
    session.answer({"changes": rows, "compatible": not broken}, "\n".join(lines))
    return 1 if broken else 0


@click.command("backup")
@click.argument("file", metavar="FILE")
@click.pass_obj
def backup(session: Session, file: str) -> int:
    """Write the database and the uploaded files into the new FILE, while people work; as secret as both.

    The key file, the settings and the content are not in it. `workbench restore FILE` brings it back.
    """
    made = backups.write(session.settings, Path(file))
    said = f"The database and {plural(made.files, 'uploaded file')} are in {file}, as of {made.made_at}."
    if made.left_out:
        what = plural(len(made.left_out), "file is damaged and is", "files are damaged and are")
        said += (
            f"\n{what} not in it, first {made.left_out[0]}. Restore what is damaged from an earlier backup."
        )
    session.answer({"file": file, **asdict(made)}, said)
    return 1 if made.left_out else 0


@click.command("restore")
@click.argument("folder", metavar="FILE|DIR")
@click.pass_obj
def restore(session: Session, folder: str) -> None:
    """Bring a backup, FILE, back to where no store is, or an export, DIR, into a store without records."""
    if Path(folder).is_file():
        found = backups.restore(session.settings, Path(folder))
        said = (
            f"The store is as it was at {found.made_at}, with {plural(found.files, 'uploaded file')}. What "
            "waited to be sent then goes out once it is served; `workbench message pause` holds it back. Now "
            "run: workbench doctor"
        )
        session.answer({"file": folder, **asdict(found)}, said)
        return
    counts = restoring.restore(session.settings, Path(folder))
    session.answer(
        {"folder": folder, "counts": counts}, f"Restored {sum(counts.values())} records from {folder}."
    )
