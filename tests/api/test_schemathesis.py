"""schemathesis sends what the description lets it, and what it does not, and holds each answer against it.

Two requests of each operation; ``make fuzz`` sends many.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import pytest
import requests
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from engine.app import Workbench
from tests.web.populated import PopulatedStore
from web.api import openapi
from web.auth import AS_ACTOR
from web.context import hold_workbench

EXAMPLES = int(os.environ.get("API_EXAMPLES", "2"))
_HERE = "http://localhost"
_CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: What stands in addresses, by the names of what the populated workspace is about.
_SUBJECTS = {
    "task_id": ("task", "judged", "help", "pending", "waiting"),
    "bundle_id": ("bundle",),
    "deliverable_id": ("version", "shown"),
    "employee_id": ("person",),
    "partner_id": ("partner",),
    "campaign_id": ("campaign",),
    "schedule_id": ("schedule",),
    "worklog_id": ("worklog", "sent_worklog"),
    "proposal_id": ("draft", "proposal"),
    "webhook_id": ("webhook",),
}

#: What it makes by itself of all edges of a schema is not bounded by a number; `Phase.generate` is.
_CONFIG = schemathesis.Config.from_dict({"phases": {"coverage": {"enabled": False}}})
_TOLD = json.loads(json.dumps(openapi.description()))
described = schemathesis.openapi.from_dict(_TOLD, config=_CONFIG)


def _ids(store: PopulatedStore, name: str) -> tuple[str, ...]:
    subjects = asdict(store.subjects)
    return tuple(subjects[one] for one in _SUBJECTS.get(name, ()))


def _aimed(case: Case, store: PopulatedStore) -> None:
    """Let every second request be about something that is there; names as they are described."""
    (case.query or {}).pop("case", None)  # in camelCase they are other names (test_casing)
    for name, value in (case.path_parameters or {}).items():
        known = _ids(store, name)
        if known and len(str(value)) % 2:
            case.path_parameters[name] = known[len(str(value)) % len(known)]


@pytest.mark.few(60)
@described.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_answers_as_it_is_described(
    case: Case, app: Flask, populated: Workbench, populated_store: PopulatedStore
):
    _aimed(case, populated_store)
    hold_workbench(app.extensions, populated)
    sent = requests.Request(**case.as_transport_kwargs(base_url=_HERE)).prepare()
    answer = app.test_client().open(
        sent.path_url,
        method=sent.method,
        data=sent.body,
        headers={**sent.headers, "Accept-Encoding": "identity"},
        environ_overrides={AS_ACTOR: populated.operator()},
        buffered=True,
    )
    assert answer.status_code != 500, answer.text  # 503 is what is said of a server without its key file
    case.validate_response(answer, checks=_CHECKS)
