"""An OpenID provider on loopback that says and signs what a test wants, right or wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from engine.config import Settings


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass
class LoopbackProvider:
    """What it answers; each code is good once, and only with the verifier that belongs to it."""

    now: Callable[[], datetime]
    key: RSAKey
    port: int = 0
    is_away: bool = False
    #: What is said of whoever signs in.
    claims: dict[str, Any] = field(default_factory=dict)
    #: What the address for people says besides, if it is to be there.
    userinfo: dict[str, Any] | None = None
    #: Signs in another way than with the key.
    sign: Callable[[dict[str, Any]], str] | None = None
    #: What else it says about itself.
    facts: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens_asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **more: Any) -> dict[str, Any]:
        given = {"oidc_issuer": self.issuer, "oidc_client_id": "board", "oidc_name": "Example ID"}
        return {**given, "public_url": "http://localhost", **more}

    def authorize(self, address: str) -> str:
        """Sign somebody in whom a browser brings to this address; return where it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def signed(self, **claims: Any) -> str:
        moment = int(self.now().timestamp())
        told = {
            "iss": self.issuer, "aud": "board", "sub": "kim-1", "iat": moment, "exp": moment + 300,
            **self.claims, **claims,
        }  # fmt: skip
        told = {name: value for name, value in told.items() if value is not None}
        if self.sign is not None:
            return self.sign(told)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, told, self.key)

    def answer(self, request: Request) -> Response:
        self.asked.append(request.path)
        if self.is_away:
            return Response("away", 503)
        found: dict[str, Any] | None = {
            "/.well-known/openid-configuration": self._about,
            "/keys": lambda: {"keys": [self.key.as_dict(private=False)]},
            "/people": lambda: self.userinfo,
        }.get(request.path, lambda: None)()
        if request.path == "/authorize":
            return redirect(self.authorize(request.url), 303)
        if request.path == "/token":
            return self._token(request)
        if found is None:
            return Response("no", 404)
        return Response(json.dumps(found), content_type="application/json")

    def _about(self) -> dict[str, Any]:
        places = {name: f"{self.issuer}/{path}" for name, path in _PLACES.items()}
        if self.userinfo is not None:
            places["userinfo_endpoint"] = f"{self.issuer}/people"
        return {"issuer": self.issuer, **places, **self.facts}

    def _token(self, request: Request) -> Response:
        given = request.form.to_dict()
        self.tokens_asked.append({**given, "authorization": request.headers.get("Authorization", "")})
        asked = self._codes.pop(given.get("code", ""), None)
        if asked is None or create_s256_code_challenge(given["code_verifier"]) != asked["code_challenge"]:
            return Response('{"error": "invalid_grant"}', 400, content_type="application/json")
        token = {"access_token": "a", "token_type": "Bearer", "id_token": self.signed(nonce=asked["nonce"])}
        if "nonce" in self.claims:
            token["id_token"] = self.signed()
        return Response(json.dumps(token), content_type="application/json")


_PLACES = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}


@contextmanager
def serving(provider: LoopbackProvider) -> Iterator[LoopbackProvider]:
    server = make_server("127.0.0.1", 0, Request.application(provider.answer), threaded=True)
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings_of(provider: LoopbackProvider, **more: Any) -> Settings:
    return Settings.read({}, **provider.settings(**more))
