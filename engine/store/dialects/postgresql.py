"""PostgreSQL: writers side by side, so locks are taken by name; lists as arrays, collation C."""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar
from typing import cast as cast_type

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Identity,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.types import TypeEngine

from engine.fulltext import Sought
from engine.store import listings, tallies
from engine.store.dialects.base import Dialect
from engine.store.dialects.documents import json_in
from engine.store.schema import TableSpec

if TYPE_CHECKING:
    import psycopg

#: Any number will do, as long as every process that makes tables takes the same.
_CREATION_LOCK = "SELECT pg_advisory_xact_lock(7306153)"
_SEQUENCE = "pg_get_serial_sequence(%s, 'doc_id')"


#: Who holds a lock that goes with no other write, and does not wait itself; the oldest first.
_HOLDER = """
SELECT application_name, pid, state LIKE 'idle in transaction%%',
    to_char(xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS "UTC"')
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'relation' AND granted AND mode <> 'AccessShareLock' AND relation >= 16384
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid() AND wait_event_type IS DISTINCT FROM 'Lock'
ORDER BY xact_start LIMIT 1
"""


#: A restored table is another file, of another database perhaps; a copy of the server's files, or a standby
#: that takes over, begins with a start of the server.
_PAST = (
    "hashtextextended(pg_relation_filepath('store_positions') || ' ' "
    "|| extract(epoch FROM pg_postmaster_start_time())::text, 0)"
)
#: The tokens of a piece as they are indexed.
_VECTOR = "array_to_tsvector(string_to_array(btrim(store_pieces.tokens), ' '))"
#: Up to so many rows a pipeline is faster than COPY, which waits once per table.
_FEW_IN_ALL, _FEW_OF_A_TABLE = 20, 8


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return cast_type("psycopg.Connection[Any]", connection.connection.driver_connection)


#: The triggers of the tables by which Procrastinate delivers jobs, where it does; they are its own.
DELIVERY_HOOKS = (
    "procrastinate_jobs_notify_queue_job_aborted_v1",
    "procrastinate_jobs_notify_queue_job_inserted_v1",
    "procrastinate_trigger_abort_requested_events_v1",
    "procrastinate_trigger_delete_jobs_v1",
    "procrastinate_trigger_scheduled_events_v1",
    "procrastinate_trigger_status_events_insert_v1",
    "procrastinate_trigger_status_events_update_v1",
)
_HOOKS = f"""\
SELECT 'trigger', tgname::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace
    AND NOT (relname = 'procrastinate_jobs' AND tgname = ANY('{{{",".join(DELIVERY_HOOKS)}}}'))
UNION ALL SELECT 'view', relname::text FROM pg_class
    WHERE relkind IN ('v', 'm') AND relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'rule', rulename::text FROM pg_rules WHERE schemaname = current_schema()
ORDER BY 1, 2"""


