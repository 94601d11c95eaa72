"""The client in tests: the application answers it, and each answer is held against the description."""

from __future__ import annotations

from random import Random

import httpx
from flask import Flask

from tests.api.conftest import check_described

#: Where the application seems to be.
ADDRESS = "https://work.example.com"


class ToApp(httpx.BaseTransport):
    """Takes requests to an application, as the network would take them to a server."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Have it answered, and look whether the answer is one that the description knows."""
        answer = self.app.test_client().open(
            request.url.raw_path.decode(),
            method=request.method,
            headers=[
                (name, value) for name, value in request.headers.multi_items() if name != "accept-encoding"
            ],
            data=request.read(),
            buffered=True,
        )
        rule, _ = self.app.url_map.bind("").match(request.url.path, request.method, return_rule=True)
        check_described(answer, rule.rule.replace("<", "{").replace(">", "}"), request.method)
        return httpx.Response(answer.status_code, headers=answer.headers.items(), content=answer.data)


class BadLine(ToApp):
    """Loses some requests on their way, and some answers on theirs."""

    def __init__(self, app: Flask, chance: Random) -> None:
        super().__init__(app)
        self._chance = chance
        #: How many were lost of each.
        self.lost = {"requests": 0, "answers": 0}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Have it answered, or not."""
        if self._chance.random() < 0.3:
            self.lost["requests"] += 1
            raise httpx.ConnectError("no way there")
        answer = super().handle_request(request)
        if self._chance.random() < 0.3:
            self.lost["answers"] += 1
            raise httpx.ReadError("no way back")
        return answer
