"""The export of each night in object storage: whole or absent, and the same once it is fetched (EXP-11)."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.artifacts import objects, service
from engine.clock import FixedClock
from engine.jobs.models import JobStatus
from exports import validate
from tests.exports.nights import Nights
from tests.factories import make_task
from tests.object_storage import SECRET, Bucket, relay

DAY = "2026-11-21"


@pytest.fixture
def nights(workbench: Workbench, bucket: Bucket) -> Nights:
    task = make_task(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        service.add(
            tx,
            task_id=task.task_id,
            bundle_id=None,
            blob=workbench.blobs.put(io.BytesIO(b"kept"), 100),
            type="report",
            label="Report",
            file_name="report.txt",
            content_type="text/plain",
        )
    workbench.settings = bucket.settings(workbench.settings, blobs="")
    return Nights(workbench, f"s3://{bucket.name}/exports", kept=2)


def ask_by(nights: Nights, endpoint: str) -> None:
    object.__setattr__(nights.workbench.settings, "storage_endpoint", endpoint)


def days(bucket: Bucket) -> list[str]:
    return sorted({key.split("/")[1] for key in bucket.names()})


def fetched(bucket: Bucket, name: str, to: Path) -> Path:
    """Download an export, as `aws s3 sync` does."""
    for key in bucket.names():
        if key.startswith(f"exports/{name}/"):
            file = to / key.removeprefix("exports/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(bucket.client.get_object(Bucket=bucket.name, Key=key)["Body"].read())
    return to / name


def test_what_is_fetched_is_a_valid_export_and_its_manifest_came_last(
    nights: Nights, bucket: Bucket, tmp_path: Path
):
    written: list[str] = []

    def look(data: bytes) -> bytes:
        if data.startswith(b"PUT "):
            written.append(data.split()[1].decode().partition(f"/exports/{DAY}/")[2])
        return data

    with relay(bucket.endpoint, there=look) as endpoint:
        ask_by(nights, endpoint)
        job = nights.export()
    assert (job.status, days(bucket)) == (JobStatus.DONE, [DAY])
    assert (job.outcome or "").endswith(f" records in s3://{bucket.name}/exports/{DAY}.")
    assert written[-1] == "manifest.json"
    assert len(written) == len(set(written)) == len(bucket.names())
    assert validate.check(fetched(bucket, DAY, tmp_path)) == []


def test_one_that_is_cut_off_is_not_there_and_the_next_attempt_leaves_nothing_of_it(
    nights: Nights, bucket: Bucket, tmp_path: Path
):
    written: list[bytes] = []

    def cut(data: bytes) -> bytes | None:
        written.extend([data] if data.startswith(b"PUT ") else [])
        return data if len(written) < 6 else None

    with relay(bucket.endpoint, there=cut) as endpoint:
        ask_by(nights, endpoint)
        job = nights.export()
    assert job.status is JobStatus.FAILED
    assert "(WORKBENCH_EXPORT_FOLDER) cannot be written to" in (job.outcome or "")
    assert bucket.names()
    assert f"exports/{DAY}/manifest.json" not in bucket.names()
    bucket.write(f"exports/{DAY}/blobs/{'0' * 64}", b"of the attempt before")
    ask_by(nights, bucket.endpoint)
    assert nights.export().status is JobStatus.DONE
    assert validate.check(fetched(bucket, DAY, tmp_path)) == []


@pytest.mark.wide
def test_one_that_is_there_is_left_as_it_is(nights: Nights, bucket: Bucket):
    nights.export()
    before = bucket.client.head_object(Bucket=bucket.name, Key=f"exports/{DAY}/manifest.json")
    job = nights.export()
    assert (job.status, job.outcome) == (
        JobStatus.DONE,
        f"s3://{bucket.name}/exports/{DAY} is there already.",
    )
    after = bucket.client.head_object(Bucket=bucket.name, Key=f"exports/{DAY}/manifest.json")
    assert after["LastModified"] == before["LastModified"]


@pytest.mark.wide
def test_the_newest_are_kept_and_what_is_no_export_of_a_day_is_left_alone(
    nights: Nights, bucket: Bucket, clock: FixedClock
):
    for name in ("2020-01-01/notes.txt", "march-2026/manifest.json", "2026-99-notes/manifest.json"):
        bucket.write(f"exports/{name}", b"Ours.")
    for _ in range(3):
        last = nights.export()
        clock.advance(days=1)
    assert days(bucket) == ["2020-01-01", "2026-11-22", "2026-11-23", "2026-99-notes", "march-2026"]
    assert (last.outcome or "").endswith(f"Let go: {DAY}.")


@pytest.mark.wide
def test_one_that_would_break_readers_is_there_for_somebody_to_look_at_and_not_published(
    nights: Nights, bucket: Bucket, clock: FixedClock, tmp_path: Path
):
    nights.export()
    key = f"exports/{DAY}/datapackage.json"
    package = json.loads(bucket.client.get_object(Bucket=bucket.name, Key=key)["Body"].read())
    tasks = next(one for one in package["resources"] if one["name"] == "tasks")
    next(one for one in tasks["schema"]["fields"] if one["name"] == "title")["type"] = "integer"
    bucket.write(key, json.dumps(package).encode())
    clock.advance(days=1)
    for _ in range(2):
        job = nights.export()
        assert job.status is JobStatus.FAILED
        told = "tasks.title has another type: integer became string (as it is in 2026-11-21)"
        assert told in (job.outcome or "")
        assert f"It is in s3://{bucket.name}/exports/2026-11-22-unpublished." in (job.outcome or "")
        assert days(bucket) == [DAY, "2026-11-22-unpublished"]
    assert validate.check(fetched(bucket, "2026-11-22-unpublished", tmp_path)) == []


def test_storage_that_is_away_fails_in_words_without_a_secret(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(objects, "_TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    ask_by(nights, f"http://127.0.0.1:{port}")
    job = nights.export()
    assert job.status is JobStatus.FAILED
    assert "(WORKBENCH_EXPORT_FOLDER) cannot be read from: it does not answer" in (job.outcome or "")
    assert SECRET not in (job.outcome or "")
