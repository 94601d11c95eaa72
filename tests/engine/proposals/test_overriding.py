"""An override says only what differs, whatever is changed by a form that shows the whole (TPL-03)."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from engine.catalog.catalog import Catalog
from engine.catalog.models import TaskTemplate
from engine.catalog.yaml_reader import YamlDocument
from engine.proposals.overriding import said_in_override, with_override
from tests.engine.catalog.conftest import ContentRepo

Data = dict[str, Any]
BASE: Data = {
    "key": "post",
    "name": "Post",
    "owner": "us",
    "config": {"words": 900, "surfer": True},
    "links": [{"name": "Page"}],
    "tools": [{"tool": "surfer", "auto_fetch": True}],
    "tasks": [
        {
            "ref": "draft",
            "title": "Write",
            "offset_days": -7,
            "steps": [{"ref": "one", "title": "One"}, {"ref": "two", "title": "Two"}],
        },
        {"ref": "check", "title": "Check"},
    ],
}
HEADER: Data = {"overrides": "post", "partner": "acme"}


def shown(own: Data) -> Data:
    return with_override(BASE, YamlDocument("o.yaml", data=own))


def said(change: Any, own: Data = HEADER) -> Data:
    """Return what an override says after ``change`` was applied to what a form shows."""
    before = shown(own)
    after = copy.deepcopy(before)
    change(after)
    found = said_in_override(own, BASE, before, after)
    assert shown(found) == after, "the form shows what was typed"
    return {name: value for name, value in found.items() if name not in HEADER}


def _step(data: Data, number: int) -> Data:
    step: Data = data["tasks"][0]["steps"][number]
    return step


CHANGES: list[tuple[str, Any, Data]] = [
    ("a field", lambda d: d.update(owner="them"), {"owner": "them"}),
    ("a field less", lambda d: d.pop("owner"), {"owner": None}),
    ("one setting", lambda d: d["config"].update(words=500), {"config": {"words": 500}}),
    ("a setting less", lambda d: d["config"].pop("surfer"), {"config": {"surfer": None}}),
    (
        "a step's title",
        lambda d: _step(d, 1).update(title="Two!"),
        {"tasks": [{"ref": "draft", "steps": [{"ref": "two", "title": "Two!"}]}]},
    ),
    (
        "a step less",
        lambda d: d["tasks"][0]["steps"].pop(0),
        {"tasks": [{"ref": "draft", "steps": [{"ref": "one", "disabled": True}]}]},
    ),
    (
        "a task more",
        lambda d: d["tasks"].append({"ref": "rest", "title": "Rest"}),
        {"tasks": [{"ref": "rest", "title": "Rest"}]},
    ),
    ("a task less", lambda d: d["tasks"].pop(1), {"tasks": [{"ref": "check", "disabled": True}]}),
    (
        "a due rule in place of days",
        lambda d: (d["tasks"][0].pop("offset_days"), d["tasks"][0].update(due={"offset": -3})),
        {"tasks": [{"ref": "draft", "due": {"offset": -3}}]},
    ),
    (
        "a tool, whole",
        lambda d: d["tools"][0].update(params={"device": "mobile"}),
        {"tools": [{"tool": "surfer", "auto_fetch": True, "params": {"device": "mobile"}}]},
    ),
    ("nothing", lambda _: None, {}),
]


@pytest.mark.parametrize(
    ("change", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_only_what_differs_is_said(change: Any, expected: Data):
    assert said(change) == expected


def test_what_is_made_as_everybody_has_it_is_taken_out():
    own = {**HEADER, "owner": "them", "tasks": [{"ref": "draft", "title": "Draft it", "offset_days": -3}]}

    def as_everybody(data: Data) -> None:
        data["owner"] = "us"
        data["tasks"][0].update(title="Write")

    assert said(as_everybody, own) == {"tasks": [{"ref": "draft", "offset_days": -3}]}
    assert (
        said(
            lambda d: d["tasks"][0].update(offset_days=-7),
            {**HEADER, "tasks": [{"ref": "draft", "offset_days": -3}]},
        )
        == {}
    )


def test_a_step_that_was_left_out_comes_back():
    own = {**HEADER, "tasks": [{"ref": "draft", "steps": [{"ref": "two", "disabled": True}]}]}
    assert said(lambda d: d["tasks"][0]["steps"].append({"ref": "two", "title": "Two"}), own) == {}


_REFS = st.sampled_from(["draft", "check", "rest"])
_TEXTS = st.sampled_from(["Write", "Check", "Other"])
_STEPS = st.lists(
    st.fixed_dictionaries({"ref": st.sampled_from(["one", "two", "three"]), "title": _TEXTS}),
    unique_by=lambda one: one["ref"],
)
_TASKS = st.lists(
    st.fixed_dictionaries(
        {"ref": _REFS, "title": _TEXTS},
        optional={"offset_days": st.integers(-9, 9), "steps": _STEPS, "config": st.just({"words": 1})},
    ),
    unique_by=lambda one: one["ref"],
    min_size=1,
)
_OWN = st.fixed_dictionaries(
    {},
    optional={
        "owner": st.sampled_from(["them", "us", None]),
        "tasks": _TASKS,
        "config": st.just({"words": 2}),
    },
)
_AFTER = st.fixed_dictionaries(
    {"key": st.just("post"), "name": _TEXTS, "tasks": _TASKS},
    optional={
        "owner": st.sampled_from(["them", "us"]),
        "config": st.sampled_from([{"words": 900}, {"words": 3}]),
    },
)


def _unordered(data: Any) -> Any:
    """Return data in which named items have no order, which no override can say, and nothing is empty.

    A tool that is left out stays as one that is not used, as the task type may have it.
    """
    if isinstance(data, dict):
        return {name: found for name, one in data.items() if (found := _unordered(one)) not in ({}, None)}
    if isinstance(data, list):
        data = [one for one in data if not (isinstance(one, dict) and one.get("disabled"))]
        return {
            one["ref"] if isinstance(one, dict) and "ref" in one else str(one): _unordered(one)
            for one in data
        }
    return data


@given(own=_OWN, after=_AFTER)
def test_whatever_is_wanted_is_what_the_override_comes_to(own: Data, after: Data):
    override = {**HEADER, **own}
    before = shown(override)
    found = said_in_override(override, BASE, before, after)
    event(f"says {len(found) - 2} fields")
    assert _unordered(shown(found)) == _unordered(after)
    again = said_in_override(found, BASE, shown(found), shown(found))
    assert again == found


def test_a_form_shows_of_an_override_what_the_resolved_template_is(repo: ContentRepo):
    repo.put(
        "task_templates/partners/acme/blog_post.yaml",
        {
            "overrides": "blog_post",
            "partner": "acme",
            "config": {"surfer": None, "word_target": 500},
            "tools": {"pagespeed": False},
            "links": [{"name": "Draft", "disabled": True}],
            "tasks": [{"ref": "draft", "offset_days": None, "steps": [{"ref": "outline", "disabled": True}]}],
        },
    )
    repo.commit()
    content = Catalog(repo.folder).content()
    base = content.files["content/task_templates/blog_post.yaml"].document
    override = content.files["content/task_templates/partners/acme/blog_post.yaml"].document
    resolved = content.resolve("blog_post", partner="acme").template
    assert TaskTemplate.model_validate(with_override(base.data, override)) == resolved
