"""The base of everything that is stored: a typed document with a business id.

A record class says in ``spec`` how it is kept: its table, its id, the fields that are
copied into indexed columns, and what its fields point at. The store, the export, the
DDL and MODEL.md are all derived from that one declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

from engine.clock import to_text

Owner = Literal["git", "store", "blobs", "export"]


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone, for example 2026-11-21T09:30:00Z")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


#: A UTC moment with milliseconds, stored as ``2026-11-21T09:30:00.000Z`` so that text order is time order.
Moment = Annotated[
    datetime, AfterValidator(_utc), PlainSerializer(to_text, return_type=str, when_used="json-unless-none")
]


@dataclass(frozen=True, kw_only=True)
class RecordSpec:
    """How one record class is kept."""

    table: str
    #: The field (or fields) that make a row unique; the first is the business id.
    key: tuple[str, ...]
    #: The id's prefix without underscore; empty where the id is a content key.
    prefix: str = ""
    #: Fields copied into real columns, besides the key: what records are looked up by.
    promoted: tuple[str, ...] = ()
    #: Indexes over promoted columns, in the order of the columns.
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    #: field -> table it points at (a list field points with each of its entries).
    references: Mapping[str, str] = field(default_factory=dict)
    owner: Owner = "store"
    exported: bool = True
    #: Fields that never leave the store.
    secret: frozenset[str] = frozenset()
    append_only: bool = False

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Everything that stands in a real column, key first."""
        return (*self.key, *self.promoted)

    def is_found_by(self, where: Mapping[str, Any]) -> bool:
        """Whether an id in ``where`` leads straight to the rows, by the key or an index that begins with it.

        The tenant follows from such an id. Asking for it too lets SQLite, which keeps no statistics by
        itself, choose an index of the tenant, and read the whole workspace.
        """
        return any(value is not None and name in self._leading_ids for name, value in where.items())

    @cached_property
    def _leading_ids(self) -> frozenset[str]:
        keys = self.key if len(self.key) == 1 else ()
        pointing = {index[0] for index in self.indexes if index[0] in self.references}
        return frozenset({*keys, *pointing} - {"workspace_id"})

    @property
    def id_field(self) -> str:
        """The field that holds the business id."""
        return self.key[0]


class Record(BaseModel):
    """One stored document. Subclasses declare ``spec`` and their fields in export order."""

    model_config = ConfigDict(extra="forbid", validate_default=False)
    spec: ClassVar[RecordSpec]

    if TYPE_CHECKING:  # each class declares it itself, so that it stands in its place in the export
        workspace_id: str

    @property
    def record_id(self) -> str:
        """The business id."""
        value: str = getattr(self, self.spec.id_field)
        return value

    def promoted_values(self) -> dict[str, Any]:
        """Return what goes into the promoted columns, key first, in stored form."""
        plain = _STORED_AS_IS  # asked here, because a call per value would cost more than all the rest
        return {
            name: value if type(value := getattr(self, name)) in plain else stored(value)
            for name in self.spec.columns
        }


class Revised(Record):
    """A record that changes: every save raises ``revision`` and moves ``updated_at`` (UPD-22, UPD-24)."""

    if TYPE_CHECKING:
        created_at: Moment
        updated_at: Moment
        #: Counts saves, from 1; a write that names an older revision is refused as stale.
        revision: int = 1


#: Most values by far: tens of thousands pass here in a moment.
_STORED_AS_IS = frozenset({str, int, bool, type(None)})


def stored(value: Any) -> Any:
    """Return a field's value in the form its promoted column keeps (moments, days and words as text)."""
    if type(value) in _STORED_AS_IS:
        return value
    if isinstance(value, str):
        return str.__str__(value)  # a word of an enum; the driver is slow with anything but a plain str
    if isinstance(value, datetime):
        return to_text(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
