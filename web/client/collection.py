"""What all collections share: how their calls are made, and what is read of the answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import IO, Any, TypeVar

from .answers import Answer, Listing, answer_of
from .given import Shape, sent
from .sending import Call, Sender

ShapeT = TypeVar("ShapeT", bound=Shape)


class Collection:
    """The calls of one collection."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def _get(self, kind: type[ShapeT], path: str, query: Mapping[str, Any]) -> ShapeT:
        data, _ = self._sender.json(Call(method="GET", path=path, query=query))
        return kind.model_validate(data)

    def _list(
        self, kind: type[ShapeT], rows: str, path: str, query: Mapping[str, Any], most: int | None
    ) -> Listing[ShapeT]:
        def read(data: Mapping[str, Any]) -> list[ShapeT]:
            return [kind.model_validate(one) for one in data[rows]]

        return Listing(self._sender, Call(method="GET", path=path, query=query), read, most)

    def _file(self, path: str) -> IO[bytes]:
        return self._sender.file(Call(method="GET", path=path))

    def _change(
        self,
        kind: type[ShapeT],
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        files: Mapping[str, Any] | None = None,
        revision: int | None = None,
        key: str | None = None,
        takes_key: bool = True,
    ) -> Answer[ShapeT]:
        headers: dict[str, str] = {}
        if takes_key:
            headers["Idempotency-Key"] = str(uuid.uuid4()) if key is None else key
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        call = Call(
            method=method,
            path=path,
            body=sent(body) or None,
            files={name: one for name, one in sent(files or {}).items() if one is not None},
            headers=headers,
        )
        data, _ = self._sender.json(call)
        return answer_of(kind, data)
