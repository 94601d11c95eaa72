"""What every stored record declares, and the stored form of its values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
from pydantic import ValidationError

from engine.entities import NOT_IMPLEMENTED, RECORD_TYPES, table_specs
from engine.record import Record, Revised, canonical, made_of, stored
from engine.reference.models import Partner
from engine.tasks.models import Task
from tests.factories import make_task

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EVERY = pytest.mark.parametrize("record_type", RECORD_TYPES, ids=lambda one: one.__name__)


class Word(StrEnum):
    ONE = "one"


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (None, None),
        (True, True),
        (7, 7),
        ("text", "text"),
        (Word.ONE, "one"),
        (NOW, "2026-11-21T09:00:00.000Z"),
        (date(2026, 11, 21), "2026-11-21"),
    ],
)
def test_values_have_a_plain_stored_form(value: Any, form: Any):
    found = stored(value)
    assert found == form
    assert type(found) is type(form)


@EVERY
def test_a_record_is_found_by_its_workspace(record_type: type[Record]):
    assert "workspace_id" in record_type.spec.columns


@EVERY
def test_keys_promoted_fields_and_references_exist(record_type: type[Record]):
    spec, fields = record_type.spec, record_type.model_fields
    assert set(spec.key) | set(spec.references) | spec.secret <= set(fields)
    computed = {name for name in spec.promoted if isinstance(getattr(record_type, name, None), property)}
    assert set(spec.promoted) <= set(fields) | computed
    assert set(spec.references.values()) <= {one.spec.table for one in RECORD_TYPES}


@EVERY
def test_no_secret_stands_in_a_column_but_the_hash_by_which_a_token_is_found(record_type: type[Record]):
    hashes = {"token_hash", "previous_hash", "code_hash"}
    assert not record_type.spec.secret & set(record_type.spec.columns) - hashes
    assert not (record_type.spec.exported and hashes & set(record_type.spec.columns))


def test_tables_are_named_once_and_none_is_both_built_and_missing():
    names = [spec.name for spec in table_specs()]
    assert len(set(names)) == len(names)
    assert not set(names) & set(NOT_IMPLEMENTED)


def test_records_that_change_count_their_revisions():
    for record_type in RECORD_TYPES:
        assert ("revision" in record_type.model_fields) == issubclass(record_type, Revised)


def test_an_unknown_field_is_no_record():
    with pytest.raises(ValidationError):
        Partner.model_validate({"partner_id": "prt_1", "colour": "red"})


def test_promoted_columns_hold_what_the_record_says_in_stored_form(workbench):
    task = make_task(workbench, title="Größe", tags=["a"], due_date="2026-12-01")
    values, text, document = task.to_stored()
    assert values == {name: stored(getattr(task, name)) for name in Task.spec.columns}
    assert (values["due_date"], values["created_at"]) == ("2026-12-01", "2026-11-21T09:00:00.000Z")
    assert (values["title_key"], values["is_open"], values["status"]) == ("größe", 1, "pending")
    assert text == task.model_dump_json()
    assert document == json.loads(text)


def test_a_document_survives_being_stored():
    partner = Partner(partner_id="prt_1", workspace_id="w", key="a", name="A", created_at=NOW, updated_at=NOW)
    assert Partner.model_validate_json(partner.model_dump_json()) == partner
    assert partner.to_stored().values == {"partner_id": "prt_1", "workspace_id": "w", "key": "a"}
    assert partner.record_id == "prt_1"


def test_a_record_that_is_made_of_its_fields_is_as_one_that_was_validated():
    partner = Partner(
        partner_id="ptn_1", workspace_id="wsp_1", key="acme", name="Acme", created_at=NOW, updated_at=NOW
    )
    made = made_of(Partner, dict(vars(partner)))
    assert made == partner
    assert made.to_stored() == partner.to_stored()
    assert made.model_copy(update={"name": "Acme Media"}).name == "Acme Media"


def test_what_is_left_out_of_the_canonical_form_is_not_told():
    document = {"b": {"d": 1, "c": [2.5]}, "hash": "x", "a": None}
    assert canonical(document) == b'{"a":null,"b":{"c":[2.5],"d":1},"hash":"x"}'
    assert canonical(document, frozenset({"hash", "a"})) == b'{"b":{"c":[2.5],"d":1}}'
    assert document == {"b": {"d": 1, "c": [2.5]}, "hash": "x", "a": None}
