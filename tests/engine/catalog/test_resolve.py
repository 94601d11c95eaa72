# ruff: noqa: E501 - the tables are read row by row
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.resolve import merge, unwrap, wrap
from engine.catalog.yaml_reader import YamlDocument, read_yaml_text


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return unwrap(merge(wrap(YamlDocument("b", base), "global"), wrap(YamlDocument("c", change), "partner")))[
        0
    ]


def task(**fields) -> dict[str, Any]:
    return {"tasks": [{"ref": "t", **fields}]}


A_STEP, B_STEP = {"ref": "a", "title": "A"}, {"ref": "b", "title": "B"}

RULES = [
    # config and rules: shallow, null removes; from a task it removes the template's key, too, and so it stays
    ({"config": {"surfer": True, "frase": False}}, {"config": {"frase": True}}, {"config": {"surfer": True, "frase": True}}),
    ({"config": {"a": {"x": 1, "y": 2}}}, {"config": {"a": {"x": 3}}}, {"config": {"a": {"x": 3}}}),
    ({"config": {"a": 1, "b": 2}}, {"config": {"a": None}}, {"config": {"b": 2}}),
    ({"config": {"a": 1}}, {"config": None}, {}),
    ({"config": {"a": [1, 2]}}, {"config": {"a": [3]}}, {"config": {"a": [3]}}),
    ({"rules": {"tone": "x", "length": "y"}}, {"rules": {"tone": "z"}}, {"rules": {"tone": "z", "length": "y"}}),
    ({}, {"config": {"a": 1, "b": None}}, {"config": {"a": 1}}),
    # tools: by name, an entry replaces an entry; what is dropped stays as disabled; the map form is the same
    ({"tools": [{"tool": "a", "params": {"x": 1}}, {"tool": "b"}]}, {"tools": [{"tool": "a", "auto_fetch": True}]}, {"tools": [{"tool": "a", "auto_fetch": True}, {"tool": "b"}]}),
    ({"tools": [{"tool": "a"}]}, {"tools": {"b": {"auto_fetch": True}}}, {"tools": [{"tool": "a"}, {"auto_fetch": True, "tool": "b"}]}),
    ({"tools": {"a": True, "b": True}}, {"tools": {"a": None}}, {"tools": [{"tool": "a", "disabled": True}, {"tool": "b"}]}),
    ({"tools": {"a": True, "b": True}}, {"tools": {"a": False}}, {"tools": [{"tool": "a", "disabled": True}, {"tool": "b"}]}),
    ({"tools": {"a": True, "b": False}}, {}, {"tools": [{"tool": "a"}, {"tool": "b", "disabled": True}]}),
    ({"tools": {"a": False}}, {"tools": {"a": True}}, {"tools": [{"tool": "a"}]}),
    ({"tools": [{"tool": "a"}]}, {"tools": [{"tool": "a", "disabled": True}]}, {"tools": [{"tool": "a", "disabled": True}]}),
    # scalars and plain lists
    ({"name": "A"}, {"name": "B"}, {"name": "B"}),
    ({"tags": ["a", "b"]}, {"tags": ["c"]}, {"tags": ["c"]}),
    ({"description": "A"}, {"description": None}, {}),
    ({"sops": [{"name": "A"}]}, {"sops": []}, {"sops": []}),
    # mappings that are replaced whole
    ({"approval": {"required": True, "reason": "x"}}, {"approval": {"required": False}}, {"approval": {"required": False}}),
    (task(gold_standard=1, waiting={"for": "x", "follow_up_days": 2}), task(waiting={"follow_up_days": 3}), task(gold_standard=1, waiting={"follow_up_days": 3})),
    (task(execution={"mode": "automatic", "max_retries": 1}), task(execution={"mode": "scheduled"}), task(execution={"mode": "scheduled"})),
    (task(skip={"reasons": ["x"], "note": "n"}), task(skip={"reasons": ["y"]}), task(skip={"reasons": ["y"]})),
    (task(assignee={"role": "writer"}), task(assignee={"employee": "ana"}), task(assignee={"employee": "ana"})),
    ({"parameters": {"type": "object", "properties": {"a": {}}}}, {"parameters": {"type": "object"}}, {"parameters": {"type": "object"}}),
    # offset_days and due displace each other
    (task(offset_days=-3), task(due={"offset": 1}), task(due={"offset": 1})),
    (task(due={"offset": 1}), task(offset_days=-3), task(offset_days=-3)),
    (task(due={"offset": 1, "unit": "hours"}), task(due={"offset": 2}), task(due={"offset": 2})),
    (task(offset_days=3), task(offset_days=None), task()),
    (task(offset_days=3), task(due=None), task(offset_days=3)),
    (task(offset_days=3), task(due={"offset": 1}, offset_days=None), task(due={"offset": 1})),
    (task(), task(due={"offset": 1}, offset_days=2), task(due={"offset": 1}, offset_days=2)),
    # tasks, steps and deliverables by ref
    (task(title="A", priority="low"), task(priority="high"), task(title="A", priority="high")),
    ({"tasks": [A_STEP, B_STEP]}, {"tasks": [{"ref": "a", "disabled": True}]}, {"tasks": [B_STEP]}),
    ({"tasks": [A_STEP, B_STEP]}, {"tasks": [{"ref": "a", "disabled": False}]}, {"tasks": [A_STEP, B_STEP]}),
    ({"tasks": [A_STEP]}, {"tasks": [B_STEP]}, {"tasks": [A_STEP, B_STEP]}),
    ({"tasks": [A_STEP, B_STEP]}, {"tasks": [{"ref": "b", "title": "C"}]}, {"tasks": [A_STEP, {"ref": "b", "title": "C"}]}),
    (task(steps=[A_STEP]), task(steps=[B_STEP, {"ref": "a", "required": False}]), task(steps=[{**A_STEP, "required": False}, B_STEP])),
    (task(steps=[A_STEP, B_STEP]), task(steps=[{"ref": "b", "disabled": True}]), task(steps=[A_STEP])),
    (task(deliverables=[{"ref": "d", "required": False, "gold_standard": {"notes": "x", "example_url": "u"}}]), task(deliverables=[{"ref": "d", "required": True, "gold_standard": {"notes": "y"}}]), task(deliverables=[{"ref": "d", "required": True, "gold_standard": {"notes": "y"}}])),
    (task(config={"a": 1, "b": 2}), task(config={"a": None, "c": 3}), task(config={"a": None, "b": 2, "c": 3})),
    (task(config={"a": None}), task(config={"b": 1}), task(config={"a": None, "b": 1})),
    (task(tools=[{"tool": "a"}]), task(tools={"a": None, "b": True}), task(tools=[{"tool": "a", "disabled": True}, {"tool": "b"}])),
    (task(proof=[{"kind": "url", "label": "x"}]), task(proof=[]), task(proof=[])),
    (task(depends_on=["a", "b"]), task(depends_on=["c"]), task(depends_on=["c"])),
    # links by name, phases by key
    ({"links": [{"name": "x"}, {"name": "y"}]}, {"links": [{"name": "x", "required": False}]}, {"links": [{"name": "x", "required": False}, {"name": "y"}]}),
    ({"links": [{"name": "x"}]}, {"links": [{"name": "z"}]}, {"links": [{"name": "x"}, {"name": "z"}]}),
    ({"phases": [{"key": "p", "name": "P", "stage": "s"}]}, {"phases": [{"key": "p", "name": "Q"}]}, {"phases": [{"key": "p", "name": "Q", "stage": "s"}]}),
    # the title of a bundle: the narrower one wins, null leaves the name
    ({"bundle_title": "A: {{ x }}"}, {"bundle_title": "B: {{ x }}"}, {"bundle_title": "B: {{ x }}"}),
    ({"bundle_title": "A: {{ x }}"}, {"bundle_title": None}, {}),
    # header fields change nothing
    ({"name": "A"}, {"overrides": "a", "partner": "p", "reason": "r"}, {"name": "A"}),
]  # fmt: skip


