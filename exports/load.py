"""Loading an export into PostgreSQL, first and every day after, all or nothing (EXP-12, T4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict

from engine.audit.chain import Anchor
from engine.audit.models import Event
from engine.errors import BadRequestError, ConflictError, UnavailableError
from exports import contract, validate
from exports.manifest import after_in
from exports.postgresql import Held, Schema, end_of
from exports.records import TableShape, tables

#: Where exports are loaded if nobody says otherwise.
SCHEMA = "workbench_export"
_SECONDS_TO_CONNECT = 10
#: So long a load waits for those who read what it has to alter, as a rule nothing.
_SECONDS_TO_ALTER = 60
_PIECE = 1024 * 1024
_LONGEST_NAME = 63


class Counts(NamedTuple):
    """What a load did to one table."""

    added: int = 0
    changed: int = 0
    removed: int = 0


class Loaded(NamedTuple):
    """What a load did."""

    #: The name of the database and of its host.
    database: str
    schema: str
    #: The moment that all is of; None where nothing ever happened in the workspace.
    as_of: str | None
    tables: dict[str, Counts]

    def total(self) -> Counts:
        """What it did to all tables together."""
        return Counts(*(sum(column) for column in zip(*self.tables.values(), strict=True)))


def load(url: str, folder: Path, schema: str = SCHEMA) -> Loaded:
    """Make a schema of the database at ``url`` hold what the export in ``folder`` holds, in one transaction.

    Records are matched by their keys: new ones are added, changed ones changed, and those that a whole export
    has not any more are removed. Tables and views stay, and so do rights on them and the views of others.
    Readers see what was there until all of the new is. An export of changes needs the one that it follows.

    Raises:
        BadRequestError: the folder is not a valid export, or ``url`` or ``schema`` cannot be right.
        ConflictError: the schema holds another workspace's export, a newer one, one of another history, or
            something else; what readers rely on would break; or another load is under way.
        UnavailableError: the database does not answer, or refuses.
    """
    _require_name(schema)
    wanted = _Address.parse(url)
    manifest = validate.require_valid(folder)
    package = contract.read_package(folder)
    with wanted.connected() as connection:
        place = Schema(connection, schema)
        held = place.enter()
        _require_next(held, manifest, folder, schema)
        connection.execute(f"SET LOCAL lock_timeout = '{_SECONDS_TO_ALTER}s'".encode())
        place.bring_up_to_date(held, package)
        is_whole = after_in(manifest) is None
        done = {
            table.name: _load_table(
                connection, table, folder, manifest["tables"][table.name], is_whole=is_whole
            )
            for table in tables()
        }
        place.leave(manifest, package)
        database = f"{connection.info.dbname} on {connection.info.host}"
    return Loaded(database, schema, manifest["as_of"], done)


def _require_name(schema: str) -> None:
    is_name = schema.isprintable() and 0 < len(schema.encode()) <= _LONGEST_NAME and '"' not in schema
    if not is_name or schema.startswith("pg_") or schema == "information_schema":
        raise BadRequestError(
            f"{schema[:100]!r} cannot be the name of a schema for an export. Give --schema up to "
            f"{_LONGEST_NAME} letters, digits and underscores that do not begin with pg_."
        )


class _Address(NamedTuple):
    """Where a database is; says nothing of the password in any message."""

    url: str
    password: str

    @classmethod
    def parse(cls, url: str) -> _Address:
        wanted = "Give it as postgresql://USER@HOST/DATABASE"
        if not url.startswith(("postgresql://", "postgres://")):
            raise BadRequestError(f"That is not the address of a PostgreSQL database. {wanted}.")
        if url.count("@") > 1:
            raise BadRequestError(
                f"The address of the database has more than one @. {wanted}; in a password write %40 for @, "
                "or keep it in the file .pgpass or in PGPASSWORD."
            )
        try:
            password = conninfo_to_dict(url).get("password")
            secret = urlsplit(url).password
        except (psycopg.Error, ValueError):  # what they say has parts of the address, the password among them
            raise BadRequestError(
                f"The address of the database cannot be read. {wanted}; in a password write signs as %40."
            ) from None
        return cls(url, str(password or secret or ""))

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Give a connection within one transaction.

        Raises:
            ConflictError: somebody reads what has to be altered, and does not stop.
            UnavailableError: the database does not answer, or refuses.
        """
        try:
            with psycopg.connect(
                self.url,
                connect_timeout=_SECONDS_TO_CONNECT,
                client_encoding="utf8",
                application_name="workbench export load",
            ) as connection:
                yield connection
        except psycopg.errors.LockNotAvailable as error:
            raise ConflictError(
                "Tables or views had to be altered, and somebody who reads them did not stop for "
                f"{_SECONDS_TO_ALTER} seconds. Nothing was changed. Load again when they are done."
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise UnavailableError(
                f"The database refused the load: {self._told(error)}. Nothing was changed. Whoever loads "
                "must own the schema, or may make one: GRANT CREATE ON DATABASE."
            ) from None
        except psycopg.Error as error:
            raise UnavailableError(
                f"The export was not loaded; the database said: {self._told(error)}. Nothing was changed."
            ) from None

    def _told(self, error: psycopg.Error) -> str:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        said = " ".join(line.strip() for line in lines).rstrip(".")
        return said.replace(self.password, "…") if self.password else said


def _require_next(held: Held | None, manifest: Mapping[str, Any], folder: Path, schema: str) -> None:
    """Refuse an export that does not go on from what the schema holds."""
    after, end = after_in(manifest), end_of(manifest)
    if held is None:
        if after is not None:
            raise ConflictError(
                f"{folder} holds what changed after event {after.count}, and the schema {schema} holds "
                "nothing yet. Load a whole export first."
            )
        return
    mine, theirs = manifest["workspace"], held.manifest["workspace"]
    if mine["workspace_id"] != theirs["workspace_id"]:
        raise ConflictError(
            f"The schema {schema} holds the workspace {theirs['name']} ({theirs['workspace_id']}), the "
            f"export is of {mine['name']} ({mine['workspace_id']}). Nothing was changed. Name another schema "
            "with --schema."
        )
    if held.end.count > end.count:
        raise ConflictError(
            f"The schema {schema} holds a newer export: it goes to event {held.end.count} of "
            f"{held.manifest['as_of']}, this one to event {end.count} of {manifest['as_of']}. "
            "Nothing was changed."
        )
    if after is not None and held.end != end and held.end.count != after.count:
        raise ConflictError(
            f"{folder} holds what changed after event {after.count}, and the schema {schema} goes to "
            f"event {held.end.count}. Nothing was changed. Load what is between first, or a whole export."
        )
    known = _hash_at(folder, held.end.count, manifest)
    if known != held.end.head_hash:
        raise ConflictError(
            f"The export and the schema {schema} are of different histories: event {held.end.count} is not "
            "the same one in both. Nothing was changed. If the store was brought back from a backup, load "
            "into another schema with --schema, or drop this one."
        )


def _hash_at(folder: Path, seq: int, manifest: Mapping[str, Any]) -> str:
    """Return the hash of the event with a number, which the export holds, ends with or follows."""
    after = after_in(manifest) or Anchor(0, "")
    if seq == after.count:
        return after.head_hash
    place = seq - after.count
    with (folder / f"{Event.spec.table}.jsonl").open("rb") as file:
        (line,) = islice(file, place - 1, place)
    return str(json.loads(line)["hash"])


def _load_table(
    connection: Connection, table: TableShape, folder: Path, promised: Mapping[str, Any], *, is_whole: bool
) -> Counts:
    _stage(connection, table, folder, promised)
    name = sql.Identifier(table.name)
    fields = sql.SQL(", ").join(map(sql.Identifier, table.field_names))
    same = _each(table.key, "old.{0} = new.{0}", " AND ")
    old, new = (_each(table.field_names, f"{side}.{{0}}", ", ") for side in ("old", "new"))
    delete = sql.SQL("DELETE FROM {} AS old WHERE NOT EXISTS (SELECT FROM incoming AS new WHERE {})")
    update = sql.SQL(
        "UPDATE {} AS old SET ({}) = ROW({}) FROM incoming AS new"
        " WHERE {} AND ROW({}) IS DISTINCT FROM ROW({})"
    )
    insert = sql.SQL(
        "INSERT INTO {} ({}) SELECT {} FROM incoming AS new WHERE NOT EXISTS (SELECT FROM {} AS old WHERE {})"
    )
    removed = connection.execute(delete.format(name, same)).rowcount if is_whole else 0
    changed = connection.execute(update.format(name, fields, new, same, old, new)).rowcount
    added = connection.execute(insert.format(name, fields, new, name, same)).rowcount
    connection.execute("DROP TABLE incoming")
    return Counts(added, changed, removed)


def _each(names: tuple[str, ...], pattern: str, between: str) -> sql.Composed:
    return sql.SQL(between).join(sql.SQL(pattern).format(sql.Identifier(name)) for name in names)


def _stage(connection: Connection, table: TableShape, folder: Path, promised: Mapping[str, Any]) -> None:
    """Bring the records of a file into a table of this transaction, with the bytes that were checked."""
    connection.execute("CREATE TEMPORARY TABLE line (body text) ON COMMIT DROP")
    digest = hashlib.sha256()
    # No line holds the control characters 1 and 2, so each arrives as it is.
    command = r"COPY line FROM STDIN (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
    with (folder / table.file_name).open("rb") as file, connection.cursor().copy(command) as target:
        while piece := file.read(_PIECE):
            digest.update(piece)
            target.write(piece)
    if digest.hexdigest() != promised["sha256"]:
        raise ConflictError(
            f"{folder / table.file_name} changed while it was loaded. Nothing was changed. Load again when "
            "nobody writes to the folder."
        )
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT record.*"
            " FROM line, jsonb_populate_record(NULL::{}, body::jsonb) AS record"
        ).format(sql.Identifier(table.name))
    )
    connection.execute("DROP TABLE line; ANALYZE incoming")


def in_words(done: Loaded) -> str:
    """Say what a load did, in a line."""
    total = done.total()
    moment = f" as of {done.as_of}" if done.as_of else ""
    return (
        f"{done.schema} in {done.database} is{moment or ' without any event'}: {total.added} records added, "
        f"{total.changed} changed, {total.removed} removed."
    )
