"""What may change under ``/api``: a description is held against an earlier one, and what breaks is named.

More may come: operations, fields that need not be sent, fields and words of answers. What was there stays,
takes what it took, and answers with what it answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
#: The description as it was promised last; ``make schemas`` writes it, once nothing in it is broken.
KEPT = Path(__file__).parent / "openapi.json"


def kept() -> dict[str, Any]:
    """Return the description that was promised last."""
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def write(described: Mapping[str, Any]) -> None:
    """Keep a description as the one that is promised from now on.

    Raises:
        ValueError: it would break who relies on the one before.
    """
    if KEPT.exists() and (broken := list(broken_by(kept(), described))):
        raise ValueError("\n".join(["The API would break:", *broken]))
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    KEPT.write_text(f"{text}\n", encoding="utf-8")


def broken_by(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield what of an earlier description does not hold by a later one, a sentence each."""
    for path, methods in before["paths"].items():
        for method, one in methods.items():
            place = f"{method.upper()} {path}"
            other = after["paths"].get(path, {}).get(method)
            if other is None:
                yield f"{place} is gone."
            else:
                yield from _Operation(place, before, after).broken(one, other)


class _Operation:
    """Two descriptions of one operation, and where what they point at stands."""

    def __init__(self, place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._place, self._before, self._after = place, before, after
        #: Shapes that were compared already.
        self._seen: set[tuple[str, str, bool]] = set()

    def broken(self, before: Schema, after: Schema) -> Iterator[str]:
        if before["operationId"] != after["operationId"]:
            yield f"{self._place} is not called {before['operationId']} any more."
        yield from self._parameters(before, after)
        yield from self._body(before, after)
        for status in before["responses"]:
            if status not in after["responses"]:
                yield f"{self._place} answers {status} no more."
        for status in (status for status in before["responses"] if status < "400"):
            was, now = (self._schema(one["responses"].get(status, {})) for one in (before, after))
            yield from self._compare(f"{self._place}: the answer", was, now, is_sent=False)

    def _parameters(self, before: Schema, after: Schema) -> Iterator[str]:
        was, now = (
            {one["name"]: one for one in (_resolved(whole, ref) for ref in part.get("parameters", ()))}
            for whole, part in ((self._before, before), (self._after, after))
        )
        for name in was.keys() - now.keys():
            yield f"{self._place}: {name} is not taken any more."
        for name, one in now.items():
            if one.get("required") and not was.get(name, {}).get("required"):
                yield f"{self._place}: {name} must be given now."
            if name in was:
                yield from self._compare(
                    f"{self._place}: {name}", was[name]["schema"], one["schema"], is_sent=True
                )

    def _body(self, before: Schema, after: Schema) -> Iterator[str]:
        was, now = (one.get("requestBody", {}).get("content", {}) for one in (before, after))
        for kind in was.keys() - now.keys():
            yield f"{self._place}: {kind} is not taken any more."
        if not was and after.get("requestBody", {}).get("required"):
            yield f"{self._place}: a body must be sent now."
        for kind in was.keys() & now.keys():
            yield from self._compare(
                f"{self._place}: the body", was[kind]["schema"], now[kind]["schema"], is_sent=True
            )

    @staticmethod
    def _schema(response: Schema) -> Schema:
        found: Schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        return found

    def _compare(self, place: str, before: Schema, after: Schema, *, is_sent: bool) -> Iterator[str]:
        """Compare a shape; what ``is_sent`` may come to take more, what is answered may come to have more."""
        key = (str(before.get("$ref")), str(after.get("$ref")), is_sent)
        if "$ref" in before:
            if key in self._seen:
                return
            self._seen.add(key)
        was, now = _flat(self._before, before), _flat(self._after, after)
        yield from _of_types(place, was, now, is_sent=is_sent)
        for name, inner in was["properties"].items():
            if name not in now["properties"]:
                yield f"{place} has no {name} any more."
            else:
                yield from self._compare(f"{place}.{name}", inner, now["properties"][name], is_sent=is_sent)
        if is_sent:
            for name in sorted(now["required"] - was["required"]):
                yield f"{place}.{name} must be given now."
        else:
            for name in sorted((was["required"] - now["required"]) & now["properties"].keys()):
                yield f"{place}.{name} may be left out now."
        if was["items"] is not None and now["items"] is not None:
            yield from self._compare(f"{place}[]", was["items"], now["items"], is_sent=is_sent)


def _of_types(place: str, was: Mapping[str, Any], now: Mapping[str, Any], *, is_sent: bool) -> Iterator[str]:
    narrow, wide = (was, now) if is_sent else (now, was)
    if narrow["types"] - wide["types"] and wide["types"]:
        words = " or ".join(sorted(now["types"]))
        yield f"{place} is {words} now, and was {' or '.join(sorted(was['types'])) or 'anything'}."
    if is_sent and now["enum"] and (gone := was["enum"] - now["enum"]):
        yield f"{place} takes {', '.join(sorted(gone))} no more."
    if is_sent and now["enum"] and not was["enum"] and was["types"]:
        yield f"{place} takes only some words now."
    if not is_sent and (gone := was["enum"] - now["enum"]) and now["enum"]:
        yield f"{place} never says {', '.join(sorted(gone))} any more."
    if is_sent:
        for word, is_tighter in _LIMITS.items():
            if word in now["limits"] and is_tighter(was["limits"].get(word), now["limits"][word]):
                yield f"{place}: {word} is {now['limits'][word]} now."


_LIMITS: Mapping[str, Callable[[Any, Any], bool]] = {
    "maxLength": lambda was, now: was is None or now < was,
    "maxItems": lambda was, now: was is None or now < was,
    "maximum": lambda was, now: was is None or now < was,
    "minLength": lambda was, now: now > (was or 0),
    "minItems": lambda was, now: now > (was or 0),
    "minimum": lambda was, now: was is None or now > was,
    "pattern": lambda was, now: was != now,
}


def _resolved(whole: Mapping[str, Any], schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Any = whole
    for name in schema["$ref"].split("/")[1:]:
        found = found[name]
    return _resolved(whole, found)


def _flat(whole: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return what all parts of a schema say together."""
    schema = _resolved(whole, schema)
    types = schema.get("type", ())
    found: dict[str, Any] = {
        "types": {types} if isinstance(types, str) else {*types},
        "enum": {str(word) for word in schema.get("enum", ())},
        "properties": dict(schema.get("properties", {})),
        "required": {*schema.get("required", ())},
        "items": schema.get("items"),
        "limits": {word: schema[word] for word in _LIMITS if word in schema},
    }
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        inner = _flat(whole, part)
        for name in ("types", "enum", "required"):
            found[name] |= inner[name]
        found["properties"] |= inner["properties"]
        found["limits"] |= inner["limits"]
        found["items"] = found["items"] if found["items"] is not None else inner["items"]
    return found
