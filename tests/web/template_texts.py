"""Random texts of templates as people write them: odd layouts, comments, quotes, texts of several lines."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from engine.catalog.layout import editor_line

FILE = "content/task_templates/recap.yaml"
_WORDS = [
    "Plan it", "Write: {{ topic }}", "Ana's part", "50 %", "yes", "007", "Über uns", "a # b", "- x", "12:30",
]  # fmt: skip
_LONG = [
    "One line.", "Two\nlines, one: with a colon", "Ends with a line\n", "#no comment",
    "  in the middle\n\nand a gap\n",
]  # fmt: skip
_WORD = st.sampled_from(_WORDS)
_NAME = st.sampled_from(["draft", "check", "publish", "rest"])
_TEXT = st.one_of(_WORD, st.sampled_from(_LONG))

_STEP = st.fixed_dictionaries({"title": _WORD}, optional={"description": _TEXT, "required": st.booleans()})
_DELIVERABLE = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "blog_post"])},
    optional={
        "required": st.booleans(),
        "meta_schema": st.just({"word_count": "integer"}),
        "gold_standard": st.fixed_dictionaries({"notes": _TEXT}, optional={"example_url": st.none()}),
    },
)
_DUE = st.one_of(
    st.integers(-20, 20).map(lambda offset: {"offset_days": offset}),
    st.fixed_dictionaries(
        {"offset": st.integers(-9, 9)},
        optional={
            "unit": st.sampled_from(["days", "business_days"]),
            "from": st.sampled_from(["anchor", "bundle_start", "parameter:day"]),
        },
    ).map(lambda due: {"due": due}),
    st.just({}),
)
_TASK = st.tuples(
    st.fixed_dictionaries(
        {"title": _WORD},
        optional={
            "description": _TEXT,
            "phase": st.just("writing"),
            "milestone": st.booleans(),
            "assignee": st.sampled_from([{"role": "writer"}, {"employee": "ana"}]),
            "planned_minutes": st.integers(0, 90),
            "tags": st.lists(_WORD, max_size=3),
            "validation": st.sampled_from(["Right.", {"evidence": "Seen: twice"}]),
            "instructions_url": st.none(),
            "config": st.just({"words": 900, "deep": {"list": [1, "x: y"]}}),
            "proof": st.just([{"kind": "url", "label": "Page"}]),
            "approval": st.sampled_from(
                [{"required": True}, {"required": True, "sources": ["internal", "portal"]}]
            ),
            "when": st.sampled_from(
                [{"properties": {"topic": {"const": "x"}}}, {"not": {"required": ["topic"]}}]
            ),
            "reminders": st.just(
                {"due": [{"days": 1}], "overdue": [{"after": {"hours": 2}, "to": "managers"}], "help": []}
            ),
            "steps": st.lists(_STEP, min_size=1, max_size=3),
            "deliverables": st.lists(_DELIVERABLE, min_size=1, max_size=2),
        },
    ),
    _DUE,
).map(lambda both: {**both[0], **both[1]})
_TEMPLATE = st.fixed_dictionaries(
    {"name": _WORD},
    optional={
        "description": _TEXT,
        "icon": st.just("✍️"),
        "tags": st.lists(_WORD, max_size=3),
        "default_assignee": st.just({"role": "writer"}),
        "references": st.just([{"name": "Guide", "url": "https://a.example/#b"}]),
        "links": st.just([{"name": "Page"}, {"name": "Draft", "required": False}]),
        "phases": st.just([{"key": "writing", "name": "Writing"}]),
        "config": st.just({"surfer": True, "words": 900}),
        "rules": st.just({"tone": "Friendly."}),
        "parameters": st.just(
            {
                "type": "object",
                "required": ["topic"],
                "properties": {
                    "topic": {"type": "string", "title": "Topic", "maxLength": 90},
                    "day": {"type": "string", "format": "date"},
                },
            }
        ),
    },
)


@st.composite
def template_texts(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Draw what a template says, and a text that says so."""
    data = {"key": "recap", **draw(_TEMPLATE)}
    refs = draw(st.lists(_NAME, min_size=1, max_size=3, unique=True))
    tasks = []
    for ref in refs:
        task = {"ref": ref, **draw(_TASK)}
        for field in ("steps", "deliverables"):
            if field in task:
                task[field] = [{"ref": f"{field[0]}{n}", **one} for n, one in enumerate(task[field])]
        if len(refs) > 1 and ref != refs[0]:
            task["depends_on"] = [refs[0]]
        tasks.append(task)
    data["tasks"] = tasks
    lines = [editor_line(FILE, "task_template"), *draw(_fields(data, ""))]
    return data, "\n".join([*lines, ""])


@st.composite
def _fields(draw: st.DrawFn, data: dict[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for name, value in data.items():
        if draw(st.integers(0, 4)) == 0:
            lines.append(f"{indent}# about {name} {draw(st.integers(0, 9))}")
        lines += draw(_field(name, value, indent))
        if draw(st.integers(0, 7)) == 0:
            lines.append("")
    return lines


@st.composite
def _field(draw: st.DrawFn, name: str, value: Any, indent: str) -> list[str]:
    remark = draw(st.sampled_from(["", "", "  # remark"]))
    is_deep = isinstance(value, (dict, list)) and value
    if is_deep and (name in ("tasks", "properties") or draw(st.booleans())):
        if isinstance(value, dict):
            return [f"{indent}{name}:{remark}", *draw(_fields(value, indent + "  "))]
        lines = [f"{indent}{name}:{remark}"]
        inner = indent + draw(st.sampled_from(["", "  "]))
        for entry in value:
            if draw(st.integers(0, 4)) == 0:
                lines.append(f"{inner}# entry {draw(st.integers(0, 9))}")
            if isinstance(entry, dict) and draw(st.integers(0, 3)):
                first, *rest = draw(_fields(entry, inner + "  "))
                while first.lstrip().startswith("#"):
                    first, *rest = rest
                lines += [f"{inner}- {first.lstrip()}", *rest]
            else:
                lines.append(f"{inner}- {draw(_flow(entry))}{draw(st.sampled_from(['', '  # short']))}")
        return lines
    if isinstance(value, str) and "\n" in value and value[0] != " " and draw(st.booleans()):
        head = "|" if value.endswith("\n") else "|-"
        return [
            f"{indent}{name}: {head}",
            *((f"{indent}  {line}" if line else "") for line in value.splitlines()),
        ]
    return [f"{indent}{name}: {draw(_flow(value))}{remark}"]


@st.composite
def _flow(draw: st.DrawFn, value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join([f"{name}: {draw(_flow(one))}" for name, one in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([draw(_flow(one)) for one in value]) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if value.replace(" ", "").isalpha() and value != "yes" and draw(st.booleans()):
        return value
    if "\n" not in value and draw(st.booleans()):
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value, ensure_ascii=False)
