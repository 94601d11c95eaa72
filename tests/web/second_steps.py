"""People who set second factors up, and give them; with the passwords that they begin with."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from pyotp import TOTP
from werkzeug.test import TestResponse

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from tests.factories import PASSWORD
from tests.soft_keys import SoftKey
from tests.told import saved
from tests.web.conftest import Visitor

HALF_MINUTE = {"seconds": 30}
PAGE, SETUP, STEP = "/password/second-factor", "/password/second-factor/new", "/second-step"
SECRET = re.compile(r'id="factor-secret" value="([A-Z2-7]+)"')
_OPTIONS = re.compile(r'data-options="([^"]+)"')
CODES = re.compile(r"<li><code>([a-z2-9-]{19})</code></li>")
WRONG = "This code is wrong, too old, or was used already."


@dataclass
class Phone:
    """An app that shows codes."""

    workbench: Workbench
    secret: str

    def code(self, half_minutes: int = 0) -> str:
        return TOTP(self.secret).at(self.workbench.clock.now(), counter_offset=half_minutes)


@pytest.fixture(autouse=True)
def passwords_of_all(workbench: Workbench, people: dict[str, Actor], password_hash: str) -> None:
    for name in ("ben", "mara", "pat"):
        with workbench.transaction(people[name]) as tx:
            user = tx.get(User, people[name].user_id)
            user.password_hash = password_hash
            saved(tx, user)


def signed_in(app: Flask, name: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.sign_in(name).status_code == 303
    return visitor


def options_of(page: str) -> dict[str, Any]:
    found = _OPTIONS.search(page)
    assert found, page
    read: dict[str, Any] = json.loads(html.unescape(found[1]))
    return read


def set_up_app(visitor: Visitor, workbench: Workbench, name: str = "Phone") -> tuple[Phone, list[str]]:
    """Set an app up; return it with the recovery codes that were shown."""
    begun = visitor.post(f"{PAGE}/app", {"form": "app", "name": name, "proof": PASSWORD})
    assert begun.location == SETUP, begun.text
    found = SECRET.search(visitor.get(SETUP).text)
    assert found
    phone = Phone(workbench, found[1])
    added = visitor.post(SETUP, {"form": "setup", "code": phone.code()})
    assert is_set_up(added), added.text
    workbench.clock.advance(**HALF_MINUTE)
    return phone, CODES.findall(added.text)


def is_set_up(added: TestResponse) -> bool:
    """Whether a factor was added: the first one is answered with recovery codes, another leads back."""
    return added.location == PAGE or len(CODES.findall(added.text)) == 10


def set_up_passkey(visitor: Visitor, key: SoftKey, name: str = "Key") -> TestResponse:
    visitor.post(f"{PAGE}/passkey", {"form": "passkey", "name": name, "proof": PASSWORD})
    answer = key.make(options_of(visitor.get(SETUP).text))
    return visitor.post(SETUP, {"form": "setup", "credential": answer})


def at_step(app: Flask, name: str = "ana") -> Visitor:
    """Give somebody who has given their password in a browser of their own."""
    visitor = Visitor(app.test_client())
    assert visitor.sign_in(name).location == STEP
    return visitor


def give(visitor: Visitor, code: str, **more: str) -> TestResponse:
    return visitor.post(STEP, {"form": "code", "code": code, **more})


def sign(visitor: Visitor, key: SoftKey) -> TestResponse:
    answer = key.sign(options_of(visitor.get(STEP).text))
    return visitor.post(f"{STEP}/passkey", {"form": "passkey", "credential": answer})


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/my-work").status_code == 200
