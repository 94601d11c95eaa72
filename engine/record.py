"""The base of everything that is stored: a typed document with a business id.

A record class says in ``spec`` how it is kept: its table, its id, the fields that are
copied into indexed columns, and what its fields point at. The store, the export, the
DDL and MODEL.md are all derived from that one declaration.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer
from pydantic_core import from_json, to_json

from engine.budgets import LEVELS_OF_A_DOCUMENT
from engine.clock import to_text
from engine.errors import BadRequestError, bad_field
from engine.fulltext import Key, Piece, Told, pieces

#: What no text keeps: PostgreSQL's jsonb takes no NUL, UTF-8 no half characters, and a terminal would obey
#: the other control characters. Tabs and line ends, U+0085 among them, are fine.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKET = re.compile(r"[\[\]{}]")

_FORM: Mapping[str, Any] = {
    "separators": (",", ":"),
    "ensure_ascii": False,
    "allow_nan": False,
    "check_circular": False,  # what JSON says goes round in no circle; looking for one costs a third
}
_SORTED, _IN_ORDER = json.JSONEncoder(**_FORM, sort_keys=True), json.JSONEncoder(**_FORM)
#: Values of most fields by far. Columns keep them as they are, and pydantic writes them as ``json`` does;
#: some floats it writes in another way.
_PLAIN = frozenset({str, int, bool, type(None)})

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
    #: Promoted columns that are never empty: the store keeps how many rows there are of each combination.
    tallied: tuple[str, ...] = ()
    #: Promoted columns that hold lists as JSON: the store keeps which rows have an entry in them.
    listed: tuple[str, ...] = ()
    #: What of a document is searched by its words (``engine.fulltext``); None is nothing.
    tells: Callable[[Mapping[str, Any]], Iterable[Told]] | None = None
    #: field -> table it points at (a list field points with each of its entries).
    references: Mapping[str, str] = field(default_factory=dict)
    owner: Owner = "store"
    exported: bool = True
    #: Fields that never leave the store.
    secret: frozenset[str] = frozenset()
    append_only: bool = False
    #: Whether events carry the hash of each state of it (definitions.md section 5).
    audited: bool = True
    #: Whether rows are deleted once they are over, of which no event tells.
    forgotten: bool = False
    #: Fields whose words a newer release may add to: an unknown one is kept and shown, and decides nothing.
    open_words: frozenset[str] = frozenset()

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
        indexes = (*self.indexes, *self.unique)
        pointing = {index[0] for index in indexes if index[0] in self.references}
        return frozenset({*keys, *pointing} - {"workspace_id"})

    def key_in(self, values: Mapping[str, Any]) -> str:
        """Return the key of a document, or of a row's columns, as events have it (``key_in``)."""
        return key_in(values, self.key, self.secret)

    @property
    def id_field(self) -> str:
        """The field that holds the business id."""
        return self.key[0]


class Stored(NamedTuple):
    """A record in the form in which it is kept."""

    #: Of the promoted columns, by their names.
    values: dict[str, Any]
    text: str
    #: What the text says, as JSON data.
    document: dict[str, Any]


class Record(BaseModel):
    """One stored document. Subclasses declare ``spec`` and their fields in export order."""

    model_config = ConfigDict(extra="forbid", validate_default=False, ser_json_inf_nan="constants")
    spec: ClassVar[RecordSpec]

    if TYPE_CHECKING:  # each class declares it itself, so that it stands in its place in the export
        #: The workspace that it belongs to: the same in all records of an export.
        workspace_id: str

    @property
    def record_id(self) -> str:
        """The business id."""
        value: str = getattr(self, self.spec.id_field)
        return value

    def to_stored(self, document: dict[str, Any] | None = None) -> Stored:
        """Give everything that is kept of the record; ``document`` is what ``to_data`` gave, if it has just.

        Raises:
            BadRequestError: it holds what cannot be kept and read again everywhere; names the field.
        """
        document = self.to_data() if document is None else document
        text = _text_of(self, document)
        fields, derived = _columns_of(type(self))
        values = {name: document[name] for name in fields}
        if derived:
            values |= {name: stored(getattr(self, name)) for name in derived}
        return Stored(values, text, document)

    def to_json(self) -> str:
        """Return the JSON text that is kept; the one gate that every stored text passes.

        Raises:
            BadRequestError: it holds what cannot be kept and read again everywhere; names the field.
        """
        return _text_of(self, self.to_data())

    def to_data(self) -> dict[str, Any]:
        """Return the document as JSON data, to compare or to tell of.

        Raises:
            BadRequestError: it holds what is no data, or is nested too deeply.
        """
        document = _data_of(self)
        if self.__pydantic_extra__:  # fields of a newer release (``engine.loading``) are written back
            document |= self.__pydantic_extra__
        return document


R = TypeVar("R", bound=Record)


class Revised(Record):
    """A record that changes: every save raises ``revision`` and moves ``updated_at`` (UPD-22, UPD-24)."""

    if TYPE_CHECKING:
        #: When the record was made.
        created_at: Moment
        #: When anything in the record changed last.
        updated_at: Moment
        #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
        revision: int = 1


