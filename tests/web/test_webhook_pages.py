"""The pages of webhooks: made and its secret shown once, tried out, changed, its messages sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.webhooks.following import Follower
from engine.webhooks.models import Webhook
from tests import receiver
from tests.factories import do, make_people, make_task
from tests.receiver import Receiver
from tests.web.conftest import Visitor
from web import create_app
from web.context import hold_workbench
from web.serving import background


@dataclass
class Hooks:
    """An admin at the pages, and the program that is told."""

    app: Flask
    workbench: Workbench
    people: dict[str, Actor]
    program: Receiver

    def __post_init__(self) -> None:
        self.admin = Visitor.signed_in(self.app, self.workbench.operator().user_id)

    def make(self, **given: str) -> str:
        """Make a webhook by the form; return its address."""
        made = self.admin.post("/webhooks", {"name": "Billing", "url": self.program.url, **given})
        assert made.status_code == 303, made.text
        return str(made.location)

    def send(self) -> None:
        Follower(self.workbench).look()
        engine = background.engine_of(self.workbench)
        while engine.do_one("worker"):
            pass

    @property
    def hook(self) -> Webhook:
        with self.workbench.reading(self.workbench.operator()) as tx:
            [found] = tx.find(Webhook)
        return found


@pytest.fixture
def program() -> Iterator[Receiver]:
    with receiver.opened() as opened:
        yield opened


@pytest.fixture
def hooks(either_workbench: Workbench, any_app: dict[str, Flask], program: Receiver, tmp_path: Path) -> Hooks:
    either_workbench.settings = replace(
        either_workbench.settings, private_webhooks=True, secrets_key=str(tmp_path / "secrets.key")
    )
    either_workbench.clock.set(datetime.now(UTC).replace(microsecond=0))
    if not any_app:
        any_app["app"] = create_app(either_workbench, secret_key="only for tests")
    hold_workbench(any_app["app"].extensions, either_workbench)
    return Hooks(any_app["app"], either_workbench, make_people(either_workbench), program)


def test_an_admin_makes_one_and_is_shown_its_secret_once(hooks: Hooks):
    assert "No webhooks yet" in hooks.admin.get("/webhooks").text
    page = hooks.make(kinds="task_created", query="tag:paid")
    shown = hooks.admin.get(page)
    [secret] = re.findall(r'value="(whsec_[^"]+)"', shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    assert secret not in hooks.admin.get(page).text
    assert secret not in hooks.admin.get("/webhooks").text
    assert "Billing" in hooks.admin.get("/webhooks").text
    make_task(hooks.workbench, tags=["paid"], title="A task that was paid for")
    hooks.send()
    [got] = hooks.program.got
    assert got.verified(secret)["type"] == "task_created"
    sent = hooks.admin.get(page).text
    assert got.message_id in sent
    assert "status 200" in sent
    assert "Said." in sent


def test_a_test_message_says_what_was_answered(hooks: Hooks):
    page = hooks.make()
    hooks.admin.post(f"{page}/test")
    assert "127.0.0.1 took the test message: status 200" in hooks.admin.get(page).text
    hooks.program.answers = [503]
    hooks.admin.post(f"{page}/test")
    assert "did not take the test message. It answered with status 503." in hooks.admin.get(page).text


def test_it_is_paused_goes_on_and_is_removed(hooks: Hooks):
    page = hooks.make()
    hooks.admin.post(f"{page}/pause")
    assert "It is paused: an admin paused it." in hooks.admin.get(page).text
    hooks.admin.post(f"{page}/resume")
    assert hooks.hook.is_active
    removed = hooks.admin.post(f"{page}/remove")
    assert removed.location == "/webhooks"
    assert hooks.admin.get(page).status_code == 404
    assert "No webhooks yet" in hooks.admin.get("/webhooks").text


def test_it_is_changed_and_a_field_that_is_wrong_says_so_beside_it(hooks: Hooks):
    page = hooks.make(query="tag:paid")
    kept = {"name": "Billing", "url": hooks.program.url, "form": "change"}
    hooks.admin.post(f"{page}/change", {**kept, "name": "Books", "query": "", "kinds": "note_added"})
    hook = hooks.hook
    assert (hook.name, hook.query, hook.kinds) == ("Books", None, ["note_added"])
    led = hooks.admin.post(f"{page}/change", {**kept, "query": "partner:nobody"})
    shown = hooks.admin.get(led.location).text if led.status_code == 303 else led.text
    assert "is not the key or id of a partner" in shown
    assert hooks.hook.name == "Books", "nothing was changed"


def test_one_message_and_all_since_a_moment_are_sent_again(hooks: Hooks):
    page = hooks.make(kinds="task_created")
    for _ in range(2):
        make_task(hooks.workbench)
    hooks.send()
    first, second = hooks.program.ids
    hooks.admin.post(f"{page}/redeliver", {"webhook_delivery_id": first})
    hooks.send()
    hooks.admin.post(f"{page}/redeliver", {"since": "2026-01-01T00:00", "failed_only": "false"})
    hooks.send()
    assert hooks.program.ids == [first, second, first, first, second]


def test_the_old_secret_goes_on_for_a_while_after_a_rotation(hooks: Hooks):
    page = hooks.make(kinds="task_created")
    [before] = re.findall(r'value="(whsec_[^"]+)"', hooks.admin.get(page).text)
    hooks.admin.post(f"{page}/rotate", {"overlap_hours": "24"})
    [after] = re.findall(r'value="(whsec_[^"]+)"', hooks.admin.get(page).text)
    make_task(hooks.workbench)
    hooks.send()
    assert hooks.program.got[0].verified(before) == hooks.program.got[0].verified(after)


def test_who_is_no_admin_sees_nothing_of_it(hooks: Hooks):
    page = hooks.make()
    for name in ("mara", "sam", "ana", "pat"):
        visitor = Visitor.signed_in(hooks.app, hooks.people[name].user_id)
        assert visitor.get("/webhooks").status_code == 403
        assert visitor.get(page).status_code == (404 if name == "pat" else 403)
        assert "Webhooks" not in visitor.get("/inbox").text
    assert 'href="/webhooks"' in hooks.admin.get("/inbox").text


# -- over the API --------------------------------------------------------------------------------


def test_the_api_makes_reads_and_tries_out(hooks: Hooks):
    operator = hooks.workbench.operator()
    asked = {"name": "Program", "scopes": ["read", "admin"]}
    token = do(hooks.workbench, operator, "token make", **asked).secret
    client, bearer = hooks.app.test_client(), {"Authorization": f"Bearer {token}"}
    given = {"name": "Billing", "url": hooks.program.url, "kinds": ["task_created"]}
    made = client.post("/api/webhooks", json=given, headers=bearer)
    assert (made.status_code, made.json["secret"][:6]) == (201, "whsec_")
    at = made.headers["Location"]
    assert (
        client.post("/api/webhooks", json=given, headers={**bearer, "Idempotency-Key": "1"}).status_code
        == 400
    )
    one = client.get(at, headers=bearer).json
    assert not {"secret", "sealed", "previous_sealed"} & one.keys()
    make_task(hooks.workbench)
    hooks.send()
    listed = client.get(f"{at}/deliveries?status=delivered", headers=bearer).json
    [row] = listed["deliveries"]
    assert row["webhook_delivery_id"] == hooks.program.ids[0]
    assert (
        client.get(f"{at}/deliveries/{row['webhook_delivery_id']}", headers=bearer).json["kind"]
        == row["kind"]
    )
    tried = client.post(f"{at}/test", json={}, headers=bearer).json
    assert (tried["kind"], tried["attempts"][0]["status"]) == ("webhook.test", 200)
    again = {"webhook_delivery_id": row["webhook_delivery_id"]}
    assert client.post(f"{at}/redeliver", json=again, headers=bearer).json["count"] == 1
    changed = client.patch(at, json={"kinds": []}, headers={**bearer, "If-Match": '"1"'})
    assert (changed.status_code, changed.json["kinds"]) == (200, [])
    assert client.patch(at, json={"kinds": []}, headers={**bearer, "If-Match": '"1"'}).status_code in (
        409,
        412,
    )


@pytest.mark.parametrize("scope", ["read", "work", "decide", "content"])
def test_a_token_without_the_scope_changes_nothing(hooks: Hooks, scope: str):
    operator = hooks.workbench.operator()
    token = do(hooks.workbench, operator, "token make", name="Program", scopes=[scope]).secret
    bearer = {"Authorization": f"Bearer {token}"}
    given = {"name": "Billing", "url": hooks.program.url}
    refused = hooks.app.test_client().post("/api/webhooks", json=given, headers=bearer)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "SCOPE_MISSING")


def test_what_is_withheld_says_so_and_shows_nothing_of_it(hooks: Hooks):
    page = hooks.make(kinds="task_created", user_id="mara@example.com")
    task = make_task(hooks.workbench, title="Hidden")
    Follower(hooks.workbench).look()
    with hooks.workbench.transaction(hooks.workbench.operator()) as tx:
        accounts.change_user(tx, hooks.people["mara"].user_id, roles=["member"])
    hooks.send()
    shown = hooks.admin.get(f"{page}?status=withheld").text
    assert "Mara does not see any more what it tells" in shown
    assert task.task_id not in shown
    assert "not sent yet" not in shown
    assert "No messages" in hooks.admin.get(f"{page}?status=waiting").text
