"""The shipped task types of executors describe the settings that those read (TYP-03, TYP-06, TSK-10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.catalog import executors
from engine.catalog.json_schemas import validator

_TYPES = Path(__file__).parents[2] / "content" / "task_types"
#: Settings of each executor that use all of what it reads.
FULL: dict[str, dict[str, Any]] = {
    "api_call": {
        "method": "POST",
        "url": "https://api.example.com/cards",
        "headers": {"Accept": "text/plain", "Authorization": {"secret": "token", "prefix": "Bearer "}},
        "body": {"title": "Card"},
        "idempotency_header": "Idempotency-Key",
        "expected_status": [201],
        "answer_schema": {"type": "object"},
        "outputs": {"id": "/id"},
        "proof": {"Card": "/url"},
        "links": {"card": "/url"},
        "deliverables": {"card": "/url"},
    },
    "notification": {
        "recipients": [
            {"employee": "ana"},
            {"role": "writer"},
            {"email": "ana@example.com"},
            {"relation": "managers"},
        ],
        "subject": "{{ task.name }} is done",
        "body": "Have a look.",
        "channel": "inbox",
    },
    "reminder": {
        "recipients": [{"relation": "assignee"}],
        "message": "Call them",
        "channel": "chosen",
        "offset": {"amount": -2, "unit": "days", "from": "deadline"},
        "repeat_every_hours": 24,
        "max_times": 3,
    },
    "custom": {
        "automation": "sync_crm",
        "input": {"campaign": "spring"},
        "steps": [{"name": "send", "effect": "keyed"}],
        "secrets": {"token": "api.example.com"},
        "memory_mb": 256,
        "file_mb": 10,
        "cpu_seconds": 30,
        "processes": 4,
    },
}


def _schema_of(executor: str) -> dict[str, Any]:
    found = yaml.safe_load((_TYPES / f"{executor}.yaml").read_text(encoding="utf-8"))
    assert found["executor"] == executor
    schema: dict[str, Any] = found["config_schema"]
    return schema


def _own(executor: str) -> set[str]:
    """The settings that one executor reads, without those that all of them do."""
    read = [set(schema["properties"]) for schema in executors.SCHEMAS.values()]
    return set(executors.SCHEMAS[executor]["properties"]) - set.intersection(*read)


@pytest.mark.parametrize("executor", FULL)
def test_a_shipped_type_has_the_settings_that_its_executor_reads_and_no_others(executor: str):
    assert set(_schema_of(executor)["properties"]) == _own(executor)


@pytest.mark.parametrize("executor", FULL)
def test_settings_that_use_all_of_it_fit_both(executor: str):
    assert list(validator(_schema_of(executor)).iter_errors(FULL[executor])) == []
    assert list(executors.faults(executor, {"executor": executor, **FULL[executor]})) == []
    unused = {"api_call": {"pages"}, "reminder": {"at"}}.get(executor, set())
    assert set(FULL[executor]) | unused == _own(executor)


def test_a_secret_of_an_automation_is_held_against_what_its_type_lists():
    assert list(executors.secrets_sent(FULL["custom"])) == [
        ("token", "api.example.com", ("secrets", "token"))
    ]
    assert list(executors.secrets_of(FULL["api_call"])) == ["token"]
