"""Objects in S3-compatible storage: what is asked of it, and what operators are told when it refuses."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, cast

from engine.addresses import is_safe_endpoint
from engine.artifacts.blobs import CHUNK_BYTES
from engine.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONNECT_SECONDS, _ANSWER_SECONDS, _TRIES = 5, 30, 3
#: The variables that the library reads.
_KEYS, _REGION = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "AWS_DEFAULT_REGION"
_MISSING = frozenset({"NoSuchKey", "404"})
_REFUSED = frozenset({"AccessDenied", "AllAccessDisabled", "403"})
_NOT_KNOWN = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"}
)
_ELSEWHERE = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "301", "IllegalLocationConstraint"}
)


class NoObjectError(LookupError):
    """There is no object of that name."""


class Objects:
    """The objects under one prefix.

    Every method raises UnavailableError where the storage does not do its part.

    The message names the setting, what was tried and what to do, and nothing that is secret: what the storage
    itself says is not repeated, only its code.
    """

    def __init__(self, address: str, endpoint: str, *, setting: str) -> None:
        """Look at ``s3://bucket/prefix``; nothing is asked of the storage yet.

        ``endpoint`` is the address of other storage than Amazon's; ``setting`` is what an operator sets.

        Raises:
            UnavailableError: the library that speaks to it is not installed.
        """
        self.place = address.rstrip("/")
        self._bucket, _, prefix = self.place.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._endpoint, self._setting = endpoint, setting
        #: The client, and the process that made it: one that was forked from that makes its own.
        self._made: tuple[int, S3Client] | None = None
        if find_spec("botocore") is None:
            raise UnavailableError(
                f"{setting} names {self.place}, and what speaks to object storage is not installed. "
                "Install it with: pip install 'workbench[s3]'.",
                public="Files are in object storage, and what speaks to it is not installed on this server.",
            )

    def put(self, path: str, stream: BinaryIO, sha256: str) -> None:
        """Store a whole file, from its beginning; returns after the storage has said that it has it.

        It goes in one request that carries the sha256: the storage keeps all of these bytes, or none.
        """
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with self._errors("written to"):
            stream.seek(0)
            self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + path, Body=stream, ChecksumSHA256=checksum
            )

    def write(self, path: str, data: bytes) -> None:
        """Store a short text."""
        self.put(path, BytesIO(data), hashlib.sha256(data).hexdigest())

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of an object.

        Raises:
            NoObjectError: there is none.
        """
        with self._errors("read from"):
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)["Body"]
            with body:
                yield from body.iter_chunks(CHUNK_BYTES)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a short object; None where there is none."""
        try:
            return b"".join(self.chunks(path))
        except NoObjectError:
            return None

    def holds(self, path: str) -> bool:
        """Whether there is an object of that name."""
        return any(found == path for found, _ in self.listed(path, at_most=1))

    def remove(self, path: str) -> None:
        """Delete an object, if there is one."""
        with self._errors("written to"):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + path)

    def folders(self) -> Iterator[str]:
        """Yield what stands before the first slash of paths, each once."""
        with self._errors("read from"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix, Delimiter="/"
            )
            for page in pages:
                for one in page.get("CommonPrefixes", []):
                    yield one["Prefix"].removeprefix(self._prefix).removesuffix("/")

    def listed(self, under: str = "", *, at_most: int | None = None) -> Iterator[tuple[str, int]]:
        """Yield the paths that begin with ``under``, in ascending order, each with its size."""
        with self._errors("read from"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket,
                Prefix=self._prefix + under,
                PaginationConfig={"MaxItems": at_most, "PageSize": at_most} if at_most else {},
            )
            for page in pages:
                for one in page.get("Contents", []):
                    yield one["Key"].removeprefix(self._prefix), one["Size"]

    @property
    def _client(self) -> S3Client:
        if self._made is None or self._made[0] != os.getpid():
            self._made = os.getpid(), self._connect()
        return self._made[1]

    def _connect(self) -> S3Client:
        from botocore.config import Config  # noqa: PLC0415 - an extra, and slow to load
        from botocore.session import Session  # noqa: PLC0415 - as above

        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_ANSWER_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            # Not every storage knows the checksums that would be added; the sha256 goes with each file.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"payload_signing_enabled": True},
        )
        client = Session().create_client("s3", endpoint_url=self._endpoint or None, config=config)
        if not is_safe_endpoint(client.meta.endpoint_url):
            raise self._unavailable("used", "its endpoint is not https", "Set one that begins with https://")
        return cast("S3Client", client)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        from botocore import exceptions  # noqa: PLC0415 - an extra, and slow to load

        try:
            yield
        except exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "an error"))
            if code in _MISSING:
                raise NoObjectError from None
            raise self._unavailable(what, *_why(code)) from None
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
            raise self._unavailable(
                what,
                "there are no credentials for it",
                f"Set {' and '.join(_KEYS)}, or give this machine a role",
            ) from None
        except (
            exceptions.HTTPClientError,
            exceptions.ConnectionError,
            exceptions.IncompleteReadError,
        ) as error:
            why = f"it does not answer, or stopped in between ({type(error).__name__})"
            raise self._unavailable(what, why, "Check the network and the endpoint") from None
        except exceptions.BotoCoreError as error:
            why = f"{type(error).__name__} came of the settings AWS_*"
            raise self._unavailable(what, why, "Check them, and the endpoint") from None

    def _unavailable(self, what: str, why: str, hint: str) -> UnavailableError:
        return UnavailableError(
            f"The object storage {self.place} ({self._setting}) cannot be {what}: {why}. {hint}, then try "
            "again.",
            public=f"The files cannot be {what} at this moment. Nothing was changed.",
        )


def _why(code: str) -> tuple[str, str]:
    """Say what a code of the storage means, and what to do."""
    if code == "NoSuchBucket":
        return "there is no such bucket", "Make it, or correct the setting"
    if code in _REFUSED:
        rights = "s3:ListBucket on the bucket, s3:GetObject and s3:PutObject under the prefix"
        return (
            f"it does not permit that ({code})",
            f"Give the credentials {rights}, for exports s3:DeleteObject too",
        )
    if code in _NOT_KNOWN:
        return f"it does not accept the credentials ({code})", "Correct the variables AWS_*, or the role"
    if code in _ELSEWHERE:
        return f"the bucket is in another region ({code})", f"Set {_REGION}"
    if code == "EntityTooLarge":
        return "it takes no file of more than 5 GiB", "Keep the files in a folder"
    return f"it answered {code}", "See what it says of that code"
