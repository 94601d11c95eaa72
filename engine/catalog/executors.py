"""What each executor reads from ``execution_config``, as JSON Schemas, checked before it runs (TSK-10)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonschema import ValidationError

from engine.budgets import CHARACTERS_OF_AN_ANSWER_SCHEMA, ROWS_OF_A_REPORT
from engine.catalog.automation_settings import AUTOMATION, automation_faults
from engine.catalog.json_schemas import schema_fault, validator
from engine.catalog.message_settings import NOTIFICATION, REMINDER, message_faults
from engine.catalog.yaml_reader import Path

#: A value, or the name of a secret that goes before none of the others into texts that are kept.
_HEADER = {
    "anyOf": [
        {"type": "string", "maxLength": 4000},
        {
            "type": "object",
            "properties": {
                "secret": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
                "prefix": {"type": "string", "maxLength": 40},
            },
            "required": ["secret"],
            "additionalProperties": False,
        },
    ]
}
_POINTER = {"type": "string", "pattern": "^(/.*)?$", "maxLength": 1000}
_POINTERS = {
    "type": "object",
    "additionalProperties": _POINTER,
    "maxProperties": 50,
}
_SECONDS = {"type": "number", "exclusiveMinimum": 0, "maximum": 3600}
_CODES = {"type": "array", "items": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"}, "maxItems": 50}
#: What every executor reads: how long things may take, and what is tried again.
_LIMITS: dict[str, Any] = {
    "executor": {"type": "string"},
    "step_seconds": _SECONDS,
    "attempt_seconds": _SECONDS,
    "total_seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": 2_592_000},
    "retry_on": _CODES,
    "never_retry": _CODES,
}
_API_CALL: dict[str, Any] = {
    "method": {"enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]},
    "url": {"type": "string", "pattern": "^https?://", "maxLength": 4000},
    "headers": {
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9-]{0,99}$"},
        "additionalProperties": _HEADER,
        "maxProperties": 50,
    },
    "body": {},
    "idempotency_header": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]{0,99}$"},
    "expected_status": {"type": "array", "items": {"type": "integer", "minimum": 100, "maximum": 599}},
    "answer_schema": {"type": "object"},
    "outputs": _POINTERS,
    "proof": _POINTERS,
    "links": _POINTERS,
    "deliverables": _POINTERS,
    "pages": {
        "type": "object",
        "properties": {
            "next": {"type": "string", "pattern": "^/", "maxLength": 1000},
            "items": _POINTER,
            "most": {"type": "integer", "minimum": 1, "maximum": 100},
        },
        "required": ["next", "items"],
        "additionalProperties": False,
    },
}
_REPORT_GENERATION: dict[str, Any] = {
    "title": {"type": "string", "minLength": 1, "maxLength": 100},
    "about": {"enum": ["bundle", "worklog", "rows"]},
    "formats": {
        "type": "array",
        "items": {"enum": ["markdown", "html", "pdf", "docx", "xlsx", "pptx"]},
        "minItems": 1,
        "uniqueItems": True,
    },
    "text": {"type": "string", "minLength": 1, "maxLength": 50_000},
    "week": {"type": "string", "maxLength": 100},
    "rows": {
        "anyOf": [
            {"type": "array", "items": {"type": "object"}, "maxItems": int(ROWS_OF_A_REPORT)},
            {"type": "string", "maxLength": 200_000},
        ]
    },
}


def _schema(own: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**_LIMITS, **own},
        "required": list(required),
        "additionalProperties": False,
    }


#: Headers that say how a call is sent, and where; with others it is another call than the one that is shown.
_OF_THE_WIRE = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "accept-encoding"}
)
#: The settings of each executor that this release has.
SCHEMAS: Mapping[str, dict[str, Any]] = {
    "api_call": _schema(_API_CALL, "url"),
    "custom": _schema(AUTOMATION, "automation"),
    "notification": _schema(NOTIFICATION, "recipients", "subject"),
    "reminder": _schema(REMINDER, "recipients", "message"),
    "report_generation": _schema(_REPORT_GENERATION),
}


def faults(executor: str | None, config: Mapping[str, Any]) -> Iterator[ValidationError]:
    """Yield what of a task's settings its executor does not read; nothing for executors of other releases."""
    if executor is None or executor not in SCHEMAS:
        return
    found = list(validator(SCHEMAS[executor]).iter_errors(dict(config)))
    further = _FURTHER.get(executor)
    yield from found or (further(config) if further else ())


