"""What a partner's user is answered when they judge or remark: as much as they read of it, and no more."""

from __future__ import annotations

import pytest
from flask import Flask

from engine.app import Workbench
from engine.deliverables.describe import OF_COMMENT
from tests.api.conftest import ApiClient
from tests.web.populated import PopulatedStore
from web import auth
from web.context import hold_workbench


@pytest.fixture
def pat(
    app: Flask, populated: Workbench, populated_store: PopulatedStore, monkeypatch: pytest.MonkeyPatch
) -> ApiClient:
    """Somebody of a partner, for whom things wait."""
    hold_workbench(app.extensions, populated)
    monkeypatch.setattr(auth, "refuse_if_withdrawn", lambda _tx: None)
    return ApiClient(app.test_client(), populated_store.people["pat"])


def test_a_decision_is_answered_with_what_they_read_of_it(pat: ApiClient):
    waiting = pat.get("/approvals").json["approvals"][0]
    place = f"/approvals/{waiting['task_approval_id']}"
    decided = pat.post(f"{place}/decide", {"outcome": "approved", "seen": waiting["content_hash"]})
    assert decided.status_code == 200, decided.text
    told = decided.json
    assert told.pop("done")
    assert told == pat.get(place).json


def test_a_remark_is_answered_without_the_names_that_the_team_has_for_it(pat: ApiClient):
    waiting = pat.get("/approvals").json["approvals"][0]
    told = pat.post(f"/deliverables/{waiting['deliverable_id']}/comment", {"body": "Well done."}).json
    assert told.keys() - {"done"} == OF_COMMENT
