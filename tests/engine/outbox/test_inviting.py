"""An invitation goes out by e-mail once, where a mail server is set, and its link is in nothing else."""

from __future__ import annotations

import re

from engine.jobs.models import JobStatus
from tests.engine.outbox.conftest import Post
from tests.factories import do


def invite(post: Post, name: str = "user invite") -> str:
    given: dict[str, object] = {"email": "nina@example.com", "role": ["member"]}
    if name == "user invite-again":
        given = {"user_id": "nina@example.com"}
    made = do(post.desk.workbench, post.desk.workbench.operator(), name, **given)
    assert made.is_mailed
    return str(made.token)


def test_an_invitation_is_mailed_with_its_link_in_words_that_say_what_to_do(post):
    token = invite(post)
    post.deliver()
    (message,) = [one for one in post.box.taken if "nina@example.com" in str(one["To"])]
    assert message["Subject"] == "You are invited to Workbench"
    assert message.get_content().splitlines()[2:4] == [
        "Open this link to say who you are and how you sign in as nina@example.com:",
        f"https://board.example.com/invitation/{token}",
    ]
    assert "List-Unsubscribe" not in message


def test_what_the_job_keeps_does_not_open_the_account(post):
    token = invite(post)
    (job,) = [one for one in post.jobs() if one.kind == "send_invitation"]
    assert token not in repr(job)
    post.deliver()
    assert not [one for one in post.jobs() if token in repr(one)]


def test_one_that_was_replaced_withdrawn_or_accepted_is_not_sent(post):
    invite(post)
    newer = invite(post, "user invite-again")
    post.deliver()
    assert [re.findall(r"/invitation/(\S+)", one.get_content()) for one in post.box.taken] == [[newer]]
    invite(post, "user invite-again")
    do(post.desk.workbench, post.desk.workbench.operator(), "user uninvite", user_id="nina@example.com")
    post.deliver()
    assert len(post.to("nina")) == 1


def test_a_server_that_is_away_is_tried_again_and_one_that_refuses_is_not(post):
    invite(post)
    post.box.close()
    post.deliver()
    assert post.to("nina") == []
    post.box.open()
    post.desk.workbench.clock.advance(minutes=1)
    post.deliver()
    assert len(post.to("nina")) == 1
    post.box.to_recipient = "550 nobody of that name"
    invite(post, "user invite-again")
    post.deliver()
    (job,) = [one for one in post.jobs(JobStatus.FAILED) if one.kind == "send_invitation"]
    assert "nobody of that name" in (job.outcome or "")
