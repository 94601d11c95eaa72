"""A passkey made of software: it answers as a browser with an authenticator does, and lies where told to."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

_PRESENT, _VERIFIED, _HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class SoftKey:
    """One authenticator with one passkey."""

    origin: str = "http://localhost"
    #: As how many signatures it tells of; 0 for one that does not count.
    count: int = 1
    #: Whether it asks for a PIN before it signs.
    verifies: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: dict[str, Any]) -> str:
        """Answer what a page asks a browser for that is to make a passkey."""
        client = self._client("webauthn.create", options["challenge"])
        told = self._told(options["rp"]["id"], _HAS_KEY)
        told += bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + self._public()
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})
        return self._answer(client, {"attestationObject": bytes_to_base64url(made)})

    def sign(self, options: dict[str, Any]) -> str:
        """Answer what a page asks a browser for that is to sign."""
        if self.count:
            self.count += 1
        client = self._client("webauthn.get", options["challenge"])
        told = self._told(options["rpId"])
        signature = self.key.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"authenticatorData": bytes_to_base64url(told), "signature": bytes_to_base64url(signature)}
        return self._answer(client, said)

    def copied(self) -> SoftKey:
        """Return another one with the same key and count."""
        return SoftKey(self.origin, self.count, self.verifies, self.credential_id, self.key)

    def _client(self, kind: str, challenge: str) -> bytes:
        bytes_of = base64url_to_bytes(challenge)  # as a browser has it
        said = {"type": kind, "challenge": bytes_to_base64url(bytes_of), "origin": self.origin}
        return json.dumps(said).encode()

    def _told(self, host: str, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def _answer(self, client: bytes, said: dict[str, str]) -> str:
        own = bytes_to_base64url(self.credential_id)
        response = {"clientDataJSON": bytes_to_base64url(client), **said}
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": response})
