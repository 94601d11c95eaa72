"""What browsers send is hostile until it is proved: nothing but the right answer is taken, whatever it is."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.second_factor import passkeys
from engine.second_factor.passkeys import Passkey, Site, WrongPasskeyError
from tests.soft_keys import SoftKey

SITE = Site(host="localhost", origins=("http://localhost",))
CHALLENGE = passkeys.new_challenge()
KEY = SoftKey()


def made_by(key: SoftKey) -> Passkey:
    options = passkeys.asked_to_make(SITE, CHALLENGE, user_id="usr_1", email="a@b", name="Ana", known=())
    return passkeys.made(SITE, CHALLENGE, key.make(options))


PASSKEY = made_by(KEY)
MADE = KEY.make(passkeys.asked_to_make(SITE, CHALLENGE, user_id="u", email="a@b", name="A", known=()))
SIGNED = KEY.sign(passkeys.asked_to_sign(SITE, CHALLENGE, [PASSKEY.credential]))

#: Anything that JSON says.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
BYTES = st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="))
CBOR = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=60) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FORMATS = st.sampled_from(
    ["none", "packed", "tpm", "fido-u2f", "apple", "android-key", "android-safetynet", "x"]
)


def attested(fmt: Any, statement: Any, told: Any) -> str:
    raw = cbor2.dumps({"fmt": fmt, "attStmt": statement, "authData": told})
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def told_by(changes: list[tuple[int, int]], length: int | None) -> bytes:
    """Return what the key told of itself when it was made, with some bytes changed or cut off."""
    sent = json.loads(MADE)["response"]["attestationObject"]
    told = bytearray(cbor2.loads(base64.urlsafe_b64decode(f"{sent}=="))["authData"])
    for place, value in changes:
        told[place % len(told)] = value
    return bytes(told[:length])


ATTESTED = st.builds(attested, FORMATS | CBOR, CBOR, CBOR)
STATEMENTS = st.dictionaries(
    st.sampled_from(["sig", "x5c", "alg", "ver", "certInfo", "pubArea", "response"]),
    CBOR | st.lists(st.binary(max_size=80), max_size=3),
)
CHANGES = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), min_size=1, max_size=4)


def test_what_it_signed_is_taken_with_its_count():
    assert passkeys.signed_with(SIGNED) == PASSKEY.credential
    assert passkeys.signed(SITE, CHALLENGE, SIGNED, PASSKEY) == PASSKEY.counter + 1


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '"x"', "{" * 30_000, "x" * 30_000, '{"id": 1}', '{"id": []}']
)
def test_what_is_no_answer_is_none(text: str):
    with pytest.raises(WrongPasskeyError):
        passkeys.made(SITE, CHALLENGE, text)
    with pytest.raises(WrongPasskeyError):
        passkeys.signed(SITE, CHALLENGE, text, PASSKEY)


@given(
    field=st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "attestationObject"]),
    value=ANYTHING | BYTES | ATTESTED,
)
def test_no_other_answer_makes_a_passkey(field: str, value: Any):
    changed = json.loads(MADE)
    place = changed if field in changed else changed["response"]
    if place[field] == value:
        return
    place[field] = value
    with pytest.raises(WrongPasskeyError):
        passkeys.made(SITE, CHALLENGE, json.dumps(changed))


@given(fmt=FORMATS, statement=STATEMENTS, changes=CHANGES, length=st.none() | st.integers(0, 200))
def test_whatever_a_key_tells_of_itself_is_a_passkey_or_none(
    fmt: str, statement: Any, changes: list[tuple[int, int]], length: int | None
):
    changed = json.loads(MADE)
    changed["response"]["attestationObject"] = attested(fmt, statement, told_by(changes, length))
    with suppress(WrongPasskeyError):
        assert passkeys.made(SITE, CHALLENGE, json.dumps(changed)).credential


@given(
    field=st.sampled_from(
        ["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"]
    ),
    value=ANYTHING | BYTES,
)
def test_no_other_answer_is_signed(field: str, value: Any):
    changed = json.loads(SIGNED)
    place = changed if field in changed else changed["response"]
    if place[field] == value:
        return
    place[field] = value
    with pytest.raises(WrongPasskeyError):
        passkeys.signed(SITE, CHALLENGE, json.dumps(changed), PASSKEY)
