"""How requests are sent: with the token, and again where that is safe, a bounded number of times."""

from __future__ import annotations

import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar

import httpx
from pydantic_core import to_json, to_jsonable_python

from .errors import BY_CODE
from .given import File, file_of
from .refusals import Detail, RefusedError, UnreachableError

T = TypeVar("T")
#: Statuses that are worth trying again.
_PASSING = frozenset({429, 502, 503, 504})
#: What the API says where it does not know what was done.
_OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
#: What is wrong with the call itself, however often it is sent.
_NEVER = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
#: How every token is written.
_TOKEN = re.compile("wbt_[A-Za-z0-9_-]+")
_ON_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
#: Which addresses no proxy of the environment is asked for.
_DIRECT: Mapping[str, None] = dict.fromkeys(f"all://{host}" for host in ("127.0.0.1", "[::1]", "localhost"))
#: What is tried again waits so long at first, twice as long each time, and never longer than the second.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0
#: How large a file may be before it is kept on the disk while it is read.
_IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, as it may be sent several times."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    #: None where there is no body.
    body: Mapping[str, Any] | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    #: How long the server may take before it begins to answer, beside the usual.
    wait: float = 0.0

    @property
    def key(self) -> str | None:
        """The key by which the server knows it again."""
        return self.headers.get("Idempotency-Key")

    @property
    def is_known_again(self) -> bool:
        """Whether it may be sent again where nobody knows what became of it."""
        return self.method == "GET" or self.key is not None

    @property
    def is_still_there(self) -> bool:
        """Whether all of it can be sent once more: a pipe, for one, is read but once."""
        return all(file_of(one)[1].seekable() for one in self.files.values())


