"""Edits of the blog post's template, as an author makes them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from tests.engine.catalog.conftest import BLOG_POST

Edit = Callable[[dict[str, Any]], object]


def edited(*edits: Edit) -> dict[str, Any]:
    """Return the blog post's data after these edits."""
    data = copy.deepcopy(yaml.safe_load(BLOG_POST))
    for edit in edits:
        edit(data)
    return data


def of(data: dict[str, Any], ref: str) -> dict[str, Any]:
    """Return a task by its first ref: edits may have given it another, or taken it out."""
    return next((task for task in data["tasks"] if ref in (task["ref"], task.get("_was"))), {"steps": []})


def task(which: str, /, **fields: Any) -> Edit:
    """Set fields of a task; None takes one out."""

    def edit(data: dict[str, Any]) -> None:
        found = of(data, which)
        for name, value in fields.items():
            found[name] = value
            if value is None:
                del found[name]

    return edit


def template(**fields: Any) -> Edit:
    """Set fields of the template."""
    return lambda data: data.update(copy.deepcopy(fields))


def step(number: int, /, **fields: Any) -> Edit:
    """Set fields of a step of the first task."""
    return lambda data: of(data, "draft")["steps"][number].update(fields)


EDITS: Mapping[str, Edit] = {
    "another day": task("draft", offset_days=-3, due=None),
    "working days": task("draft", offset_days=None, due={"offset": -3, "unit": "business_days"}),
    "no day": task("publish", due=None),
    "a title": task("publish", title="Put it out"),
    "a proof": task("draft", proof=[{"kind": "url", "label": "Outline"}]),
    "no proof": task("publish", proof=[]),
    "an approval": task("draft", approval={"required": True, "sources": ["internal", "portal"]}),
    "a person": task("draft", assignee={"employee": "ana"}),
    "always": task("publish", when=None),
    "settings": task("publish", config={"surfer": False, "word_target": 5}),
    "an optional step": step(0, required=False),
    "a step with another ref": step(1, ref="text"),
    "a step with another ref and title": step(1, ref="text", title="Dictate it"),
    "steps the other way round": lambda data: of(data, "draft")["steps"].reverse(),
    "no steps": task("draft", steps=[]),
    "a task with another ref": task("publish", ref="put_out", _was="publish"),
    "another task": lambda data: data["tasks"].append({"ref": "thank", "title": "Say thanks"}),
    "tasks the other way round": lambda data: data["tasks"].reverse(),
    "links": template(links=[{"name": "Published article", "required": False}, {"name": "Video"}]),
    "settings of all": template(config={"word_target": 1200}),
    "no calendar": template(calendar=None),
    "tools": template(tools=[{"tool": "pagespeed"}, {"tool": "frase"}]),
    "words": template(name="Article", rules={"tone": "Dry.", "length": "Short."}),
    "parameters": template(parameters={"type": "object", "properties": {"topic": {"type": "string"}}}),
}


def bare(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data without the marks that edits leave."""
    return {**data, "tasks": [{k: v for k, v in one.items() if k != "_was"} for one in data["tasks"]]}
