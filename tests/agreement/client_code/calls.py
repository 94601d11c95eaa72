"""The operations as methods, a class for each collection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.agreement.client_code.models import (
    Models,
    Schema,
    answered_by,
    operations,
    parts_of,
    read_by,
    rows_of,
    type_of,
    union,
)
from tests.agreement.client_code.words import paragraph, pascal, singular, snake

_HEAD = '''"""The calls of {title}; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any, Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, File, Unset, in_path, revision_of
from .ids import {ids}


class {name}(Collection):
    """The calls of {title}."""
'''
#: Parameters of lists that the client sees to.
_OF_PAGES = frozenset({"limit", "offset", "cursor"})
#: The feed is no list of items: ``client.events`` follows it.
_BY_HAND = frozenset({"list_events"})
_IDS = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Argument:
    """What a method is given."""

    name: str
    kind: str
    words: str
    #: As Python says it; empty where it must be given.
    default: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}{f' = {self.default}' if self.default else ''}"


class Calls:
    """All methods, by collection."""

    def __init__(self, described: Schema, models: Models) -> None:
        self._described, self._models = described, models
        self._collections: dict[str, list[tuple[str, str, Schema]]] = {}
        for path, method, operation in operations(described):
            if operation["operationId"] not in _BY_HAND:
                self._collections.setdefault(operation["tags"][0], []).append((path, method, operation))

    def render(self) -> dict[str, str]:
        """Return the modules by their names."""
        found = {snake(tag): self._module(tag, calls) for tag, calls in self._collections.items()}
        return {**found, "ids": self._ids(), "__init__": self._init()}

    def _module(self, tag: str, calls: list[tuple[str, str, Schema]]) -> str:
        ids = {pascal(name) for path, _, _ in calls for name in _IDS.findall(path)}
        text = _HEAD.format(title=tag, name=pascal(tag), ids=", ".join(sorted(ids)))
        if not ids:
            text = text.replace("from .ids import \n", "")
        return text + "".join(self._method(*call) for call in calls)

    def _ids(self) -> str:
        names = sorted(
            {
                name
                for calls in self._collections.values()
                for path, _, _ in calls
                for name in _IDS.findall(path)
            }
        )
        lines = []
        for name in names:
            classes = self._models.identified_by(name) if name.endswith("_id") else []
            kinds = ["str", "int", *(f"models.{one}" for one in classes)]
            lines.append(f"{pascal(name)}: TypeAlias = {' | '.join(kinds)}\n")
        return (
            '"""What names a record: its id in any of its forms, or the record; generated."""\n\n'
            f"from typing import TypeAlias\n\nfrom .. import models\n\n{''.join(lines)}"
        )

    def _init(self) -> str:
        tags = sorted(self._collections)
        imports = "".join(f"from .{snake(tag)} import {pascal(tag)}\n" for tag in tags)
        lines = "".join(f"        self.{snake(tag)} = {pascal(tag)}(sender)\n" for tag in tags)
        return (
            '"""All collections; generated, see ``tests/agreement/client_code``."""\n\n'
            f"from ..sending import Sender\n{imports}\n\nclass Collections:\n"
            '    """A collection for each kind of record."""\n\n'
            f"    def __init__(self, sender: Sender) -> None:\n{lines}"
        )

    def _method(self, path: str, method: str, operation: Schema) -> str:
        ids = [
            Argument(name=name, kind=pascal(name), words=given["description"])
            for given in self._parameters(operation)
            if (name := given["name"]) and given["in"] == "path"
        ]
        place = _IDS.sub(lambda found: f"{{in_path({found[1]}, {found[1]!r})}}", path)
        address = f'f"{place}"' if ids else f'"{path}"'
        of = self._read if method == "get" else self._change
        arguments, result, code, note = of(method, operation, ids, address)
        named = ", ".join(["self", *map(str, ids), *(["*", *map(str, arguments)] if arguments else [])])
        doc = _docstring(operation["summary"], note, [*ids, *arguments])
        return f"\n    def {_name(operation)}({named}) -> {result}:\n{doc}        return {code}\n"

    def _read(
        self, _method: str, operation: Schema, _ids: list[Argument], address: str
    ) -> tuple[list[Argument], str, str, str]:
        schema = answered_by(operation)
        if not schema:
            return [], "IO[bytes]", f"self._file({address})", "The file is open for reading; close it."
        rows = rows_of(schema) if "title" not in schema else ""
        [shape] = read_by(operation)
        kind = f"models.{self._models.name_of(shape, shape['title'])}"
        asked = [
            Argument(
                name=snake(given["name"]),
                kind=f"{self._sent(given['schema']).removesuffix(' | None')} | None",
                words=given["description"],
                default="None",
            )
            for given in self._parameters(operation)
            if given["in"] == "query" and given["name"] not in {"case", *(_OF_PAGES if rows else ())}
        ]
        sent = ", ".join(f'"{one.name.rstrip("_")}": {one.name}' for one in asked)
        if not rows:
            return asked, kind, f"self._get({kind}, {address}, {{{sent}}})", ""
        limit = Argument(
            name="limit", kind="int | None", default="None", words="How many are given at most, else all."
        )
        code = f'self._list({kind}, "{rows}", {address}, {{{sent}}}, limit)'
        return [*asked, limit], f"Listing[{kind}]", code, ""

    def _change(
        self, method: str, operation: Schema, ids: list[Argument], address: str
    ) -> tuple[list[Argument], str, str, str]:
        name = answered_by(operation)["anyOf"][0]["allOf"][0]["$ref"].rpartition("/")[2]
        kind = f"models.{name}"
        content = list(operation.get("requestBody", {}).get("content", {}).values())
        body: Schema = content[-1]["schema"] if content else {"properties": {}, "required": []}
        arguments = sorted(self._fields(body), key=lambda one: bool(one.default))
        files = {field for field, one in body["properties"].items() if "File" in self._sent(one)}
        pairs = {field: snake(field) for field in body["properties"]}
        said = ", ".join(f'"{field}": {given}' for field, given in pairs.items() if field not in files)
        code = f'self._change({kind}, "{method.upper()}", {address}, {{{said}}}'
        if files:
            code += f", files={{{', '.join(f'{field!r}: {pairs[field]}' for field in sorted(files))}}}"
        headers = {given["name"] for given in self._parameters(operation)}
        if "If-Match" in headers:
            words = "Refused unless this is still its revision; that of the record, where one is given."
            arguments.append(Argument(name="revision", kind="int | None", default="None", words=words))
            given = f"revision_of({ids[0].name}, revision)" if ids else "revision"
            code += f", revision={given}"
        if "Idempotency-Key" in headers:
            words = (
                "A word of yours for this call, else one is made: what is sent again with it is done once."
            )
            arguments.append(Argument(name="idempotency_key", kind="str | None", default="None", words=words))
            code += ", key=idempotency_key"
        else:
            code += ", takes_key=False"
        note = "" if operation.get("description", "").startswith("The command") else operation["description"]
        return arguments, f"Answer[{kind}]", f"{code})", note

    def _fields(self, body: Schema) -> Iterator[Argument]:
        for field, schema in body["properties"].items():
            is_required = field in body["required"]
            kind = self._sent(schema)
            yield Argument(
                name=snake(field),
                kind=kind if is_required else union({*parts_of(kind), "Unset"}),
                words=schema["description"],
                default="" if is_required else "UNSET",
            )

    def _parameters(self, operation: Schema) -> Iterator[Mapping[str, Any]]:
        known = self._described["components"]["parameters"]
        for one in operation["parameters"]:
            yield known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one

    @staticmethod
    def _sent(schema: Schema) -> str:
        return type_of(schema, _no_shape, is_sent=True)


def _no_shape(schema: Schema) -> str:
    raise NotImplementedError(
        f"An operation takes a shape in a field, for which nothing is generated: {schema}"
    )


def _name(operation: Schema) -> str:
    """Name a method: ``task_start`` is ``start``, ``list_tasks_notes`` is ``list_notes``."""
    name, tag = operation["operationId"], operation["tags"][0].replace("-", "_")
    if answered_by(operation).get("anyOf"):
        return snake(name.partition("_")[2])
    for word in ("list", "get", "content_of"):
        if name == f"{word}_{tag}":
            return word.removesuffix("_of")
        if name.startswith(f"{word}_{tag}_"):
            part = name.removeprefix(f"{word}_{tag}_")
            return f"{word}_{part if word == 'list' else singular(part)}"
    return str(name.removeprefix(f"{tag}_"))


def _docstring(summary: str, note: str, arguments: list[Argument]) -> str:
    indent = "        "
    text = f"{paragraph(summary, indent + '   ').lstrip()}"
    if note:
        text += f"\n\n{paragraph(note, indent)}"
    if arguments:
        told = "\n".join(paragraph(f"{one.name}: {one.words}", indent + "    ", "    ") for one in arguments)
        text += f"\n\n{indent}Args:\n{told}\n{indent}"
    elif "\n" in text:
        text += f"\n{indent}"
    return f'{indent}"""{text}"""\n'