class Sender:
    """Sends calls with a token; safe to be used by several threads."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float,
        retries: int,
        transport: httpx.BaseTransport | None,
    ) -> None:
        """Take where to send, and by what.

        Raises:
            ValueError: that is no token, or it would go over the network for everybody to read.
        """
        _check_place(base_url, token)
        self._timeout, self._retries = timeout, retries
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=base_url, headers=headers, transport=transport, mounts=_DIRECT)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def json(self, call: Call, *, endless: bool = False) -> tuple[Any, Mapping[str, str]]:
        """Return what is answered, with its headers; ``endless`` tries again for as long as it takes.

        Raises:
            RefusedError: the API refused.
            UnreachableError: no answer came.
        """
        return self._again(call, _read_json, endless=endless)

    def file(self, call: Call) -> IO[bytes]:
        """Return the file that is answered, open for reading.

        Raises:
            RefusedError: the API refused.
            UnreachableError: no answer came.
        """
        return self._again(call, _read_file, endless=False)

    def _again(self, call: Call, read: Callable[[httpx.Response], T], *, endless: bool) -> T:
        tries = 0
        while True:
            try:
                with self._sent(call) as response:
                    return read(response)
            except RefusedError as error:
                may = error.status in _PASSING and (call.is_known_again or _is_nothing_done(error))
                if not may or not self._goes_on(call, tries, error.retry_after, endless=endless):
                    raise
                pause = error.retry_after
            except _NEVER as error:  # what it says may hold what was to be sent
                message = f"{call.method} {call.path}: this cannot be sent ({type(error).__name__})."
                raise UnreachableError(message, call.key) from None
            except httpx.TransportError as error:
                never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if not (never_sent or call.is_known_again) or not self._goes_on(
                    call, tries, None, endless=endless
                ):
                    message = f"{call.method} {error.request.url}: no answer came ({error})."
                    raise UnreachableError(message, call.key) from error
                pause = None
            time.sleep(_pause(tries) if pause is None else pause)
            tries += 1

    def _goes_on(self, call: Call, tries: int, retry_after: float | None, *, endless: bool) -> bool:
        is_soon = tries < self._retries and (retry_after or 0.0) <= _LONGEST_PAUSE_SECONDS
        return endless or (is_soon and call.is_still_there)

    @contextmanager
    def _sent(self, call: Call) -> Iterator[httpx.Response]:
        content: dict[str, Any] = {}
        if call.files:
            content["data"] = dict(_form(to_jsonable_python(call.body or {}, fallback=list)))
            content["files"] = {name: file_of(one) for name, one in call.files.items()}
        elif call.body is not None:
            content["content"] = to_json(call.body, fallback=list)  # any sequence
        headers = {**call.headers, **({"Content-Type": "application/json"} if "content" in content else {})}
        query = {name: value for name, value in call.query.items() if value is not None}
        timeout = httpx.Timeout(self._timeout, read=self._timeout + call.wait)
        request = self._http.build_request(
            call.method, call.path, params=query, headers=headers, timeout=timeout, **content
        )
        response = self._http.send(request, stream=True)
        try:
            if not response.is_success:
                response.read()
                raise _refusal(response)
            yield response
        finally:
            response.close()


def _check_place(base_url: str, token: str) -> None:
    if not _TOKEN.fullmatch(token):
        raise ValueError(
            "This is no API token: it is wbt_ with letters, digits, _ and - behind it, and nothing more, not "
            "even the end of a line."
        )
    url = httpx.URL(base_url)
    if url.scheme != "https" and not (url.scheme == "http" and url.host in _ON_THIS_MACHINE):
        raise ValueError(
            f"{base_url!r} is not asked with a token, which everybody on the way could read. Give the "
            "address of the Workbench with https."
        )


def _is_nothing_done(error: RefusedError) -> bool:
    """Whether a Workbench, or who turns too many away before it, says that nothing was changed."""
    if error.status == 429:
        return True
    return error.status == 503 and error.code not in (_OUTCOME_UNKNOWN, _foreign(error.status))


def _pause(tries: int) -> float:
    longest: float = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(tries, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret: they are not to come all at once


def _read_json(response: httpx.Response) -> tuple[Any, Mapping[str, str]]:
    response.read()
    try:
        return response.json(), response.headers
    except ValueError as error:
        raise RefusedError(
            response.status_code,
            "NO_JSON",
            f"{response.url} answered with no JSON. Check that the address is that of a Workbench.",
            (),
            None,
        ) from error


def _read_file(response: httpx.Response) -> IO[bytes]:
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - whoever asked closes it
    try:
        for piece in response.iter_bytes():
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _form(fields: Mapping[str, Any]) -> Iterator[tuple[str, str | list[str]]]:
    """Yield fields as a form has them: lists repeated, what is in a mapping as ``meta.title``."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{part}", _text(one)) for part, one in value.items())
        elif isinstance(value, list):
            yield name, [_text(one) for one in value]
        elif value is not None:
            yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"{value!r} cannot be sent beside a file. Send it by itself.")


def _refusal(response: httpx.Response) -> RefusedError:
    retry_after = _seconds(response.headers.get("Retry-After"))
    try:
        told = response.json()["error"]
        code, message = str(told["code"]), str(told["message"])
        details = [_detail(one) for one in told["details"]]
    except (ValueError, KeyError, TypeError):  # a proxy's page
        words = f"{response.url} answered {response.status_code}, and not as Workbench does."
        return RefusedError(response.status_code, _foreign(response.status_code), words, (), retry_after)
    return BY_CODE.get(code, RefusedError)(response.status_code, code, message, details, retry_after)


def _detail(told: Mapping[str, Any]) -> Detail:
    more = {name: value for name, value in told.items() if name not in ("code", "message", "field")}
    return Detail(code=str(told["code"]), message=str(told["message"]), field=told.get("field"), more=more)


def _foreign(status: int) -> str:
    """Return the code of what no Workbench answered."""
    return f"HTTP_{status}"


def _seconds(said: str | None) -> float | None:
    return float(said) if said is not None and said.isdecimal() else None
