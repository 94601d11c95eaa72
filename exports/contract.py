"""What an export promises its readers, held against an earlier one: what would break them is named (D7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import BadRequestError, UnavailableError
from exports.layout import PACKAGE
from exports.reading import parse_json


@dataclass(frozen=True)
class Change:
    """One difference between what two exports promise."""

    #: The table, with a dot and the field where it is about one.
    name: str
    #: What became of it, to follow the name.
    message: str
    #: Whether a reader of the earlier export may fail on it, or misread it.
    breaks: bool

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.name} {self.message}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


class Field(NamedTuple):
    """What is promised of one field."""

    kind: str
    #: None where the form of the files cannot tell: readers of CSV take an empty text for none.
    is_required: bool | None
    words: tuple[str, ...]
    description: str


class Table(NamedTuple):
    """What is promised of one table."""

    key: tuple[str, ...]
    fields: Mapping[str, Field]
    #: The fields that lead elsewhere, and where to.
    references: frozenset[tuple[tuple[str, ...], str]]


def read_package(folder: Path) -> dict[str, Any]:
    """Return the data package of an export of any version and form.

    Raises:
        BadRequestError: the folder has none.
        UnavailableError: it cannot be read.
    """
    path = folder / PACKAGE
    try:
        package = parse_json(path.read_bytes())
    except FileNotFoundError:
        raise BadRequestError(f"{folder} has no {PACKAGE}. Name the folder of an export.") from None
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be read: {error.strerror or error}. Check who may read it."
        ) from error
    except ValueError as error:
        raise BadRequestError(f"{path} is no data package: it {error}.") from error
    tables_of(package)
    return dict(package)


def tables_of(package: object) -> dict[str, Table]:
    """Return what a data package promises, table by table.

    Raises:
        BadRequestError: it is not in the form in which Workbench writes one.
    """
    try:
        return {resource["name"]: _table(resource) for resource in package["resources"]}  # type: ignore[index]
    except (TypeError, KeyError, AttributeError) as error:
        raise BadRequestError(
            f"{PACKAGE} is not in the form in which Workbench writes it ({type(error).__name__}: {error})."
            " Name the folder of an export."
        ) from error


def compare(old: object, new: object) -> list[Change]:
    """Return what changed from one data package to another, table by table, in the order of the old one.

    Raises:
        BadRequestError: one of them is not in the form in which Workbench writes one.
    """
    before, after = tables_of(old), tables_of(new)
    added = [name for name in after if name not in before]
    found: list[Change] = []
    for name, table in before.items():
        if name in after:
            found.extend(_compare_tables(name, table, after[name]))
            continue
        twin = next((one for one in added if _is_like(after[one].fields, table.fields)), None)
        found.append(_gone(name, "table", twin))
    return [*found, *(Change(name, "is a new table", breaks=False) for name in added)]


def breaking(changes: Collection[Change]) -> list[Change]:
    """Return those of the changes that break readers."""
    return [change for change in changes if change.breaks]


def _table(resource: Mapping[str, Any]) -> Table:
    schema = resource["schema"]
    may_read_as_none = "" in schema.get("missingValues", ())
    fields = {field["name"]: _field(field, may_read_as_none) for field in schema["fields"]}
    references = frozenset(
        (_names(key["fields"]), key["reference"]["resource"] or resource["name"])
        for key in schema.get("foreignKeys", ())
    )
    return Table(_names(schema["primaryKey"]), fields, references)


def _field(field: Mapping[str, Any], may_read_as_none: bool) -> Field:
    constraints = field.get("constraints", {})
    is_required = bool(constraints.get("required"))
    return Field(
        kind=field["type"],
        is_required=None if may_read_as_none and field["type"] == "string" else is_required,
        words=tuple(constraints.get("enum", ())),
        description=field.get("description", ""),
    )


def _names(names: str | list[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _compare_tables(table: str, before: Table, after: Table) -> Iterator[Change]:
    added = [name for name in after.fields if name not in before.fields]
    for name, field in before.fields.items():
        place = f"{table}.{name}"
        if name in after.fields:
            yield from _compare_fields(place, field, after.fields[name])
            continue
        twin = next((one for one in added if _is_same(field, after.fields[one])), None)
        yield _gone(place, "field", twin and f"{table}.{twin}")
    for name in added:
        yield Change(f"{table}.{name}", "is a new field", breaks=False)
    if before.key != after.key:
        message = f"has another key: {', '.join(before.key)} became {', '.join(after.key)}"
        yield Change(table, message, breaks=True)
    for fields, target in sorted(before.references - after.references):
        if all(name in after.fields for name in fields):
            message = f"is not promised to lead to {target} any more"
            yield Change(f"{table}.{'+'.join(fields)}", message, breaks=True)


def _compare_fields(place: str, before: Field, after: Field) -> Iterator[Change]:
    if before.kind != after.kind:
        yield Change(place, f"has another type: {before.kind} became {after.kind}", breaks=True)
    if after.is_required and before.is_required is False:
        yield Change(place, "is required now: what has no value for it does not fit any more", breaks=True)
    if before.is_required and after.is_required is False:
        yield Change(place, "may be null now, which it never was", breaks=True)
    if before.words and not after.words:
        yield Change(place, "is not one of certain words any more", breaks=True)
    elif before.words != after.words:
        told = [f"may say {word} now" for word in after.words if word not in before.words]
        told += [f"never says {word} any more" for word in before.words if word not in after.words]
        if told:
            yield Change(place, ", ".join(told), breaks=False)


def _gone(name: str, what: str, twin: str | None) -> Change:
    told = (
        f"is gone; {twin} looks like its new name" if twin else f"is gone: there is no such {what} any more"
    )
    return Change(name, told, breaks=True)


def _is_same(one: Field, other: Field) -> bool:
    """Whether a field means what another one meant, whatever its name."""
    return one == other and bool(one.description)


def _is_like(fields: Mapping[str, Field], others: Mapping[str, Field]) -> bool:
    """Whether most of the fields of one table are those of another."""
    return 2 * len(fields.keys() & others.keys()) > len(others)
