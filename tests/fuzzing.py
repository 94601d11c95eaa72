"""Random requests to the whole surface of the board: from a seed, so that what was found is found again.

Half of what is sent is what a field asks for, so that requests get past the first look; the rest is wrong in
every way that people, programs and attackers send it.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule

from engine import commands
from engine.asked import Asked, Shape, fields_of
from web.api.routes import ROUTES

METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Texts that are wrong somewhere: numbers that Python refuses, signs that a store or a page does not take.
HOSTILE = (
    "", " ", "\x00", "a\x00b", "\ud800", "\u202etxt.exe", "\u200b", "²", "٣", "９", "1" * 5000, "-1",
    "9" * 18, "9" * 19, "1e999", "NaN", "Infinity", "0x10", "1_000", "null", "true", "[]", "{}", "[" * 5000,
    "../../etc/passwd", "%2e%2e%2f", "%00", "%", "%zz", "'; DROP TABLE tasks; --", '" OR 1=1 --',
    "<script>alert(1)</script>", "{{7*7}}", "{% include 'x' %}", "\r\nSet-Cookie: a=b", "javascript:alert(1)",
    "data:text/html,x", "https://[::ffff:0:127.0.0.1]/", "http://[", "//evil.example", "https://\u2100.com",
    "a" * 20_000, "ä" * 3_000, "x\n" * 2_000, "> " * 500 + "deep", "* " * 300, "|a" * 800 + "\n" + "|-" * 800,
    "[a](" * 300, "`" * 999, "9999-12-31", "0001-01-01", "2026-02-30", "2026-12-01T25:00", "20261201",
    "9999-12-31T23:59:59-14:00", "2026-W48-6", "status:", "due:" + "9" * 5000, "due:>²d", "#" + "9" * 400,
    "assignee:nobody", "tag:|", 'text:"', "sort:--x", "@everyone", "𝔞" * 100, "Straße", "I\u0307", "\ufeff",
)  # fmt: skip
_QUERY = (
    "q", "status", "due", "line", "offset", "limit", "kind", "sort", "next", "seen", "whole", "with", "from",
    "partner", "campaign", "state", "by", "last", "tag", "text", "template", "assignee", "group", "mine",
    "format", "page", "before", "after", "anchor_date", "task", "old", "new", "version", "since", "until",
    "employee", "task_type", "priority", "overdue", "bundle", "notes",
)  # fmt: skip
_HEADERS: tuple[dict[str, str], ...] = (
    {}, {}, {}, {"Accept": "application/json"}, {"Accept": "text/csv;q=x"}, {"HX-Request": "true"},
    {"If-None-Match": '"x'}, {"If-None-Match": "*"}, {"Range": "bytes=0-1,5-" + "9" * 30},
    {"If-Modified-Since": "Mon, 99 Foo 99999"}, {"X-Forwarded-For": "1"}, {"Cookie": "session=x.y.z"},
    {"Authorization": "Basic \u00e4"}, {"Accept-Encoding": "gzip;q=x, br"}, {"Idempotency-Key": "k" * 300},
    {"Accept-Language": "\u00ff"}, {"Host": "evil.example"}, {"Content-Encoding": "gzip"},
)  # fmt: skip
_FILES = (
    ("a.html", b"<html>" + b"<div>" * 3_000), ("a.svg", b"<svg onload='x'/>"),
    ("\u202egpj.exe", b"x"), ("../x.txt", b"x"), ("a.zip", b"PK\x03\x04" + b"\xff" * 200), ("", b"x"),
    ("a.txt", b"\x00\xff"), ("x" * 400, b"x"), ("a.png", b"\x89PNG\r\n\x1a\n"), ("ok.txt", b"fine\n"),
    ("a.docx", b"PK\x05\x06" + b"\x00" * 18), ("empty.txt", b""), ("a.md", b"# fine"),
)  # fmt: skip
_BODIES = (
    b"", b"\xff\xfe", b"{", b'{"a":' * 2_000, b"[" * 100_000, b'{"revision": ' + b"9" * 5_000 + b"}",
    b"[1, 2]", b'"x"', b"null", b'{"a": NaN}', b'{"a": 1e999}', b'{"\\ud800": "\\ud800"}', b"a=1&" * 2_000,
    b"a&" * 5_000,
    b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%ff\r\n\r\nx\r\n--x--\r\n",
)  # fmt: skip
_TYPES = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml",
    "multipart/form-data", "application/json; charset=utf-16", "x",
    "application/x-www-form-urlencoded; charset=x",
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """One request."""

    method: str
    path: str
    options: Mapping[str, Any]


class Fuzzer:
    """Makes requests for the address map of an application."""

    def __init__(self, app: Flask, seed: int, ids: Mapping[str, Sequence[str]]) -> None:
        """Choose by ``seed`` among records: ``ids`` are those by the name of the argument they stand for."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
        self._changing = [rule for rule in self._rules if _CHANGING & (rule.methods or set())]
        self._ids = ids
        self._commands = {name: fields_of(command.input) for name, command in commands.COMMANDS.items()}
        self._routes = {f"api.{route.name}": fields_of(route.command.input) for route in ROUTES}

    def wish(self) -> Wish:
        """Return the next request; every address is asked for in its own way most of the time."""
        rng = self._random
        rule = rng.choice(self._changing if rng.random() < 0.6 else self._rules)
        own = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        method = rng.choice(own) if rng.random() < 0.93 else rng.choice(METHODS)
        options: dict[str, Any] = {"headers": dict(rng.choice(_HEADERS))}
        if method in _CHANGING:
            options |= self._body(rule)
        return Wish(method, self._path(rule), options)

    def _path(self, rule: Rule) -> str:
        path = str(rule.rule)
        for name in rule.arguments:
            value = self._argument(name)
            path = path.replace(f"<{name}>", quote(value.encode("utf-8", "surrogatepass"), safe=""))
        if self._random.random() < 0.5:
            given = (
                quote(name) + "=" + quote(self._text().encode("utf-8", "surrogatepass"))
                for name in self._some(_QUERY)
            )
            path += "?" + "&".join(given)
        return path

    def _argument(self, name: str) -> str:
        rng = self._random
        if rng.random() < 0.85 and self._ids.get(name):
            return rng.choice(self._ids[name])
        if name == "verb":
            return rng.choice([command.rpartition(" ")[2].replace("-", "_") for command in self._commands])
        return rng.choice([value for value in HOSTILE if value not in ("", " ")])[:1_000]

    def _text(self) -> str:
        rng = self._random
        if rng.random() < 0.25:
            return rng.choice(rng.choice([values for values in self._ids.values() if values]))
        return rng.choice(HOSTILE)[:3_000]

    def _some(self, names: Sequence[str]) -> list[str]:
        return [self._random.choice(names) for _ in range(self._random.randint(1, 4))]

    def _fields(self, rule: Rule) -> Mapping[str, Asked]:
        """Return what the command asks for that the address is likely to be for, else any other's."""
        if rule.endpoint in self._routes and self._random.random() < 0.9:
            return self._routes[rule.endpoint]
        last = rule.endpoint.rpartition(".")[2].replace("_", " ").split()[0]
        likely = [fields for name, fields in self._commands.items() if last in name]
        return self._random.choice(
            likely if likely and self._random.random() < 0.6 else [*self._commands.values()]
        )

    def _body(self, rule: Rule) -> dict[str, Any]:
        rng = self._random
        kind = rng.random()
        if kind < 0.08:
            return {"data": rng.choice(_BODIES), "content_type": rng.choice(_TYPES)}
        fields = self._fields(rule)
        named = [name for name in fields if rng.random() < 0.8]
        if rng.random() < 0.2:
            named += self._some([*_QUERY, "meta.title", "form", "file", "parameters.topic", "x" * 300])
        if kind < 0.3 or (rule.endpoint in self._routes and kind < 0.95):
            text = json.dumps({name: self._json(fields.get(name)) for name in named})
            return {"data": text, "content_type": "application/json"}
        data: dict[str, Any] = {}
        for name in named:
            value = self._value(fields.get(name))
            data[name] = [value, self._value(fields.get(name))] if rng.random() < 0.05 else value
        data = {name: _sendable(value) for name, value in data.items()}
        if "file" in rule.endpoint or "file" in named or rng.random() < 0.05:
            name, content = rng.choice(_FILES)
            data["file"] = (io.BytesIO(content), name)
        return {"data": data}

    def _value(self, field: Asked | None) -> str:
        rng = self._random
        if field is None or rng.random() < 0.3:
            return self._text()
        found = {
            Shape.CHOICE: lambda: rng.choice(field.choices or ("x",)),
            Shape.YES_NO: lambda: rng.choice(["true", "false", "on", ""]),
            Shape.NUMBER: lambda: str(rng.choice([1, 2, 3, 0, 5, 10])),
            Shape.DAY: lambda: f"2026-{rng.randint(11, 12)}-{rng.randint(1, 30):02}",
            Shape.MOMENT: lambda: f"2026-12-{rng.randint(1, 31):02}T09:00",
        }.get(field.shape)
        if found is not None:
            return found()
        if self._ids.get(field.name):
            return rng.choice(self._ids[field.name])
        return rng.choice(
            ["Words", "approved", "https://example.com/x", "draft", "ana", "writer", self._text()]
        )

    def _json(self, field: Asked | None) -> Any:
        rng = self._random
        if rng.random() < 0.7:
            return self._value(field)
        return rng.choice(
            [None, True, 0, -1, 10**30, 1.5, [], {}, [[[[]]]], {"a": {"b": [1]}}, ["x"] * 200, [None], [{}],
             {"\x00": "\ud800"}, 2**63, 1e308, [2**70], {"": ""}]
        )  # fmt: skip


def _sendable(value: Any) -> Any:
    """Return a value that the test's own client can encode; half characters go as their own bytes."""
    if isinstance(value, list):
        return [_sendable(one) for one in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
