"""What a webhook tells, of whose sight, in which order, and that nothing is skipped or told twice."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine.access import Role
from engine.accounts import service as accounts
from engine.accounts.models import Workspace
from engine.audit.models import Action, Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus
from engine.tasks import lifecycle, notes
from engine.webhooks import following, service
from engine.webhooks.following import Follower
from engine.webhooks.models import DeliveryStatus, PauseReason, Webhook
from engine.webhooks.service import MOST
from tests import judged
from tests.engine.webhooks.conftest import Office
from tests.factories import make_task


def test_what_happens_is_sent_signed_in_its_order(office: Office):
    make_task(office.workbench)
    hook = office.make()
    task = make_task(office.workbench, actor=office.people["mara"])
    with office.workbench.transaction(office.people["mara"]) as tx:
        lifecycle.start(tx, task.task_id)
    assert office.look() > 2
    first, *_ = [one.verified(office.secrets[hook.webhook_id]) for one in office.program.got]
    assert first["type"] == "webhook_made", "from the moment on that it was made"
    kinds = office.told()
    assert kinds.index("task_created") < kinds.index("task_status_changed")
    told = [json.loads(one.body)["data"] for one in office.program.got]
    assert [one["subject"]["id"] for one in told if one["kind"] == "task_created"] == [task.task_id]
    assert office.look() == 0, "once"
    assert len(set(office.program.ids)) == len(office.program.got)
    assert {one.status for one in office.messages(hook)} == {DeliveryStatus.DELIVERED}


def test_only_the_kinds_that_it_names(office: Office):
    office.make(kinds=["task_created", "note_added"])
    task = make_task(office.workbench, actor=office.people["mara"])
    with office.workbench.transaction(office.people["mara"]) as tx:
        lifecycle.start(tx, task.task_id)
        notes.add(tx, task.task_id, "Hello")
    office.look()
    assert office.told() == ["task_created", "note_added"]


def test_only_the_tasks_that_its_search_finds(office: Office):
    office.make(query="tag:paid -category:seo")
    for title, tags in (("One", ["paid"]), ("Two", ["other"])):
        make_task(office.workbench, title=title, tags=tags)
    office.do("partner add", key="fresh", name="Fresh")
    office.look()
    assert office.told() == ["task_created"]
    assert json.loads(office.program.got[0].body)["data"]["subject"]["type"] == "tasks"


def test_it_tells_nothing_that_its_user_does_not_see(office: Office):
    """A member's sight is their own work; what others do is not sent, not even that it was done."""
    hook = office.make(user_id="ben@example.com", kinds=["task_created", "partner_changed", "user_changed"])
    hidden = make_task(office.workbench, actor=office.people["ana"], assignee="ana", title="Hidden")
    own = make_task(office.workbench, actor=office.people["mara"], assignee="ben", title="Ben's own")
    office.do("partner add", key="fresh", name="Fresh")
    office.look()
    assert office.told() == ["task_created"]
    assert own.task_id in office.program.got[0].body.decode()
    assert not any(hidden.task_id in one.body for one in office.messages(hook))


def demote(office: Office) -> None:
    """Mara sees her own work alone from now on."""
    with office.workbench.transaction(office.admin) as tx:
        accounts.change_user(tx, office.people["mara"].user_id, roles=["member"])


def test_what_its_user_does_not_see_any_more_is_not_sent_wherever_it_goes(office: Office):
    hook = office.make(user_id="mara@example.com", kinds=["task_created"])
    office.program.answers = [500]
    for title in ("Tried already", "Never tried"):
        make_task(office.workbench, title=title)
    office.look()
    demote(office)
    office.do("webhook change", webhook_id=hook.webhook_id, url=f"{office.program.url}/elsewhere")
    office.wait(minutes=1)
    assert len(office.program.got) == 1
    assert [(one.status, one.body) for one in office.messages(hook)] == [(DeliveryStatus.WITHHELD, "")] * 2
    own = make_task(office.workbench, actor=office.people["mara"], assignee="mara")
    office.look()
    assert own.task_id in office.program.got[-1].body.decode(), "what is theirs is sent"


