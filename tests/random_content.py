"""Random content near the rules: a good template, changed a little by itself and by two overrides."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from engine.catalog.layout import editor_line, kind_of

TEMPLATE = "task_templates/post.yaml"
#: Whose override it is -> its file.
OF_PARTNER = "task_templates/partners/acme/post.yaml"
OF_CAMPAIGN = "task_templates/campaigns/acme_spring/post.yaml"

_OTHERS: dict[str, Any] = {
    "task_types/article.yaml": {
        "key": "article",
        "name": "Article",
        "category": "content",
        "config_schema": {
            "type": "object",
            "properties": {"word_target": {"type": "integer"}, "surfer": {"type": "boolean"}},
        },
        "tools": [{"tool": "search_console"}],
        "deliverables": [{"ref": "summary", "type": "text", "required": False}],
        "approval": {"required": True, "source": "internal"},
    },
    "task_types/untyped.yaml": {"key": "untyped", "name": "Untyped"},
    "task_types/old.yaml": {"key": "old", "name": "Old", "status": "retired"},
    "calendars/office.yaml": {
        "key": "office",
        "name": "Office",
        "timezone": "Europe/Berlin",
        "cut_off": "17:00",
        "holidays": [{"date": "2026-12-25", "name": "Christmas"}],
    },
}
_POST: dict[str, Any] = {
    "key": "post",
    "name": "Post",
    "task_type": "article",
    "default_assignee": {"role": "writer"},
    "links": [{"name": "Page"}, {"name": "Draft", "required": False}],
    "phases": [{"key": "writing", "name": "Writing"}, {"key": "publication", "name": "Publication"}],
    "parameters": {
        "type": "object",
        "required": ["topic"],
        "properties": {
            "topic": {"type": "string", "maxLength": 200},
            "sponsored": {"type": "boolean", "default": False},
            "event_day": {"type": "string", "format": "date"},
        },
    },
    "config": {"surfer": True, "word_target": 900},
    "tools": [{"tool": "pagespeed", "auto_fetch": True}],
    "rules": {"tone": "Friendly."},
    "tasks": [
        {
            "ref": "draft",
            "title": "Write: {{ topic }}",
            "description": "For {{ topic }}, on {{ event_day }}.",
            "phase": "writing",
            "offset_days": -7,
            "steps": [{"ref": "outline", "title": "Outline {{ topic }}"}, {"ref": "write", "title": "Write"}],
            "deliverables": [
                {"ref": "article", "type": "text", "step_ref": "write", "visible_in_portal": True},
                {"ref": "indexing", "type": "proof", "required": False},
            ],
        },
        {
            "ref": "check",
            "title": "Check",
            "phase": "writing",
            "due": {"offset": -2, "unit": "business_days"},
            "depends_on": ["draft"],
            "approval": {"required": False},
            "assignee": {"employee": "ben"},
            "when": {"properties": {"sponsored": {"const": True}}},
            "proof": [{"kind": "comment", "label": "Said"}],
        },
        {
            "ref": "publish",
            "title": "Publish: {{ topic }}",
            "phase": "publication",
            "offset_days": 0,
            "depends_on": ["draft", "check"],
            "deliverables": [{"ref": "page", "type": "page"}],
            "proof": [{"kind": "url", "label": "Page"}],
            "fills_link": "Page",
            "config": {"surfer": None},
        },
        {
            "ref": "report",
            "title": "Report",
            "task_type": "untyped",
            "due": {"offset": 2, "from": "task_completed:publish"},
            "depends_on": ["publish"],
        },
    ],
}


def _of(ref: str, **changes: Any) -> dict[str, Any]:
    """Return a change of one task."""
    return {"tasks": [{"ref": ref, **changes}]}


#: Changes that fit the template by themselves.
GOOD = (
    {"name": "Our post"},
    {"status": "draft"},
    {"config": {"surfer": False}},
    {"config": {"surfer": None}},
    {"config": None},
    {"rules": {"tone": "Formal.", "length": None}},
    {"tools": {"pagespeed": False}},
    {"tools": {"search_console": False, "frase": True}},
    {"tools": [{"tool": "pagespeed", "auto_fetch": False, "params": {"strategy": "mobile"}}]},
    {"links": [{"name": "Extra", "required": False}]},
    {"phases": [{"key": "writing", "stage": "preparation"}]},
    {"approval": {"required": False}},
    {"approval": {"required": True, "sources": ["internal", "portal"]}},
    {"calendar": "office"},
    {"default_assignee": None},
    {"default_assignee": {"employee": "ana"}},
    _of("draft", title="Write well: {{ topic }}"),
    _of("draft", steps=[{"ref": "outline", "disabled": True}]),
    _of("draft", steps=[{"ref": "outline", "required": False, "title": "{{ sponsored }}?"}]),
    _of("draft", steps=[{"ref": "legal", "title": "Ask the lawyers"}]),
    _of("draft", deliverables=[{"ref": "indexing", "required": True, "visible_in_portal": True}]),
    _of("draft", deliverables=[{"ref": "summary", "required": True}]),
    _of("draft", deliverables=[{"ref": "summary", "disabled": True}]),
    _of("draft", tools={"search_console": False, "pagespeed": None}),
    _of("draft", config={"word_target": None, "surfer": True}),
    _of("draft", assignee={"role": "operator"}, when={"properties": {"sponsored": {"const": False}}}),
    _of("draft", deliverables=None, approval={"required": False}),
    _of("check", disabled=True) | {"phases": [{"key": "publication", "name": "Out"}]},
    _of("check", when=None, ordered_steps=True),
    _of("check", proof=[]),
    _of("publish", depends_on=["draft"]),
    _of("publish", config={"word_target": 300}),
    _of("publish", fills_link=None, proof=None),
    _of("publish", when={"properties": {"topic": {"pattern": "^a"}}}),
    _of("report", due={"offset": 1, "from": "parameter:event_day"}, depends_on=[]),
    _of("report", due=None, offset_days=3),
    _of("report", execution={"mode": "automatic"}, approval={"required": False}),
    _of("legal_check", title="Legal check", offset_days=-1, approval={"required": False}),
)
#: Changes that break a rule, or do unless something else mends it.
DOUBTFUL = (
    {"name": None},
    {"name": 7},
    {"tasks": None},
    {"task_type": None},
    {"task_type": "old"},
    {"calendar": "nosuch"},
    {"config": {"word_target": "many"}},
    {"tools": {"nosuch": None}},
    {"tools": ["pagespeed"]},
    {"links": [{"name": "Page", "disabled": True}]},
    {"links": [{"name": "Nosuch", "disabled": True}]},
    {"phases": [{"key": "nosuch", "stage": "later"}]},
    {"phases": [{"key": "writing", "disabled": True}]},
    {"parameters": {"type": "object", "properties": {"topic": {"type": "string"}}}},
    {
        "parameters": {
            "type": "object",
            "required": ["day"],
            "properties": {"day": {"type": "string", "format": "date"}},
        }
    },
    {"default_assignee": {"employee": "zoe"}},
    {"nosuch": 1},
    {"tasks": [{"title": "No ref"}]},
    {"tasks": [{"ref": "Draft"}]},
    {"tasks": []},
    _of("draft", steps=[{"ref": "twice", "title": "A"}, {"ref": "twice", "title": "B"}]),
    _of("draft", title=None),
    _of("draft", title="Write: {{ nosuch }}"),
    _of("draft", title="{{ topic }}{{ topic }}{{ topic }}"),
    _of("draft", steps=[{"ref": "legal", "disabled": True}]),
    _of("draft", steps=[{"ref": "legal", "required": False}]),
    _of("draft", steps=[{"ref": "write", "disabled": True}]),
    _of("draft", steps=None),
    _of("draft", deliverables=[{"ref": "article", "disabled": True}]),
    _of("draft", deliverables=[{"ref": "article", "required": "no"}]),
    _of("draft", deliverables=[{"ref": "page", "required": True}]),
    _of("draft", task_type="untyped"),
    _of("draft", offset_days=3),
    _of("draft", offset_days=3, due={"offset": 1}),
    _of("draft", depends_on=["publish"]),
    _of("draft", due={"from": "task_completed:report"}),
    _of("draft", assignee={"employee": "zoe"}),
    _of("draft", assignee={"role": "pilot"}),
    _of("draft", assignee={"role": "writer", "employee": "ben"}),
    _of("draft", instruction_doc_id="no.such"),
    _of("draft", gold_standard={}),
    _of("check", disabled=True),
    _of("check", assignee=None, execution={"mode": "automatic"}),
    _of("check", execution={"mode": "automatic"}),
    _of("check", due={"offset": -2, "from": "parameter:topic"}),
    _of("check", when={"properties": {"nosuch": {"const": 1}}}),
    _of("check", approval={"required": True}),
    _of("publish", depends_on=["draft", "legal_check"]),
    _of("publish", depends_on=["nosuch"]),
    _of("publish", proof=[{"kind": "comment", "label": "Page"}]),
    _of("publish", phase="nosuch"),
    _of("publish", needs_links=["Extra"]),
    _of("publish", skip={"reasons": ["No {{ topic }}"]}),
    _of("report", task_type="old"),
    _of("report", task_type="nosuch"),
    _of("nosuch", priority="high"),
    _of("nosuch", disabled=True),
)


@dataclass
class Written:
    """Content as files below a folder: path below ``content/`` -> data."""

    files: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the files, each with its editor line."""
        for path, data in self.files.items():
            file = folder / "content" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            place = kind_of(f"content/{path}")
            assert place is not None
            body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
            file.write_text(f"{editor_line(f'content/{path}', place.kind)}\n{body}", encoding="utf-8")