@pytest.mark.parametrize(("base", "change", "expected"), RULES)
def test_each_merge_rule(base, change, expected):
    assert merged(base, change) == expected


JSON = st.recursive(
    st.booleans() | st.integers(0, 3) | st.sampled_from("xyz"), lambda inner: st.lists(inner, max_size=2)
)
NAMES = st.sampled_from(["a", "b", "c", "d"])
CONFIG = st.dictionaries(NAMES, JSON, max_size=3)


def named(identity: str, **fields) -> st.SearchStrategy:
    one = st.fixed_dictionaries({identity: NAMES}, optional=fields)
    return st.lists(one, max_size=3, unique_by=lambda item: item[identity])


STEPS = named("ref", title=st.sampled_from("xyz"), required=st.booleans())
TASKS = named(
    "ref",
    title=st.sampled_from("xyz"),
    steps=STEPS,
    deliverables=STEPS,
    config=CONFIG,
    tags=st.lists(NAMES, max_size=2),
    tools=named("tool", auto_fetch=st.booleans()),
)
TEMPLATES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from("xyz"),
        "config": CONFIG,
        "rules": CONFIG,
        "tags": st.lists(NAMES, max_size=2),
        "tasks": TASKS,
        "tools": named("tool", auto_fetch=st.booleans()),
        "links": named("name", required=st.booleans()),
        "phases": named("key", stage=NAMES),
        "approval": st.fixed_dictionaries({}, optional={"required": st.booleans(), "reason": NAMES}),
    },
)


