"""``GET /api/tokens``: one's own, for admins those of others, and of secrets nothing but how they begin."""

from __future__ import annotations

import pytest
from flask import Flask

from engine.access import Actor, Scope
from engine.app import Workbench
from tests.api.conftest import ApiClient
from tests.factories import do

KEPT_SECRET = {"token_hash", "previous_hash"}


@pytest.fixture
def secret(app: Flask, workbench: Workbench, people: dict[str, Actor]) -> str:
    """Two tokens: Ana's, whose secret she has taken, and one of the manager's that only reads."""
    operator = workbench.operator()
    given = {"name": "Notes", "user_id": people["ana"].user_id, "scopes": [Scope.READ, Scope.WORK]}
    made = do(workbench, operator, "token make", **given)
    do(workbench, operator, "token make", name="Board", user_id=people["mara"].user_id, scopes=[Scope.READ])
    taken: str = do(workbench, people["ana"], "token rotate", api_token_id=made.token.api_token_id).secret
    return taken


@pytest.fixture
def admin(app: Flask, workbench: Workbench, api) -> ApiClient:
    return ApiClient(app.test_client(), workbench.operator())


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json["tokens"]]


def test_everybody_lists_their_own_and_nothing_of_a_secret(api, secret: str):
    answer = api("ana").get("/tokens")
    [told] = answer.json["tokens"]
    assert (told["name"], told["scopes"], told["starts_with"]) == ("Notes", ["read", "work"], secret[:10])
    assert told["expires_at"]
    assert not KEPT_SECRET & told.keys()
    assert secret not in answer.text
    assert api("ana").get(f"/tokens/{told['api_token_id']}").json == told
    assert names(api("pat").get("/tokens")) == []


def test_an_admin_lists_those_of_everybody_or_of_one(admin: ApiClient, secret: str):
    assert names(admin.get("/tokens")) == []
    assert names(admin.get("/tokens?user=everybody")) == ["Board", "Notes"]
    assert names(admin.get("/tokens?user=ana@example.com")) == ["Notes"]
    assert admin.get("/tokens?user=nobody@example.com").status_code == 404


@pytest.mark.parametrize("who", ["mara", "ana", "pat"])
def test_nobody_else_sees_what_others_act_with(api, admin: ApiClient, secret: str, who: str):
    theirs = admin.get("/tokens?user=everybody").json["tokens"]
    asking = api(who)
    own = {one["api_token_id"] for one in asking.get("/tokens").json["tokens"]}
    assert asking.get("/tokens?user=everybody").status_code == 403
    for one in theirs:
        if one["api_token_id"] not in own:
            assert asking.get(f"/tokens/{one['api_token_id']}").status_code == 404


def test_it_says_when_a_token_was_used_last_and_that_it_is_revoked(app: Flask, api, secret: str):
    [before] = api("ana").get("/tokens").json["tokens"]
    assert before["last_used_at"] is None
    used = app.test_client().get("/api/users/me", headers={"Authorization": f"Bearer {secret}"})
    assert used.status_code == 200
    [after] = api("ana").get("/tokens").json["tokens"]
    assert after["last_used_at"] is not None
    place = f"/tokens/{before['api_token_id']}"
    assert api("ana").post(f"{place}/revoke").status_code == 200
    assert names(api("ana").get("/tokens")) == []
    assert api("ana").get(place).json["revoked_at"] is not None


def test_where_a_token_was_made_it_is_found(admin: ApiClient):
    made = admin.post("/tokens", {"name": "Desk"})
    place = made.headers["Location"].removeprefix("/api")
    assert admin.get(place).json["name"] == "Desk"
