"""What an export says of a record's fields, keys and references follows from its class (EXP-01, EXP-03)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Optional

import pytest
from pydantic import Field

from engine.accounts.models import User, Workspace
from engine.audit.models import Event
from engine.bundles.models import Bundle
from engine.record import Moment, Record, RecordSpec
from engine.tasks.models import Note, Task
from exports import records
from exports.records import FieldShape, Reference, fields_of, order_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "dark blue"


class Sample(Record):
    """A sample of everything (EXP-01).

    More of it.
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="samples",
        key=("sample_id",),
        references={
            "sample_id": "samples",
            "parent_id": "tasks",
            "pair": "tasks",
            "friends": "users",
            "by_role": "users",
            "hidden_by": "users",
        },
        unique=(("number",), ("workspace_id", "title")),
        secret=frozenset({"hidden_by", "password"}),
    )
    sample_id: str
    workspace_id: str
    parent_id: str | None
    pair: str | None
    friends: list[str]
    by_role: dict[str, str]
    hidden_by: str | None
    password: str
    title: Annotated[str, Field(max_length=5)]
    number: int
    share: float
    is_fine: bool
    day: date
    moment: Moment
    later: Moment | None
    colour: Colour
    colours: list[Colour]
    perhaps: Colour | None
    old: Optional[int]  # noqa: UP045 - the other way to write it
    either: int | str
    either_or_none: int | str | None
    whatever: Any


KINDS = {
    "sample_id": ("string", False),
    "workspace_id": ("string", False),
    "parent_id": ("string", True),
    "pair": ("string", True),
    "friends": ("array", False),
    "by_role": ("object", False),
    "hidden_by": ("string", True),
    "password": ("string", False),
    "title": ("string", False),
    "number": ("integer", False),
    "share": ("number", False),
    "is_fine": ("boolean", False),
    "day": ("date", False),
    "moment": ("datetime", False),
    "later": ("datetime", True),
    "colour": ("string", False),
    "colours": ("array", False),
    "perhaps": ("string", True),
    "old": ("integer", True),
    "either": ("any", False),
    "either_or_none": ("any", True),
    "whatever": ("any", False),
}
SECRET = ("hidden_by", "password")


def test_each_field_has_the_kind_of_its_type_and_says_whether_it_may_be_null():
    assert {shape.name: (shape.kind, shape.nullable) for shape in fields_of(Sample)} == KINDS
    assert [shape.name for shape in fields_of(Sample)] == list(Sample.model_fields)


def test_the_words_of_a_field_are_those_of_its_enum():
    words = {shape.name: shape.choices for shape in fields_of(Sample) if shape.choices}
    assert words == {"colour": ("red", "dark blue"), "perhaps": ("red", "dark blue")}


def test_a_field_is_described_with_its_zone_and_its_words():
    found = {shape.name: shape.description for shape in fields_of(Bundle)}
    assert found["icon"].startswith("A sign shown beside the title.")
    assert found["created_at"] == "When the record was made. UTC."
    assert "One of: active (" in found["status"]
    assert {shape.description for shape in fields_of(Sample) if shape.name in ("later", "moment")} == {
        " UTC."
    }


def test_a_table_has_everything_of_its_record_but_what_is_secret():
    table = records._table(Sample)
    assert (table.name, table.file_name) == ("samples", "samples.jsonl")
    assert table.description == "A sample of everything."
    assert table.record_type is Sample
    assert table.key == ("sample_id",)
    assert table.unique == (("number",), ("workspace_id", "title"))
    assert table.field_names == tuple(name for name in KINDS if name not in SECRET)
    assert [shape.name for shape in table.fields] == list(table.field_names)
    assert table.integers == ("number", "old")


def test_a_reference_points_at_the_key_of_its_table_alone_or_for_each_of_many():
    assert records._table(Sample).references == (
        Reference(("parent_id",), "tasks", ("task_id",)),
        Reference(("pair",), "tasks", ("task_id",)),
        Reference(("friends",), "users", ("user_id",), many=True, is_foreign_key=False),
        Reference(("by_role",), "users", ("user_id",), many=True, is_foreign_key=False),
    )


@pytest.mark.parametrize(
    ("record_type", "named"),
    [
        (Workspace, {}),  # it points at no other, and a key at itself says nothing
        (
            Bundle,
            {
                ("workspace_id",): ("workspaces", ("workspace_id",), True),
                ("partner_id",): ("partners", ("partner_id",), True),
                ("campaign_id",): ("campaigns", ("campaign_id",), True),
                ("owner_id",): ("users", ("user_id",), True),
                ("completed_by",): ("users", ("user_id",), True),
                ("template_id", "template_hash", "workspace_id"): (
                    "task_templates",
                    ("template_id", "closure_hash", "workspace_id"),
                    True,
                ),
            },
        ),
        (
            Note,
            {
                ("workspace_id",): ("workspaces", ("workspace_id",), True),
                ("task_id",): ("tasks", ("task_id",), True),
                ("mentions",): ("employees", ("employee_id",), False),
                ("user_mentions",): ("users", ("user_id",), False),
                ("created_by",): ("users", ("user_id",), True),
            },
        ),
    ],
)
def test_what_records_point_at(record_type, named):
    found = records._table(record_type).references
    assert {one.fields: (one.table, one.target_fields, one.is_foreign_key) for one in found} == named


def test_a_task_may_point_at_itself_and_need_not_have_a_template():
    found = {one.fields: one for one in records._table(Task).references}
    assert found["blocked_by",] == Reference(("blocked_by",), "tasks", ("task_id",))
    pin = found["template_id", "template_hash", "workspace_id"]
    assert pin.is_foreign_key is False
    assert pin.many is False
    assert ("task_id",) not in found


def test_lines_are_sorted_by_the_key_and_events_by_their_number():
    assert order_of(records._table(Sample)) == ("sample_id",)
    assert order_of(records._table(Event)) == ("seq",)


def test_a_line_is_the_record_without_spaces_in_the_declared_order_and_without_secrets():
    moment = "2026-11-21T09:00:00.000Z"
    user = User(
        user_id="usr_1", workspace_id="wsp_1", email="a@b.c", name="Ä", roles=["member"], password_hash="$x$",
        created_at=moment, updated_at=moment,
    )  # fmt: skip
    table = records._table(User)
    assert table.line(user) == (
        '{"user_id":"usr_1","workspace_id":"wsp_1","email":"a@b.c","name":"Ä","roles":["member"],'
        '"employee_id":null,"former_employee_ids":[],"partner_id":null,"timezone":null,"is_active":true,"invited_at":null,'
        f'"created_at":"{moment}","updated_at":"{moment}","revision":1}}'
    )
    assert "password_hash" not in table.field_names


@pytest.mark.parametrize("record_type", [Task, Event])
def test_a_field_that_is_no_secret_is_on_every_line(record_type):
    assert records._table(record_type).field_names == tuple(record_type.model_fields)


def test_the_shape_of_a_field():
    shapes = {shape.name: shape for shape in fields_of(Workspace)}
    key = shapes["workspace_id"]
    assert key == FieldShape("workspace_id", "string", False, (), key.description)
    assert key.description