def made_of(record_type: type[R], fields: dict[str, Any]) -> R:
    """Make a record of all its fields, in their order and each of its type already; nothing is looked at.

    For what the engine writes by the thousand and says itself: validating takes five times as long.
    """
    record, put = record_type.__new__(record_type), object.__setattr__
    put(record, "__dict__", fields)
    put(record, "__pydantic_fields_set__", set(fields))
    put(record, "__pydantic_extra__", None)
    put(record, "__pydantic_private__", None)
    return record


@cache
def _columns_of(record_type: type[Record]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which promoted columns are fields of the document, and which follow from it."""
    columns, fields = record_type.spec.columns, record_type.model_fields
    return tuple(filter(fields.__contains__, columns)), tuple(name for name in columns if name not in fields)


def stored(value: object) -> Any:
    """Return a field's value in the form its promoted column keeps (moments, days and words as text)."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return str.__str__(value)  # a word of an enum; the driver is slow with anything but a plain str
    if isinstance(value, datetime):
        return to_text(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def pieces_of(record_type: type[Record], document: Mapping[str, Any]) -> dict[Key, Piece]:
    """Return what of a document is searched by its words, as the store keeps it."""
    told = told_by(record_type, document)
    return pieces(document[record_type.spec.id_field], document["workspace_id"], told)


def told_by(record_type: type[Record], document: Mapping[str, Any]) -> list[Told]:
    """Return what a document says that is searched by its words, as it says it."""
    tells = record_type.spec.tells
    return [*tells(document)] if tells is not None else []


def json_of(model: BaseModel) -> str:
    """Return the JSON text of a record, or of a request that records will be made of.

    Raises:
        BadRequestError: it holds what cannot be kept and read again everywhere; names the field.
    """
    return _text_of(model, _data_of(model))


def _data_of(model: BaseModel) -> dict[str, Any]:
    try:
        # What ``model_dump`` does, without the arguments that nobody gives here.
        document: dict[str, Any] = model.__pydantic_serializer__.to_python(model, mode="json")
    except ValueError as error:  # nesting without end, no data at all
        raise _unstorable(model, "", _cause(error)) from error
    return document


def _text_of(model: BaseModel, document: dict[str, Any]) -> str:
    """Return the text of a model's data; writing data takes a third of what writing the model does."""
    try:
        raw = to_json(document)
    except ValueError as error:  # half characters
        raise _unstorable(model, "", _cause(error)) from error
    if (fault := find_unstorable(raw)) is not None:
        raise _unstorable(model, *fault)
    return raw.decode()


def read_json(text: str) -> dict[str, Any]:
    """Return the JSON object that a stored text says, three times as fast as ``json.loads``."""
    document: dict[str, Any] = from_json(text)
    return document


def canonical(document: Mapping[str, Any], left_out: frozenset[str] = frozenset()) -> bytes:
    """Give the one byte form of a JSON object that hashes are made over: sorted keys, no spaces, UTF-8.

    The fields in ``left_out`` are not told.

    Raises:
        ValueError: it holds numbers or signs that JSON and UTF-8 do not have.
    """
    return _form_of({name: document[name] for name in _names_of(tuple(document), left_out)})


def _form_of(told: dict[str, Any], encoder: json.JSONEncoder = _SORTED) -> bytes:
    """Write fields that stand in their order; pydantic does it in half the time, where it does it alike."""
    try:
        if _PLAIN.issuperset(map(type, told.values())):
            return to_json(told)
        arranged = sorted if encoder is _SORTED else iter
        return to_json(
            {
                name: value if type(value) in _PLAIN or not value else _nested(value, arranged)
                for name, value in told.items()
            }
        )
    except (ValueError, RecursionError):
        return encoder.encode(told).encode()


def _nested(value: Any, arranged: Callable[[Iterable[str]], Iterable[str]]) -> Any:
    """Arrange the names in nested data.

    Raises:
        ValueError: it holds a float that pydantic may write in another way than ``json`` does.
    """
    if isinstance(value, float) and 1e-4 <= abs(value) < 1e16:  # both write its digits, without exponent
        return value
    if isinstance(value, dict):
        return {
            name: inner if type(inner := value[name]) in _PLAIN else _nested(inner, arranged)
            for name in arranged(value)
        }
    if isinstance(value, list):
        return [inner if type(inner) in _PLAIN else _nested(inner, arranged) for inner in value]
    raise ValueError


@lru_cache(maxsize=512)
def _names_of(names: tuple[str, ...], left_out: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Sort the names of a document; remembered, because those of a kind have the same."""
    return tuple(sorted(name for name in names if name not in left_out))


class Digests(NamedTuple):
    """What events tell of a record's state, each a SHA-256 in hexadecimal."""

    #: Over what it says, with the keys of all objects sorted.
    content: str
    #: The same with the keys of nested objects in their order; None where they have but one.
    order: str | None
    #: Over its secrets, each of which holds, or is the hash of, so much chance that nobody guesses it; None
    #: for what has none.
    secret: str | None


def digests_of(document: Mapping[str, Any], secret: frozenset[str] = frozenset()) -> Digests:
    """Hash a record's document for the event that tells of it (definitions.md section 5, D11).

    What is secret has a hash of its own. What is empty at the top stays out of the others: a field that a
    later release adds, and that is empty in older records, changes no hash.
    """
    names = _names_of(tuple(document), secret)
    told = {name: value for name in names if (value := document[name]) is not None}
    content, order = _form_of(told), None
    if not _PLAIN.issuperset(map(type, told.values())) and any(map(_has_order, told.values())):
        order = _sha256(_form_of(told, _IN_ORDER))
    hidden = _sha256(canonical({name: document.get(name) for name in secret})) if secret else None
    return Digests(_sha256(content), order, hidden)


def digests_found(document: Mapping[str, Any], secret: frozenset[str] = frozenset()) -> Digests:
    """Hash the document of a record that was found, to hold it against what was told of it.

    One whose secrets are all empty tells nothing of them: so it is in an export, which has none, and in the
    store that was made of one.
    """
    digests = digests_of(document, secret)
    has_any = any(document.get(name) is not None for name in secret)
    return digests if has_any else digests._replace(secret=None)


def key_in(values: Mapping[str, Any], key: Iterable[str], secret: frozenset[str] = frozenset()) -> str:
    """Return the fields of a key, with slashes between them, and a hash in place of what is secret."""
    parts = ((name, str(values.get(name))) for name in key)
    return "/".join(_sha256(part.encode()) if name in secret else part for name, part in parts)


def _has_order(value: Any) -> bool:
    """Whether data holds an object with several keys."""
    if isinstance(value, dict):
        return len(value) > 1 or any(map(_has_order, value.values()))
    return isinstance(value, list) and any(map(_has_order, value))


def _sha256(form: bytes) -> str:
    return hashlib.sha256(form).hexdigest()


def _unstorable(model: BaseModel, place: str, reason: str) -> BadRequestError:
    where = place or (type(model).__name__.lower() if isinstance(model, Record) else "the input")
    return bad_field(
        place.partition(".")[0] or None,
        reason,
        f"{where}: {reason}. Remove it and try again; nothing was changed.",
    )


def find_unstorable(raw: bytes) -> tuple[str, str] | None:
    """Return where a document's JSON, in UTF-8, holds what cannot be kept, and what that is; else None."""
    if not _is_suspicious(raw):
        return None
    try:
        document = json.loads(raw, parse_constant=_refuse_constant)
    except RecursionError:
        return "", f"is nested more than {LEVELS_OF_A_DOCUMENT} levels deep"
    except ValueError as error:
        return "", str(error)
    return next(_faults(document), None)


def _is_suspicious(raw: bytes) -> bool:
    """Say whether a document needs a close look; every one passes here, so this costs next to nothing."""
    return (
        (b"\\" in raw and (b"\\u" in raw or b"\\b" in raw or b"\\f" in raw))
        or b"NaN" in raw
        or b"Infinity" in raw
        or b"\x7f" in raw
        or (not raw.isascii() and _may_be_unstorable(raw))
        or _is_deep(raw)
    )


def _may_be_unstorable(raw: bytes) -> bool:
    """Look beyond ASCII: in UTF-8, control characters begin with C2 there, and half characters with ED."""
    if b"\xc2" not in raw and b"\xed" not in raw:
        return False
    return UNSTORABLE.search(raw.decode(errors="surrogatepass")) is not None


def _is_deep(raw: bytes) -> bool:
    """Say whether JSON is nested more levels deep than can be read again."""
    if raw.count(b"{") + raw.count(b"[") <= LEVELS_OF_A_DOCUMENT:
        return False
    depth = 0
    for bracket in _BRACKET.findall(_TEXT.sub("", raw.decode(errors="surrogatepass"))):
        depth += 1 if bracket in "[{" else -1
        if depth > LEVELS_OF_A_DOCUMENT:
            return True
    return False


def _faults(document: object) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[Any, tuple[str, ...]]] = [(document, ())]
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, str):
            if found := UNSTORABLE.search(value):
                name = f"U+{ord(found[0]):04X}"
                yield ".".join(path), f"holds the control character {name}, which cannot be kept"
        elif isinstance(value, dict | list):
            if len(path) >= LEVELS_OF_A_DOCUMENT:
                yield path[0], f"is nested more than {LEVELS_OF_A_DOCUMENT} levels deep"
                return
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [(item, (*path, str(name))) for name, item in inner]
            if isinstance(value, dict):
                waiting += [(name, path) for name in value]


def _cause(error: ValueError) -> str:
    reason = str(error)
    if "surrogates" in reason:
        return "holds half a character (a lone surrogate), which cannot be kept"
    return (
        f"is nested more than {LEVELS_OF_A_DOCUMENT} levels deep"
        if "depth" in reason
        else f"is no data ({reason})"
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not a number that can be kept")