def _call_faults(config: Mapping[str, Any]) -> Iterator[ValidationError]:
    """Yield what no schema says of a call whose settings fit theirs."""
    if (said := _address_fault(config["url"])) is not None:
        yield ValidationError(said, path=("url",))
    named: list[tuple[Path, str]] = [(("headers", name), str(name)) for name in config.get("headers", ())]
    if "idempotency_header" in config:
        named.append((("idempotency_header",), config["idempotency_header"]))
    seen = set[str]()
    for place, name in named:
        if name.lower() in _OF_THE_WIRE:
            yield ValidationError(f"{name} is a header that Workbench sets itself; leave it out", path=place)
        if name.lower() in seen:
            yield ValidationError(f"the header {name} is given twice", path=place)
        seen.add(name.lower())
    if "pages" in config and config.get("method", "GET") != "GET":
        yield ValidationError("only a list that is read with GET comes in pages", path=("pages",))
    if "answer_schema" in config and (fault := _answer_fault(config["answer_schema"])) is not None:
        yield ValidationError(fault[1], path=("answer_schema", *fault[0]))


def _answer_fault(schema: object) -> tuple[Path, str] | None:
    """Return where and why a schema of an answer cannot be used; whoever makes a task may write one."""
    most = CHARACTERS_OF_AN_ANSWER_SCHEMA
    if len(json.dumps(schema)) > most:
        return (), f"the schema has more than {most:,} characters; have it say less of the answer"
    return schema_fault(schema)


def _report_faults(config: Mapping[str, Any]) -> Iterator[ValidationError]:
    """Yield what no schema says of the settings of a report that fit theirs."""
    about = config.get("about")
    needed = {"worklog": "week", "rows": "rows"}.get(str(about))
    if needed is not None and needed not in config:
        yield ValidationError(f"a report about {about} needs {needed}", path=())
    if (text := config.get("text")) is None:
        return
    if "{{" in text:  # what somebody fills in would be read as a part of the template
        yield ValidationError("write [[ parameters.name ]] in place of {{ name }}", path=("text",))
    from engine.catalog import report_text  # noqa: PLC0415 - few settings have a text, and Jinja2 takes time

    if (fault := report_text.fault_of(text)) is not None:
        yield ValidationError(fault, path=("text",))


#: What no schema says of settings that fit theirs, by executor.
_FURTHER: Mapping[str, Callable[[Mapping[str, Any]], Iterator[ValidationError]]] = {
    "api_call": _call_faults,
    "custom": automation_faults,
    "notification": message_faults,
    "reminder": message_faults,
    "report_generation": _report_faults,
}


def _address_fault(url: str) -> str | None:
    """Say what is wrong with an address, which may yet have placeholders; None where nothing is."""
    try:
        parts = urlsplit(url)
        has_host, has_user = bool(parts.hostname), parts.username is not None
        _ = parts.port
    except ValueError:
        return "it is no address: its host or its port cannot be read"
    if not has_host or has_user:
        return "it needs a host, without a name or a password before it"
    if any(unquote(part) in (".", "..") for part in parts.path.split("/")):
        return "its path holds a . or .. between slashes, which leads elsewhere; write where it leads"
    return None


def host_of(config: Mapping[str, Any]) -> str | None:
    """Return the host that settings call; None where they name none, or a placeholder says it."""
    url = config.get("url")
    if not isinstance(url, str) or _address_fault(url) is not None:
        return None
    host = (urlsplit(url).hostname or "").rstrip(".")
    return None if "{{" in host or not host.isascii() else host


def secrets_of(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the secrets that settings name."""
    yield from (secret for secret, _, _ in secrets_sent(config))


def secrets_sent(config: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Path]]:
    """Yield each secret that settings name, the host that it goes to, and where they say so.

    The host is None where settings do not say it yet.
    """
    given = config.get("secrets")
    for name, host in given.items() if isinstance(given, Mapping) else ():
        yield name, host if isinstance(host, str) and "{{" not in host else None, ("secrets", name)
    headers, host = config.get("headers"), host_of(config)
    for value in headers.values() if isinstance(headers, Mapping) else ():
        if isinstance(value, Mapping) and isinstance(value.get("secret"), str):
            yield value["secret"], host, ("headers",)
