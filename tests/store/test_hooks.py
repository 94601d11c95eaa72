"""A trigger or a view that somebody made in a store, or took away, is named by ``doctor`` (S8)."""

from __future__ import annotations

import json

import pytest

from engine.app import Workbench
from engine.upgrades import open_store
from tests.golden.stores import RELEASES, put

FUNCTION = (
    "CREATE FUNCTION quietly() RETURNS trigger LANGUAGE plpgsql "
    "AS 'BEGIN UPDATE users SET document = document; RETURN NULL; END'"
)
SQLITE = {
    "the trigger quietly is none of Workbench": [
        "CREATE TRIGGER quietly AFTER INSERT ON sessions BEGIN UPDATE users SET document = document; END"
    ],
    "the view shown is none of Workbench": ["CREATE VIEW shown AS SELECT * FROM tasks"],
    "the trigger audit_events_no_update is missing or disabled": ["DROP TRIGGER audit_events_no_update"],
    "the trigger audit_events_no_delete does something other than Workbench made it for": [
        "DROP TRIGGER audit_events_no_delete",
        "CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN SELECT 1; END",
    ],
}
POSTGRESQL = {
    "the trigger quietly is none of Workbench": [
        FUNCTION,
        "CREATE TRIGGER quietly AFTER INSERT ON sessions EXECUTE FUNCTION quietly()",
    ],
    "the view shown is none of Workbench": ["CREATE VIEW shown AS SELECT * FROM tasks"],
    "the rule instead is none of Workbench": ["CREATE RULE instead AS ON DELETE TO tasks DO INSTEAD NOTHING"],
    "the trigger audit_events_no_change is missing or disabled": [
        "ALTER TABLE audit_events DISABLE TRIGGER audit_events_no_change"
    ],
    "the trigger audit_events_no_truncate is missing or disabled": [
        "DROP TRIGGER audit_events_no_truncate ON audit_events"
    ],
}


def test_each_is_named(either_workbench: Workbench):
    database = either_workbench.database
    assert database.hook_faults() == []
    cases = POSTGRESQL if database.dialect.name == "postgresql" else SQLITE
    for told, statements in cases.items():
        with database.write() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        assert told in database.hook_faults()
    assert len(database.hook_faults()) == len(cases)


@pytest.mark.wide
@pytest.mark.parametrize("release", RELEASES, ids=[release.name for release in RELEASES])
def test_an_upgraded_store_has_its_own_and_no_others(database_url: str, release):
    put(release, database_url)
    with open_store(database_url, migrate=True) as store:
        assert store.hook_faults() == []


def test_doctor_says_what_to_do(workbench: Workbench, cli):
    def told() -> dict[str, object]:
        found = json.loads(cli("doctor", "--json").out)
        return next(one for one in found["checks"] if one["check"] == "triggers")

    assert told()["ok"]
    with workbench.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_events_no_update")
    assert not told()["ok"]
    assert "audit_events_no_update is missing" in str(told()["message"])
    assert "audit verify" in str(told()["message"])