class PostgreSQL(Dialect):
    """PostgreSQL over psycopg. Writes are READ COMMITTED, reads one snapshot."""

    name: ClassVar[str] = "postgresql"
    mark: ClassVar[str] = "%s"
    finds = "strpos"
    everything: ClassVar[int | None] = None
    row_lock: ClassVar[str] = " FOR UPDATE"
    row_lock_or_next: ClassVar[str] = " FOR UPDATE SKIP LOCKED"
    clock: ClassVar[str] = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    locks_heads: ClassVar[bool] = True
    writer_options: ClassVar = {"isolation_level": "READ COMMITTED"}
    reader_options: ClassVar = {"isolation_level": "REPEATABLE READ", "store_reads": True}
    past: ClassVar[str | None] = _PAST
    is_shared: ClassVar[bool] = True
    has_search: ClassVar[bool] = False
    needs_guidance: ClassVar[bool] = False
    indexes_hold_ids: ClassVar[bool] = False

    def lock_creation(self, connection: Connection) -> None:
        """Take the advisory lock of whoever makes tables."""
        connection.exec_driver_sql(_CREATION_LOCK)

    def lock_shape(self, connection: Connection, versions_table: str) -> None:
        """Take the table of versions for itself."""
        connection.exec_driver_sql(f'LOCK TABLE "{versions_table}" IN ACCESS EXCLUSIVE MODE')

    def lock_table(self, connection: Connection, table: str) -> None:
        """Take the lock that goes with nobody else's writing."""
        connection.exec_driver_sql(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')

    def is_deadlock(self, error: Exception) -> bool:
        """Ask the driver's error that is behind it."""
        from psycopg.errors import DeadlockDetected  # noqa: PLC0415 - a store in a file is opened without it

        return isinstance(error.__cause__, DeadlockDetected)

    def oldest_holder(self, connection: Connection) -> str | None:
        """Ask for the sessions: name of the program, process on the server, since when."""
        found = connection.exec_driver_sql(_HOLDER).fetchone()
        if found is None:
            return None
        name, pid, is_idle, since = found
        whose = f"{name or 'a session without a name'} (process {pid})"
        if since is None:  # of other users' sessions PostgreSQL tells the superuser alone
            return whose
        doing = " and does nothing" if is_idle else ""
        return f"{whose}, whose transaction is open since {since}{doing}"

    def without_effect(self, spec: TableSpec) -> list[str]:
        """Give one per right: they are asked for before a row is looked for."""
        verbs = [f'INSERT INTO "{spec.name}" SELECT * FROM "{spec.name}" WHERE false']
        if not spec.append_only:
            verbs += [
                f'UPDATE "{spec.name}" SET document = document WHERE false',
                f'DELETE FROM "{spec.name}" WHERE false',
            ]
        return verbs

    def taking_room(self) -> list[str]:
        """Make a table of about a megabyte, where that is allowed.

        A full disk takes what is small for as long as the pages of its table have gaps.
        """
        table = "TEMPORARY TABLE tried AS SELECT md5(n::text) FROM generate_series(1, 16384) AS n"
        allowed = "has_database_privilege(current_database(), 'TEMPORARY')"
        return [f"DO $$ BEGIN IF {allowed} THEN CREATE {table}; END IF; END $$"]

    def sent_together(self, connection: Connection, rows: int) -> AbstractContextManager[object]:
        """Use psycopg's pipeline for few rows; the end of an inner one waits for what was sent so far."""
        return _driver(connection).pipeline() if rows <= _FEW_IN_ALL else nullcontext()

    def copies(self, connection: Connection, rows: int) -> bool:
        """Say yes to many, outside a pipeline: COPY takes a third of the time of as many INSERT."""
        return rows > _FEW_OF_A_TABLE and not _driver(connection).pgconn.pipeline_status

    def replaces_at_once(self, rows: int) -> bool:
        """Say yes to many: 500 rows in one UPDATE take a third of the time of as many statements."""
        return rows > _FEW_OF_A_TABLE

    def planned_once(self) -> tuple[str, ...]:
        """Choose the generic plan: else each run of a statement of many parts is planned for its values."""
        return (
            "SET LOCAL plan_cache_mode = force_generic_plan",
            "SET LOCAL plan_cache_mode = auto",
        )

    def one_of(self, column: str) -> str:
        """Give the condition with the list as an array."""
        return f"{column} = ANY(%s)"

    def list_param(self, values: Sequence[Any]) -> Any:
        """Give the list, which the driver makes an array of."""
        return list(values)

    def rows_of(self, name: str) -> str:
        """Give the entries of an array."""
        return f"SELECT unnest(%s::text[]) AS {name}"

    def first_of_each(self, source: str, read: str, most: int) -> str:
        """Give a join with what is read for each row."""
        return f"SELECT first.* FROM {source} CROSS JOIN LATERAL ({read} LIMIT {most}) first"

    def numbers(self, named: Mapping[str, int]) -> tuple[str, Sequence[Any]]:
        """Give two arrays as rows."""
        return "SELECT * FROM unnest(%s::text[], %s::bigint[])", (list(named), list(named.values()))

    def order(self, column: str, *, descending: bool) -> str:
        """Give the column with the place of NULL, as the indexes have it."""
        return f"{column} DESC NULLS LAST" if descending else f"{column} NULLS FIRST"

    def literal(self, statement: str) -> str:
        """Double ``%``, which the driver reads as a mark."""
        return statement.replace("%", "%%")

    def _text_type(self) -> TypeEngine[Any]:
        return Text(collation="C")

    def id_column(self) -> Column[int]:
        """Make an identity column."""
        return Column("doc_id", BigInteger(), Identity(always=False), primary_key=True)

    def index_part(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give the column with NULL first."""
        return column.nulls_first()

    def append_only_ddl(self, table: str) -> list[str]:
        """Give the function that refuses, and the triggers that call it."""
        function = (
            "CREATE OR REPLACE FUNCTION store_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'append-only: % refuses %', TG_TABLE_NAME, TG_OP; END $$"
        )
        rows = (
            f'CREATE OR REPLACE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION store_refuse_change()"
        )
        truncate = (
            f'CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION store_refuse_change()"
        )
        return [function, rows, truncate]

    def hooks(self, connection: Connection) -> list[tuple[str, str, str | None]]:
        """Read the catalogue of the schema in use; a disabled trigger is not at work."""
        return [(kind, name, None) for kind, name in connection.exec_driver_sql(_HOOKS)]

    def tally_ddl(self, spec: TableSpec) -> list[str]:
        """Give the function that counts, and the triggers that call it."""
        changed = " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in spec.tallied)
        more, less = tallies.one_more(spec), tallies.one_less(spec)
        counts = tallies.tally_name(spec)
        function = (
            f"CREATE OR REPLACE FUNCTION {counts}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' THEN IF {tallies.is_counted(spec, 'OLD')} THEN {less}; END IF; END IF; "
            f"IF TG_OP <> 'DELETE' THEN IF {tallies.is_counted(spec, 'NEW')} THEN {more}; END IF; END IF; "
            "RETURN NULL; END $$"
        )
        run = f"FOR EACH ROW EXECUTE FUNCTION {counts}()"
        run_changed = f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {counts}()"
        return [
            function,
            f'CREATE TRIGGER "{spec.name}_tally" AFTER INSERT OR DELETE ON "{spec.name}" {run}',
            f'CREATE TRIGGER "{spec.name}_tally_change" AFTER UPDATE ON "{spec.name}" {run_changed}',
        ]

    def listing_ddl(self, table: str, column: str) -> list[str]:
        """Give the function that enters, and the triggers that call it."""
        name = listings.listing_name(table, column)
        enter = listings.enter(table, column, self.entries_of("NEW", column), "NEW.doc_id")
        leave = listings.leave(table, column, self.entries_of("OLD", column))
        function = (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' THEN {leave}; END IF; "
            f"IF TG_OP <> 'DELETE' THEN {enter}; END IF; RETURN NULL; END $$"
        )
        run = f"FOR EACH ROW WHEN ({{when}}) EXECUTE FUNCTION {name}()"
        events = {
            "enter": ("INSERT", f'NEW."{column}" IS NOT NULL'),
            "leave": ("DELETE", f'OLD."{column}" IS NOT NULL'),
            "change": ("UPDATE", f'OLD."{column}" IS DISTINCT FROM NEW."{column}"'),
        }
        return [
            function,
            *(
                f'CREATE TRIGGER "{table}_{column}_{verb}" AFTER {event} ON "{table}" {run.format(when=when)}'
                for verb, (event, when) in events.items()
            ),
        ]

    def entries_of(self, row: str, column: str) -> str:
        """Ask ``json_array_elements_text``, which gives nothing of NULL."""
        return f'json_array_elements_text({row}."{column}"::json) AS entries(value)'

    def drop_triggers_ddl(self, spec: TableSpec) -> list[str]:
        """Give one statement per trigger, and one for each function of tallies and listings."""
        names = [f"{spec.name}_no_{what}" for what in ("change", "truncate") if spec.append_only]
        names += [f"{spec.name}_{what}" for what in ("tally", "tally_change") if spec.tallied]
        names += [f"{spec.name}_{column}_{verb}" for column in spec.listed for verb in listings.VERBS]
        functions = [listings.listing_name(spec.name, column) for column in spec.listed]
        functions += [tallies.tally_name(spec)] if spec.tallied else []
        statements = [f'DROP TRIGGER IF EXISTS "{name}" ON "{spec.name}"' for name in names]
        return statements + [f"DROP FUNCTION IF EXISTS {name}()" for name in functions]

    def piece_ddl(self) -> list[str]:
        """Give the statement for GIN over the tokens as ``tsvector``, without places.

        What is new is entered at once: else each search would read a list of what is not.
        """
        index = f"CREATE INDEX ix_store_pieces_tokens ON store_pieces USING gin ({_VECTOR})"
        return [f"{index} WITH (fastupdate = off)"]

    def take_ids(self, connection: Connection, spec: TableSpec, count: int, beyond: int) -> Iterable[int]:
        """Ask the sequence, moved on beyond what was given by hand."""
        table = f'"{spec.name}"'
        if beyond > 0:
            connection.exec_driver_sql(
                f"SELECT setval(sequence, GREATEST(%s, COALESCE(pg_sequence_last_value(sequence), 0))) "
                f"FROM (SELECT {_SEQUENCE}::regclass AS sequence) AS named",
                (beyond, table),
            )
        if not count:
            return []
        numbers = connection.exec_driver_sql(
            f"SELECT nextval({_SEQUENCE}) FROM generate_series(1, %s)", (table, count)
        )
        return [row[0] for row in numbers]

    def restart_ids(self, connection: Connection, spec: TableSpec) -> None:
        """Set the sequence back."""
        connection.exec_driver_sql(f"SELECT setval({_SEQUENCE}, 1, false)", (f'"{spec.name}"',))

    def as_name(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """Compare it as names are, which have the collation of the database and not C."""
        return text.collate("default")

    def greater(self, one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
        """Ask ``greatest``."""
        return func.greatest(one, other)

    def piece_conditions(self, pieces: FromClause, wanted: Sought) -> list[ColumnElement[bool]]:  # noqa: ARG002
        """Ask with a ``tsquery``."""
        *words, last = (f"'{token}'" for token in wanted.tokens)
        asked = " & ".join([*words, last if wanted.is_whole else f"{last}:*"])
        return [literal_column(_VECTOR, TSVECTOR).op("@@")(cast(literal(asked, Text), TSQUERY))]

    def field(self, document: ColumnElement[Any], *path: str) -> ColumnElement[Any]:
        """Ask ``json_extract_path_text``."""
        return func.json_extract_path_text(json_in(document), *path)

    def entries(self, listed: ColumnElement[Any]) -> FromClause:
        """Ask ``json_array_elements_text``."""
        return func.json_array_elements_text(cast(listed, JSON)).table_valued("value")

    def is_true(self, document: ColumnElement[Any], *path: str) -> ColumnElement[bool]:
        """Compare with the text that JSON has for it."""
        return self.field(document, *path) == "true"

    def is_one_of(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Give the condition with the list as an array."""
        return column == any_(literal(list(values), ARRAY(column.type)))

    def is_one_of_named(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """Give the condition with the list as an array."""
        return column == any_(bindparam(name, None, ARRAY(column.type)))

    def without_index(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give the column as it is: statistics tell PostgreSQL what to do."""
        return column
