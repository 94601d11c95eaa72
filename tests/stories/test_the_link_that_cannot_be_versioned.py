"""The link that cannot be versioned: a spreadsheet's link is the deliverable, and both versions share it.

The decision times say which state was seen; a copy of what the address served then is kept beside them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from engine.app import Workbench
from engine.artifacts.models import Artifact, ArtifactRole
from engine.deliverables import approvals, versions
from engine.tasks.models import TaskStatus
from tests import factories, judged
from tests.factories import make_people


class Sheet(BaseHTTPRequestHandler):
    """Serves what the spreadsheet says now."""

    content = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output free of requests."""


@contextmanager
def a_spreadsheet() -> Iterator[tuple[type[Sheet], str]]:
    class Own(Sheet):
        """One sheet for one test."""

    with HTTPServer(("127.0.0.1", 0), Own) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Own, f"http://127.0.0.1:{server.server_port}/sheet.csv"
        finally:
            server.shutdown()
            thread.join(timeout=10)


@pytest.fixture
def sheet() -> Iterator[tuple[type[Sheet], str]]:
    """A spreadsheet that lives elsewhere, and its address."""
    with a_spreadsheet() as running:
        yield running


def test_both_versions_share_the_link_and_the_decision_times_say_which_state_was_seen(
    either_workbench: Workbench,
):
    people, link = make_people(either_workbench), "https://sheets.example/d/1"
    task, row = judged.begin(either_workbench, people["mara"])
    waiting = judged.hand_over(either_workbench, people["ana"], task, row, link)
    either_workbench.clock.advance(hours=1)
    judged.decide(either_workbench, people["mara"], waiting, "rejected", "Row 7 is empty.")

    either_workbench.clock.advance(hours=20)
    with either_workbench.transaction(people["ana"]) as tx:
        versions.new_version(tx, row.deliverable_id)
    again = judged.ask(either_workbench, people["ana"], task)
    either_workbench.clock.advance(hours=3)
    judged.decide(either_workbench, people["mara"], again, "approved")

    first, second = judged.versions_of(either_workbench, task)
    assert first.deliverable_url == second.deliverable_url == link
    assert (first.version_number, second.version_number) == (1, 2)
    with either_workbench.reading(people["ana"]) as tx:
        one, two = approvals.of_task(tx, task.task_id)
    assert (one.deliverable_id, two.deliverable_id) == (first.deliverable_id, second.deliverable_id)
    assert one.decided_at is not None
    assert two.decided_at is not None
    assert (two.decided_at - one.decided_at).total_seconds() == 23 * 3600
    assert (first.frozen_at, second.frozen_at) == (one.decided_at, two.decided_at)
    assert judged.current(either_workbench, task).status is TaskStatus.COMPLETED


def test_what_the_address_served_at_each_decision_is_kept_as_evidence(
    workbench: Workbench, sheet: tuple[type[Sheet], str]
):
    served, link = sheet
    copying = Workbench(
        replace(workbench.settings, copy_links=True, private_links=True),
        clock=workbench.clock,
        catalog=workbench.catalog,
    )
    try:
        people = make_people(copying)
        task, row = judged.begin(copying, people["mara"])
        waiting = judged.hand_over(copying, people["ana"], task, row, link)
        served.content = b"row,value\n7,\n"
        seen = judged.seen(copying, waiting)
        factories.decide(
            copying, people["mara"], waiting.task_approval_id, "rejected", "Row 7 is empty.", seen=seen
        )
        with copying.transaction(people["ana"]) as tx:
            versions.new_version(tx, row.deliverable_id)
        again = judged.ask(copying, people["ana"], task)
        served.content = b"row,value\n7,42\n"
        seen = judged.seen(copying, again)
        factories.decide(copying, people["mara"], again.task_approval_id, "approved", seen=seen)

        with copying.reading(people["mara"]) as tx:
            decided = approvals.of_task(tx, task.task_id)
            copies = [tx.get(Artifact, item.evidence_artifact_id) for item in decided]
        with (
            copying.blobs.open(str(copies[0].sha256)) as one,
            copying.blobs.open(str(copies[1].sha256)) as two,
        ):
            assert (one.read(), two.read()) == (b"row,value\n7,\n", b"row,value\n7,42\n")
        assert {item.role for item in copies} == {ArtifactRole.EVIDENCE}
        assert [row.sha256 for row in judged.versions_of(copying, task)] == [None, None], (
            "a copy is no version"
        )
        assert [item.evidence_failure for item in decided] == [None, None]
    finally:
        copying.close()


def test_an_address_that_serves_nothing_stops_nobody_and_that_is_noted(workbench: Workbench):
    with a_spreadsheet() as (_, link):
        pass  # it is gone again
    copying = Workbench(
        replace(workbench.settings, copy_links=True, private_links=True),
        clock=workbench.clock,
        catalog=workbench.catalog,
    )
    try:
        people = make_people(copying)
        task, row = judged.begin(copying, people["mara"])
        waiting = judged.hand_over(copying, people["ana"], task, row, link)
        seen = judged.seen(copying, waiting)
        made = factories.decide(copying, people["mara"], waiting.task_approval_id, "approved", seen=seen)
        assert made.evidence_artifact_id is None
        assert made.evidence_failure is not None
        assert "could not be reached" in made.evidence_failure
        assert judged.current(copying, task).status is TaskStatus.COMPLETED
    finally:
        copying.close()
