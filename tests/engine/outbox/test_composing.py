"""What people typed never becomes another header, another recipient or a body of an e-mail (S22)."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.notifications.models import Notification, NotificationKind
from engine.notifications.service import one_line
from engine.outbox.composing import Letter, compose
from tests.conftest import NOW

ADDRESS = "ana@example.com"
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Auto-Submitted", "MIME-Version", "Content-Type",
]  # fmt: skip
#: An encoded word that Python before 3.12 decodes and writes out: a line of its own, and a body.
FORGED = "=?utf-8?q?Invoice=0D=0AReply-To=3A_evil=40x.org=0D=0A=0D=0APay=20here?="
LONG_NAME = "Agency for Communication (Public Relations), Events, Media and Something Very Long, Ltd."
PARTS = [
    "=?utf-8?q?",
    "=?utf-8?b?",
    "=?x?q?",
    "?=",
    "=0D=0A",
    "DQo=",
    "\r\n",
    ", b@x.org",
    "<",
    ">",
    '"',
    "(",
    ")",
]
TYPED = st.lists(
    st.sampled_from(PARTS) | st.text("ab =?_-:;,@\\.'0DAü😀", max_size=12), min_size=1, max_size=12
).map("".join)


def sent(title: str = "The work", *, name: str = "Ana", workspace: str = "Board") -> EmailMessage:
    """Write an e-mail as it goes out, and read it back as a mail program does."""
    letter = Letter(
        site="https://board.example.com", workspace=workspace, sender="board@example.com", name=name,
        address=ADDRESS, stop_token="mst_1.token", moment=NOW,
    )  # fmt: skip
    told = Notification(
        notification_id="ntf_1", workspace_id="wsp_1", user_id="usr_1", kind=NotificationKind.ASSIGNED,
        key="k", title=one_line(title), due_at=NOW, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    written = compose(letter, [told]).as_bytes(policy=SMTP)
    head = written.split(b"\r\n\r\n", 1)[0].decode("ascii")
    assert [line.partition(":")[0] for line in head.split("\r\n") if line[:1] not in " \t"] == HEADERS
    read = email.message_from_bytes(written, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


@given(typed=TYPED)
@example(typed=FORGED)
@example(typed="=?utf-8?b?=0D=0AA;")
def test_a_title_is_the_subject_and_nothing_else(typed: str):
    subject = one_line(typed)
    if subject:
        cut = subject if len(subject) <= 78 else f"{subject[:77].rstrip()}…"
        assert str(sent(typed)["Subject"]) == cut


@given(typed=TYPED)
@example(typed=FORGED)
@example(typed=LONG_NAME)
def test_a_name_brings_no_second_address(typed: str):
    read = sent(name=typed, workspace=typed)
    assert [one.addr_spec for one in read["To"].addresses] == [ADDRESS]
    assert [one.addr_spec for one in read["From"].addresses] == ["board@example.com"]


@pytest.mark.parametrize("name", ["Ana", "Zoë Müller", LONG_NAME, "O'Neill, Ann", "会議 太郎"])
def test_a_name_is_shown_as_it_is_written(name: str):
    assert sent(name=name)["To"].addresses[0].display_name == name
