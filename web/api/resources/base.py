"""What a resource of the API is: how its records are found, listed, described and asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from pydantic import BaseModel

from engine.inputs import Input
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page

Described = list[dict[str, Any]]
#: Describes records as JSON data, each a mapping, in their order.
Describe = Callable[[Transaction, Sequence[Any]], Described]


class NoFilters(Input):
    """An item that is asked for nothing but itself."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind of record that the API reads; ``find``, ``list`` and ``describe`` decide who sees what."""

    #: The last word of its addresses, and the name of the list in an answer.
    name: str
    #: The class of its records.
    record: type[Any]
    #: What it is, in a sentence.
    help: str
    #: The record with an id in any of its forms, as far as the actor sees it; else it raises NotFoundError.
    find: Callable[[Transaction, str], Any] | None = None
    #: A page of those that the actor sees; None where there is no list.
    list: Callable[[Transaction, Asked], Page] | None = None
    describe: Describe
    #: JSON Schema of what ``describe`` gives of one.
    schema: Mapping[str, Any]
    #: The name of that shape, where it is not the record's own.
    called: str = ""
    #: How a list describes them, and its schema, where that is another one.
    describe_listed: Describe | None = None
    listed_schema: Mapping[str, Any] | None = None
    #: The same, within the record to which it belongs, of what is named there alone.
    find_in: Callable[[Transaction, Any, str], Any] | None = None
    #: The query parameters of the list.
    filters: type[Listing] = Listing
    #: The query parameters of an item; ``find_with`` gets those that were given.
    item_filters: type[Input] = NoFilters
    find_with: Callable[[Transaction, str, Mapping[str, Any]], Any] | None = None
    #: The path of the resource to which it belongs: ``tasks`` for ``/api/tasks/{id}/notes``.
    parent: str | None = None
    #: Whether its parent has one of it, which is asked for without an id; ``find_with`` gets the parent's.
    is_sole: bool = False
    #: Whether a record that was found belongs to that parent.
    belongs: Callable[[Transaction, Any, Any], bool] = lambda *_: False
    #: Whether the file of a record is handed out under ``/content``, and the record that says which.
    file_of: Callable[[Transaction, Any], Any] | None = None
    #: Hands that file out, where it is none of the blobs.
    serve: Callable[[Any], Response] | None = None
    #: Whether a partner's user may ask for it at all; each of these shows them what is theirs alone.
    for_partners: bool = False
    #: The field of a described one that holds its id, where that is not the record's own.
    id_field: str = ""
    #: The topics that a description of a record follows from; None where no event tells of its changes, so
    #: that it is always read afresh. Without any it follows from every event.
    item_topics: Callable[[Any], Sequence[str]] | None = lambda _: ()
    #: The same of a list, of the record to which it belongs, None where it belongs to none.
    list_topics: Callable[[Any], Sequence[str]] | None = lambda _: ()

    @property
    def has_items(self) -> bool:
        """Whether one of them is asked for by its id."""
        return self.find is not None or self.find_in is not None

    @property
    def path(self) -> str:
        """What follows ``/api/`` in its addresses, ids left out: the key in ``RESOURCES``."""
        return f"{self.parent}/{self.name}" if self.parent else self.name

    @property
    def listed(self) -> Mapping[str, Any]:
        """The schema of one item of a list."""
        return self.schema if self.listed_schema is None else self.listed_schema

    @property
    def list_schema(self) -> Mapping[str, Any]:
        """The schema of a page of the list."""
        name = self.shape if self.listed_schema is None else f"Listed{self.shape}"
        return schemas.shape(
            self.help,
            {
                self.rows: schemas.some({"title": name, **self.listed}),
                "total": schemas.said(schemas.NUMBER, "How many there are in all."),
                "next": schemas.said(
                    schemas.OPTIONAL_TEXT, "The cursor of the next page; null on the last one."
                ),
            },
        )

    @property
    def shape(self) -> str:
        """The name of the shape of a described one."""
        return self.called or str(self.record.__name__)

    @property
    def key(self) -> str:
        """The field of a described one that holds its id."""
        return self.id_field or str(self.record.spec.id_field)

    @property
    def rows(self) -> str:
        """The name under which an answer holds the list."""
        return self.name.replace("-", "_")


def plain(_: Transaction, records: Sequence[BaseModel]) -> Described:
    """Describe records by their fields, without secrets."""
    return [record.model_dump(mode="json", exclude=set(_secrets(record))) for record in records]


def _secrets(record: BaseModel) -> frozenset[str]:
    spec = getattr(record, "spec", None)
    return spec.secret if spec is not None else frozenset()