@given(TEMPLATES)
def test_an_override_of_nothing_changes_nothing(base):
    assert merged(base, {}) == base


@given(TEMPLATES)
def test_repeating_the_template_changes_nothing(base):
    assert merged(base, base) == base


@given(TEMPLATES, TEMPLATES)
def test_applying_an_override_twice_is_applying_it_once(base, change):
    once = merged(base, change)
    assert merged(once, change) == once


@given(TEMPLATES, TEMPLATES)
def test_what_the_override_says_is_in_the_result_and_no_task_is_lost(base, change):
    result = merged(base, change)
    for name in ("name", "tags", "approval"):
        assert result.get(name) == change.get(name, base.get(name))
    assert result.get("config", {}) == {**base.get("config", {}), **change.get("config", {})}
    refs = [item["ref"] for item in base.get("tasks", [])]
    new = [item["ref"] for item in change.get("tasks", []) if item["ref"] not in refs]
    assert [item["ref"] for item in result.get("tasks", [])] == refs + new


@given(TEMPLATES, TEMPLATES)
def test_every_value_has_the_origin_of_the_file_that_says_it(base, change):
    def leaves(value, pointer=""):
        if isinstance(value, dict) and value:
            return {
                k: v for name, inner in value.items() for k, v in leaves(inner, f"{pointer}/{name}").items()
            }
        if isinstance(value, list) and value:
            return {k: v for n, inner in enumerate(value) for k, v in leaves(inner, f"{pointer}/{n}").items()}
        return {pointer: value}

    data, spots = unwrap(
        merge(wrap(YamlDocument("b", base), "global"), wrap(YamlDocument("c", change), "partner"))
    )
    assert set(spots) == set(leaves(data))
    assert {spot.level for spot in spots.values()} <= {"global", "partner"}
    if not change:
        assert {spot.file for spot in spots.values()} == {"b"}


@given(TEMPLATES, TEMPLATES)
def test_merging_changes_neither_file(base, change):
    before = (repr(base), repr(change))
    merged(base, change)
    assert (repr(base), repr(change)) == before


def test_origins_are_lines():
    base = read_yaml_text(
        "name: A\ntasks:\n  - ref: t\n    title: T\n    steps:\n      - {ref: s, title: S}\n", "b"
    )
    change = read_yaml_text(
        "overrides: a\ntasks:\n  - ref: t\n    steps:\n      - ref: s\n        title: New\n", "c"
    )
    data, spots = unwrap(merge(wrap(base, "global"), wrap(change, "partner")))
    assert data == {
        "name": "A",
        "tasks": [{"ref": "t", "title": "T", "steps": [{"ref": "s", "title": "New"}]}],
    }
    places = {pointer: (spot.level, spot.file, spot.line) for pointer, spot in spots.items()}
    assert places == {
        "/name": ("global", "b", 1),
        "/tasks/0/ref": ("global", "b", 3),
        "/tasks/0/title": ("global", "b", 4),
        "/tasks/0/steps/0/ref": ("global", "b", 6),
        "/tasks/0/steps/0/title": ("partner", "c", 6),
    }


def test_a_pointer_escapes_slashes_and_tildes():
    _, spots = unwrap(wrap(YamlDocument("b", {"rules": {"a/b~c": 1}}), "global"))
    assert list(spots) == ["/rules/a~1b~0c"]
