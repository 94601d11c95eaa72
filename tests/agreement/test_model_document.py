"""engine/MODEL.md agrees with the record classes (DCS-01, DCS-02, DCS-07)."""

from __future__ import annotations

import re

from engine.entities import RECORD_TYPES, table_specs
from engine.record import Record
from tests.agreement import model_document
from tests.swept import swept


def test_the_model_document_describes_every_record_as_the_classes_have_it():
    assert model_document.current() == model_document.render(), (
        "run: python -m tests.agreement.model_document"
    )


def test_the_picture_of_the_model_shows_every_record_and_nothing_else():
    """DCS-02; H14: it lacked Approval, DeliverableComment and QaReview."""
    text = model_document.DOCUMENT.read_text(encoding="utf-8")
    picture = text.split("## How the records hang together")[1].split("```")[1]
    shown = set(re.findall(r"\b[A-Z]\w+", picture)) - {"Git"}
    assert shown == {record_type.__name__ for record_type in RECORD_TYPES}


def test_the_model_document_names_the_four_places_where_things_live():
    text = model_document.DOCUMENT.read_text(encoding="utf-8")
    for place in ("**Git**", "**Store**", "**Blobs**", "**Export**"):
        assert place in text


@swept("record_type", RECORD_TYPES)
def test_every_reference_of_a_record_points_at_a_table_that_exists(record_type: type[Record]):
    tables = {spec.name for spec in table_specs()}
    for field, table in record_type.spec.references.items():
        assert field in record_type.model_fields
        assert table in tables


@swept("record_type", RECORD_TYPES)
def test_every_field_that_ends_in_id_says_what_it_points_at(record_type: type[Record]):
    """EXP-02: relations are explicit."""
    content_keys = {
        "template_id",
        "task_type_id",
        "instruction_doc_id",
        "instruction_step_id",
        "entity_id",
        "actor_id",
    }
    content_keys |= {"browser_session_id"}  # of another system
    content_keys |= {"result_id"}  # of whatever record the use case made
    for name in record_type.model_fields:
        if name.endswith("_id") and name not in record_type.spec.key and name not in content_keys:
            assert name in record_type.spec.references, f"{record_type.__name__}.{name}"
