"""The settings that govern the work stand on the task's page (R27)."""

from __future__ import annotations

import re
from html import unescape

import pytest

from engine.catalog.models import TaskType
from engine.tasks.models import Task
from tests.factories import make_bundle, make_task
from web.pages import task_settings
from web.pages.task_settings import Setting

_TYPE = TaskType.model_validate(
    {
        "key": "article",
        "name": "Article",
        "config_schema": {
            "properties": {
                "words": {"type": "integer", "title": "Word target", "description": "Within ten percent."},
                "site": {"type": "string", "title": "Site"},
                "year": {"type": "integer"},
                "surfer": {"type": "boolean", "title": "Use Surfer"},
            }
        },
        "ui": {"order": ["surfer", "words"], "widgets": {"words": "number"}},
    }
)


def _of(config: dict[str, object], tools: list[dict[str, object]] | None = None) -> list[Setting]:
    task = Task.model_construct(task_type="article", config=config, tools=tools or [])
    return task_settings.of_task(task, {"article": _TYPE})


def test_settings_stand_in_the_order_and_under_the_names_of_their_type():
    given = {"own_thing": "yes please", "year": 2026, "words": 1200, "surfer": True}
    assert [(item.label, item.value, item.help) for item in _of(given)] == [
        ("Use Surfer", "yes", ""),
        ("Word target", "1,200", "Within ten percent."),
        ("Year", "2026", ""),
        ("Own thing", "yes please", ""),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (False, "no"),
        (0, "0"),
        (["a", 2], "a, 2"),
        ({"a": "ä"}, '{"a": "ä"}'),
        ([{"a": 1}], '[{"a": 1}]'),
    ],
)
def test_a_value_is_read_by_people(value: object, shown: str):
    assert [item.value for item in _of({"x": value})] == [shown]


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_is_not_set_is_not_shown(value: object):
    assert _of({"words": value}) == []


@pytest.mark.parametrize(
    ("value", "is_link"),
    [
        ("https://acme.example/a?b=1", True),
        ("http://acme.example", True),
        ("javascript:alert(1)", False),
        ("ftp://acme.example/list", False),
        ("https://", False),
        ("https://[", False),
        ("see https://acme.example", False),
    ],
)
def test_an_address_of_the_web_is_a_link_and_nothing_else_is(value: str, is_link: bool):
    assert [item.url is not None for item in _of({"site": value})] == [is_link]


def test_tools_come_last_with_what_is_set_for_them():
    tools = [
        {"tool": "surfer", "auto_fetch": False, "params": {"min_score": 70}},
        {"tool": "frase", "params": {}},
    ]
    assert [(item.label, item.value) for item in _of({"words": 5}, tools)][1:] == [
        ("Tool", "Surfer with min score: 70"),
        ("Tool", "Frase"),
    ]


def test_the_writer_reads_what_is_set_for_this_campaign(mara, workbench):
    bundle = make_bundle(workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    with workbench.reading(workbench.operator()) as tx:
        task = next(one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.config)
    page = mara.get(f"/tasks/{task.task_id}").text
    [panel] = re.findall(r'<section[^>]*id="settings".*?</section>', page, re.DOTALL)
    shown = [item.label for item in task_settings.of_task(task, workbench.content().task_types)]
    assert [unescape(label) for label in re.findall(r"<dt>(.*?)</dt>", panel)] == shown
    assert f"{task.config['word_target']:,}" in panel


def test_a_task_without_settings_has_no_such_panel(mara, workbench):
    assert 'id="settings"' not in mara.get(f"/tasks/{make_task(workbench).task_id}").text
