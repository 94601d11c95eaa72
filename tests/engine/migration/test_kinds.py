"""Which row of the table a change of the content stands in, and what on_change says of it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.catalog.calendars import Calendar
from engine.catalog.models import TaskTemplate, TaskType
from engine.migration.compared import Side, compared
from engine.migration.matrix import Kind

_TASK: dict[str, Any] = {
    "ref": "draft",
    "title": "Write",
    "task_type": "work",
    "steps": [{"ref": "outline", "title": "Outline"}, {"ref": "write", "title": "Write", "required": False}],
    "deliverables": [{"ref": "text", "type": "text"}, {"ref": "notes", "type": "notes", "required": False}],
    "proof": [{"kind": "url", "label": "Page"}, {"kind": "comment", "label": "Why", "required": False}],
    "depends_on": ["brief", "ask"],
    "needs_links": ["Brief", "Folder"],
    "due": {"offset": 1},
}
_OTHERS = [
    {"ref": "brief", "title": "Brief", "task_type": "work"},
    {"ref": "ask", "title": "Ask", "task_type": "work"},
]
_WORK = {"key": "work", "name": "Work"}


def side(task: dict[str, Any] | None = None, *, types: dict[str, Any] | None = None, **template: Any) -> Side:
    """Return a template with the task above, some of its fields otherwise."""
    data = {
        "key": "article",
        "name": "Article",
        "links": [{"name": "Brief"}, {"name": "Folder", "required": False}],
        **template,
    }
    tasks = [{**_TASK, **(task or {})}, *_OTHERS]
    kinds = {
        "work": TaskType.model_validate({**_WORK, **(types or {})}),
        "other": TaskType(key="other", name="Other"),
    }
    return Side(TaskTemplate.model_validate({"tasks": tasks, **data}), kinds, {}, None)


def _item(place: str, index: int, **fields: Any) -> dict[str, Any]:
    items = [dict(item) for item in _TASK[place]]
    items[index] |= fields
    return {place: items}


def _without(place: str, index: int) -> dict[str, Any]:
    return {place: [item for number, item in enumerate(_TASK[place]) if number != index]}


def _with(place: str, item: dict[str, Any]) -> dict[str, Any]:
    return {place: [*_TASK[place], item]}


@pytest.mark.parametrize(
    ("change", "kind", "what", "name"),
    [
        ({"title": "Write it"}, Kind.WORDS, "title", "title"),
        ({"description": "All of it"}, Kind.WORDS, "description", "description"),
        ({"task_type": "other"}, Kind.RETYPED, "task_type", "task_type"),
        ({"execution": {"mode": "manual_trigger"}}, Kind.RETYPED, "execution", "execution"),
        ({"assignee": {"role": "writer"}}, Kind.ASSIGNEE, "assignee", "assignee"),
        ({"approval": {"required": True}}, Kind.APPROVAL, "approval", "approval"),
        ({"priority": "high"}, Kind.SETTINGS, "priority", "priority"),
        ({"config": {"words": 900}}, Kind.SETTINGS, "config words", "config"),
        ({"tools": [{"tool": "surfer"}]}, Kind.SETTINGS, "tools surfer", "tools"),
        ({"ordered_steps": True}, Kind.MADE_REQUIRED, "ordered_steps", "ordered_steps"),
        (_item("steps", 0, title="Plan"), Kind.WORDS, "steps outline title", "steps"),
        (_item("steps", 1, required=True), Kind.MADE_REQUIRED, "steps write required", "steps"),
        (_item("steps", 0, required=False), Kind.LESS_OWED, "steps outline required", "steps"),
        (_item("steps", 0, ref="sketch"), Kind.WORDS, "steps sketch", "steps"),
        (_with("steps", {"ref": "read", "title": "Read it"}), Kind.MADE_REQUIRED, "steps read", "steps"),
        (
            _with("steps", {"ref": "read", "title": "Read it", "required": False}),
            Kind.LESS_OWED,
            "steps read",
            "steps",
        ),
        (_without("steps", 0), Kind.LESS_OWED, "steps outline", "steps"),
        ({"steps": _TASK["steps"][::-1]}, Kind.WORDS, "steps", "steps"),
        (
            _item("deliverables", 1, required=True),
            Kind.MADE_REQUIRED,
            "deliverables notes required",
            "deliverables",
        ),
        (_item("deliverables", 0, type="page"), Kind.MADE_REQUIRED, "deliverables text type", "deliverables"),
        (
            _item("deliverables", 0, description="Ours"),
            Kind.WORDS,
            "deliverables text description",
            "deliverables",
        ),
        (_without("deliverables", 0), Kind.DELIVERABLE_REMOVED, "deliverables text", "deliverables"),
        (_item("proof", 1, required=True), Kind.PROOF, "proof Why required", "proof"),
        (_item("proof", 0, required=False), Kind.LESS_OWED, "proof Page required", "proof"),
        (_item("proof", 0, kind="file"), Kind.PROOF, "proof Page kind", "proof"),
        (_with("proof", {"kind": "file", "label": "Shot"}), Kind.PROOF, "proof Shot", "proof"),
        (_without("proof", 0), Kind.LESS_OWED, "proof Page", "proof"),
        ({"depends_on": ["brief"]}, Kind.LESS_OWED, "depends_on", "depends_on"),
        ({"depends_on": []}, Kind.LESS_OWED, "depends_on", "depends_on"),
        ({"needs_links": ["Brief"]}, Kind.LESS_OWED, "needs_links", "needs_links"),
        ({"fills_link": "Brief"}, Kind.MADE_REQUIRED, "fills_link", "fills_link"),
    ],
)
def test_a_change_within_a_task_stands_in_one_row(change, kind, what, name):
    found = compared(side(), side(change)).of_tasks
    assert [(ref, one.kind, one.what, one.name) for ref, all_ in found.items() for one in all_] == [
        ("draft", kind, what, name)
    ]


def test_proof_by_another_label_is_other_proof():
    found = compared(side(), side(_item("proof", 0, label="Address"))).of_tasks
    assert {(one.kind, one.what) for one in found["draft"]} == {
        (Kind.PROOF, "proof Address"),
        (Kind.LESS_OWED, "proof Page"),
    }


def test_other_tasks_to_wait_for_are_another_order():
    found = compared(side({"depends_on": ["brief"]}), side({"depends_on": ["ask"]})).of_tasks
    assert [one.kind for one in found["draft"]] == [Kind.ORDER]


@pytest.mark.parametrize(
    ("links", "kinds"),
    [
        ([{"name": "Brief"}, {"name": "Folder"}], {"Folder": Kind.LINK_MADE_REQUIRED}),
        (
            [{"name": "Brief", "required": False}, {"name": "Folder", "required": False}],
            {"Brief": Kind.LESS_OWED},
        ),
        ([{"name": "Brief"}], {"Folder": Kind.LESS_OWED}),
        (
            [{"name": "Brief"}, {"name": "Folder", "required": False}, {"name": "Page"}],
            {"Page": Kind.LINK_MADE_REQUIRED},
        ),
    ],
)
def test_a_link_of_the_bundle_is_told_by_its_name(links, kinds):
    found = compared(side(), side(links=links))
    assert {name: one.kind for name, (one,) in found.of_links.items()} == kinds
    assert not found.of_tasks


def test_what_a_task_type_says_of_its_tasks_is_a_change_of_each_of_them():
    found = compared(side(), side(types={"qa": {"first_n": 9}}))
    assert {ref: [(one.kind, one.name) for one in all_] for ref, all_ in found.of_tasks.items()} == {
        ref: [(Kind.SETTINGS, "task_type")] for ref in ("draft", "brief", "ask")
    }


def test_a_calendar_may_move_every_dated_task_and_no_other():
    before = side()
    after = Side(
        before.template, before.task_types, {}, Calendar(key="office", name="Office", timezone="UTC")
    )
    assert compared(before, after).dated == ["draft"]


def test_another_process_doc_is_other_words_for_the_tasks_that_name_it():
    before, after = side({"instruction_doc_id": "a.b"}), side({"instruction_doc_id": "a.b"})
    found = compared(
        Side(before.template, before.task_types, {"a.b": "1"}, None),
        Side(after.template, after.task_types, {"a.b": "2"}, None),
    )
    assert {ref: [one.kind for one in all_] for ref, all_ in found.of_tasks.items()} == {
        "draft": [Kind.WORDS]
    }


@pytest.mark.parametrize(
    ("of_template", "of_task", "policy"),
    [
        ({}, {}, None),
        ({"steps": "keep"}, {}, "keep"),
        ({}, {"steps": "ask"}, "ask"),
        ({"steps": "keep"}, {"steps": "ask"}, "ask"),
        ({"title": "keep"}, {}, None),
    ],
)
def test_on_change_of_the_task_goes_before_that_of_the_template(of_template, of_task, policy):
    change = _item("steps", 1, required=True)
    found = compared(side(), side({**change, "on_change": of_task}, on_change=of_template))
    assert [one.policy for one in found.of_tasks["draft"]] == [policy]


def test_what_matters_to_later_starts_alone_is_no_difference():
    found = compared(
        side(), side(description="Other", owner="seo", when_to_use="Never", on_change={"title": "ask"})
    )
    assert not any(
        (found.of_tasks, found.of_bundle, found.of_links, found.added, found.dated, found.conditional)
    )
