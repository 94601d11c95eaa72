"""What web/API.md tells whoever receives webhooks is so: its programs are run on real messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.budgets import BYTES_OF_A_RECEIPT, BYTES_OF_A_WEBHOOK, SECONDS_OF_A_WEBHOOK
from engine.webhooks.following import Follower
from engine.webhooks.sending import DELAYS, PAUSED_AFTER
from tests import receiver
from tests.conftest import ROOT
from tests.factories import do, make_task
from tests.receiver import Got, Receiver
from web.serving import background

TEXT = (
    (ROOT / "web" / "API.md")
    .read_text(encoding="utf-8")
    .partition("\n## Webhooks\n")[2]
    .partition("\n## ")[0]
)


def program(name: str) -> Callable[..., Any]:
    """Return the function of that name of the program in the chapter that has it."""
    [found] = [one for one in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if f"def {name}(" in one]
    names: dict[str, Any] = {}
    exec(found, names)  # noqa: S102 - what readers are told to run
    made: Callable[..., Any] = names[name]
    return made


@pytest.fixture
def listening() -> Iterator[Receiver]:
    with receiver.opened() as opened:
        yield opened


@pytest.fixture
def sent(workbench: Workbench, listening: Receiver, tmp_path: Path) -> tuple[str, Got]:
    """The secret of a webhook, and a message that it sent."""
    keys = str(tmp_path / "secrets.key")
    workbench.settings = replace(workbench.settings, private_webhooks=True, secrets_key=keys)
    workbench.clock.set(datetime.now(UTC))
    given = {"name": "Billing", "url": listening.url, "kinds": ["task_created"]}
    secret = do(workbench, workbench.operator(), "webhook make", **given).secret
    make_task(workbench, title="Übergröße € 5")
    Follower(workbench).look()
    engine = background.engine_of(workbench)
    while engine.do_one("worker"):
        pass
    [got] = listening.got
    return secret, got


def forged(got: Got) -> dict[str, tuple[dict[str, str], bytes]]:
    """Give the message as somebody else would send it."""
    old = str(int(got.headers["webhook-timestamp"]) - 301)
    return {
        "its body was changed": (got.headers, got.body.replace(b"task", b"tusk", 1)),
        "its id was changed": ({**got.headers, "webhook-id": "msg_1"}, got.body),
        "its time was changed": ({**got.headers, "webhook-timestamp": old}, got.body),
        "its signature was changed": ({**got.headers, "webhook-signature": "v1,AAAA"}, got.body),
    }


def test_the_check_in_words_of_python_takes_what_was_sent_and_nothing_else(sent):
    secret, got = sent
    is_genuine = program("is_genuine")
    assert is_genuine(secret, got.headers, got.body)
    assert not is_genuine("whsec_" + "A" * 44, got.headers, got.body)
    taken = [how for how, (headers, body) in forged(got).items() if is_genuine(secret, headers, body)]
    assert taken == []


def test_a_message_that_is_sent_once_more_by_somebody_later_is_refused(
    sent, workbench: Workbench, listening: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """A replayed webhook: its signature is right, and its time is over."""
    secret, got = sent
    later = datetime.now(UTC).timestamp() + timedelta(minutes=6).total_seconds()
    monkeypatch.setattr("time.time", lambda: later)
    assert not program("is_genuine")(secret, got.headers, got.body)


def test_the_receiver_of_the_chapter_does_a_message_once(sent, capsys: pytest.CaptureFixture[str]):
    secret, got = sent
    receive = program("receive")
    assert [receive(secret, got.headers, got.body) for _ in range(2)] == [200, 200]
    assert capsys.readouterr().out.count("task_created") == 1
    assert {receive(secret, headers, body) for headers, body in forged(got).values()} == {400}


def test_the_figures_of_the_chapter_are_those_of_the_product():
    assert [delay.total_seconds() for delay in DELAYS[:3]] == [5, 300, 1800]
    assert [delay / timedelta(hours=1) for delay in DELAYS[3:]] == [2, 5, 10, 10]
    assert "5 seconds, 5 and 30 minutes, 2, 5, 10 and 10 hours" in TEXT
    assert (len(DELAYS) + 1, "After the eighth attempt" in TEXT) == (8, True)
    assert (PAUSED_AFTER.days, "for three days" in TEXT) == (3, True)
    assert (SECONDS_OF_A_WEBHOOK, "within ten seconds" in TEXT) == (10, True)
    assert f"{BYTES_OF_A_RECEIPT // 1024} KiB are read" in TEXT
    assert f"longer than {BYTES_OF_A_WEBHOOK // 1024} KiB" in TEXT
