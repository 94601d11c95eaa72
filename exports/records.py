"""What each exported table looks like, derived from the record classes: fields, types, keys, references."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache, cached_property
from typing import Any, Literal

from engine.audit.models import Event
from engine.documented import describe, title_of
from engine.entities import RECORD_TYPES
from engine.record import Record

Kind = Literal["string", "integer", "number", "boolean", "date", "datetime", "object", "array", "any"]


@dataclass(frozen=True)
class FieldShape:
    """One field of a table as readers of the export see it."""

    name: str
    kind: Kind
    nullable: bool
    #: The words an enum field may hold; empty for others.
    choices: tuple[str, ...]
    #: What it means, in words, as the record class says it.
    description: str


@dataclass(frozen=True)
class Reference:
    """Fields of a table that point at the key of another."""

    fields: tuple[str, ...]
    table: str
    target_fields: tuple[str, ...]
    #: A list or mapping of ids.
    many: bool = False
    #: Whether a foreign key can say it; the validator checks the others too.
    is_foreign_key: bool = True


@dataclass(frozen=True)
class TableShape:
    """One table of the export."""

    name: str
    #: What a record of it is, in a sentence.
    description: str
    record_type: type[Record]
    key: tuple[str, ...]
    fields: tuple[FieldShape, ...]
    references: tuple[Reference, ...]
    unique: tuple[tuple[str, ...], ...]

    @property
    def file_name(self) -> str:
        """The table's file in the export folder."""
        return f"{self.name}.jsonl"

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """The keys of each line, in their order."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def integers(self) -> tuple[str, ...]:
        """The fields that hold whole numbers, which databases keep in 64 bits."""
        return tuple(field.name for field in self.fields if field.kind == "integer")

    def line(self, record: Record) -> str:
        """Return the record's canonical line: every field, declared order, no spaces, no secrets."""
        return record.model_dump_json(exclude=set(record.spec.secret) or None)


#: Beyond single ids: fields that point at a composite key. A stand-alone task has no template, but always a
#: workspace; readers differ on whether such a half-empty foreign key must resolve, so it is not made one.
_PIN = ("template_id", "template_hash", "workspace_id")
_PINNED = ("template_id", "closure_hash", "workspace_id")
_COMPOSITE: dict[str, tuple[Reference, ...]] = {
    "bundles": (Reference(_PIN, "task_templates", _PINNED),),
    "tasks": (Reference(_PIN, "task_templates", _PINNED, is_foreign_key=False),),
}


@cache
def tables() -> tuple[TableShape, ...]:
    """Return every exported table, in the order of ``engine.entities.RECORD_TYPES``."""
    return tuple(_table(record_type) for record_type in RECORD_TYPES if record_type.spec.exported)


def order_of(table: TableShape) -> tuple[str, ...]:
    """Return the fields that the lines of a table are sorted by: the key, for events their number."""
    return ("seq",) if table.record_type is Event else table.key


def _table(record_type: type[Record]) -> TableShape:
    spec = record_type.spec
    shapes = tuple(shape for shape in fields_of(record_type) if shape.name not in spec.secret)
    keys = {other.spec.table: other.spec.key for other in RECORD_TYPES}
    kinds = {shape.name: shape.kind for shape in shapes}
    single = tuple(
        _single(name, table, keys[table], many=kinds[name] in ("array", "object"))
        for name, table in spec.references.items()
        if name in kinds and not (name == spec.key[0] and table == spec.table)
    )
    return TableShape(
        name=spec.table,
        description=title_of(record_type),
        record_type=record_type,
        key=spec.key,
        fields=shapes,
        references=single + _COMPOSITE.get(spec.table, ()),
        unique=spec.unique,
    )


def _single(name: str, table: str, target: tuple[str, ...], *, many: bool) -> Reference:
    return Reference((name,), table, target, many=many, is_foreign_key=not many)


def fields_of(record_type: type[Record]) -> Iterator[FieldShape]:
    """Yield the fields of a record in their order, those that are never exported among them."""
    for name, info in record_type.model_fields.items():
        annotation, nullable = _without_none(info.annotation)
        choices: tuple[str, ...] = ()
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            choices = tuple(str(member.value) for member in annotation)
        description = describe(record_type, name, annotation)
        yield FieldShape(name, _kind(annotation), nullable, choices, description)


def _without_none(annotation: object) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        arguments = typing.get_args(annotation)
        rest = [item for item in arguments if item is not type(None)]
        return (rest[0] if len(rest) == 1 else Any), len(rest) < len(arguments)
    return annotation, False


def _kind(annotation: object) -> Kind:
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    origin = typing.get_origin(annotation) or annotation
    by_type: list[tuple[type, Kind]] = [
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (datetime, "datetime"),
        (date, "date"),
        (str, "string"),
        (dict, "object"),
        (list, "array"),
    ]
    for python_type, kind in by_type:
        if isinstance(origin, type) and issubclass(origin, python_type):
            return kind
    return "any"
