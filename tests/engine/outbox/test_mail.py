"""E-mails: they say what the inbox says, once, and nothing of it that is over or another's business."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.accounts import service as accounts
from engine.audit.models import Action, Event
from engine.errors import ForbiddenError, NotFoundError, UnreadableRecordError, WorkbenchError
from engine.inbox import service as inbox
from engine.inbox.read_models import Inbox
from engine.jobs.models import JobStatus
from engine.notifications import choices
from engine.notifications.models import About, MessageSettings, Notification, NotificationKind
from engine.notifications.service import notify
from engine.outbox import sending
from engine.outbox.following import Follower
from engine.reminders import tick as reminders
from engine.reminders.service import standing
from engine.tasks import notes
from engine.transaction import Transaction
from tests.desk import PORTAL
from tests.engine.outbox.conftest import Post
from tests.factories import do, make_task

REMINDER = NotificationKind.REMINDER


def remind(post: Post, *names: str, **more: object) -> list[Notification]:
    desk = post.desk
    given = {"kind": REMINDER, "title": "It is due", "key": "due:1", **more}
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        return notify(tx, user_ids=[desk.people[name].user_id for name in names], **given)


def choose(post: Post, name: str, **given: object) -> None:
    do(post.desk.workbench, post.desk.people[name], "message settings", **given)


def test_whoever_decides_gets_an_email_of_what_waits_and_only_once(post: Post):
    post.desk.hand_over("Write the article")
    assert post.look() == 2
    expected = ["Write the article: Ana handed it over and asked for your decision"]
    assert (post.to("mara"), post.to("max"), post.to("ana")) == (expected, expected, [])
    assert post.look() == Follower(post.desk.workbench).look() == 0
    post.deliver()
    assert len(post.box.taken) == 2
    with post.desk.workbench.reading(post.desk.people["mara"]) as tx:
        sent = tx.find(Notification, user_id=post.desk.people["mara"].user_id)
        assert [one.sent_at is not None for one in sent] == [True]
        assert len(tx.find(Event, action=Action.NOTIFICATION_SENT.value)) == 2


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("It is gone."),
        ForbiddenError("It is gone."),
        UnreadableRecordError("It is gone.", table="tasks", record_ids=()),
    ],
    ids=lambda error: error.code,
)
def test_one_whose_inbox_cannot_be_read_keeps_nobody_else_from_being_told_and_is_told_later(
    post: Post,
    error: WorkbenchError,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    mara = post.desk.people["mara"].user_id

    def load(tx: Transaction, **more: int) -> Inbox:
        if tx.actor.user_id == mara:
            raise error
        return load_inbox(tx, **more)

    load_inbox = inbox.load
    post.desk.hand_over()
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "load", load)
        assert post.follower.look() == 1
    assert f"{mara} cannot be told what is new: It is gone." in caplog.text
    assert post.follower.look() == 1


def test_it_leads_to_the_item_and_says_the_same_as_text_and_as_html(post: Post):
    post.desk.hand_over()
    post.look()
    message = post.box.taken[0]
    with post.desk.workbench.reading(post.desk.people["mara"]) as tx:
        [item] = inbox.load(tx).items
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for body in (text, html):
        assert f"https://board.example.com/inbox?item={item.key}" in body
        assert "asked for your decision" in body
        assert "https://board.example.com/settings/messages" in body


def test_a_partner_is_told_of_their_piece_and_nothing_of_how_it_came_about(post: Post):
    post.desk.hand_over("Secret working title", policy=PORTAL)
    post.look()
    assert post.to("pat") == ["Draft, version 1: it is ready and waits for your approval"]
    [message] = [one for one in post.box.taken if "pat@" in str(one["To"])]
    for word in ("working title\n", "Ana", "tsk_", "bnd_"):
        assert word not in message.as_string().replace("Draft: Secret working title", "")
    assert post.to("gil") == []


def test_emails_of_one_bundle_stand_together_and_can_be_stopped_by_one_click(post: Post):
    remind(post, "ana")
    remind(post, "ana", key="due:2")
    post.deliver()
    first, second = post.box.taken
    assert first["Message-ID"] != second["Message-ID"]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = (
        str(first["List-Unsubscribe"]).strip("<>").removeprefix("https://board.example.com/messages/stop/")
    )
    with post.desk.workbench.transaction(post.desk.workbench.system_actor()) as tx:
        assert choices.stop(tx, token).email == "ana@example.com"
    remind(post, "ana", key="due:3")
    post.deliver()
    assert len(post.box.taken) == 2


def test_addresses_in_headers_stand_in_one_line_as_they_are_however_long(post: Post):
    """Python writes what does not fit as an encoded word, which no mail program takes for an address."""
    post.desk.workbench.settings = replace(
        post.desk.workbench.settings, public_url=f"https://{'long.' * 20}example.com"
    )
    remind(post, "ana", about=About(bundle_id="bnd_1"))
    post.deliver()
    raw = post.box.raw[0].decode().split("\r\n\r\n")[0].split("\r\n")
    for name in ("List-Unsubscribe", "Message-ID", "References", "In-Reply-To"):
        [line] = [line for line in raw if line.startswith(f"{name}: ")]
        assert line.startswith(f"{name}: <")
        assert line.endswith(">")


def test_a_server_that_is_down_for_an_hour_gets_it_once_when_it_is_back(post: Post):
    post.box.close()
    remind(post, "ana")
    for _ in range(12):
        post.deliver()
        post.desk.workbench.clock.advance(minutes=5)
    [waiting] = post.jobs(JobStatus.READY)
    assert waiting.attempt >= 4
    assert "cannot be used with `smtp_security` none" in (waiting.outcome or "")
    post.box.open()
    post.desk.workbench.clock.advance(hours=1)
    post.deliver()
    post.deliver()
    assert post.to("ana") == ["It is due"]


@pytest.mark.wide
def test_a_server_that_is_never_back_leaves_it_failed_until_somebody_tries_again(post: Post):
    post.box.close()
    remind(post, "ana")
    for _ in range(15):
        post.deliver()
        post.desk.workbench.clock.advance(hours=1)
    [failed] = post.jobs(JobStatus.FAILED)
    post.box.open()
    do(post.desk.workbench, post.desk.workbench.operator(), "job retry", job_id=failed.job_id)
    post.deliver()
    assert post.to("ana") == ["It is due"]


def test_nobody_knows_of_one_that_broke_after_the_server_had_it_and_it_is_never_sent_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("the power went off")

    monkeypatch.setattr(sending, "mark_sent", broken)
    remind(post, "ana")
    post.deliver()
    monkeypatch.undo()
    for _ in range(3):
        post.desk.workbench.clock.advance(hours=2)
        post.deliver()
    assert len(post.to("ana")) == 1
    assert [job.status for job in post.jobs() if job.kind == "send_mail"] == [JobStatus.UNKNOWN]


@pytest.mark.parametrize(
    ("answers", "status", "is_bounced"),
    [
        ({"to_recipient": "550 no such user"}, JobStatus.FAILED, True),
        ({"to_recipient": "451 come back later"}, JobStatus.READY, False),
        ({"to_message": "554 looks like spam"}, JobStatus.FAILED, False),
        ({"to_message": "452 no room now"}, JobStatus.READY, False),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else None,
)
def test_what_the_server_answers_says_whether_it_is_tried_again(
    post: Post, answers: dict[str, str], status: JobStatus, is_bounced: bool
):
    vars(post.box).update(answers)
    remind(post, "ana")
    post.deliver()
    [job] = [job for job in post.jobs() if job.kind == "send_mail"]
    assert job.status is status
    assert next(iter(answers.values())) in (job.outcome or "")
    with post.desk.workbench.reading(post.desk.people["ana"]) as tx:
        kept = tx.find_one(MessageSettings, user_id=post.desk.people["ana"].user_id)
        assert (kept.refused_address is not None) is is_bounced
    post.box.to_recipient = post.box.to_message = "250 OK"
    post.desk.workbench.clock.advance(hours=1)
    remind(post, "ana", key="due:2")
    post.deliver()
    assert len(post.to("ana")) == {True: 0, False: 2 if status is JobStatus.READY else 1}[is_bounced]


def test_an_address_that_bounced_is_tried_again_once_its_person_says_so(post: Post):
    post.box.to_recipient = "550 no such user"
    remind(post, "ana")
    post.deliver()
    post.box.to_recipient = "250 OK"
    choose(post, "ana", mail=True)
    remind(post, "ana", key="due:2")
    post.deliver()
    assert post.to("ana") == ["It is due"]


HOSTILE = {
    "another header": "Hello\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>",
    "a control character": "Hello\x00there",
    "far too long": "x" * 5000,
    "pictures": "🎉" * 120,
    "an encoded word": "=?utf-8?q?Bcc=3A_all=40example=2Ecom?=",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_title_stays_one_header_and_one_line(post: Post, title: str):
    remind(post, "ana", title=title, lines=[title])
    post.deliver()
    [message] = post.box.taken
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1
    assert len(str(message["Subject"])) <= 200
    assert "<script>" not in message.get_body(("html",)).get_content()
    assert set(message.keys()) >= {"From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe"}


def test_what_was_seen_or_done_meanwhile_is_not_sent(post: Post):
    desk = post.desk
    choose(post, "mara", quiet="8-20")
    choose(post, "ana", kinds=["assigned"], quiet="8-20")
    desk.hand_over()
    make_task(desk.workbench, actor=desk.people["mara"], title="His", assignee="ana")
    post.look()
    assert post.to("mara") == post.to("ana") == []
    with desk.workbench.reading(desk.people["ana"]) as tx:
        names = [item.name for item in inbox.load(tx).items]
    desk.workbench.clock.advance(seconds=1)
    inbox.mark_seen(desk.workbench.ledger(desk.people["ana"]), None, names)
    desk.workbench.clock.advance(hours=12)
    post.look()
    assert post.to("ana") == []
    assert post.to("mara") == ["Write the article: Ana handed it over and asked for your decision"]


def test_what_somebody_else_decided_meanwhile_is_not_sent(post: Post):
    desk = post.desk
    choose(post, "mara", quiet="8-20")
    task_id = desk.hand_over()
    post.look()
    assert len(post.to("max")) == 1
    desk.decide(task_id, "approved", by="max")
    desk.workbench.clock.advance(hours=12)
    post.look()
    assert post.to("mara") == []
    outcomes = [job.outcome for job in post.jobs(JobStatus.DONE)]
    assert "Nothing of it is still to be told." in outcomes


def test_the_messages_of_a_day_go_out_together_at_its_hour_where_the_person_is(post: Post):
    ana = post.desk.people["ana"]
    do(post.desk.workbench, ana, "user timezone", user_id=ana.user_id, timezone="Europe/Berlin")
    choose(post, "ana", is_daily=True, daily_hour=7)
    for number in range(3):
        remind(post, "ana", key=f"due:{number}", title=f"Number {number}")
    post.deliver()
    assert post.to("ana") == []
    post.desk.workbench.clock.set(post.desk.workbench.clock.now() + timedelta(days=1))
    post.deliver()
    assert post.to("ana") == ["3 messages, first: Number 0"]


@pytest.mark.parametrize(
    "waits",
    [{"is_daily": True, "daily_hour": 7}, {"quiet": "8-20"}],
    ids=["for its hour", "while hours are quiet"],
)
@pytest.mark.parametrize(
    "wanted", [{"mail": False}, {"kinds": ["mentioned"]}], ids=["no e-mails", "nothing of its kind"]
)
def test_what_waits_is_not_mailed_to_whoever_does_not_want_it_any_more(
    post: Post, waits: dict[str, object], wanted: dict[str, object]
):
    choose(post, "ana", **waits)
    remind(post, "ana")
    choose(post, "ana", **wanted)
    post.desk.workbench.clock.advance(days=1)
    post.deliver()
    assert post.to("ana") == []
    assert [job.outcome for job in post.jobs(JobStatus.DONE)] == ["Nothing of it is still to be told."]


def test_what_the_server_did_not_take_is_not_mailed_to_whoever_stopped_e_mails_meanwhile(post: Post):
    post.box.to_recipient = "451 come back later"
    remind(post, "ana")
    post.deliver()
    choose(post, "ana", mail=False)
    post.box.to_recipient = "250 OK"
    post.desk.workbench.clock.advance(hours=1)
    post.deliver()
    assert post.to("ana") == []


def test_the_mail_of_a_day_leaves_out_what_is_for_chat_alone(post: Post):
    address = {"name": "chat:ana@example.com", "value": "json://127.0.0.1:1/"}
    do(post.desk.workbench, post.desk.workbench.operator(), "secrets set", **address)
    choose(post, "ana", is_daily=True, daily_hour=7, mail=False, chat=True)
    remind(post, "ana", key="due:1", title="For chat")
    choose(post, "ana", mail=True)
    remind(post, "ana", key="due:2", title="For both")
    post.desk.workbench.clock.advance(days=1)
    post.deliver()
    assert post.to("ana") == ["For both"]


def test_what_somebody_is_reminded_of_goes_out_once(post: Post):
    workbench = post.desk.workbench
    workbench.settings = replace(workbench.settings, reminders=True)
    make_task(
        workbench, actor=post.desk.people["mara"], title="The text", assignee="ana", due_date="2026-11-24"
    )
    choose(post, "ana", kinds=["reminder"])
    for day in (22, 23, 23):
        workbench.clock.set(datetime(2026, 11, day, 12, 0, tzinfo=UTC))
        reminders.tick(lambda: workbench.transaction(workbench.system_actor()), workbench.content())
        post.look()
    assert post.to("ana") == ["The text: it is due on Tue 24 November 2026"]


def test_a_reminder_of_work_that_was_given_away_tells_nothing_of_it_any_more(post: Post):
    workbench, mara, ana = post.desk.workbench, post.desk.people["mara"], post.desk.people["ana"]
    workbench.settings = replace(workbench.settings, reminders=True)
    choose(post, "ana", kinds=["reminder"])
    task = make_task(workbench, actor=mara, title="Call Bo", assignee="ana", due_date="2026-11-24")
    for day in (22, 23):
        workbench.clock.set(datetime(2026, 11, day, 12, 0, tzinfo=UTC))
        reminders.tick(lambda: workbench.transaction(workbench.system_actor()), workbench.content())
    with workbench.reading(ana) as tx:
        assert [one.task_id for one in standing(tx)] == [task.task_id]
        assert "reminder" in [item.kind for item in inbox.load(tx).items]
    do(workbench, mara, "task update", task_id=task.task_id, assignee_id="ben", title="Another's secret")
    post.look()
    assert post.to("ana") == []
    with workbench.reading(ana) as tx:
        assert standing(tx) == []
        assert "reminder" not in [item.kind for item in inbox.load(tx).items]


def test_messages_wait_while_an_admin_holds_them_back(post: Post):
    admin = post.desk.workbench.operator()
    do(post.desk.workbench, admin, "message pause")
    remind(post, "ana")
    post.look()
    assert post.to("ana") == []
    do(post.desk.workbench, admin, "message resume")
    post.deliver()
    assert post.to("ana") == ["It is due"]


def test_nobody_is_told_of_what_happened_before_messages_began_or_before_they_wanted_more(post: Post):
    desk = post.desk
    task_id = desk.make(assignee="ana")
    post.look()
    assert post.to("ana") == []
    desk.workbench.clock.advance(minutes=1)
    choose(post, "ana", kinds=["assigned", "mentioned"])
    post.look()
    assert post.to("ana") == []
    desk.workbench.clock.advance(minutes=1)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        notes.add(tx, task_id, "@ana look here")
    post.look()
    assert post.to("ana") == ["Write the article: Mara called you in a remark"]


def test_twenty_things_at_once_are_one_message(post: Post):
    choose(post, "ana", kinds=["assigned"])
    post.desk.workbench.clock.advance(minutes=1)
    for number in range(20):
        post.desk.make(f"Task {number}", assignee="ana")
    post.look()
    assert post.to("ana") == ["20 messages, first: Task 0: Mara gave it to you"]


def test_admins_are_told_of_what_failed_and_of_mail_that_failed_in_their_inbox_alone(post: Post):
    desk = post.desk
    with desk.workbench.transaction(desk.workbench.operator()) as tx:
        accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    post.look()
    post.box.to_message = "554 no"
    remind(post, "ana")
    post.deliver()
    with desk.workbench.reading(desk.workbench.operator()) as tx:
        told = [item.title for item in inbox.load(tx).items]
    assert told == ["Send mail failed"]
    assert len([job for job in post.jobs() if job.kind == "send_mail"]) == 1


def test_a_message_to_try_it_out_says_what_the_server_said(post: Post):
    with post.desk.workbench.transaction(post.desk.workbench.operator()) as tx:
        accounts.change_user(tx, post.desk.people["mara"].user_id, roles=["admin"])
    mara = post.desk.workbench.actor_by_email("mara@example.com")
    said = do(post.desk.workbench, mara, "message try")
    assert said.startswith("Sent to mara@example.com. The mail server said: 250")
    assert post.to("mara") == ["Workbench can send you e-mails"]


def test_the_subject_says_what_happened_however_long_the_title_is(post: Post):
    title = "Write the first draft of the article on tents for two people and a dog in the rain of November"
    post.desk.hand_over(title)
    post.look()
    [subject] = post.to("mara")
    assert len(subject) <= 78
    assert subject.startswith("Write the first draft")
    assert subject.endswith("…: Ana handed it over and asked for your decision")
    with post.desk.workbench.reading(post.desk.people["mara"]) as tx:
        [told] = tx.find(Notification, user_id=post.desk.people["mara"].user_id)
    assert told.lines[0] == title


def test_a_test_message_is_refused_in_a_sentence(post: Post):
    with pytest.raises(ForbiddenError, match="Ana may not send a test e-mail, to see") as refused:
        do(post.desk.workbench, post.desk.people["ana"], "message try")
    assert "yourself" not in refused.value.message