def test_what_its_user_does_not_see_any_more_is_not_sent_again(office: Office):
    hook = office.make(user_id="mara@example.com", kinds=["task_created"])
    make_task(office.workbench)
    office.look()
    demote(office)
    [message] = office.messages(hook)
    again = {"webhook_id": hook.webhook_id, "webhook_delivery_id": message.webhook_delivery_id}
    office.do("webhook redeliver", **again)
    office.look()
    assert len(office.program.got) == 1
    assert office.messages(hook)[0].status is DeliveryStatus.WITHHELD
    with office.workbench.transaction(office.admin) as tx:
        accounts.change_user(tx, office.people["mara"].user_id, roles=["manager"])
    office.do("webhook redeliver", **again)
    office.look()
    assert office.program.got[1].body == office.program.got[0].body, "it is theirs to see again"


def test_of_what_its_user_still_sees_no_more_is_sent_than_they_may_read(office: Office):
    """Who becomes a partner's user is not told who of the team did it, not even of what waits."""
    hook = office.make(user_id="mara@example.com", kinds=["approval_requested"])
    make_task(office.workbench, campaign="acme_spring")
    task, row = judged.begin(office.workbench, office.people["mara"], ("portal",))
    judged.hand_over(office.workbench, office.people["ana"], task, row)
    office.follower.look()
    with office.workbench.transaction(office.admin) as tx:
        kept = tx.get(Webhook, hook.webhook_id)
        kept.user_id = office.people["pat"].user_id
        tx.save(kept)
        tx.record(Action.WEBHOOK_CHANGED, tx.get(Workspace, tx.workspace_id), "Changed")
    office.send()
    [got] = office.program.got
    assert json.loads(got.body)["data"]["by"] is None
    assert office.messages(hook)[0].body == got.body.decode()


def test_a_partners_system_is_told_what_the_partner_sees(office: Office):
    office.make(user_id="pat@example.com")
    make_task(office.workbench, campaign="acme_spring")
    task, row = judged.begin(office.workbench, office.people["mara"], ("portal",))
    judged.hand_over(office.workbench, office.people["ana"], task, row)
    office.look()
    assert office.told() == ["deliverable_delivered", "approval_requested"]
    assert {json.loads(one.body)["data"]["by"] for one in office.program.got} == {None}


def test_what_concerns_one_person_alone_is_never_sent(office: Office):
    office.make()
    task = make_task(office.workbench, actor=office.people["mara"])
    office.do("task watch", office.people["mara"], task_id=task.task_id)
    office.look()
    assert "watch_changed" not in office.told()
    with pytest.raises(BadRequestError, match="one person alone"):
        office.make("Other", kinds=["watch_changed"])


def test_a_user_who_may_not_sign_in_any_more_has_no_sight(office: Office):
    hook = office.make(user_id="ben@example.com", kinds=["task_created"])
    task = make_task(office.workbench, actor=office.people["mara"], assignee="ben")
    office.follower.look()
    with office.workbench.transaction(office.admin) as tx:
        accounts.change_user(tx, office.people["ben"].user_id, is_active=False)
    office.send()
    assert office.program.got == [], task
    assert office.hook(hook).pause_reason is PauseReason.CLOSED
    with pytest.raises(ConflictError, match="may not sign in"):
        office.do("webhook resume", webhook_id=hook.webhook_id)


def test_two_that_follow_at_once_make_each_message_once(office: Office, monkeypatch: pytest.MonkeyPatch):
    hook, other = office.make(kinds=["task_created"]), Follower(office.workbench)
    for _ in range(3):
        make_task(office.workbench)
    read = following._wanted

    def meanwhile(*given):
        found = read(*given)
        monkeypatch.setattr(following, "_wanted", read)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(other.look).result() == 3
        return found

    monkeypatch.setattr(following, "_wanted", meanwhile)
    assert office.follower.look() == 0
    assert len(office.messages(hook)) == 3


