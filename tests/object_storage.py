"""Object storage on this machine: moto's, in a process of its own, holding uploads against their hashes."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from engine.artifacts.blob_objects import ObjectBlobs
from engine.artifacts.objects import Objects
from engine.config import Settings

SECRET = "the-secret-of-the-storage"
_NUMBERS = itertools.count(1)


@dataclass
class Bucket:
    """A bucket that one test has for itself, and the address of its storage."""

    endpoint: str
    name: str
    client: Any
    prefix: str = "files"

    @property
    def address(self) -> str:
        return f"s3://{self.name}/{self.prefix}"

    def blobs(self, **given: str) -> ObjectBlobs:
        """The files in it, as a program that has just begun finds them."""
        address = given.get("address", self.address)
        return ObjectBlobs(Objects(address, given.get("endpoint", self.endpoint), setting="WORKBENCH_BLOBS"))

    def settings(self, settings: Settings, **given: Any) -> Settings:
        return replace(settings, **{"blobs": self.address, "storage_endpoint": self.endpoint, **given})

    def names(self) -> list[str]:
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def write(self, key: str, data: bytes) -> None:
        """Write past Workbench."""
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def refuse(self, action: str, path: str = "*") -> None:
        """Let nobody do something there, or to one object."""
        name = f"arn:aws:s3:::{self.name}/{path}"
        denied = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": name}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
        self.client.put_bucket_policy(Bucket=self.name, Policy=policy)


@pytest.fixture(scope="session")
def object_storage() -> Iterator[str]:
    """Start it for the first test that asks, and give its address."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.object_storage"],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,  # it ends when this is closed, however the tests end
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with program:
        yield program.stdout.readline().strip()
        program.stdin.close()


@cache
def _client(endpoint: str) -> Any:
    """Give tests what they look at a bucket with, past Workbench."""
    from botocore.session import Session

    keys = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests"}
    return Session().create_client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)


@pytest.fixture
def bucket(object_storage: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A new bucket, and the variables with which it is reached."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Bucket(object_storage, f"bucket-{next(_NUMBERS)}", _client(object_storage))
    made.client.create_bucket(Bucket=made.name)
    return made


@contextmanager
def relay(
    endpoint: str,
    *,
    there: Callable[[bytes], bytes | None] = lambda data: data,
    back: Callable[[bytes], bytes | None] = lambda data: data,
) -> Iterator[str]:
    """Stand between a program and the storage: what goes through may be changed; None cuts the line."""
    to = urlsplit(endpoint)
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes | None]) -> None:
        with suppress(OSError):  # the other side was cut
            while (data := source.recv(65536)) and (changed := change(data)) is not None:
                target.sendall(changed)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def answer() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return  # closed
            far = socket.create_connection((to.hostname, to.port))
            pumps = [
                threading.Thread(target=pump, args=way, daemon=True)
                for way in ((near, far, there), (far, near, back))
            ]
            lines.extend([near, far])
            for one in pumps:
                one.start()
            threads.extend(pumps)

    lines: list[socket.socket] = []
    threads = [threading.Thread(target=answer, daemon=True)]
    threads[0].start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        for line in lines:
            line.close()


def _holding_against_hashes(app: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse what is not what its sender signed, as S3 does and moto does not."""

    def checked(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "PUT" and (length := int(environ.get("CONTENT_LENGTH") or 0)):
            body = environ["wsgi.input"].read(length)
            digest = hashlib.sha256(body)
            wanted = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
            if len(body) == length and wanted not in (None, base64.b64encode(digest.digest()).decode()):
                start("400 Bad Request", [("Content-Type", "application/xml")])
                return [b"<Error><Code>BadDigest</Code><Message>not those bytes</Message></Error>"]
            environ["wsgi.input"] = io.BytesIO(body)
        return app(environ, start)

    return checked


def _serve() -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = _holding_against_hashes(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
