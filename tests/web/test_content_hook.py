"""A forge says that content was pushed: who it is is proved by a signature, and one fetch follows."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import ForbiddenError
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.live_content import hook
from tests.conftest import git
from tests.factories import do, make_people
from web import create_app
from web.serving import background

SECRET = "only the forge knows this"
BODY = b'{"ref": "refs/heads/main"}'


@pytest.fixture
def live(content_repo: Path, settings: Settings, clock: FixedClock) -> Iterator[Workbench]:
    fetching = replace(settings, content="/nowhere", content_remote=str(content_repo))
    with closing(Workbench(fetching, clock=clock)) as engine:
        do(engine, engine.operator(), "secrets set", name="content_webhook", value=SECRET)
        yield engine


def signed(body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def deliver(engine: Workbench, headers: dict[str, str], body: bytes = BODY, **more: str) -> TestResponse:
    client = create_app(engine, secret_key="only for tests").test_client()
    more.setdefault("content_type", "application/json")
    return client.post("/hooks/content", data=body, headers=headers, **more)


def jobs_of(engine: Workbench) -> list[Job]:
    return [job for job in Claims(engine.database).list_jobs(list(JobStatus), 50) if "fetch" in job.kind]


@pytest.mark.few(1)
@pytest.mark.parametrize("headers", [signed(), {"X-Gitlab-Token": SECRET}], ids=["GitHub", "GitLab"])
def test_a_delivery_of_either_forge_is_answered_at_once_and_the_content_is_fetched_afterwards(
    live: Workbench, content_repo: Path, headers: dict[str, str]
) -> None:
    answer = deliver(live, headers)
    assert (answer.status_code, answer.text) == (202, "The content will be fetched.\n")
    assert live.content().commit is None, "nothing is fetched while the forge waits"
    assert background.engine_of(live).do_one("worker")
    assert live.content().commit == git(content_repo, "rev-parse", "HEAD")
    assert [job.status for job in jobs_of(live)] == [JobStatus.DONE]


@pytest.mark.wide
def test_however_many_deliveries_come_one_fetch_waits_and_one_more_once_that_has_begun(
    live: Workbench,
) -> None:
    answers = [deliver(live, signed()) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {202}
    assert len(jobs_of(live)) == 1
    claims = Claims(live.database)
    claim = claims.begin("worker", ["fetch_content"], now=10**14, lease=60_000)
    assert claim is not None
    threads = [threading.Thread(target=hook.ask_for_fetch, args=(live, live.operator())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.status for job in jobs_of(live)) == [JobStatus.READY, JobStatus.RUNNING]
    claims.finish(claim)
    assert background.engine_of(live).do_one("worker")
    deliver(live, signed())
    assert [job.status for job in jobs_of(live)] == [JobStatus.READY, JobStatus.DONE, JobStatus.DONE]


@pytest.mark.few(4)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(secret="another"),
        signed(body=b"{}"),
        {"X-Hub-Signature-256": signed()["X-Hub-Signature-256"].removeprefix("sha256=")},
        {"X-Hub-Signature-256": "sha1=00"},
        {"X-Hub-Signature-256": "sha256=ü"},
        {"X-Hub-Signature-256": "sha256=00", "X-Gitlab-Token": SECRET},
        {"X-Gitlab-Token": SECRET[:-1]},
        {"X-Gitlab-Token": ""},
        {"X-Hub-Signature": "sha1=00"},
    ],
    ids=str,
)
def test_whatever_is_not_signed_with_the_secret_is_told_nothing_and_does_nothing(
    live: Workbench, headers: dict[str, str]
) -> None:
    answer = deliver(live, headers)
    assert (answer.status_code, answer.data) == (401, b"")
    assert jobs_of(live) == []


@pytest.mark.wide
def test_whoever_sends_wrong_ones_waits_and_holds_up_nobody_else(live: Workbench, clock: FixedClock) -> None:
    def sent_by(address: str, headers: dict[str, str]) -> int:
        client = create_app(live, secret_key="only for tests").test_client()
        where = {"REMOTE_ADDR": address}
        kind = "application/json"
        answer = client.post(
            "/hooks/content", data=BODY, headers=headers, content_type=kind, environ_base=where
        )
        return answer.status_code

    guesser, forge = "192.0.2.1", "192.0.2.2"
    assert {sent_by(guesser, signed(secret=str(number))) for number in range(7)} == {401}
    assert sent_by(guesser, signed()) == 401, "even the right one comes too early"
    assert sent_by(forge, signed()) == 202
    clock.advance(minutes=6)
    assert sent_by(guesser, signed()) == 202


def test_without_a_secret_or_a_remote_there_is_nothing_at_the_address(
    live: Workbench, workbench: Workbench
) -> None:
    do(workbench, workbench.operator(), "secrets set", name="content_webhook", value=SECRET)
    assert deliver(workbench, signed()).status_code == 404, "it fetches nothing"
    do(live, live.operator(), "secrets remove", name="content_webhook")
    assert deliver(live, signed()).status_code == 404
    assert jobs_of(live) == []


def test_a_body_that_is_too_large_is_refused_and_a_form_is_asked_for_as_json(live: Workbench) -> None:
    large = b'"' + b"x" * 600_000 + b'"'
    assert deliver(live, signed(large), large).status_code == 413
    form = "application/x-www-form-urlencoded"
    answer = deliver(live, signed(), content_type=form)
    assert (answer.status_code, answer.text) == (415, "Send it as application/json.\n")
    assert jobs_of(live) == []


def test_nobody_but_who_administers_has_it_fetched(live: Workbench) -> None:
    with pytest.raises(ForbiddenError):
        hook.ask_for_fetch(live, make_people(live)["ana"])
