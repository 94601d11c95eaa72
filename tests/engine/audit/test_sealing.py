"""An upgrade seals what it found: from then on every record has a hash in the chain (issue of D11)."""

# ruff: noqa: S608 - the statements are those of the tests
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from engine.accounts.models import User
from engine.app import Workbench
from engine.audit import chain, sealing
from engine.audit.models import Event
from engine.config import Settings
from engine.entities import RECORD_TYPES
from engine.store import DocumentStore
from engine.upgrades import open_store
from engine.verification import verify
from tests.golden.stores import RELEASES, put

OLDER = [release for release in RELEASES if release.name in {"0.1.0", "0.2.0"}]


def told_by_hand(document: dict[str, Any], *, sort_nested: bool = True) -> str:
    """Compute a record's hash as exports/FORMAT.md tells a stranger to."""
    told = (name for name in sorted(document) if document[name] is not None and name != "password_hash")
    line = {name: document[name] for name in told}
    text = json.dumps(line, sort_keys=sort_nested, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def events(store: DocumentStore) -> list[Event]:
    rows = store.table("audit_events").select_rows({}, ("workspace_id", "seq"))
    return [Event.model_validate_json(row) for row in rows]


@pytest.fixture(
    params=[
        pytest.param(release, id=release.name, marks=[pytest.mark.wide] if release is OLDER[0] else [])
        for release in OLDER
    ]
)
def old_url(request: pytest.FixtureRequest, database_url: str) -> str:
    put(request.param, database_url)
    return database_url


@pytest.mark.few(1)
def test_every_record_is_what_the_last_event_that_names_it_says(old_url: str):
    with open_store(old_url, migrate=True) as store:
        told: dict[str, str] = {}
        for event in events(store):
            told |= event.record_hashes or {}
        assert len(told) > 50, "too few to tell"
        for record_type in RECORD_TYPES:
            spec = record_type.spec
            if not spec.audited or record_type is Event:
                continue
            for text in store.table(spec.table).select_rows({}):
                document = json.loads(text)
                name = f"{spec.table}/{spec.key_in(document)}"
                read = json.loads(record_type.model_validate_json(text).model_dump_json())
                assert told.pop(name) == told_by_hand(document)
                assert told_by_hand(read) == told_by_hand(document), (
                    "a reader of the export computes the same"
                )
                told.pop(f"secret:{name}", None)
                if (order := told.pop(f"order:{name}", None)) is not None:
                    assert order == told_by_hand(document, sort_nested=False)
                    assert order == told_by_hand(read, sort_nested=False)
        assert told == {}


@pytest.mark.wide
@pytest.mark.few(1)
def test_the_chain_goes_on_with_the_seal_and_is_intact(old_url: str):
    with DocumentStore(old_url) as store:
        before = len(store.table("audit_events").select_rows({}))
    with open_store(old_url, migrate=True) as store:
        [workspace_id] = {event.workspace_id for event in events(store)}
        head = store.head(workspace_id)
        documents = [json.loads(row) for row in store.table("audit_events").select_rows({}, ("seq",))]
        assert len(documents) == before + 2
        assert [item["action"] for item in documents[-2:]] == ["store_sealed"] * 2, "once for each such step"
        assert chain.verify(documents, count=head.position, head_hash=head.digest) is None
    open_store(old_url, migrate=True).close()
    with open_store(old_url) as store:
        assert len(events(store)) == before + 2, "sealed once"


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("version", [pytest.param(2, marks=pytest.mark.wide), 3])
def test_what_was_forged_before_an_upgrade_is_not_sealed(
    database_url: str, tmp_path: Path, version: int, caplog: pytest.LogCaptureFixture
):
    """Neither in a store of 0.3.0, nor in one that was made to say that it is of 0.2.0 still."""
    put(next(release for release in RELEASES if release.name == "0.3.0"), database_url)
    with DocumentStore(database_url) as store, store.write() as connection:
        forged = list[str]()
        for table, field, value in (("users", "roles", ["admin"]), ("tasks", "description", "Never said.")):
            found = connection.exec_driver_sql(f"SELECT doc_id, document FROM {table} ORDER BY doc_id")
            doc_id, text = found.fetchall()[1]
            document = json.loads(text) | {field: value}
            forged.append(document[f"{table[:-1]}_id"])
            changed = json.dumps(document).replace("'", "''").replace("%", "%%")
            connection.exec_driver_sql(f"UPDATE {table} SET document = '{changed}' WHERE doc_id = {doc_id}")
        connection.exec_driver_sql(f"DELETE FROM store_migrations WHERE version > {version}")
    settings = Settings(database=database_url, blobs=str(tmp_path / "blobs"), content=str(tmp_path))
    workbench = Workbench(settings, migrate=True)
    with workbench.reading(workbench.operator()) as tx:
        found = verify(tx)
    workbench.close()
    assert found.fault is None
    assert {one.key for one in found.altered} == set(forged)
    assert {one.message.partition(":")[0] for one in found.altered} == {"was changed"}
    assert "2 records were not what the events tell before this upgrade" in caplog.text


@pytest.mark.wide
@pytest.mark.few(1)
def test_a_large_store_is_sealed_by_several_events(old_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sealing, "_MOST", 50)
    with open_store(old_url, migrate=True) as store:
        seals = [event for event in events(store) if event.action == "store_sealed"]
        assert len(seals) > 1
        for event in seals:
            assert 0 < len([name for name in event.record_hashes or {} if ":" not in name]) <= 50
        assert [event.seq for event in seals] == list(range(seals[0].seq, seals[0].seq + len(seals)))


@pytest.mark.wide
@pytest.mark.few(1)
def test_how_far_an_inbox_was_seen_becomes_a_mark(database_url: str):
    put(next(release for release in OLDER if release.name == "0.2.0"), database_url)
    with DocumentStore(database_url) as store:
        users = [json.loads(row) for row in store.table("users").select_rows({})]
        user = users[0] | {"inbox_seen_at": "2026-11-20T08:00:00.000Z"}
        values = {name: user[name] for name in User.spec.columns if name in user}
        assert store.table("users").replace_row(values, json.dumps(user))
    mark = f"{user['workspace_id']}/inbox_seen/{user['user_id']}"
    with open_store(database_url, migrate=True) as store:
        assert store.positions.read([mark]) == {mark: 1763625600000 + 31536000000}
        users = [json.loads(row) for row in store.table("users").select_rows({})]
        assert {"inbox_seen_at" in document for document in users} == {False}
