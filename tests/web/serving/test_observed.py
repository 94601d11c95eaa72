"""What a server with several processes counts and logs, as another program sees it (NFR-024, 025, 028)."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.serving.served import Served, serving, wait_until
from tests.web.serving.test_processes import ask, holders_of, one_per_worker

TOKEN = "a-token-for-prometheus-0815"
MINE = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def served(
    shipped_repository: Path, new_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    shutil.copyfile(new_store, tmp_path / "store.db")
    killed = Path("/dev/shm/workbench-metrics-2147483646-x")  # noqa: S108 - as a server would leave it
    killed.mkdir(exist_ok=True)
    monkeypatch.setenv("WORKBENCH_METRICS_TOKEN", TOKEN)
    monkeypatch.setenv("WORKBENCH_LOG_FORMAT", "json")
    words = ["--content", str(shipped_repository), "--database", f"sqlite:///{tmp_path}/store.db"]
    with serving(tmp_path, *words, "--processes", "2") as server:
        yield server
    assert not killed.exists()
    assert list(killed.parent.glob(f"workbench-metrics-{server.process.pid}-*")) == [], (
        "nothing is left of it"
    )


def metrics(connection) -> dict[str, float]:
    """Give what is counted, each name with the sum of its samples."""
    connection.request("GET", "/metrics", headers=MINE)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            keys = [sample.name]
            if "route" in sample.labels:
                keys.append(f"{sample.name} {sample.labels['route']}")
            for key in keys:
                found[key] = found.get(key, 0) + sample.value
    return found


@pytest.mark.wide
def test_all_workers_tell_the_same_and_what_one_that_ended_has_counted(served: Served):
    with ExitStack() as stack:
        both = one_per_worker(served, stack)
        before = metrics(both[0])["workbench_http_requests_total /healthz"]
        for connection in both:
            for _ in range(5):
                ask(connection, "/readyz")
        told = [metrics(connection) for connection in both]
        name = "workbench_http_requests_total /readyz"
        assert [one[name] for one in told] == [10, 10]
        assert told[0]["workbench_http_requests_total /healthz"] == before
        assert told[0]["workbench_workers"] == 2
        assert told[0]["workbench_http_connections"] >= 1
        assert told[0]["workbench_database_connections"] >= 0
        (pid,) = holders_of(both[0], served)
        os.kill(pid, signal.SIGKILL)
        served.wait_until_it_says("another one takes its place")
        assert metrics(both[1])[name] == 10
    with closing(served.connect()) as connection:
        connection.request("GET", "/", headers={"X": "x" * 40_000})
        assert connection.getresponse().status == 431
    with closing(served.connect()) as connection:
        assert metrics(connection)["workbench_http_refused_total"] == 1


@pytest.mark.wide
def test_a_server_that_begins_anew_counts_anew(served: Served):
    with closing(served.connect()) as connection:
        for _ in range(3):
            ask(connection, "/readyz")
        assert metrics(connection)["workbench_http_requests_total /readyz"] == 3
    for times in (1, 2, 3):
        served.process.send_signal(signal.SIGHUP)
        served.wait_until_it_says("serves again", times)
    with closing(served.connect()) as connection:
        wait_until(lambda: "workbench_http_requests_total /readyz" not in metrics(connection))
        ask(connection, "/readyz")
        assert metrics(connection)["workbench_http_requests_total /readyz"] == 1


@pytest.mark.wide
def test_every_line_of_the_log_is_json_and_names_the_request(served: Served):
    with closing(served.connect()) as connection:
        answer, _ = ask(connection, "/sign-in?next=secret-of-a-query", X_Request_Id="from-a-proxy-9")
        assert answer.headers["X-Request-Id"] == "from-a-proxy-9"
    served.wait_until_it_says("from-a-proxy-9")
    lines = [json.loads(line) for line in served.said().splitlines()]
    (line,) = [one for one in lines if one.get("request_id") == "from-a-proxy-9"]
    assert (line["route"], line["status"]) == ("/sign-in", 200)
    assert "secret-of-a-query" not in served.said()