def test_what_does_not_fit_waits_and_is_made_up_for(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(following, "MESSAGES_WAITING", 4)
    office.program.usual = 500
    hook = office.make(kinds=["task_created"])
    made = [make_task(office.workbench).task_id for _ in range(7)]
    office.look()
    assert len(office.messages(hook)) == 4
    office.program.usual = 200
    for _ in range(3):
        office.wait(minutes=10)
    subjects = [json.loads(one.body)["data"]["subject"]["id"] for one in office.messages(hook)]
    assert subjects == made
    assert {one.status for one in office.messages(hook)} == {DeliveryStatus.DELIVERED}


def test_a_search_that_says_what_there_is_no_more_pauses_it(office: Office, monkeypatch: pytest.MonkeyPatch):
    hook = office.make(query="partner:acme")
    with office.workbench.transaction(office.admin) as tx:
        kept = tx.get(Webhook, hook.webhook_id)
        kept.query = "partner:gone"
        tx.save(kept)
        tx.record(Action.WEBHOOK_CHANGED, tx.get(Workspace, tx.workspace_id), "Changed")
    make_task(office.workbench)
    office.look()
    assert office.hook(hook).pause_reason is PauseReason.QUERY


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "ftp://example.com"}, "https"),
        ({"url": "https://name:word@example.com/"}, "password"),
        ({"url": "https://169.254.169.254/latest"}, "no public address"),
        ({"url": "not an address"}, "no"),
        ({"query": "partner:nobody"}, "partner"),
        ({"query": "is:late", "user_id": "pat@example.com"}, "no tasks"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_kept(office: Office, given, says: str):
    with pytest.raises(BadRequestError, match=says):
        office.make(**given)
    with office.workbench.reading(office.admin) as tx:
        assert tx.find(Webhook) == []


def test_a_long_message_is_sent_without_its_words(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(following, "BYTES_OF_A_WEBHOOK", 2_000)
    hook = office.make(kinds=["note_added"])
    task = make_task(office.workbench, actor=office.people["mara"])
    with office.workbench.transaction(office.people["mara"]) as tx:
        notes.add(tx, task.task_id, "long words " * 900)
        notes.add(tx, task.task_id, "short")
    office.look()
    long, short = (json.loads(one.body)["data"] for one in office.messages(hook))
    assert (long["is_cut"], long["words"]) == (True, None)
    assert (short["is_cut"], short["words"]) == (False, "short")
    assert long["subject"]["id"] != short["subject"]["id"]


def test_only_admins_see_and_change_webhooks(office: Office):
    """People, tokens, webhooks and settings are an admin's (definitions.md section 4)."""
    hook = office.make()
    for name in ("mara", "sam", "ana", "pat"):
        with pytest.raises(ForbiddenError):
            office.do("webhook make", office.people[name], name="Own", url=office.program.url)
        for verb in ("pause", "resume", "rotate", "remove", "test", "change"):
            with pytest.raises((ForbiddenError, NotFoundError)):
                office.do(f"webhook {verb}", office.people[name], webhook_id=hook.webhook_id)
    assert Role.MANAGER in office.people["mara"].roles
    with office.workbench.reading(office.people["mara"]) as tx, pytest.raises(NotFoundError):
        service.found(tx, hook.webhook_id)
    assert office.hook(hook) == hook


def test_no_event_and_no_record_that_is_shown_tells_a_secret(office: Office):
    hook = office.make(url=f"{office.program.url}/private-path?key=hidden")
    office.do("webhook rotate", webhook_id=hook.webhook_id)
    with office.workbench.reading(office.admin) as tx:
        told = "".join(one.model_dump_json() for one in tx.find(Event))
        kept = office.hook(hook).model_dump_json()
    for secret in office.secrets.values():
        assert secret not in told
        assert secret not in kept
        assert secret.removeprefix("whsec_") not in kept
    assert "private-path" not in told
    assert "hidden" not in told


def test_there_are_so_many_and_each_has_its_name(office: Office):
    office.make("One")
    with pytest.raises(ConflictError, match="already"):
        office.make("One")
    for number in range(MOST - 1):
        office.make(f"Program {number}")
    with pytest.raises(ConflictError, match=str(MOST)):
        office.make("One too many")


def test_a_message_whose_job_was_called_off_is_sent_all_the_same(office: Office):
    office.make(kinds=["task_created"])
    make_task(office.workbench)
    office.follower.look()
    with office.workbench.transaction(office.admin) as tx:
        claims = Claims(office.workbench.database)
        for job in claims.list_jobs((JobStatus.READY,), 10):
            claims.cancel(tx.connection, job.job_id)
    office.look()
    assert office.told() == []
    office.wait(minutes=3)
    assert office.told() == ["task_created"]


def test_nothing_of_another_workspace_is_told_and_its_admin_finds_no_webhook(office: Office):
    theirs = replace(office.admin, user_id="usr_theirs", workspace_id="wsp_theirs")
    hook = office.make(kinds=["task_created"])
    make_task(office.workbench, actor=theirs)
    office.look()
    assert office.told() == []
    for verb in ("pause", "resume", "rotate", "remove", "test", "change"):
        with pytest.raises(NotFoundError):
            office.do(f"webhook {verb}", theirs, webhook_id=hook.webhook_id)
    with office.workbench.reading(theirs) as tx:
        assert service.listed(tx) == []
