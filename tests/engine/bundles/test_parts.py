"""What a task takes over from its definition: the settings of what runs it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bundles.parts import execution_config
from engine.catalog.catalog import Catalog

EVIL = "../../admin/delete?x=1#"


@pytest.fixture
def filled_in(loaded_catalog: Catalog):
    """The settings of a task that says so, filled in."""
    resolved = loaded_catalog.content().resolve("launch")
    figures = next(task for task in resolved.template.tasks if task.ref == "figures")

    def fill(config: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
        policy = figures.execution.model_copy(update={"config": config})
        return execution_config(resolved, figures.model_copy(update={"execution": policy}), parameters)

    return fill


@pytest.mark.parametrize(
    ("url", "parameters", "filled"),
    [
        ("https://x.example/cards/{{ name }}/close", {"name": "Spring sale"},
         "https://x.example/cards/Spring%20sale/close"),
        ("https://x.example/cards/{{ name }}/close", {"name": EVIL},
         "https://x.example/cards/..%2F..%2Fadmin%2Fdelete%3Fx%3D1%23/close"),
        ("https://x.example/find?q={{name}}&of={{ none }}", {"name": "a&b=%2F"},
         "https://x.example/find?q=a%26b%3D%252F&of="),
        ("https://x.example/{{ ids }}/{{ yes }}", {"ids": [1, 2], "yes": True}, "https://x.example/1%2C%202/yes"),
        ("https://{{ host }}.example/a", {"host": "evil.example/#"}, "https://evil.example%2F%23.example/a"),
        (" {{ hook }} ", {"hook": "https://x.example/a?b=c"}, " https://x.example/a?b=c "),
    ],
)  # fmt: skip
def test_a_parameter_stays_in_its_place_of_an_address(
    filled_in, url: str, parameters: dict[str, Any], filled: str
):
    config = {"url": url, "body": {"url": "{{ name }}"}, "headers": {"X-Name": "{{ name }}"}}
    assert filled_in(config, parameters)["url"] == filled
    assert filled_in(config, {"name": EVIL})["body"] == {"url": EVIL}


def test_what_runs_a_task_is_what_its_type_says_whatever_its_settings_name(filled_in):
    """The content check held the settings against what the type names."""
    assert filled_in({"executor": "api_call"}, {})["executor"] == "report_generation"
