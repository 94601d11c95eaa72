"""A mail server on loopback, as strange as a test wants it."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Postbox:
    """What a mail server took, and what it answers."""

    def __init__(self) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]
        self.taken: list[EmailMessage] = []
        self.raw: list[bytes] = []
        #: Its answer to a recipient and to a message, by default that it takes them.
        self.to_recipient = self.to_message = "250 OK"
        self._server: Controller | None = None

    def open(self) -> None:
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    async def handle_RCPT(self, _server, _session, envelope: Any, address: str, _options) -> str:  # noqa: N802
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server, _session, envelope: Any) -> str:  # noqa: N802
        if self.to_message.startswith("250"):
            message = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            assert message["To"].addresses[0].addr_spec in envelope.rcpt_tos
            self.taken.append(message)
            self.raw.append(envelope.original_content)
        return self.to_message

    def subjects(self, address: str) -> list[str]:
        return [str(one["Subject"]) for one in self.taken if address in str(one["To"])]


@contextmanager
def opened() -> Iterator[Postbox]:
    box = Postbox()
    box.open()
    try:
        yield box
    finally:
        box.close()
