"""An e-mail of what somebody is told: the same words as plain text and as HTML (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from engine.notifications.models import Notification
from engine.notifications.service import one_line

#: What lists of mail programs show of a subject.
LONGEST_SUBJECT = 78
_STYLE = (
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    "font-size:16px;line-height:1.5;color:#1f2328"
)
_BUTTON = (
    "display:inline-block;padding:8px 16px;border-radius:6px;background:#2f5d8a;color:#ffffff;"
    "text-decoration:none;font-weight:600"
)
_QUIET = "font-size:13px;color:#57606a"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """To whom an e-mail goes, and from where."""

    #: Where people open the board, without a slash at its end.
    site: str
    workspace: str
    sender: str
    name: str
    address: str
    #: What stops e-mails without signing in.
    stop_token: str
    moment: datetime

    @property
    def choose(self) -> str:
        """Where the person chooses what they are told."""
        return f"{self.site}/settings/messages"

    @property
    def stop(self) -> str:
        """Where the person stops e-mails."""
        return f"{self.site}/messages/stop/{quote(self.stop_token)}"


class _Whole(str):
    """A header that is written as it is given here, and is not read by Python first.

    Python would write a long one as an encoded word, which programs that look for an address do not read. And
    it decodes encoded words in what people typed: a title could bring headers and a body of its own.
    """

    __slots__ = ("name",)
    name: str

    def __new__(cls, name: str, value: str) -> _Whole:
        made = super().__new__(cls, value)
        made.name = name
        return made

    def fold(self, *, policy: Policy[Any]) -> str:
        """Write it."""
        return f"{self.name}: {self}{policy.linesep}"


class _Mailbox(_Whole):
    """A header that names one address."""

    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, name: str, person: str, address: str) -> _Mailbox:
        user, _, domain = address.rpartition("@")
        said = one_line(person)
        made = cls(name, f"{_quoted(said) if _is_plain(said) else _encoded(name, said)} <{address}>")
        made.addresses = (Address(username=user, domain=domain),)
        return made


def _is_plain(text: str) -> bool:
    """Whether a text says the same to every program: ASCII that does not look encoded."""
    return text.isascii() and "=?" not in text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encoded(name: str, text: str) -> str:
    """Write what people typed so that no program finds anything else in it."""
    return Header(text, "utf-8", header_name=name).encode(linesep="\r\n")


def compose(letter: Letter, told: Sequence[Notification], thread: str | None = None) -> EmailMessage:
    """Write an e-mail of at least one notification; e-mails with the same ``thread`` stand together.

    It has the same Message-ID whenever it is written of the same notifications.
    """
    message = EmailMessage(policy=SMTP)
    host = urlsplit(letter.site).hostname or "localhost"
    message["From"] = _Mailbox.of("From", letter.workspace, letter.sender)
    message["To"] = _Mailbox.of("To", letter.name, letter.address)
    about = subject(told)
    message["Subject"] = _Whole("Subject", about if _is_plain(about) else _encoded("Subject", about))
    message["Date"] = format_datetime(letter.moment)
    message["Message-ID"] = _Whole("Message-ID", f"<{told[0].notification_id}@{host}>")
    if thread is not None:
        # Nothing has that id: it is what all of one thread answer to, whichever of them comes first.
        root = f"<thread.{hashlib.sha256(thread.encode()).hexdigest()[:32]}@{host}>"
        for name in ("In-Reply-To", "References"):
            message[name] = _Whole(name, root)
    message["List-Unsubscribe"] = _Whole("List-Unsubscribe", f"<{letter.stop}>")
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(letter, told))
    message.add_alternative(_html(letter, told), subtype="html")
    return message


def compose_invitation(letter: Letter, link: str) -> EmailMessage:
    """Write an e-mail with the link by which somebody accepts an invitation; the link is in nothing else."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _Mailbox.of("From", letter.workspace, letter.sender)
    message["To"] = _Mailbox.of("To", letter.name, letter.address)
    about = shortened(f"You are invited to {one_line(letter.workspace)}", LONGEST_SUBJECT)
    message["Subject"] = _Whole("Subject", about if _is_plain(about) else _encoded("Subject", about))
    message["Date"] = format_datetime(letter.moment)
    message["Auto-Submitted"] = "auto-generated"
    what = f"Open this link to say who you are and how you sign in as {letter.address}:"
    holds = "It works once, within 7 days. If you did not expect it, there is nothing to do."
    message.set_content(f"{about}.\n\n{what}\n{link}\n\n{holds}\n")
    return message


def subject(told: Sequence[Notification]) -> str:
    """Say in one line what is told."""
    first = one_line(told[0].title)
    if len(told) > 1:
        first = f"{len(told)} messages, first: {first}"
    return shortened(first, LONGEST_SUBJECT)


def shortened(words: str, most: int) -> str:
    """Return words in at most so many characters."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def link(site: str, one: Notification) -> str:
    """Return where the person sees it: the inbox opens the item, or says what became of it."""
    item = one.notification_id if one.is_listed else one.key.partition("@")[0]
    return f"{site}/inbox?item={quote(item)}"


def _text(letter: Letter, told: Sequence[Notification]) -> str:
    parts = ["\n".join([one.title, *one.lines, link(letter.site, one)]) for one in told]
    foot = [f"{letter.workspace} tells you this. Choose what you are told:", letter.choose]
    foot += ["Stop these e-mails:", letter.stop]
    return "\n\n".join(parts) + "\n\n-- \n" + "\n".join(foot) + "\n"


def _html(letter: Letter, told: Sequence[Notification]) -> str:
    parts = []
    for one in told:
        lines = "".join(
            f'<p style="margin:0 0 8px;white-space:pre-line">{escape(line)}</p>' for line in one.lines
        )
        parts.append(
            f'<div style="margin:0 0 24px"><h1 style="font-size:18px;margin:0 0 8px">{escape(one.title)}</h1>'
            f'{lines}<p style="margin:12px 0 0"><a href="{escape(link(letter.site, one))}" style="{_BUTTON}">'
            "Open it</a></p></div>"
        )
    foot = (
        f'<p style="{_QUIET};border-top:1px solid #d0d7de;padding-top:12px">{escape(letter.workspace)} tells '
        f'you this. <a href="{escape(letter.choose)}">Choose what you are told</a>, or '
        f'<a href="{escape(letter.stop)}">stop these e-mails</a>.</p>'
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light">'
        f"<title>{escape(subject(told))}</title></head>"
        '<body style="margin:0;background:#ffffff">'
        f'<div style="max-width:600px;margin:0 auto;padding:24px;{_STYLE}">'
        f"{''.join(parts)}{foot}</div></body></html>"
    )
