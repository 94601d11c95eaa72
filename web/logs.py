"""What the log of ``serve`` and of workers says, and how: text for people, JSON for programs (NFR-024, 025).

Everything is logged through Python's own loggers. Here is added, to whatever is said while a request is
answered or a job is done, which one it is; and taken away what no log keeps: what the request carried in
secret, addresses of people, and words that look like a key.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog
from flask import g, has_request_context, request
from structlog.contextvars import merge_contextvars

from engine.clock import SystemClock, to_text
from web import secret_addresses

#: What was done, a line each: text leaves them out, as people look for what went wrong.
REQUESTS, JOBS = "workbench.requests", "engine.jobs.done"
#: Facts that a line may tell beside its words.
FACTS = ("status", "milliseconds", "outcome")
#: What is known of a request by its address; ids alone, never words of people.
_IDS = ("task_id", "bundle_id")
#: Whoever asks may write anything in the place of an id.
_ID = re.compile(r"[\w#-]{1,40}", re.ASCII)
_HIDDEN = "…"
#: Shorter words of a form are left as they are: they would be found everywhere.
_SHORTEST_HIDDEN = 6
#: So many words of a request are looked for at most.
_MOST_HIDDEN = 200
_LOOKS_SECRET = re.compile(
    r"(?P<address>(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<login>(?<=://)[^\s/:@]*:[^\s/@]+(?=@))"
    r"|(?P<link>(?<=/sign-in/)[\w-]+|(?<=/invitation/)[\w-]+|(?<=/feeds/)[\w.-]+)"
    r"|(?P<key>wbt_\w+|(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]+)"
    r"|(?P<named>(?i:(?<=password=)|(?<=token=)|(?<=secret=)|(?<=key=))[^\s&'\",;)]+)"
    r"|(?P<query>(?<=[\w/])\?[\w.%-]+=[^\s'\"]*)"
)
Event = MutableMapping[str, Any]
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
#: Signs that JSON leaves as they are, and at which some programs begin a new line, or terminals obey.
_ESCAPED = {sign: f"\\u{sign:04x}" for sign in (*range(0x7F, 0xA0), 0x2028, 0x2029)}


def configure(style: str) -> None:
    """Log to standard error from now on, as ``text`` or as ``json``; whoever starts the program keeps it."""
    is_json = style == "json"
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[merge_contextvars, _which_request, _facts],
            processors=[_as_json if is_json else _as_text],
        )
    )
    # What no line tells need not be found out: a third of what a line costs.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # Python 3.12 has it
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    for name in (REQUESTS, JOBS):
        logging.getLogger(name).setLevel(logging.INFO if is_json else logging.WARNING)


def hidden(text: str) -> str:
    """Return a text as a log may keep it."""
    for word in _carried():
        text = text.replace(word, _HIDDEN)
    return _LOOKS_SECRET.sub(_HIDDEN, text)


def _which_request(_logger: Any, _method: str, event: Event) -> Event:
    """Say during which request this is said, and whose it is."""
    if has_request_context():
        asked, kept = request._get_current_object(), g._get_current_object()  # type: ignore[attr-defined]
        args, actor = asked.view_args or {}, kept.get("actor")
        event["request_id"] = kept.get("request_id")
        event["method"] = secret_addresses.told_method(asked.method)
        event["route"] = asked.url_rule.rule if asked.url_rule else None
        event["user_id"] = actor.user_id if actor else None
        event.update({name: args[name] for name in _IDS if name in args and _ID.fullmatch(str(args[name]))})
    return event


def _facts(_logger: Any, _method: str, event: Event) -> Event:
    """Take what was said beside the words."""
    said = event["_record"].__dict__
    event.update({name: said[name] for name in FACTS if name in said})
    return event


def _as_json(_logger: Any, _method: str, event: Event) -> str:
    record, words, error = event.pop("_record"), event.pop("event"), event.pop("exc_info", None)
    event.pop("_from_structlog", None)
    line: dict[str, Any] = {
        "time": to_text(SystemClock().now()),
        "level": record.levelname.lower(),
        "logger": record.name,
        # What requests and jobs are told by is made here, of nothing that anybody wrote.
        "message": words if record.name in (REQUESTS, JOBS) else hidden(words),
    }
    line.update((name, value) for name, value in event.items() if value is not None)
    if error:
        line["exception"] = hidden("".join(traceback.format_exception(*error)))
    return _encode(line).translate(_ESCAPED)


def _as_text(_logger: Any, _method: str, event: Event) -> str:
    record, error = event["_record"], event.get("exc_info")
    named = {"request": event.get("request_id"), "job": event.get("job_id")}
    which = ", ".join(f"{name} {value}" for name, value in named.items() if value)
    line = f"{record.levelname} {record.name}: {hidden(event['event'])}" + (f" ({which})" if which else "")
    return f"{line}\n{hidden(''.join(traceback.format_exception(*error)).rstrip())}" if error else line


def _carried() -> list[str]:
    """List what this request brought that no log keeps: what was written, and what proves who it is.

    Longer words come first, as one may be a part of another.
    """
    if not has_request_context():
        return []
    words = {word for word in _words_of_request() if len(word) >= _SHORTEST_HIDDEN}
    return sorted(words, key=len, reverse=True)[:_MOST_HIDDEN]


def _words_of_request() -> Iterator[str]:
    yield request.headers.get("Authorization", "").rpartition(" ")[2]
    yield from request.cookies.values()
    for name, values in request.args.lists():
        yield from values if name not in _IDS else ()
    if secret_addresses.is_secret():
        yield from map(str, (request.view_args or {}).values())
    # Only what was read already: a log reads nobody's body.
    for _, values in request.__dict__["form"].lists() if "form" in request.__dict__ else ():
        yield from values
    kept = request.__dict__.get("_cached_json", (Ellipsis,))[0]
    yield from _texts(kept) if kept is not Ellipsis else ()
    yield from _texts(g.get("sent_json"))  # as the API has read it
    if isinstance(body := request.__dict__.get("_cached_data"), bytes):
        yield body.decode("utf-8", "replace")


def _texts(value: Any) -> Iterator[str]:
    """Give the texts within a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
