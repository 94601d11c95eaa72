"""Overrides that repeat, or nearly repeat, their template or one another, as copies do (CNT-09)."""

from __future__ import annotations

import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from engine.catalog.content import Content
from engine.catalog.declared import Effect, declarations, identity_of, is_declared
from engine.catalog.diff.changes import Part
from engine.catalog.diff.compare import Where, as_data
from engine.catalog.diff.values import plain, said
from engine.catalog.overrides import HEADER_FIELDS, Override

#: So alike is a text that nearly repeats another, and so long at least: short ones are alike by chance.
_NEARLY, _SHORTEST = 0.9, 20
#: Two overrides are copies of one another where so much of the shorter one stands in both.
_SHARE = 0.5
#: What more say alike is told once, as something for the template.
_MOST_HOLDERS = 20
#: So many files are named in words.
_MOST_NAMED = 5


@dataclass(frozen=True)
class Address:
    """Where in a template something is said."""

    where: Where
    field: str
    #: The key within a field that holds settings by name.
    name: str | None = None

    def __str__(self) -> str:
        """Return it in words: ``task draft, step outline: title``."""
        items = ", ".join(f"{plain(part.field).removesuffix('s')} {part.ref}" for part in self.where)
        field = f"{plain(self.field)}{f' {self.name}' if self.name else ''}"
        return f"{items}: {field}" if items else field


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One override that says what its template says already."""

    file: str
    #: How much it says in all.
    statements: int
    repeated: Sequence[Address]
    #: With what it says, and what the template says.
    nearly: Sequence[tuple[Address, str, str]]

    @property
    def share(self) -> float:
        """How much of it is repeated, from 0 to 1; what nearly is counts as well."""
        return (len(self.repeated) + len(self.nearly)) / self.statements

    @property
    def advice(self) -> str:
        """What to do about it."""
        if len(self.repeated) == self.statements:
            return "Delete the file: it changes nothing."
        told = ["Delete what it repeats; the template says it for everybody."] if self.repeated else []
        told += (
            ["What is nearly the same: take the template's words, or improve them there."]
            if self.nearly
            else []
        )
        return " ".join(told)


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Two overrides of one template that say the same for the greater part."""

    files: tuple[str, str]
    #: How much both say, and how much the shorter one says.
    shared: int
    of: int


@dataclass(frozen=True, kw_only=True)
class Common:
    """Something that several overrides of one template say alike."""

    key: str
    address: Address
    value: Any
    files: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Copies:
    """All that is said twice."""

    copies: Sequence[Copy]
    twins: Sequence[Twins]
    common: Sequence[Common]


def find_copies(content: Content) -> Copies:
    """Return what overrides repeat, the most of it first."""
    said_by: dict[str, dict[str, dict[Address, Any]]] = defaultdict(dict)
    found: list[Copy] = []
    of_templates: dict[str, dict[Address, Any]] = {}
    for path, file in content.files.items():
        item, key = file.item, file.place.name
        if not isinstance(item, Override) or key not in content.templates:
            continue
        if key not in of_templates:
            of_templates[key] = dict(_statements(content.templates[key]))
        said_here = dict(_statements(item))
        said_by[key][path] = said_here
        if (copy := _copy(path, said_here, of_templates[key])) is not None:
            found.append(copy)
    twins, common = _among_themselves(said_by)
    return Copies(copies=sorted(found, key=lambda one: (-one.share, one.file)), twins=twins, common=common)


def _statements(item: BaseModel, where: Where = ()) -> Iterator[tuple[Address, Any]]:
    """Yield what an item says, each value by its address."""
    for field, declared in declarations(type(item)).items():
        if field not in item.model_fields_set or declared.effect is Effect.IDENTITY or field in HEADER_FIELDS:
            continue
        value = getattr(item, field)
        if (
            isinstance(value, list)
            and value
            and isinstance(value[0], BaseModel)
            and is_declared(type(value[0]))
        ):
            identity = identity_of(type(value[0])) or ""
            for inner in value:
                yield from _statements(inner, (*where, Part(field, str(getattr(inner, identity)))))
        elif isinstance(value, Mapping):
            for name, one in value.items():
                yield Address(where, field, name), as_data(one)
        else:
            yield Address(where, field), as_data(value)


