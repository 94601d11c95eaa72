"""What a form changed is made in the text as it is now, and nothing else is (EDT-05, EDT-08)."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from engine.catalog.yaml_reader import read_yaml
from engine.errors import ContentError, StaleWriteError
from engine.proposals.editing import editable, edited

FILE = "content/task_templates/recap.yaml"
TEXT = """\
# yaml-language-server: $schema=../schemas/task_template.schema.json
key: recap   # never changes
name: "Recap"
owner: us
# All of them
tasks:
  # the first
  - ref: write
    title: 'Write: it'   # in quotes
    steps: [{ref: notes, title: Read the notes}, {ref: text, title: Write it}]   # two
  - {ref: publish, title: Publish}
"""
Data = dict[str, Any]


def after(text: str, seen: Data, wanted: Data) -> str:
    return edited(editable(text, FILE, None), FILE, seen, wanted)


def data_of(text: str) -> Data:
    found: Data = read_yaml(text.encode(), FILE).data
    return found


def task(text: str, ref: str) -> Data:
    found: Data = next(one for one in data_of(text)["tasks"] if one["ref"] == ref)
    return found


def test_a_field_that_a_form_changed_changes_its_line_alone():
    made = after(TEXT, {"name": "Recap", "owner": "us"}, {"name": "Look back", "owner": "us"})
    assert made == TEXT.replace('name: "Recap"', "name: Look back")


def test_what_was_changed_elsewhere_meanwhile_stays():
    seen = {"name": "Recap", "owner": "us"}
    now = TEXT.replace("owner: us", "owner: them").replace("title: Publish}", "title: Publish it}")
    made = after(now, seen, {"name": "Look back", "owner": "us"})
    assert made == now.replace('name: "Recap"', "name: Look back")


def test_the_same_field_changed_twice_is_told_and_nothing_overwritten():
    now = TEXT.replace("owner: us", "owner: them")
    with pytest.raises(StaleWriteError, match="Both versions are shown") as refused:
        after(now, {"owner": "us"}, {"owner": "everybody"})
    assert [one["field"] for one in refused.value.details] == ["owner"]
    assert after(now, {"owner": "us"}, {"owner": "them"}) == now, "both made the same of it"


def test_a_step_is_added_while_another_is_changed_elsewhere():
    seen = task(TEXT, "write")
    wanted = copy.deepcopy(seen)
    wanted["steps"].insert(1, {"ref": "sort", "title": "Sort them"})
    now = TEXT.replace("title: Write it", "title: Write it all")
    made = after(now, {"tasks": [seen]}, {"tasks": [wanted]})
    assert [one["title"] for one in task(made, "write")["steps"]] == [
        "Read the notes",
        "Sort them",
        "Write it all",
    ]


def test_a_task_that_was_removed_elsewhere_is_not_brought_back_by_a_form_that_left_it_alone():
    seen = task(TEXT, "publish")
    now = TEXT.replace("  - {ref: publish, title: Publish}\n", "")
    assert after(now, {"tasks": [seen]}, {"tasks": [seen]}) == now
    with pytest.raises(StaleWriteError):
        after(now, {"tasks": [seen]}, {"tasks": [{**seen, "title": "Out"}]})


def test_the_same_save_again_changes_nothing():
    seen, wanted = {"tasks": []}, {"tasks": [{"ref": "rest", "title": "Rest"}]}
    once = after(TEXT, seen, wanted)
    assert [one["ref"] for one in data_of(once)["tasks"]] == ["write", "publish", "rest"]
    assert after(once, seen, wanted) == once


def test_tasks_are_put_in_another_order_with_one_that_came_meanwhile_left_where_it_is():
    tasks = data_of(TEXT)["tasks"]
    now = TEXT + "  - {ref: rest, title: Rest}\n"
    made = after(now, {"tasks": tasks}, {"tasks": tasks[::-1]})
    assert [one["ref"] for one in data_of(made)["tasks"]] == ["publish", "write", "rest"]


def test_a_new_field_stands_where_the_format_has_it():
    made = after(TEXT, {"name": "Recap"}, {"name": "Recap", "icon": "*", "when_to_use": "Always."})
    assert list(data_of(made)) == ["key", "name", "when_to_use", "owner", "icon", "tasks"]
    made = after(
        TEXT, {"tasks": [task(TEXT, "publish")]}, {"tasks": [{**task(TEXT, "publish"), "offset_days": 2}]}
    )
    assert "  - {ref: publish, title: Publish, offset_days: 2}" in made


@pytest.mark.parametrize("text", ["key: [", "- a\n", ""])
def test_what_cannot_be_read_is_left_to_the_text(text: str):
    with pytest.raises(ContentError, match="no form can show it"):
        editable(text, FILE, None)


# Against a plain oracle: field by field

_VALUES = st.sampled_from(["a", "b", 1, True, ["x"], ["x", "y"]])
_FIELDS = st.dictionaries(st.sampled_from(["name", "owner", "icon", "tags"]), _VALUES)


@given(now=_FIELDS, seen=_FIELDS, wanted=_FIELDS)
def test_three_versions_of_fields_come_to_what_each_alone_comes_to(now: Data, seen: Data, wanted: Data):
    text = "".join(f"{name}: {value!r}\n".replace("True", "true") for name, value in now.items()) or "x: 1\n"
    expected, clashes = dict(data_of(text)), set()
    for name in {*seen, *wanted}:
        before, shall, is_now = (repr(one.get(name, "none")) for one in (seen, wanted, data_of(text)))
        if shall in (before, is_now):
            continue
        if is_now != before:
            clashes.add(name)
        elif name in wanted:
            expected[name] = wanted[name]
        else:
            expected.pop(name)
    event("clash" if clashes else "changed" if expected != data_of(text) else "same")
    if clashes:
        with pytest.raises(StaleWriteError) as refused:
            after(text, seen, wanted)
        assert {one["field"] for one in refused.value.details} == clashes
    elif expected:
        assert data_of(after(text, seen, wanted)) == expected