def _together(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return several changes as one: items of one name become one item."""
    made: dict[str, Any] = {}
    for change in changes:
        made = _joined(made, change)
    return made


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    joined = dict(one)
    for name, value in other.items():
        old = joined.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            joined[name] = {**old, **value}
        elif isinstance(old, list) and isinstance(value, list) and _are_named([*old, *value]):
            joined[name] = _joined_items(old, value)
        else:
            joined[name] = value
    return joined


def _are_named(items: list[Any]) -> bool:
    return all(isinstance(item, dict) and _name(item) is not None for item in items)


def _name(item: dict[str, Any]) -> str | None:
    return next((item[field] for field in ("ref", "key", "name", "tool") if field in item), None)


def _joined_items(old: list[Any], new: list[Any]) -> list[Any]:
    items = {_name(item): item for item in old}
    for item in new:
        items[_name(item)] = _joined(items.get(_name(item), {}), item)
    return list(items.values())


def _applied(template: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the template as its author would write it with these changes: without what they remove."""
    return _without_removed(_together([copy.deepcopy(template), *changes]))


def _without_removed(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if inner is not None or name in ("surfer",)}
        return {name: _without_removed(inner) for name, inner in kept.items()}
    if isinstance(value, list):
        return [
            _without_removed(item)
            for item in value
            if not (isinstance(item, dict) and item.get("disabled") and "tool" not in item)
        ]
    return value


def _changes(most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.one_of(st.sampled_from(GOOD), st.sampled_from(GOOD), st.sampled_from(DOUBTFUL))
    return st.lists(one, max_size=most)


@st.composite
def written(draw: st.DrawFn) -> Written:
    """Draw content: mostly one doubtful change at most, in any of the three files."""
    made = Written({**_OTHERS, TEMPLATE: _applied(_POST, draw(_changes(2)))})
    for path, header in (
        (OF_PARTNER, {"overrides": "post", "partner": "acme"}),
        (OF_CAMPAIGN, {"overrides": "post", "campaign": "acme_spring"}),
    ):
        if changes := draw(_changes(3)):
            made.files[path] = {**header, **_together(changes)}
    return made


def parameters(schema: dict[str, Any] | None) -> st.SearchStrategy[dict[str, Any]]:
    """Draw values that the schema takes: of every required parameter, and of some others."""
    properties = (schema or {}).get("properties", {})
    needed = {name: _value(properties[name]) for name in (schema or {}).get("required", ())}
    others = {name: _value(spec) for name, spec in properties.items() if name not in needed}
    return st.fixed_dictionaries(needed, optional=others)


def _value(spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    if spec.get("type") == "boolean":
        return st.booleans()
    if spec.get("format") == "date":
        return (
            st.dates().map(str)
            if "wild" in spec
            else st.sampled_from(["2026-12-24", "2027-02-28", "2026-11-21"])
        )
    return st.sampled_from(["Wrenches", "apples", "{{ topic }}", "Ä & <b>", "x" * 200])
