"""What object storage alone can meet: it is away, cuts lines, changes bytes, refuses; nothing is half."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.artifacts import intake, objects, texts
from engine.artifacts.blobs import BlobStore, blobs_of
from engine.config import Settings
from engine.errors import UnavailableError
from tests.object_storage import SECRET, Bucket, relay
from tests.pdfs import pdf

DATA = os.urandom(50_000)
NAME = hashlib.sha256(DATA).hexdigest()
WAYS: dict[str, Callable[[BlobStore], object]] = {
    "put": lambda blobs: blobs.put(io.BytesIO(DATA), 100_000),
    "open": lambda blobs: blobs.open(NAME),
    "verify": lambda blobs: blobs.verify(NAME),
    "holds": lambda blobs: blobs.holds(NAME),
    "inventory": lambda blobs: list(blobs.inventory()),
    "is_unused": lambda blobs: blobs.is_unused(),
    "try_to_write": lambda blobs: blobs.try_to_write(),
    "mark": lambda blobs: blobs.mark(),
    "set_mark": lambda blobs: blobs.set_mark("whose"),
    "beside": lambda blobs: blobs.beside(NAME),
    "keep_beside": lambda blobs: blobs.keep_beside(NAME, b"words"),
}
WRITES = {"put", "try_to_write", "set_mark", "keep_beside"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try once, and not for long."""
    monkeypatch.setattr(objects, "_TRIES", 1)
    monkeypatch.setattr(objects, "_ANSWER_SECONDS", 1)


def refusal(blobs: BlobStore, way: str) -> UnavailableError:
    """Ask for what fails, and look at what it says to whom."""
    with pytest.raises(UnavailableError) as caught:
        WAYS[way](blobs)
    told = caught.value
    assert f"The object storage {blobs.place} (WORKBENCH_BLOBS) cannot be" in told.message
    assert told.message.endswith("then try again.")
    assert ("written to" if way in WRITES else "read from") in told.message
    assert blobs.place not in told.public
    assert told.__cause__ is None
    for secret in (SECRET, "somebody"):
        assert secret not in told.message + told.public
    return told


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_storage_that_is_away_is_told_with_its_setting_and_what_to_do(bucket: Bucket):
    blobs = bucket.blobs(endpoint=closed_port())
    for way in WAYS:
        told = refusal(blobs, way)
        assert "it does not answer" in told.message
        assert "Check the network and the endpoint" in told.message


def test_a_bucket_that_is_not_there_is_told_so(bucket: Bucket):
    blobs = bucket.blobs(address="s3://no-such-bucket/files")
    for way in WAYS:
        assert "there is no such bucket" in refusal(blobs, way).message


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("action", "ways"),
    [
        ("s3:PutObject", WRITES),
        ("s3:GetObject", {"open", "verify", "mark", "beside"}),
    ],
)
def test_a_right_that_is_missing_is_told_with_those_that_are_needed(
    bucket: Bucket, action: str, ways: set[str]
):
    bucket.write(f"files/{NAME[:2]}/{NAME}", DATA)
    bucket.refuse(action)
    for way in sorted(ways):
        message = refusal(bucket.blobs(), way).message
        assert "it does not permit that" in message
        assert action in message


