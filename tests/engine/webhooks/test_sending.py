"""What becomes of a message: taken, tried again, given up, sent again by hand, and never skipped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from engine.accounts import actors
from engine.accounts import service as accounts
from engine.errors import BadRequestError, ConflictError, NotFoundError
from engine.jobs import putting
from engine.jobs.models import JobStatus
from engine.notifications.models import Notification, NotificationKind
from engine.webhooks import letters, sending, service
from engine.webhooks.models import DeliveryStatus, PauseReason, Webhook, WebhookDelivery
from engine.webhooks.sending import DELAYS, PAUSED_AFTER
from tests import receiver
from tests.engine.webhooks.conftest import Office
from tests.factories import make_task

#: Longer than any delay with its jitter.
LONGER = 1.2


def hook_of(office: Office, **given: Any) -> Webhook:
    return office.make(kinds=["task_created"], **given)


def happen(office: Office, times: int = 1) -> None:
    for _ in range(times):
        make_task(office.workbench)
    office.look()


def reaped(office: Office) -> list[JobStatus]:
    """Let the leases of what is running run out, and take it from its workers."""
    with office.workbench.database.write() as connection:
        connection.exec_driver_sql("UPDATE jobs SET lease_until = 0 WHERE status = 'running'")
    return [one.status for one in office.engine.claims.reap()]


def notices(office: Office, user_id: str | None = None) -> list[str]:
    with office.workbench.reading(office.admin) as tx:
        found = tx.find(Notification, user_id=user_id or office.admin.user_id)
    return [one.title for one in found if one.kind is NotificationKind.WEBHOOK_FAILED]


def test_what_fails_is_tried_again_with_the_same_id_and_bytes(office: Office):
    hook = hook_of(office)
    office.program.answers = [500, 503, 404]
    happen(office)
    for delay in DELAYS[:3]:
        office.wait(seconds=delay.total_seconds() - 1)
        before = len(office.program.got)
        office.wait(seconds=delay.total_seconds() * (LONGER - 1) + 1)
        assert len(office.program.got) == before + 1
    assert len(office.program.got) == 4
    assert len({(one.message_id, one.body) for one in office.program.got}) == 1
    assert len({one.headers["webhook-timestamp"] for one in office.program.got}) == 4
    [message] = office.messages(hook)
    assert message.status is DeliveryStatus.DELIVERED
    assert [one.status for one in message.tried] == [500, 503, 404, 200]
    assert message.tried[0].answer == "Said."
    assert message.tried[0].failure == "It answered with status 500."
    assert message.tried[-1].failure is None


def test_the_next_waits_until_the_one_before_was_taken(office: Office):
    hook_of(office)
    office.program.answers = [500, 500]
    happen(office, 3)
    assert len(office.program.got) == 1
    office.wait(seconds=6)
    office.wait(minutes=6)
    ids = office.program.ids
    assert len(ids) == 5
    assert ids == [ids[0], ids[0], ids[0], *sorted(ids[3:])]


def test_one_that_fails_holds_up_no_other_webhook(office: Office):
    hook_of(office, name="Broken", url=f"{office.program.url}/broken")
    office.program.answers = [500]
    happen(office)
    fine = hook_of(office, name="Fine")
    happen(office, 2)
    assert {one.status for one in office.messages(fine)} == {DeliveryStatus.DELIVERED}


def test_after_the_last_attempt_it_is_given_up_and_said_and_the_next_is_sent(office: Office):
    hook = hook_of(office)
    office.program.usual = 500
    happen(office, 2)
    for delay in DELAYS:
        office.wait(seconds=delay.total_seconds() * LONGER)
    given_up, next_one = office.messages(hook)
    assert (given_up.status, len(given_up.attempts)) == (DeliveryStatus.FAILED, len(DELAYS) + 1)
    assert (next_one.status, len(next_one.attempts)) == (DeliveryStatus.WAITING, 1)
    assert notices(office) == ["The webhook “Mirror” gave a message up"]
    office.program.usual = 200
    office.wait(seconds=6)
    assert [one.status for one in office.messages(hook)] == [DeliveryStatus.FAILED, DeliveryStatus.DELIVERED]


def test_one_that_takes_nothing_for_days_is_paused_and_makes_up_for_it(office: Office):
    hook = hook_of(office)
    office.program.usual = 500
    happen(office)
    for _ in range(16):
        office.wait(hours=6)
        make_task(office.workbench)
    assert office.hook(hook).pause_reason is PauseReason.FAILING
    assert "The webhook “Mirror” is paused" in notices(office)
    sent = len(office.program.got)
    office.wait(hours=24)
    assert len(office.program.got) == sent, "nothing is sent meanwhile"
    office.program.usual = 200
    office.do("webhook resume", webhook_id=hook.webhook_id)
    office.look()
    assert {one.status for one in office.messages(hook)} == {DeliveryStatus.DELIVERED, DeliveryStatus.FAILED}
    assert len(office.messages(hook)) == 17, "each of what happened, also while it was paused"
    assert timedelta(days=1) < sum(DELAYS, timedelta()) < PAUSED_AFTER


def test_a_quiet_one_is_not_paused_by_one_that_fails_days_after_another(office: Office):
    hook = hook_of(office)
    office.program.usual = 500
    happen(office)
    for delay in DELAYS:
        office.wait(seconds=delay.total_seconds() * LONGER)
    assert [one.status for one in office.messages(hook)] == [DeliveryStatus.FAILED]
    office.wait(days=4)
    happen(office)
    assert office.hook(hook).is_active
    office.program.usual = 200
    office.wait(seconds=6)
    assert office.messages(hook)[-1].status is DeliveryStatus.DELIVERED


def test_who_made_it_is_told_of_it_only_while_they_administer(office: Office):
    with office.workbench.transaction(office.admin) as tx:
        for name in ("mara", "sam"):
            accounts.change_user(tx, office.people[name].user_id, roles=["admin"])
        mara = actors.find_active(tx, office.people["mara"].user_id)
    hook = office.make(by=mara, user_id=office.admin.user_id, kinds=["task_created"])
    with office.workbench.transaction(office.admin) as tx:
        accounts.change_user(tx, office.people["mara"].user_id, roles=["member"])
    office.program.answers = [410]
    happen(office)
    assert office.hook(hook).pause_reason is PauseReason.GONE
    assert notices(office) == ["The webhook “Mirror” is paused"]
    assert notices(office, office.people["sam"].user_id) == ["The webhook “Mirror” is paused"]
    assert notices(office, office.people["mara"].user_id) == []


def test_410_pauses_it(office: Office):
    hook = hook_of(office)
    office.program.answers = [410]
    happen(office)
    paused = office.hook(hook)
    assert (paused.pause_reason, paused.is_active) == (PauseReason.GONE, False)
    assert "The webhook “Mirror” is paused" in notices(office)
    office.wait(hours=1)
    assert len(office.program.got) == 1


def test_a_worker_that_is_lost_after_sending_sends_the_same_message_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    hook = hook_of(office)
    make_task(office.workbench)
    office.follower.look()

    class KilledError(BaseException):
        """The process ends."""

    def killed(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_note", killed)
        with pytest.raises(KilledError):
            office.engine.do_one("worker")
    assert office.messages(hook)[0].attempts == [], "nobody noted it"
    assert reaped(office) == [JobStatus.READY]
    office.send()
    first, second = office.program.got
    assert (first.message_id, first.body) == (second.message_id, second.body)
    assert office.messages(hook)[0].status is DeliveryStatus.DELIVERED


def test_a_worker_that_has_lost_the_job_notes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch):
    hook = hook_of(office)
    make_task(office.workbench)
    office.follower.look()
    post = sending.send

    def slowly(*given: Any) -> letters.Answer:
        answer = post(*given)
        assert reaped(office) == [JobStatus.READY]
        return answer

    monkeypatch.setattr(sending, "send", slowly)
    office.engine.do_one("worker")
    assert office.messages(hook)[0].attempts == []


def test_a_redirect_is_not_followed(office: Office):
    hook = hook_of(office)
    office.program.usual = receiver.redirect("http://169.254.169.254/latest/meta-data")
    happen(office)
    [attempt] = office.messages(hook)[0].tried
    assert (attempt.status, attempt.failure) == (307, "It answered with status 307.")


def test_megabytes_of_an_answer_are_not_read(office: Office):
    hook = hook_of(office)
    office.program.usual = receiver.megabytes
    happen(office)
    [attempt] = office.messages(hook)[0].tried
    assert (attempt.status, attempt.failure) == (200, None)
    assert len(attempt.answer or "") == 1_000


def test_each_webhook_is_sent_by_one_worker_at_a_time_and_holds_up_no_other(office: Office):
    hooks = [hook_of(office, name=name) for name in ("One", "Two")]
    for _ in range(2):
        make_task(office.workbench)
        office.follower.look()
    now, claims = putting.milliseconds(office.workbench.clock.now()), office.engine.claims
    begun = [claims.begin("worker", [service.SEND], now=now, lease=60_000) for _ in range(3)]
    assert begun.pop() is None
    assert {claim.args["webhook_id"] for claim in begun if claim} == {hook.webhook_id for hook in hooks}


def test_for_a_while_messages_are_signed_with_both_secrets(office: Office):
    hook = hook_of(office)
    before = office.secrets[hook.webhook_id]
    after = office.do("webhook rotate", webhook_id=hook.webhook_id, overlap_hours=1).secret
    happen(office)
    [got] = office.program.got
    assert got.verified(before) == got.verified(after)
    assert len(got.headers["webhook-signature"].split()) == 2
    with pytest.raises(WebhookVerificationError):
        got.verified("whsec_" + "A" * 44)
    office.workbench.clock.advance(hours=1)
    happen(office)
    assert len(office.program.got[-1].headers["webhook-signature"].split()) == 1


def test_a_message_that_was_changed_or_is_old_is_not_what_was_signed(office: Office):
    hook = hook_of(office)
    happen(office)
    [got] = office.program.got
    verifier = Verifier(office.secrets[hook.webhook_id])
    earlier = str(int(got.headers["webhook-timestamp"]) - 1)
    for body, headers in (
        (got.body + b" ", got.headers),
        (got.body, {**got.headers, "webhook-id": "msg_other"}),
        (got.body, {**got.headers, "webhook-timestamp": earlier}),
    ):
        with pytest.raises(WebhookVerificationError):
            verifier.verify(body, headers)


@pytest.mark.parametrize("hours", [0, 24])
def test_without_its_key_file_a_message_waits_and_a_new_secret_sends_it(office: Office, hours: int):
    hook = hook_of(office)
    make_task(office.workbench)
    office.follower.look()
    office.workbench.settings.key_file.write_bytes(b"")  # it is lost for good
    office.make("Other", kinds=["note_added"])  # with another key
    office.send()
    assert office.program.got == []
    [outcome] = {job.outcome for job in office.jobs() if job.kind == service.SEND}
    assert f"workbench webhook rotate {hook.webhook_id}" in (outcome or "")
    made = office.do("webhook rotate", webhook_id=hook.webhook_id, overlap_hours=hours)
    office.send()
    [got] = office.program.got
    assert got.verified(made.secret)["type"] == "task_created"


def test_a_message_is_sent_once_its_key_file_is_back_however_long_that_takes(office: Office):
    hook_of(office)
    make_task(office.workbench)
    kept = office.workbench.settings.key_file.read_bytes()
    office.workbench.settings.key_file.unlink()
    for _ in range(60):
        office.wait(hours=1)
    assert office.program.got == []
    office.workbench.settings.key_file.write_bytes(kept)
    office.workbench.settings.key_file.chmod(0o600)
    office.wait(hours=24)
    assert office.told() == ["task_created"]


# -- by hand -------------------------------------------------------------------------------------


def test_one_is_sent_again_with_its_id(office: Office):
    hook = hook_of(office)
    happen(office, 2)
    first, _ = office.messages(hook)
    office.do("webhook redeliver", webhook_id=hook.webhook_id, webhook_delivery_id=first.webhook_delivery_id)
    office.look()
    assert office.program.ids == [*sorted(office.program.ids[:2]), first.webhook_delivery_id]
    assert len(office.messages(hook)[0].attempts) == 2


def test_all_since_a_moment_are_sent_again_in_their_order(office: Office):
    hook = hook_of(office)
    happen(office)
    office.workbench.clock.advance(hours=1)
    since = office.workbench.clock.now()
    happen(office, 3)
    later = [one.webhook_delivery_id for one in office.messages(hook)][1:]
    done = office.do("webhook redeliver", webhook_id=hook.webhook_id, since=since.isoformat())
    assert done.count == 3
    office.look()
    assert office.program.ids[4:] == later


def test_so_many_since_a_moment_that_they_are_marked_some_at_a_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(service, "AT_ONCE", 2)
    hook = hook_of(office)
    happen(office, 5)
    marked, mark = [], service.mark_again

    def counting(tx: Any, one: Webhook, ids: list[str]) -> None:
        marked.append(len(ids))
        mark(tx, one, ids)

    monkeypatch.setattr(service, "mark_again", counting)
    again = {"webhook_id": hook.webhook_id, "since": "2000-01-01T00:00:00Z"}
    assert office.do("webhook redeliver", **again).count == 5
    office.look()
    first = [one.webhook_delivery_id for one in office.messages(hook)]
    assert office.program.ids[5:] == first
    assert marked == [2, 2, 1]


def test_none_is_left_out_of_what_is_sent_again_or_all_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    """What waits, is older or only tried the webhook out takes no place among those that are counted."""
    monkeypatch.setattr(service, "MOST_REDELIVERED", 3)
    hook = hook_of(office)
    happen(office, 2)
    office.workbench.clock.advance(hours=1)
    since = office.workbench.clock.now().isoformat()
    happen(office, 3)
    for _ in range(4):
        office.do("webhook test", webhook_id=hook.webhook_id)
    assert office.do("webhook redeliver", webhook_id=hook.webhook_id, since=since).count == 3
    office.look()
    with pytest.raises(ConflictError, match="More than 3"):
        office.do("webhook redeliver", webhook_id=hook.webhook_id, since="2000-01-01T00:00:00Z")


def test_only_what_was_given_up_is_sent_again(office: Office):
    hook = hook_of(office)
    happen(office)
    office.program.usual = 500
    happen(office)
    for delay in DELAYS:
        office.wait(seconds=delay.total_seconds() * LONGER)
    office.program.usual = 200
    since = "2000-01-01T00:00:00Z"
    done = office.do("webhook redeliver", webhook_id=hook.webhook_id, since=since, failed_only=True)
    assert done.count == 1
    office.look()
    assert {one.status for one in office.messages(hook)} == {DeliveryStatus.DELIVERED}


def test_what_cannot_be_sent_again_is_refused(office: Office):
    hook, other = hook_of(office), hook_of(office, name="Other")
    happen(office)
    of_other = office.messages(other)[0].webhook_delivery_id
    with pytest.raises(BadRequestError, match="name one message"):
        office.do("webhook redeliver", webhook_id=hook.webhook_id)
    with pytest.raises(NotFoundError):
        office.do("webhook redeliver", webhook_id=hook.webhook_id, webhook_delivery_id=of_other)
    with pytest.raises(ConflictError, match="nothing"):
        office.do("webhook redeliver", webhook_id=hook.webhook_id, since="2999-01-01T00:00:00Z")
    office.do("webhook pause", webhook_id=hook.webhook_id)
    with pytest.raises(ConflictError, match="paused"):
        office.do("webhook redeliver", webhook_id=hook.webhook_id, since="2000-01-01T00:00:00Z")


def test_a_test_message_is_sent_at_once_and_shows_what_was_answered(office: Office):
    hook = hook_of(office)
    tested = office.do("webhook test", webhook_id=hook.webhook_id)
    [got] = office.program.got
    assert got.verified(office.secrets[hook.webhook_id])["type"] == "webhook.test"
    assert got.message_id == tested.delivery.webhook_delivery_id
    assert tested.delivery.tried[0].answer == "Said."
    office.program.answers = [500]
    assert office.do("webhook test", webhook_id=hook.webhook_id).delivery.status is DeliveryStatus.FAILED
    assert office.hook(hook).is_active, "a test pauses nothing"
    assert len(office.messages(hook)) == 2


def test_what_is_paused_by_hand_goes_on_where_it_was(office: Office):
    hook = hook_of(office)
    office.do("webhook pause", webhook_id=hook.webhook_id)
    with pytest.raises(ConflictError, match="paused already"):
        office.do("webhook pause", webhook_id=hook.webhook_id)
    happen(office, 2)
    assert office.program.got == []
    assert notices(office) == [], "whoever did it by hand knows"
    office.do("webhook resume", webhook_id=hook.webhook_id)
    with pytest.raises(ConflictError, match="not paused"):
        office.do("webhook resume", webhook_id=hook.webhook_id)
    office.look()
    assert len(office.program.got) == 2


def test_a_removed_one_sends_nothing_and_has_no_secret(office: Office):
    hook = hook_of(office)
    office.program.answers = [500]
    happen(office)
    office.do("webhook remove", webhook_id=hook.webhook_id)
    office.wait(minutes=1)
    assert len(office.program.got) == 1
    with office.workbench.reading(office.admin) as tx:
        kept = tx.get(Webhook, hook.webhook_id)
    assert (kept.sealed, kept.previous_sealed) == (None, None)
    with pytest.raises(NotFoundError):
        office.do("webhook test", webhook_id=hook.webhook_id)


def test_what_was_sent_long_ago_is_forgotten_and_what_waits_is_not(office: Office):
    hook = hook_of(office)
    happen(office)
    office.program.usual = 500
    happen(office)
    office.do("webhook pause", webhook_id=hook.webhook_id)
    office.workbench.clock.advance(days=31)
    with office.workbench.transaction(office.admin) as tx:
        office.engine.enqueue(tx, "forget_webhook_messages")
    office.send()
    assert [one.status for one in office.messages(hook)] == [DeliveryStatus.WAITING]
    office.do("webhook remove", webhook_id=hook.webhook_id)
    with office.workbench.transaction(office.admin) as tx:
        office.engine.enqueue(tx, "forget_webhook_messages")
    office.send()
    with office.workbench.reading(office.admin) as tx:
        assert tx.find(WebhookDelivery) == [], "nor are those for ever that nobody will send"
