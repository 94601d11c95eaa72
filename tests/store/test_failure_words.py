"""Each failure of the database has its own words, and strangers do not learn where it is (G3, G12)."""

from __future__ import annotations

import re
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import make_url

from engine.errors import BadRequestError, UnavailableError
from engine.store import DocumentStore
from engine.store.connections import parse_url
from engine.store.failures import as_workbench_error, shown
from engine.upgrades import plan_upgrade
from tests.databases_away import wire_to
from tests.store.samples import THINGS, thing

SECRET = "5ecret"
URL = parse_url(f"postgresql://ana:{SECRET}@db.example.com/work?sslpassword={SECRET}&password={SECRET}")
#: What the operator reads, by the code of PostgreSQL; each pattern matches no other code's words.
BY_CODE = {
    "0A000": "cannot do this now.*standby",
    "25006": "can only be read.*default_transaction_read_only",
    "25P03": "nothing happened for too long",
    "28000": "does not let the user ana in from here",
    "28P01": "refuses the password of the user ana",
    "3D000": "does not exist on that server",
    "3F000": "has no schema in which tables could be made",
    "40001": "two transactions stood in each other's way",
    "40P01": "two transactions stood in each other's way",
    "42501": "the user ana .*lacks a right",
    "42P01": "lacks a table that Workbench has made",
    "53100": "disk of .* is full",
    "53200": "has no memory left",
    "53300": "takes no more connections",
    "53400": "run out of a resource",
    "55P03": "something else writes to .* not let others write",
    "57014": "gave up a statement that took too long",
    "57P01": "starts or shuts down",
    "57P02": "starts or shuts down",
    "57P03": "starts or shuts down",
    "57P04": "does not exist on that server",
    "57P05": "ended the connection",
    "58030": "the system under .* failed",
    "08006": "ended the connection",
    "XX001": "is damaged",
    "XX002": "an index of .* is damaged",
}
#: The same by what libpq says while it connects, where there is no code.
BY_WORDS = {
    'connection failed: FATAL:  password authentication failed for user "ana"': "refuses the password of the",
    "connection failed: fe_sendauth: no password supplied": "refuses the password of the user ana",
    'connection failed: FATAL:  database "work" does not exist': "does not exist on that server",
    'connection failed: FATAL:  role "ana" does not exist': "does not let the user ana in",
    'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "ana", no encryption': "encrypted connection",
    'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "ana", SSL encryption': "ana in from here",
    "connection failed: server does not support SSL, but SSL was required": "encrypted connection",
    "connection failed: FATAL:  sorry, too many clients already": "takes no more connections",
    "connection failed: FATAL:  remaining connection slots are reserved": "takes no more connections",
    "connection failed: FATAL:  the database system is starting up": "starts or shuts down",
    "connection failed: FATAL:  the database system is shutting down": "starts or shuts down",
    "failed to resolve host 'db.example.com': Name or service not known": "host of .* is not known",
    "connection failed: Connection refused": "cannot be reached: nobody listens there",
    "connection failed: Network is unreachable": r"cannot be reached \(.*Network is unreachable",
    "consuming input failed: server closed the connection unexpectedly": "ended the connection",
}


def told(error: BaseException) -> UnavailableError:
    meant = as_workbench_error(error, URL)
    assert isinstance(meant, UnavailableError), f"{error!r} is taken for a mistake of the program"
    return meant


@pytest.mark.parametrize(("code", "words"), BY_CODE.items())
def test_each_code_has_its_words(code: str, words: str):
    kind = errors.lookup(code) if code in errors._sqlcodes else type("Other", (psycopg.Error,), {})
    error = type(kind.__name__, (kind,), {"sqlstate": code})(f"FATAL: said by the server about {SECRET}")
    check(told(error), words)


@pytest.mark.parametrize(("said", "words"), BY_WORDS.items())
def test_a_refused_connection_is_told_by_what_was_said(said: str, words: str):
    check(told(psycopg.OperationalError(f"{said} ({SECRET})")), words)


def check(meant: UnavailableError, words: str) -> None:
    assert re.search(words, meant.message, re.IGNORECASE), meant.message
    assert SECRET not in meant.message, "the operator's log shows a password"
    for place in ("db.example.com", "ana", "10.0.0.7", "sslpassword"):
        assert place not in meant.public.replace("another", ""), meant.public
    assert "Nothing was changed" in meant.public


@pytest.mark.parametrize(
    "name", ["SQLITE_FULL", "SQLITE_IOERR_READ", "SQLITE_BUSY", "SQLITE_NOMEM", "SQLITE_CORRUPT"]
)
def test_the_words_about_a_file_tell_strangers_nothing_of_where_it_is(name: str):
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = name
    meant = as_workbench_error(error, parse_url("sqlite:////srv/secret-place/work.db"))
    assert isinstance(meant, UnavailableError)
    assert "/srv/secret-place/work.db" in meant.message
    assert "srv" not in meant.public


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ana:{SECRET}@db/work",
        f"postgresql://ana@db/work?password={SECRET}",
        f"postgresql://db/work?user=ana&sslpassword={SECRET}",
        f"postgresql://db/work?options=-c%20my.secret%3D{SECRET}",
        f"postgresql://db/work?passfile=/{SECRET}",
    ],
)
def test_a_url_is_shown_without_its_secrets_wherever_they_stand(url: str):
    assert SECRET not in shown(parse_url(url))
    assert "db" in shown(parse_url(url))
    with pytest.raises(UnavailableError) as caught:
        DocumentStore(url.replace("@db/", "@127.0.0.1:1/").replace("//db/", "//127.0.0.1:1/"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ana:x@{SECRET}@host:port/work",
        f"postgresql://ana:{SECRET}",
        f"mysql+{SECRET}://host/work",
    ],
)
def test_a_url_with_a_mistake_is_no_traceback_and_shows_no_password(url: str):
    with pytest.raises(BadRequestError, match=r"not understood.*%40") as caught:
        DocumentStore(url)
    assert SECRET not in caught.value.message