def test_nobody_s_credentials_are_told_as_such(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    message = refusal(bucket.blobs(), "put").message
    assert "there are no credentials for it. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in message


#: What the storage answers with, and what an operator reads of that.
CODES = {
    "InvalidAccessKeyId": "not accept the credentials (InvalidAccessKeyId). Correct the variables AWS_*",
    "SignatureDoesNotMatch": "does not accept the credentials",
    "ExpiredToken": "does not accept the credentials",
    "AccessDenied": "does not permit that (AccessDenied)",
    "AuthorizationHeaderMalformed": "in another region",
    "EntityTooLarge": "no file of more than 5 GiB",
    "SlowDown": "it answered SlowDown",
    "InternalError": "it answered InternalError",
}


def test_each_refusal_of_the_storage_says_what_to_do_and_not_what_it_wrote(bucket: Bucket):
    def answer(_: bytes) -> bytes:
        text = f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()
        head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        return head.encode() + text

    with relay(bucket.endpoint, back=answer) as endpoint:
        blobs = bucket.blobs(endpoint=endpoint)
        for code, why in CODES.items():  # noqa: B007 - the answer has it
            for way in ("mark", "holds", "inventory"):
                assert why in refusal(blobs, way).message


def test_a_byte_that_changes_on_its_way_there_is_refused_and_nothing_is_kept(bucket: Bucket):
    changed = DATA[:20_000] + bytes([DATA[20_000] ^ 1]) + DATA[20_001:]

    def change(data: bytes) -> bytes:
        return data.replace(DATA[19_990:20_010], changed[19_990:20_010])

    with relay(bucket.endpoint, there=change) as endpoint:
        assert "it answered BadDigest" in refusal(bucket.blobs(endpoint=endpoint), "put").message
    assert bucket.names() == []


def test_an_upload_that_is_cut_off_leaves_nothing(bucket: Bucket):
    seen = []

    def cut(data: bytes) -> bytes | None:
        seen.append(len(data))
        return data if sum(seen) < 30_000 else None

    with relay(bucket.endpoint, there=cut) as endpoint:
        assert "stopped in between" in refusal(bucket.blobs(endpoint=endpoint), "put").message
    assert bucket.names() == []
    assert bucket.blobs().put(io.BytesIO(DATA), 100_000).sha256 == NAME, "the same works afterwards"


def test_what_the_storage_did_not_acknowledge_is_not_acknowledged_either(bucket: Bucket):
    """It has the file, and the answer got lost: the same upload again does no harm."""
    with relay(bucket.endpoint, back=lambda _: None) as endpoint:
        refusal(bucket.blobs(endpoint=endpoint), "put")
    assert bucket.blobs().put(io.BytesIO(DATA), 100_000).sha256 == NAME
    assert bucket.names() == [f"files/{NAME[:2]}/{NAME}"]


@pytest.mark.few(1)
@pytest.mark.parametrize("way", ["open", "verify", "beside"])
def test_a_download_that_is_cut_off_is_no_damaged_file(bucket: Bucket, way: str):
    bucket.write(f"files/{NAME[:2]}/{NAME}", DATA)
    bucket.write(f"files/texts/{NAME[:2]}/{NAME}", DATA)
    seen = []

    def cut(data: bytes) -> bytes | None:
        seen.append(len(data))
        return data if sum(seen) < 30_000 else None

    with relay(bucket.endpoint, back=cut) as endpoint:
        assert "stopped in between" in refusal(bucket.blobs(endpoint=endpoint), way).message
    assert bucket.blobs().verify(NAME)


@pytest.mark.wide
def test_a_writer_that_is_killed_leaves_nothing(bucket: Bucket):
    program = (
        "import io, sys; from engine.artifacts.blobs import blobs_of; from engine.config import Settings\n"
        "print('begins', flush=True)\n"
        f"blobs_of(Settings(blobs={bucket.address!r}, storage_endpoint=sys.argv[1]))"
        ".put(io.BytesIO(b'x' * 50_000_000), 50_000_000)"
    )
    begun = []

    def slow(data: bytes) -> bytes:
        begun.append(len(data))
        time.sleep(0.05)
        return data

    with (
        relay(bucket.endpoint, there=slow) as endpoint,
        subprocess.Popen(
            [sys.executable, "-c", program, endpoint], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE
        ) as writer,
    ):
        assert writer.stdout.readline()
        while sum(begun) < 200_000:
            assert writer.poll() is None
            time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    assert bucket.names() == []


@pytest.mark.wide
def test_storage_that_takes_calls_and_says_nothing_is_not_waited_for(bucket: Bucket):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        before = time.monotonic()
        refusal(bucket.blobs(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}"), "put")
    assert time.monotonic() - before < 10


@pytest.mark.wide
def test_a_failure_that_passes_is_tried_again_and_a_lasting_one_not_for_ever(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(objects, "_TRIES", 3)
    tries = []

    def fail(data: bytes) -> bytes:
        tries.extend([data] if data.startswith(b"HTTP/") else [])
        busy = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        return data if len(tries) > 1 and is_passing else busy

    for is_passing in (True, False):
        tries.clear()
        with relay(bucket.endpoint, back=fail) as endpoint:
            blobs = bucket.blobs(endpoint=endpoint)
            if is_passing:
                blobs.set_mark("whose")
                assert bucket.blobs().mark() == "whose"
            else:
                refusal(blobs, "mark")
                assert len(tries) == 3


def test_an_endpoint_that_a_variable_names_is_held_to_https_too(bucket: Bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://storage.example.com")
    with pytest.raises(UnavailableError, match="its endpoint is not https"):
        bucket.blobs(endpoint="").mark()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.endpoint)
    assert bucket.blobs(endpoint="").mark() == ""


def test_what_is_not_installed_is_named_with_how_to_install_it(bucket: Bucket, monkeypatch):
    monkeypatch.setattr(objects, "find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match=r"Install it with: pip install 'workbench\[s3\]'"):
        blobs_of(bucket.settings(Settings()))


def test_nothing_secret_is_logged(bucket: Bucket, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        bucket.blobs().put(io.BytesIO(DATA), 100_000)
        refusal(bucket.blobs(endpoint=closed_port()), "put")
    assert SECRET not in caplog.text


def test_a_folder_is_used_without_loading_what_speaks_to_object_storage():
    program = (
        "import io, sys, tempfile; from engine.config import Settings\n"
        "from engine.artifacts.blobs import blobs_of\n"
        "blobs_of(Settings(blobs=tempfile.mkdtemp())).put(io.BytesIO(b'x'), 10)\n"
        "assert not {'botocore', 'engine.artifacts.objects'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == 0


@pytest.mark.parametrize(("name", "data"), [("a.txt", b"Fox"), ("a.pdf", pdf("Fox"))])
def test_what_is_written_of_a_file_in_a_transaction_asks_the_storage_for_nothing(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes
):
    blobs = bucket.blobs()
    got = intake.receive(blobs, io.BytesIO(data), name, 100_000)
    monkeypatch.setattr(objects.Objects, "_client", property(lambda _: pytest.fail("asked the storage")))
    assert "Fox" in texts.read(blobs, got.blob.sha256, got.content_type).text
