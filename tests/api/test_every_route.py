"""What holds for every operation, made from the list of routes, so that a new one cannot be forgotten."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.access import SCOPES, Actor, Permission, Role, Scope, may
from engine.accounts import sessions
from engine.accounts.models import BegunWith, Session, User
from engine.app import Workbench
from engine.artifacts.models import Artifact
from engine.audit.models import Event
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval, Deliverable
from engine.executions.models import Execution
from engine.feeds.models import Feed
from engine.proposals.models import Proposal
from engine.record import Record
from engine.reference.models import Absence, Campaign, CampaignAttachment, Employee, Partner
from engine.reminders.models import Reminder
from engine.schedules.models import Schedule
from engine.tasks.models import Note, Task
from engine.webhooks.models import Webhook
from engine.worklogs.models import WorkLog
from tests.api.conftest import check_described
from tests.swept import swept
from tests.web.populated import PopulatedStore
from web import auth
from web.api import openapi
from web.api.routes import ROUTES, Route
from web.auth import AS_ACTOR
from web.context import hold_workbench

#: Fields in which an id or a key stands, with what it is of.
NAMED: dict[str, type[Record]] = {
    "absence_id": Absence,
    "artifact_id": Artifact,
    "assignee": Employee,
    "assignee_id": Employee,
    "attachment_id": CampaignAttachment,
    "bundle_id": Bundle,
    "campaign": Campaign,
    "campaign_id": Campaign,
    "deliverable_id": Deliverable,
    "employee": Employee,
    "employee_id": Employee,
    "execution_id": Execution,
    "feed_id": Feed,
    "other_id": Task,
    "owner": User,
    "partner": Partner,
    "partner_id": Partner,
    "proposal_id": Proposal,
    "reminder_id": Reminder,
    "schedule_id": Schedule,
    "session_id": Session,
    "substitute": Employee,
    "task_approval_id": Approval,
    "task_id": Task,
    "task_note_id": Note,
    "user_id": User,
    "webhook_id": Webhook,
    "worklog_id": WorkLog,
}
#: Items that are named by what is nobody's: a secret's name, a recipe's key, the id of a job or of an act.
_UNNAMED = {"act_id", "job_id", "name", "api_token_id", "recipe"}
#: Operations that hold what was sent against the content, which all workspaces share, before anything else.
_LOOKED_AT_FIRST = {"proposal_settle": (409, "STALE_WRITE")}


@dataclass
class Somewhere:
    """A full workspace, and somebody who may do everything in another one of the same store."""

    client: FlaskClient
    workbench: Workbench
    stranger: Actor

    def count(self) -> int:
        with self.workbench.reading(self.workbench.operator()) as tx:
            return tx.count(Event)

    def some_of(self, kind: type[Record]) -> str | None:
        """Return the id of a record of the full workspace."""
        with self.workbench.reading(self.workbench.operator()) as tx:
            found = tx.find(kind)
        return found[0].record_id if found else None


@pytest.fixture
def somewhere(
    app: Flask, populated: Workbench, populated_store: PopulatedStore, monkeypatch: pytest.MonkeyPatch
) -> Somewhere:
    hold_workbench(app.extensions, populated)
    stranger = replace(
        populated_store.people["mara"], workspace_id="wsp_other", roles=frozenset({Role.ADMIN, Role.MANAGER})
    )
    with populated.transaction(populated.system_actor()) as tx:
        sessions.begin(tx, tx.get(User, populated_store.people["mara"].user_id), BegunWith.PASSWORD)
    monkeypatch.setattr(auth, "refuse_if_withdrawn", lambda _tx: None)
    return Somewhere(app.test_client(), populated, stranger)


def call(client: FlaskClient, route: Route, path: str, body: dict, actor: Actor | None = None):
    who = {AS_ACTOR: actor} if actor else {}
    files = {name: (io.BytesIO(b"x"), "x.txt") for name, value in body.items() if value == "FILE"}
    if files:
        form = {name: str(value) for name, value in body.items()} | files
        answer = client.open(
            path, method=route.method, data=form, content_type="multipart/form-data", environ_overrides=who
        )
    else:
        answer = client.open(path, method=route.method, json=body, environ_overrides=who)
    check_described(answer, f"/api{route.template}", route.method)
    return answer


def address(route: Route, item: str) -> str:
    return f"/api{route.path.replace(f'<{route.item}>', item)}"


@swept("route", ROUTES)
def test_nobody_gets_in_without_a_token_and_a_cookie_is_none(app: Flask, ana, route: Route):
    for client in (app.test_client(), ana.client):
        answer = call(client, route, address(route, "1"), openapi.example_body(route))
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Set-Cookie" not in answer.headers


@swept("route", [route for route in ROUTES if route.item not in {*_UNNAMED, None}])
def test_a_record_of_another_workspace_is_not_there(somewhere: Somewhere, route: Route):
    assert route.item is not None
    item = somewhere.some_of(NAMED[route.item])
    assert item is not None, f"the populated workspace has no {route.item}"
    before = somewhere.count()
    body = openapi.example_body(route)
    for name in body.keys() & NAMED.keys():
        body[name] = somewhere.some_of(NAMED[name])
    answer = call(somewhere.client, route, address(route, item), body, somewhere.stranger)
    found = (answer.status_code, answer.json["error"]["code"])
    assert found == _LOOKED_AT_FIRST.get(route.name, (404, "NOT_FOUND")), answer.text
    assert somewhere.count() == before


@swept("route", ROUTES)
def test_who_may_not_is_refused_before_the_body_is_read(app: Flask, people, route: Route):
    """Whoever has the permission of the command by no role is told so, whatever they sent."""
    partner = people["pat"]
    if may(partner, route.command.permission):
        assert route.command.permission in (Permission.BELONG, Permission.JUDGE, Permission.OPEN_WAYS_IN)
        return
    answer = app.test_client().open(
        address(route, "1"), method=route.method, data=b"no JSON", environ_overrides={AS_ACTOR: partner}
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "FORBIDDEN")


@swept("route", ROUTES)
def test_a_token_that_only_reads_executes_nothing(app: Flask, people, route: Route):
    """Whatever the roles of whoever it acts for; what no token may is not a matter of scopes."""
    reader = replace(
        people["mara"], roles=frozenset(Role) - {Role.PARTNER, Role.AGENT}, scopes=frozenset({Scope.READ})
    )
    answer = call(app.test_client(), route, address(route, "1"), openapi.example_body(route), reader)
    code = "SCOPE_MISSING" if route.command.permission in SCOPES else "FORBIDDEN"
    assert (answer.status_code, answer.json["error"]["code"]) == (403, code), answer.text


def test_nothing_under_api_is_read_without_a_token_either(app: Flask, ana):
    """Whoever is signed in reads the description, and nothing else."""
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/") and "GET" in rule.methods
    ]
    assert len(rules) > 70
    for rule in rules:
        path = re.sub("<[^>]+>", "1", rule.rule)
        asked = app.test_client().get(path).status_code
        assert asked == (303 if rule.endpoint == "api.docs" else 401), path
        is_open = rule.endpoint in ("api.docs", "api.description")
        assert ana.client.get(path).status_code == (200 if is_open else 401), path