def _copy(path: str, ours: Mapping[Address, Any], theirs: Mapping[Address, Any]) -> Copy | None:
    repeated = [address for address, value in ours.items() if address in theirs and theirs[address] == value]
    nearly = [
        (address, value, theirs[address])
        for address, value in ours.items()
        if address not in repeated and _is_nearly(value, theirs.get(address))
    ]
    if not repeated and not nearly:
        return None
    return Copy(file=path, statements=len(ours), repeated=repeated, nearly=nearly)


def _is_nearly(one: Any, other: Any) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)) or min(len(one), len(other)) < _SHORTEST:
        return False
    matcher = difflib.SequenceMatcher(a=one, b=other, autojunk=False)
    return (
        matcher.real_quick_ratio() >= _NEARLY
        and matcher.quick_ratio() >= _NEARLY
        and matcher.ratio() >= _NEARLY
    )


def _among_themselves(
    said_by: Mapping[str, Mapping[str, Mapping[Address, Any]]],
) -> tuple[list[Twins], list[Common]]:
    twins: list[Twins] = []
    common: list[Common] = []
    for key, files in sorted(said_by.items()):
        holders: dict[tuple[Address, str], list[str]] = defaultdict(list)
        for path, statements in files.items():
            for address, value in statements.items():
                holders[address, json.dumps(value, sort_keys=True)].append(path)
        alike = {place: paths for place, paths in holders.items() if len(paths) > 1}
        common += [
            Common(key=key, address=address, value=files[paths[0]][address], files=paths)
            for (address, _), paths in alike.items()
        ]
        twins += _twins(files, [paths for paths in alike.values() if len(paths) <= _MOST_HOLDERS])
    common.sort(key=lambda one: (-len(one.files), one.key, str(one.address)))
    return sorted(twins, key=lambda one: (-one.shared / one.of, one.files)), common


def _twins(files: Mapping[str, Mapping[Address, Any]], alike: Sequence[Sequence[str]]) -> Iterator[Twins]:
    shared = Counter(
        (one, other) for paths in alike for number, one in enumerate(paths) for other in paths[number + 1 :]
    )
    for (one, other), count in shared.items():
        fewest = min(len(files[one]), len(files[other]))
        if count / fewest >= _SHARE and count > 1:
            yield Twins(files=(one, other), shared=count, of=fewest)


def as_text(found: Copies) -> str:
    """Return it in words, with what to do."""
    lines: list[str] = []
    for copy in found.copies:
        lines += [f"{copy.file}: {copy.share:.0%} of what it says the template says as well. {copy.advice}"]
        lines += [f"  - repeated: {address}" for address in copy.repeated]
        lines += [
            f"  - nearly: {address} is {said(ours)}, in the template {said(theirs)}"
            for address, ours, theirs in copy.nearly
        ]
    for twin in found.twins:
        lines.append(
            f"{twin.files[0]} and {twin.files[1]}: {twin.shared} of {twin.of} things are said by both. "
            "Say them in the template, with a parameter where not everybody wants them."
        )
    for one in found.common:
        lines.append(
            f"{one.key}: {one.address} is {said(one.value)} in {len(one.files)} overrides. "
            "If that is how it is done now, say it in the template, and delete it there: "
            f"{_named(one.files)}"
        )
    return "\n".join(lines) or "No override repeats its template or another one."


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - _MOST_NAMED} more, which --json names" if len(files) > _MOST_NAMED else ""
    return f"{', '.join(files[:_MOST_NAMED])}{more}"


def as_json(found: Copies) -> dict[str, Any]:
    """Return it as data."""
    return {
        "copies": [
            {
                "file": one.file,
                "share": round(one.share, 3),
                "statements": one.statements,
                "repeated": [str(address) for address in one.repeated],
                "nearly": [
                    {"what": str(address), "here": ours, "template": theirs}
                    for address, ours, theirs in one.nearly
                ],
                "advice": one.advice,
            }
            for one in found.copies
        ],
        "twins": [{"files": list(one.files), "shared": one.shared, "of": one.of} for one in found.twins],
        "common": [
            {"template": one.key, "what": str(one.address), "value": one.value, "files": list(one.files)}
            for one in found.common
        ],
    }
