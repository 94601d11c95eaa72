"""What the fields of a template may name: types, people, docs, calendars, and its own parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.catalog.content import Content
from engine.reference.models import Employee
from engine.transaction import Transaction
from web.pages import roles
from web.pages.editing.sections import tasks_of
from web.pages.editing.showing import Known
from web.pages.editing.special import ANCHOR, START

Options = list[tuple[str, str]]


def known_by(
    tx: Transaction, content: Content, data: Mapping[str, Any], task: Mapping[str, Any] | None
) -> Known:
    """Return what may be chosen in the forms of a template, or of one of its tasks."""
    people = [person for person in tx.find(Employee) if person.is_active]
    named_roles = roles.known(content, (role for person in people for role in person.roles))
    parameters = data.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else None
    asked = {
        name: spec
        for name, spec in ((parameters or {}).get("properties") or {}).items()
        if isinstance(spec, dict)
    }
    titles = {name: str(spec.get("title") or name.replace("_", " ")) for name, spec in asked.items()}
    docs = [(key, doc.title) for key, doc in sorted(content.process_docs.items())]
    links = _named(data.get("links"), "name", "name")
    others = [
        (one["ref"], str(one.get("title") or one["ref"]))
        for one in tasks_of(data)
        if task is None or one["ref"] != task.get("ref")
    ]
    days = [name for name, spec in asked.items() if spec.get("format") in ("date", "date-time")]
    return Known(
        options={
            "task_type": [(key, one.name) for key, one in sorted(content.task_types.items())],
            "calendar": [(key, one.name) for key, one in sorted(content.calendars.items())],
            "phase": _named(data.get("phases"), "key", "name"),
            "instruction_doc_id": docs,
            "doc_id": docs,
            "fills_link": links,
            "needs_links": links,
            "depends_on": others,
            "step_ref": _named((task or {}).get("steps"), "ref", "title"),
            "assignee": [
                *((f"role:{role}", f"whoever is {role.replace('_', ' ')}") for role in named_roles),
                *((f"employee:{one.key}", one.name) for one in sorted(people, key=lambda one: one.name)),
            ],
            "when": list(titles.items()),
            "due": [
                (ANCHOR, "the anchor date"),
                (START, "the day it is started"),
                *((f"parameter:{name}", f"the day given as “{titles[name]}”") for name in days),
                *((f"task_completed:{ref}", f"“{title}” is done") for ref, title in others),
            ],
        },
        parameters=parameters,
    )


def _named(items: Any, key: str, words: str) -> Options:
    entries: Iterable[Any] = items if isinstance(items, list) else ()
    return [
        (one[key], str(one.get(words) or one[key]))
        for one in entries
        if isinstance(one, dict) and isinstance(one.get(key), str)
    ]
