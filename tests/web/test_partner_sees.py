"""What a partner's user gets to see: what waits for their approval, and of the team's work nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from werkzeug.routing import Rule

from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.tasks import notes
from engine.tasks.models import Task
from tests.desk import BOTH, Desk
from tests.factories import make_bundle, make_task
from tests.told import saved
from tests.web.conftest import Visitor

#: What is open to them: everything else of the address map is the team's.
THEIRS = {
    "accounts.change_password",
    "accounts.end_other_sessions",
    "accounts.end_session",
    "accounts.password",
    "accounts.choose_timezone",
    "approvals.decide",
    "board.home",
    "deliverables.comment",
    "deliverables.compare",
    "deliverables.copy",
    "deliverables.file",
    "deliverables.view",
    "find.show",
    "guides.keys",
    "inbox.mark_seen",
    "guides.own",
    "guides.show",
    "inbox.decide",
    "inbox.show",
    "message_settings.choose",
    "message_settings.show",
    "preview.show",
    "second_factor.begin_app",
    "second_factor.begin_passkey",
    "second_factor.confirm",
    "second_factor.make_codes",
    "second_factor.remove",
    "second_factor.rename",
    "second_factor.set_up",
    "second_factor.show",
    "tokens.index",
    "tokens.make",
    "tokens.revoke",
    "tokens.rotate",
    "worklogs.file",
    "worklogs.index",
    "worklogs.show",
}
PUBLIC = {
    "accounts.check_password",
    "accounts.health",
    "accounts.link",
    "accounts.redeem",
    "accounts.sign_in",
    "accounts.sign_out",
    "api.events",
    "feeds.read",
    "health.metrics",
    "health.ready",
    "hooks.content",
    "second_factor.ask",
    "second_factor.give_code",
    "second_factor.give_passkey",
    "invitations.accept",
    "invitations.show",
    "openid.accept",
    "openid.back",
    "openid.begin",
    "message_settings.ask_to_stop",
    "message_settings.stop",
    "static",
}
#: Words of the team: tasks, people, feedback, notes.
INTERNAL = (
    "Secret task title",
    "Secret gold",
    "Internal feedback",
    "Internal note",
    "Ana",
    "Mara",
    "Maier",
    "Globex",
)


@dataclass
class Shown:
    """A piece of work that went through the team, and now waits for Acme."""

    desk: Desk
    task_id: str
    row: Deliverable
    hidden: Deliverable
    bundle: Bundle

    def values(self) -> dict[str, str]:
        """Return a real value for every argument of an address."""
        return {
            "task_id": self.task_id,
            "bundle_id": self.bundle.bundle_id,
            "deliverable_id": self.row.deliverable_id,
            "task_approval_id": self.desk.approval(self.task_id).task_approval_id,
            "user_id": self.desk.people["ana"].user_id,
            "employee_id": str(self.desk.people["ana"].employee_id),
            "artifact_id": "art_x",
            "second_factor_id": "sfa_x",
            "verb": "start",
            "key": "podcast_episode",
            "ref": "x",
            "filename": "app.css",
            "token": "x",
        }


@pytest.fixture
def shown(workbench: Workbench, people) -> Shown:
    """A first version that the team rejected, a second one that it let through, and a hidden deliverable."""
    desk = Desk.set_up(workbench, people)
    task_id = desk.hand_over("Secret task title", policy=BOTH)
    with workbench.transaction(people["ana"]) as tx:
        notes.add(tx, task_id, "Internal note about @mara")
    desk.decide(task_id, "rejected", "Internal feedback: the logo is wrong")
    with workbench.transaction(people["ana"]) as tx:
        [row] = tx.find(Deliverable, task_id=task_id)
        row.description, row.gold_standard = "Your spring article", {"notes": "Secret gold"}
        saved(tx, row)
        second = versions.new_version(tx, row.deliverable_id, url="https://docs.example/two")
        hidden = versions.add(tx, task_id, "internal_notes", type="text", description="Hidden text")
        versions.edit(tx, hidden.deliverable_id, url="https://docs.example/hidden")
        approvals.request(tx, task_id)
    for _ in range(2):
        desk.decide(task_id, "approved", "Internal feedback: fine now")
    bundle = make_bundle(workbench, actor=people["mara"], campaign="acme_spring", title="Secret bundle")
    return Shown(desk, task_id, second, hidden, bundle)


@pytest.fixture
def pat(as_user) -> Visitor:
    return as_user("pat")


def addresses(app: Flask, values: dict[str, str]) -> Iterator[tuple[Rule, str, str]]:
    """Give every address with each of its methods."""
    for rule in app.url_map.iter_rules():
        missing = rule.arguments - values.keys()
        given = values | dict.fromkeys(missing, "x")
        built = rule.build({name: given[name] for name in rule.arguments}, append_unknown=False)
        assert built is not None, rule
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule, method, built[1]


def test_every_address_but_theirs_is_closed_to_them(app: Flask, shown: Shown, pat: Visitor):
    closed, token = 0, pat.token()
    before = shown.desk.workbench.database.head(shown.desk.people["pat"].workspace_id).position
    for rule, method, path in addresses(app, shown.values()):
        if rule.endpoint in THEIRS | PUBLIC or rule.rule.startswith("/api/"):  # tokens open it, no cookie
            continue
        data = {"csrf_token": token} if method == "POST" else None
        answer = pat.client.open(path, method=method, data=data)
        assert answer.status_code in (403, 404), (method, path, answer.status_code)
        assert [word for word in INTERNAL if word in answer.text] == [], path
        closed += 1
    assert closed > 40
    assert shown.desk.workbench.database.head(shown.desk.people["pat"].workspace_id).position == before


def test_what_is_open_to_them_says_nothing_internal(app: Flask, shown: Shown, pat: Visitor):
    task = shown.desk.task(shown.task_id)
    hidden = [*INTERNAL, shown.task_id, f"#{task.task_number}", "Secret bundle", "Hidden text", "/tasks/"]
    seen = 0
    for rule, method, path in addresses(app, shown.values()):
        if method != "GET" or rule.endpoint not in THEIRS or rule.endpoint == "board.home":
            continue
        answer = pat.get(path)
        text = answer.text.replace("Asia/Anadyr", "")
        assert [word for word in hidden if word in text] == [], path
        seen += answer.status_code == 200
    assert seen >= 3


def test_they_land_at_their_inbox_however_they_come(
    app: Flask, shown: Shown, visitor: Visitor, workbench: Workbench, password_hash: str
):
    from engine.accounts import service as accounts
    from engine.accounts.models import User

    with workbench.transaction(workbench.operator()) as tx:
        user = tx.get(User, shown.desk.people["pat"].user_id)
        user.password_hash = password_hash
        saved(tx, user)
        token = accounts.make_sign_in_link(tx, user)
    assert visitor.follow(token).location == "/inbox"
    assert visitor.get("/").location == "/inbox"
    assert visitor.get("/sign-in").location == "/inbox"
    for wanted, landed in (
        ("", "/inbox"),
        ("/board", "/inbox"),
        (f"/tasks/{shown.task_id}", "/inbox"),
        ("/no/such/page", "/inbox"),
        (f"/deliverables/{shown.row.deliverable_id}/view", f"/deliverables/{shown.row.deliverable_id}/view"),
    ):
        visitor.client.delete_cookie("workbench_session")
        assert visitor.sign_in("pat", next=wanted).location == landed


def test_they_find_what_they_decided_by_a_word_of_it(shown: Shown, pat: Visitor):
    """An approval of last year is looked for by what it was about, not page by page."""
    way = 'href="/inbox?seen=1&amp;item=apr_'
    assert way not in pat.get("/find?q=draft").text
    shown.desk.decide(shown.task_id, "approved", by="pat")
    found = pat.get("/find?q=draft").text
    assert "Decided before" in found
    address = way.removeprefix('href="') + found.partition(way)[2].partition('"')[0]
    assert f"/deliverables/{shown.row.deliverable_id}/view" in pat.get(unescape(address)).text
    assert way not in pat.get("/find?q=zebra").text


def test_their_pages_do_not_tell_how_much_happens_here(shown: Shown, pat: Visitor, workbench: Workbench):
    """What a page carries to tell newer from older is the number of events for the team alone (S23)."""
    before = cursor_of(pat)
    for _ in range(3):
        workbench.clock.advance(seconds=1)
        make_task(workbench)
    assert cursor_of(pat) == before + 3000, "it follows the clock"
    assert before > workbench.database.head(workbench.workspace.workspace_id).position


def cursor_of(visitor: Visitor) -> int:
    found = re.search(r'data-cursor="(\d+)"', visitor.get("/inbox").text)
    assert found
    return int(found[1])


def test_their_page_is_titled_for_your_approval_and_its_navigation_holds_what_is_theirs(
    shown: Shown, pat: Visitor
):
    page = pat.get("/inbox").text
    assert "<h1>For your approval</h1>" in page
    assert "Your spring article" in page
    assert "Draft, version 2" in page
    assert "after your last decision" not in page, "they were never shown the first version"
    nav = page[page.index('<nav class="places"') : page.index("</nav>")]
    assert re.findall(r'href="([^"]+)"', nav) == ["/inbox", "/worklogs"]
    assert 'id="search"' not in page
    assert re.search(r'id="inbox-count" data-live>1<', page)


def test_they_approve_in_place_and_find_it_under_decided_before(shown: Shown, pat: Visitor):
    approval = shown.desk.approval(shown.task_id)
    form = {"outcome": "approved_pending_changes", "feedback": "Our new logo, please.", "next": ""}
    path = f"/inbox/decide/{approval.task_approval_id}"
    assert pat.post(path, {**form, "seen": shown.desk.seen(approval)}).location == "/inbox"
    assert "Nothing waits for you" in pat.get("/inbox").text
    before = pat.get("/inbox?seen=1").text
    assert "Draft, version 2" in before
    assert "Our new logo, please." in before
    with shown.desk.workbench.reading(shown.desk.people["mara"]) as tx:
        assert tx.get(Task, shown.task_id).status == "in_progress"


def test_another_partner_s_user_sees_and_decides_none_of_it(shown: Shown, as_user):
    gil = as_user("gil")
    approval = shown.desk.approval(shown.task_id)
    assert "Nothing waits for you" in gil.get("/inbox").text
    assert "Your spring article" not in gil.get("/inbox?seen=1").text
    assert gil.get(f"/deliverables/{shown.row.deliverable_id}/view").status_code == 404
    form = {"outcome": "approved", "seen": shown.desk.seen(approval)}
    for path in ("inbox/decide", "approvals"):
        end = "/decide" if path == "approvals" else ""
        answer = gil.post(f"/{path}/{approval.task_approval_id}{end}", form)
        assert answer.status_code == 404, path
    assert shown.desk.approval(shown.task_id).is_open


def test_what_is_not_visible_to_the_partner_is_not_there_for_them(shown: Shown, pat: Visitor):
    assert pat.get(f"/deliverables/{shown.hidden.deliverable_id}/view").status_code == 404
    assert pat.get(f"/deliverables/{shown.hidden.deliverable_id}/file").status_code == 404


def test_what_was_withdrawn_under_their_eyes_is_said_and_their_words_are_not_lost(shown: Shown, pat: Visitor):
    """Their page was open while the team took the version back."""
    approval, row = shown.desk.approval(shown.task_id), shown.row.deliverable_id
    seen = shown.desk.seen(approval)
    with shown.desk.workbench.transaction(shown.desk.people["ana"]) as tx:
        approvals.withdraw(tx, shown.task_id, "Wrong price")
    assert pat.get(f"/deliverables/{row}/view").status_code == 404
    words = {"outcome": "rejected", "feedback": "Please use our new logo.", "seen": seen}
    decided = pat.post(f"/approvals/{approval.task_approval_id}/decide", words)
    assert decided.status_code == 409
    assert "was withdrawn" in decided.text
    assert "Please use our new logo." in decided.text
    said = pat.post(f"/deliverables/{row}/comments", {"form": "comment", "body": "The price is wrong."})
    assert said.status_code == 404
    assert "The price is wrong." in said.text


def test_a_closed_address_stays_closed_however_much_is_sent_to_it(shown: Shown, pat: Visitor):
    """The page that says so gives words back, and does not stumble over a form that cannot be read."""
    words = {"body": "words", **{f"field{number}": "x" for number in range(1_200)}}
    sent = pat.post("/people/users", words, content_type="multipart/form-data")
    assert sent.status_code == 403
