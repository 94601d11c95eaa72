"""What is taken without its schema being gone through is what the schema has nothing against."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st

from engine.catalog.layout import kind_of
from engine.catalog.loader import load_file
from engine.catalog.schemas import MODELS, fitting, schema_of, violations
from engine.catalog.yaml_reader import read_yaml
from tests.conftest import ROOT
from tests.engine.catalog.conftest import ARTICLE, BLOG_POST, OFFICE

_FILES = [
    path
    for path in sorted((ROOT / "content").rglob("*.yaml"))
    if (place := kind_of(path.relative_to(ROOT).as_posix())) and place.kind in MODELS
]
_OVERRIDE = """\
overrides: blog_post
partner: acme
approval: {required: true, sources: [internal, portal]}
tools: {frase: false, surfer: {auto_fetch: true}}
tasks:
  - {ref: draft, offset_days: 1, approval: {source: portal}, steps: [{ref: a, title: A}], proof: null}
"""
_TYPE = f"{ARTICLE}qa: {{die_sides: 12}}\nworklog: {{include: [task_completed, partner_approved]}}\n"
DATA: list[tuple[str, Any]] = [
    ("task_template", yaml.safe_load(BLOG_POST)),
    ("task_type", yaml.safe_load(_TYPE)),
    ("calendar", yaml.safe_load(OFFICE)),
    ("override", yaml.safe_load(_OVERRIDE)),
    ("reminders", {"key": "workspace", "digest": "09:00", "reminders": {"due": [{"days": 1}]}}),
]
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.sampled_from([3.0, 0.5, "", "x", "A b", "internal", "portal", "key", "17:00", "09:00\n", "a\n"]),
    st.sampled_from([[], {}, ["internal", "internal"], ["portal"], {"role": "writer"}, [{"ref": "a"}]]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, inner in items for place in places(inner, (*path, name)))]


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Any]:
    """Give data of a file in which some values are others, stand twice, are gone, or have another name."""
    kind, known = draw(st.sampled_from(DATA))
    data = copy.deepcopy(known)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([place for place in places(data) if place] or [("x",)]))
        found = data
        for step in way:
            found = found[step]
        action = draw(st.sampled_from(["set", "drop", "twice", "add"]))
        if action == "set":
            found[last] = draw(leaves)
        elif action == "drop" and isinstance(found, dict):
            del found[last]
        elif action == "twice" and isinstance(found, list):
            found.append(found[last])
        elif isinstance(found, dict):
            names = st.sampled_from(["campaign", "source", "offset_days", "due", "approval", "colour"])
            found[draw(names)] = draw(leaves)
    return kind, data


@given(changed())
def test_what_fits_is_what_the_schema_has_nothing_against(case: tuple[str, Any]) -> None:
    kind, data = case
    item = fitting(kind, data)
    event("fits" if item is not None else "is looked at")
    if item is not None:
        assert violations(kind, data) == []
        assert item == MODELS[kind].model_validate(data)


@pytest.mark.parametrize(
    ("kind", "way", "value"),
    [
        ("task_template", ("tasks", 0, "offset_days"), True),
        ("task_template", ("tasks", 0, "offset_days"), "3"),
        ("task_template", ("tasks", 0, "deliverables", 0, "visible_in_portal"), "yes"),
        ("task_template", ("tasks", 0, "deliverables", 0, "visible_in_portal"), 1),
        ("task_template", ("tasks", 0, "approval"), {"required": True, "sources": ["portal", "portal"]}),
        ("task_template", ("approval",), {"required": True, "sources": ["portal", "portal"]}),
        ("task_type", ("worklog", "include"), ["task_completed", "task_completed"]),
        ("override", ("campaign",), "spring"),
        ("override", ("approval", "sources"), ["portal", "portal"]),
        ("override", ("tasks", 0, "approval"), {"sources": ["portal", "portal"]}),
        ("reminders", ("reminders", "due"), [{"days": "1"}]),
    ],
)
def test_what_the_schema_alone_refuses_does_not_fit(kind: str, way: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(dict(DATA)[kind])
    found = data
    for step in way[:-1]:
        found = found[step]
    found[way[-1]] = value
    assert violations(kind, data) != []
    assert fitting(kind, data) is None


def test_an_override_for_nobody_does_not_fit() -> None:
    assert fitting("override", {"overrides": "blog_post"}) is None


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_what_is_shipped_fits_without_being_looked_at(path: Any) -> None:
    name = path.relative_to(ROOT).as_posix()
    place = kind_of(name)
    assert place is not None
    assert fitting(place.kind, read_yaml(path.read_bytes(), name).data) is not None
    assert load_file(name, path.read_bytes()).item is not None


def test_lists_without_repeats_are_those_that_are_known_here():
    """A rule that the schema alone has must be known to ``fitting`` before it is relied on."""

    def of(value: Any, path: str = "") -> list[str]:
        if isinstance(value, list):
            return [found for inner in value for found in of(inner, path)]
        if not isinstance(value, dict):
            return []
        here = [path] if value.get("uniqueItems") else []
        return here + [found for name, inner in value.items() for found in of(inner, f"{path}/{name}")]

    found = {place.rpartition("/$defs/")[2] for kind in MODELS for place in of(schema_of(kind))}
    assert found == {"ApprovalPolicy/properties/sources", "WorklogPolicy/properties/include"}