# --- real ones --------------------------------------------------------------------------------------


@pytest.fixture
def url(postgres_url_factory: Callable[[], str]) -> str:
    return postgres_url_factory()


@pytest.fixture
def guarded(url: str) -> Iterator[str]:
    """The URL of a database whose server asks for a password, and then has no connection left."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE ROLE guarded LOGIN CONNECTION LIMIT 0 PASSWORD 'right'")
        [found] = admin.execute("SHOW hba_file").fetchall()
        rules = Path(found[0])
        before = rules.read_text()
        rules.write_text(f"local all guarded scram-sha-256\n{before}")
        admin.execute("SELECT pg_reload_conf()")
        try:
            yield url.replace("postgres:@", "guarded:right@")
        finally:
            rules.write_text(before)
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("DROP ROLE guarded")


def refused(url: str) -> str:
    with pytest.raises(UnavailableError) as caught:
        DocumentStore(url, [THINGS])
    return caught.value.message


def test_a_wrong_password_is_told_from_a_server_that_is_not_there(guarded: str):
    said = refused(guarded.replace("right", "wr0ng"))
    assert "refuses the password of the user guarded" in said
    assert "wr0ng" not in said
    assert "refuses the password" in refused(guarded.replace(":right", ""))


def test_a_server_that_takes_no_more_connections_says_so(guarded: str):
    assert "takes no more connections" in refused(guarded)


def test_a_schema_that_is_not_there_is_told(url: str):
    assert "no schema in which tables could be made" in refused(f"{url}&options=-csearch_path%3Dmissing")


def test_a_database_without_an_encoding_is_refused(url: str):
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "CREATE DATABASE in_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
    try:
        said = refused(make_url(url).set(database="in_ascii").render_as_string(hide_password=False))
        assert "has the encoding SQL_ASCII" in said
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("DROP DATABASE in_ascii")


def test_a_server_without_tls_that_is_asked_for_it_is_told(url: str):
    with wire_to(url) as wire:
        assert "encrypted connection" in refused(f"{wire.url}?sslmode=require")


def test_a_host_that_nobody_knows_is_told():
    assert "host of the database" in refused("postgresql://ana@nowhere.invalid/work")


def test_what_only_looks_is_told_the_same(url: str):
    with pytest.raises(UnavailableError, match="does not exist"):
        plan_upgrade(make_url(url).set(database="missing").render_as_string(hide_password=False))


def test_a_database_that_is_set_to_be_read_only_stays_so_and_is_read(url: str):
    with DocumentStore(url, [THINGS]) as store:
        store.table("things").add_rows([thing(1)])
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{make_url(url).database}" SET default_transaction_read_only = on')
        store.disconnect()
        store.ping()
        with pytest.raises(UnavailableError, match=r"can only be read.*default_transaction_read_only"):
            store.table("things").add_rows([thing(2)])
        with pytest.raises(UnavailableError, match="can only be read"), store.write(lock="chain"):
            raise AssertionError("it was not refused")
        assert store.table("things").count_rows({}) == 1


def test_a_connection_that_was_idle_for_too_long_is_replaced(url: str):
    with DocumentStore(f"{url}&options=-cidle_session_timeout%3D100", [THINGS]) as store:
        store.table("things").add_rows([thing(1)])
        time.sleep(0.3)
        store.table("things").add_rows([thing(2)])
        assert store.table("things").count_rows({}) == 2


def test_a_table_that_somebody_dropped_is_told(url: str):
    with DocumentStore(url, [THINGS]) as store:
        store.table("things").add_rows([thing(1)])
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("DROP TABLE things")
        with pytest.raises(UnavailableError, match="lacks a table that Workbench has made"):
            store.table("things").add_rows([thing(2)])


@pytest.mark.parametrize(
    ("rights", "lacking"),
    [
        ("SELECT", "permission denied for table"),
        ("SELECT, INSERT, UPDATE", "permission denied for table things"),
        ("SELECT, INSERT, UPDATE, DELETE", ""),
    ],
)
def test_writing_is_tried_with_every_right_that_is_needed_and_taken_back(url: str, rights: str, lacking: str):
    with DocumentStore(url, [THINGS]) as store:
        store.table("things").add_rows([thing(1)])
        store.try_to_write()
        assert store.table("things").count_rows({}) == 1
        assert store.run("SELECT * FROM store_counters WHERE name = 'tried'") == []
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE ROLE limited LOGIN")
        admin.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO limited")
    try:
        with DocumentStore(url.replace("postgres:@", "limited:@"), [THINGS]) as store:
            if lacking:
                with pytest.raises(UnavailableError, match=f"lacks a right.*{lacking}"):
                    store.try_to_write()
            else:
                store.try_to_write()
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("DROP OWNED BY limited")
            admin.execute("DROP ROLE limited")
