"""One conversation with a mail server: who it may go wrong with, and whether anything was sent by then."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from engine.config import Settings
from engine.jobs.context import NothingDoneError

_SECONDS = 30
_GOOD, _REFUSED_FOR_GOOD = range(200, 300), range(500, 600)


class RefusedError(Exception):
    """The mail server will never take this message; nothing was sent."""


class UnknownAddressError(RefusedError):
    """The mail server will never take anything for this address; nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A mail server, and how it is spoken to."""

    host: str
    port: int
    #: ``starttls``, ``tls`` or ``none``.
    security: str
    user: str = ""
    password: str | None = None

    @classmethod
    def of(cls, settings: Settings, password: str | None) -> Server:
        """Give the one of the settings."""
        return cls(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=password,
        )


def send(server: Server, message: EmailMessage, before_data: Callable[[], None]) -> str:
    """Send a message to the one address that it names; return what the server said.

    ``before_data`` is called right before the server could pass anything on: whatever is raised earlier tells
    that nothing was sent, and whatever else is raised later that nobody knows.

    Raises:
        NothingDoneError: it was not sent, and may be another time; says why.
        UnknownAddressError: the server takes nothing for the address.
        RefusedError: the server does not take this message.
    """
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    written = message.as_bytes(policy=SMTP)  # what cannot be written fails before anything has begun
    with _signed_in(server) as smtp:
        _tell_sender_and_recipient(smtp, sender, recipient)
        before_data()
        try:
            code, said = smtp.data(written)
        except smtplib.SMTPDataError as error:  # it did not want to hear it: its first answer was no
            code, said = error.smtp_code, _bytes(error.smtp_error)
    if code in _GOOD:
        return _words(code, said)
    if code in _REFUSED_FOR_GOOD:
        raise RefusedError(f"The mail server refused the message: {_words(code, said)}")
    raise NothingDoneError(f"The mail server does not take it now: {_words(code, said)}")


@contextmanager
def _signed_in(server: Server) -> Iterator[smtplib.SMTP]:
    """Connect and sign in; say goodbye at the end, which changes nothing any more."""
    smtp: smtplib.SMTP | None = None
    try:
        context = ssl.create_default_context()
        if server.security == "tls":
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
            if server.security == "starttls":
                smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password or "")
        smtp.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        if smtp is not None:
            smtp.close()
        where = f"{server.host}:{server.port} cannot be used with `smtp_security` {server.security}"
        raise NothingDoneError(f"The mail server {where}: {_why(error)}") from error
    try:
        yield smtp
    finally:
        with suppress(OSError, smtplib.SMTPException):  # it has answered already
            smtp.quit()
        smtp.close()


def _tell_sender_and_recipient(smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
    try:
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        if options and not smtp.has_extn("smtputf8"):
            raise UnknownAddressError(f"The mail server takes no address such as {recipient}.")
        code, said = smtp.mail(sender, options)
        if code not in _GOOD:
            raise NothingDoneError(f"The mail server takes nothing from {sender}: {_words(code, said)}")
        code, said = smtp.rcpt(recipient)
    except (OSError, smtplib.SMTPException) as error:
        raise NothingDoneError(f"The mail server broke off: {_why(error)}") from error
    if code in _REFUSED_FOR_GOOD:
        raise UnknownAddressError(f"The mail server takes nothing for {recipient}: {_words(code, said)}")
    if code not in _GOOD:
        raise NothingDoneError(f"The mail server takes nothing for {recipient} now: {_words(code, said)}")


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, _bytes(error.smtp_error))
    return str(error)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _words(code: int, said: bytes) -> str:
    return f"{code} {' '.join(said.decode('utf-8', 'replace').split())}"
