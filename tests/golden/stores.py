"""The golden stores: one of every release, as files of SQLite and as PostgreSQL's own copies (D12)."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from engine.upgrades import MIGRATIONS

HOME = Path(__file__).resolve().parent
SQLITE, POSTGRESQL, BLOBS = "workbench.db.gz", "postgresql.json.gz", "blobs"
#: The folders of all releases, oldest first.
RELEASES = sorted(
    (path.parent for path in HOME.glob(f"*/{SQLITE}")),
    key=lambda folder: [int(part) for part in folder.name.split(".")],
)


def version_of(release: Path) -> int:
    """Return the version of a release's stores."""
    rows = _dump(release)["tables"]["store_migrations"].splitlines()
    return max(int(row.partition("\t")[0]) for row in rows)


def _dump(release: Path) -> dict[str, Any]:
    dump: dict[str, Any] = json.loads(gzip.decompress((release / POSTGRESQL).read_bytes()))
    return dump


def put(release: Path, url: str) -> None:
    """Put the store of a release where ``url`` says: in a new file, or in an empty database or schema."""
    if url.startswith("sqlite:///"):
        with gzip.open(release / SQLITE) as packed, Path(url.removeprefix("sqlite:///")).open("wb") as file:
            shutil.copyfileobj(packed, file)
        return
    dump = _dump(release)
    with psycopg.connect(url) as connection:
        for statement in dump["ddl"]:
            connection.execute(statement.encode())
        # No triggers: the tallies that they keep are among the tables.
        connection.execute("SET session_replication_role = replica")
        for name, text in dump["tables"].items():
            _fill(connection, name, text)


def _fill(connection: psycopg.Connection, name: str, text: str) -> None:
    table = sql.Identifier(name)
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
        copy.write(text)
    if not name.startswith("store_"):
        connection.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, 'doc_id'), greatest(max(doc_id), 1)) FROM {}"
            ).format(sql.Literal(name), table)
        )


#: Those whose stores this program has to upgrade.
OLDER = [release for release in RELEASES if version_of(release) <= len(MIGRATIONS)]
