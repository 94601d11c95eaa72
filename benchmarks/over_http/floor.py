"""The floor pages: the smallest Flask views that read the rows of the real pages and render the same cards.

No session, no visibility beyond the rows, no freshness, no forms to refuse: what a page costs when nothing
but its rows and its HTML is made. They answer under the same addresses; ``as`` says whose page it is.

What a person sees of the real page stands here too: the number beside the inbox, the box and the ways to the
forms in each row of a list with what is done with several, what may be changed of a task, the chosen item of
an inbox. What is only said otherwise here, such as a document of instructions, does not: so a ratio is rather
too large than too small.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, render_template, request

from benchmarks.over_http.floor_reads import Reader, Reads
from benchmarks.over_http.floor_store import open_store
from web import observing

_STATIC = Path(__file__).resolve().parent.parent.parent / "web" / "static"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Status -> tone, mark, word, meaning of its chip.
_STATUS = {
    "pending": ("quiet", "○", "To do", "To do; nobody has begun."),
    "queued": ("quiet", "○", "Queued", "It begins by itself."),
    "not_ready": ("warn", "⊘", "Not ready", "It starts once the task it comes after is done."),
    "in_progress": ("info", "◐", "In progress", "Somebody works on it."),
    "waiting": ("warn", "◔", "Waiting", "Waits for somebody outside."),
    "blocked": ("bad", "⊘", "Blocked", "Something stands in the way."),
    "help_needed": ("bad", "?", "Help needed", "Somebody asked for help."),
    "failed": ("bad", "×", "Failed", "It went wrong."),
    "pending_approval": ("decide", "◇", "Approval", "Waits for a decision."),
    "deferred": ("quiet", "◌", "Deferred", "Was put off."),
    "completed": ("good", "✓", "Done", "It is done."),
    "skipped": ("quiet", "–", "Skipped", "It was not needed."),
    "cancelled": ("quiet", "×", "Cancelled", "It was called off."),
}
#: Status -> what can be done at once, and what opens a form.
_LAST = ("assign", "clone", "cancel")
_ACTIONS = {
    "pending": (("start", "complete"), ("help", "wait", "block", "defer", *_LAST)),
    "in_progress": (("complete", "put_back"), ("help", "wait", "block", "defer", *_LAST)),
    "waiting": (("resume", "complete", "put_back"), ("wait", "block", "defer", *_LAST)),
    "blocked": (("resume", "complete", "put_back"), ("defer", *_LAST)),
    "help_needed": (("resume", "complete"), ("block", *_LAST)),
    "pending_approval": (("withdraw",), _LAST),
    "failed": (("put_back",), _LAST),
    "deferred": (("resume",), _LAST),
    "completed": ((), ("clone",)),
    "skipped": ((), ("clone",)),
    "cancelled": ((), ("clone",)),
}
_OPEN_FORMS = (("wait", "Waiting for whom or what?"), ("help", "What do you need help with?"))
#: What may be done with several tasks of a list: verb -> fields, each with its words.
_BULK = (
    ("Priority", (("priority", "Priority"),)),
    ("Status", (("status", "Move to"), ("reason", "Why"), ("waiting_for", "For whom or what"))),
    (
        "Due date",
        (("due_date", "On this day"), ("days", "Days later"), ("working_days", "Working days later")),
    ),
    ("Defer", (("deferred_until", "Until"), ("deferred_days", "Or for so many days"))),
    ("Skip", ()),
    ("Tags", (("tag", "Add"), ("untag", "Take out"))),
    ("Watch", (("mode", "What you hear of them"),)),
)
#: What may be changed of a task where it stands, beside those that its head shows.
_FACTS = ("tags", "deadline", "urgency", "category", "campaign_id", "planned_minutes", "execution_type")
#: What adds a file or a link: the fields of each, by name, kind, label and hint; the last names the form.
_FILES = (
    (
        "add-file",
        (
            ("label", "text", "What it is", "The same words again make the next version of it."),
            ("type", "text", "What kind", "For example screenshot, report."),
            ("file", "file", "Add the file", "At most 25 MiB."),
        ),
    ),
    (
        "add-link",
        (
            ("label", "text", "What it is", "The same words again make the next version of it."),
            ("url", "url", "Add the link", "Only the address is kept, not what it serves."),
        ),
    ),
)
_FURTHER_FORMS = (("block", "What is in the way?"), ("defer", "Put off until"), ("cancel", "Reason"))


def build(workbench: Any, *, secret_key: str | bytes | None = None) -> Flask:
    """Return the floor pages over the store of a Workbench, whose own connections stay unused."""
    app = Flask("benchmarks.over_http.floor", static_folder=str(_STATIC))
    observing.hold(app, workbench)  # the server goes by it; what its pages cost is not counted
    app.secret_key = secret_key or "floor"
    app.config["MAX_CONTENT_LENGTH"] = workbench.settings.max_upload_bytes  # the server goes by it
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(due=_due, moment=_moment, fromjson=_from_json)
    app.jinja_env.globals.update(statuses=_STATUS, verbs=_ACTIONS)
    reads = Reads(open_store(workbench.settings.database))

    # The real pages keep both, too, until something happens to people.
    reader, people = cache(reads.reader), cache(reads.people)

    def who() -> Reader:
        return reader(request.args.get("as", ""))

    def page(template: str, **facts: Any) -> str:
        return render_template(template, who=who(), waiting=reads.waiting(who()), **facts)

    @app.get("/board")
    def board() -> str:
        if request.args.get("view") == "list":
            total, rows = reads.page(who(), request.args.get("q", ""))
            facts = {"total": total, "rows": rows, "people": people(), "bulk": _BULK}
            return page("list.html", now=_now(), back=quote(request.full_path), **facts)
        return page("board.html", columns=reads.board(who()), now=_now())

    @app.get("/my-work")
    def my_work() -> str:
        return page("my_work.html", rows=reads.my_work(who()), now=_now())

    @app.get("/inbox")
    def inbox() -> str:
        return page("inbox.html", sections=reads.inbox(who()))

    @app.get("/tasks/<task_id>")
    def task(task_id: str) -> str:
        forms = {"open_forms": _OPEN_FORMS, "further_forms": _FURTHER_FORMS, "facts": _FACTS, "files": _FILES}
        return page("task.html", now=_now(), **forms, **reads.task(who(), task_id))

    @app.get("/bundles/<bundle_id>")
    def bundle(bundle_id: str) -> str:
        return page("bundle.html", now=_now(), **reads.bundle(bundle_id))

    return app


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _due(text: str | None, now: str) -> str:
    """Write a due day as people say it, with how late it is."""
    if not text:
        return "no due date"
    day = date.fromisoformat(text)
    late = (date.fromisoformat(now[:10]) - day).days
    words = f", {late} days late" if late > 0 else ", today" if late == 0 else f", in {-late} days"
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month]}{words}"


def _moment(text: str | None) -> str:
    if not text:
        return ""
    day = date.fromisoformat(text[:10])
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month]}, {text[11:16]}"


def _from_json(text: str | None) -> Any:
    return json.loads(text) if text else {}
