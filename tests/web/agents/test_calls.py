"""How the API is asked: once more where a connection is lost, never twice over, and only where it is safe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import given, strategies

from engine.errors import BadRequestError, OutcomeUnknownError, UnavailableError, WorkbenchError
from web.agents import calls, described
from web.agents.calls import Api, RefusedError
from web.agents.tools import TOOLS

TOKEN = "wbt_" + "a" * 43
NOTE = {"task_id": "12", "body": "Hello"}
NOTED = {"task_id": "tsk_1", "revision": 3, "done": {"message": "Note added.", "asides": [], "act_id": None}}
LIMITED = {"error": {"code": "RATE_LIMITED", "message": "Wait 7 seconds.", "details": []}}
LOST, NOBODY = httpx2.ReadError("lost"), httpx2.ConnectError("nobody")
HTML = httpx2.Response(502, text="<h1>Bad gateway</h1>")


class Network:
    """Gives each request the next of what is to happen to it, and remembers the requests."""

    def __init__(self, *happens: Exception | httpx2.Response) -> None:
        self.happens, self.requests = list(happens), []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        next_one = self.happens.pop(0)
        if isinstance(next_one, Exception):
            raise next_one
        return next_one

    @property
    def keys(self) -> list[str | None]:
        """The keys of the requests."""
        return [one.headers.get("Idempotency-Key") for one in self.requests]

    def api(self) -> Api:
        """The API behind it."""
        return Api(httpx2.AsyncClient(base_url="https://x.example", transport=httpx2.MockTransport(self)))


def call(api: Api, tool: str, number: str = "1", /, **given: Any) -> Any:
    return anyio.run(api.call, tool, given, number)


def noted() -> httpx2.Response:
    return httpx2.Response(200, json=NOTED)


def test_what_was_sent_over_a_lost_connection_is_sent_again_with_its_key():
    network = Network(LOST, noted())
    assert call(network.api(), "task_note", **NOTE)["done"]["message"] == "Note added."
    first, second = network.keys
    assert first == second
    assert first


def test_each_call_has_a_key_of_its_own_and_so_has_each_program():
    network, other = Network(noted(), noted()), Network(noted())
    api = network.api()
    for number in ("1", "2"):
        call(api, "task_note", number, **NOTE)
    call(other.api(), "task_note", "1", **NOTE)
    assert len({*network.keys, *other.keys}) == 3


def test_a_key_that_is_given_is_taken_and_what_was_read_is_said():
    network = Network(noted())
    call(network.api(), "task_note", **NOTE, idempotency_key="mine", revision=7)
    (request,) = network.requests
    assert (request.headers["Idempotency-Key"], request.headers["If-Match"]) == ("mine", '"7"')
    assert request.read() == b'{"body":"Hello"}'


@pytest.mark.parametrize("happens", [(LOST, LOST), (LOST, NOBODY), (httpx2.ReadTimeout("slow"),), (HTML,)])
def test_where_nobody_knows_whether_it_was_done_the_agent_is_told_how_to_ask_again(happens):
    network = Network(*happens)
    with pytest.raises(OutcomeUnknownError) as refused:
        call(network.api(), "task_note", **NOTE)
    told = calls.as_error(refused.value)["error"]
    assert (told["code"], told["details"][0]["idempotency_key"]) == ("OUTCOME_UNKNOWN", network.keys[0])
    assert str(network.keys[0]) in told["message"]


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        ((LOST, LOST), "Nobody answers at https://x.example"),
        ((httpx2.ReadTimeout("slow"),), "Nobody answers"),
        ((HTML,), "answered with status 502"),
        ((httpx2.Response(302, headers={"Location": "https://y.example"}),), "answered with status 302"),
        ((httpx2.Response(200, json=["no", "object"]),), "not as the API of a board does"),
    ],
)
def test_what_is_read_of_nobody_is_refused_plainly(happens, words: str):
    with pytest.raises(UnavailableError, match=words) as refused:
        call(Network(*happens).api(), "my_work")
    assert not isinstance(refused.value, OutcomeUnknownError)


def test_what_was_never_sent_was_not_done():
    for happens in (NOBODY, httpx2.ConnectTimeout("slow")):
        with pytest.raises(UnavailableError, match="Nobody answers") as refused:
            call(Network(happens).api(), "task_note", **NOTE)
        assert not isinstance(refused.value, OutcomeUnknownError)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"idempotency_key": "two\nlines"}, "idempotency_key"),
        ({"idempotency_key": "é"}, "idempotency_key"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"idempotency_key": 7}, "idempotency_key"),
        ({"revision": "7"}, "revision"),
        ({"revision": True}, "revision"),
    ],
)
def test_what_a_header_cannot_say_is_refused_by_its_name(said: dict[str, Any], field: str):
    network = Network()
    with pytest.raises(BadRequestError, match=f"^{field}: "):
        call(network.api(), "task_note", **NOTE, **said)
    assert network.requests == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "half a \ud800 character"])
def test_what_no_json_says_is_no_request(value: object):
    network = Network()
    with pytest.raises(BadRequestError, match="An argument holds what cannot be sent"):
        call(network.api(), "task_note", task_id="12", body=value)
    assert network.requests == []


ANY_JSON = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(),
    lambda inner: (
        strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(data=strategies.data(), name=strategies.sampled_from(sorted(TOOLS)))
def test_whatever_a_model_sends_is_a_request_of_its_tools_own_address_or_a_refusal(data, name: str):
    """The board answers 404 to all; nothing else leaves, and nothing is a fault of this program."""
    fields = described.input_schema(TOOLS[name])["properties"]
    sent = {field: data.draw(ANY_JSON, label=field) for field in fields}
    known = described.of(TOOLS[name])
    address = re.compile(
        re.sub(r"\{\w+\}", "[^/?#]+", re.escape(known.path).replace("\\{", "{").replace("\\}", "}"))
    )
    network = Network(*[httpx2.Response(404, json=LIMITED) for _ in range(2)])
    with pytest.raises((WorkbenchError, RefusedError)):
        call(network.api(), name, **sent)
    for request in network.requests:
        assert request.method == known.method
        assert address.fullmatch(request.url.raw_path.decode().partition("?")[0])


def test_what_the_api_refuses_is_told_word_for_word():
    with pytest.raises(RefusedError, match="Wait 7 seconds") as refused:
        call(Network(httpx2.Response(429, json=LIMITED)).api(), "my_work")
    assert calls.as_error(refused.value) == LIMITED


def test_an_answer_is_cut_to_what_agents_are_told_and_never_longer_than_they_read():
    network = Network(httpx2.Response(200, json={**NOTED, "metadata": {"much": "more"}}))
    assert call(network.api(), "task_note", **NOTE) == NOTED
    rows = {"total": 1, "next": None, "tasks": [{"task_id": "tsk_1", "workspace_id": "wsp_1"}]}
    found = call(Network(httpx2.Response(200, json=rows)).api(), "my_work")
    assert found == {**rows, "tasks": [{"task_id": "tsk_1"}]}
    tasks = [{"task_id": f"tsk_{number}", "title": "x" * 1000} for number in range(300)]
    page = httpx2.Response(200, json={"tasks": tasks, "total": 300, "next": None})
    with pytest.raises(BadRequestError, match=r"more than 200,000\. Ask for fewer with limit"):
        call(Network(page).api(), "my_work")
    made = httpx2.Response(201, json={"title": "Tents", "tasks": tasks, "done": NOTED["done"]})
    start = {"template": "blog_post", "anchor_date": "2026-12-04"}
    told = call(Network(made).api(), "bundle_create", **start)
    assert told["done"]["message"] == "Note added.", "it is done, however long what came of it is"
    assert told["done"]["asides"] == ["What came of it is too long to be told here: read it."]
    assert "tasks" not in told


@pytest.mark.wide
def test_what_is_said_of_a_change_or_against_it_is_never_longer_than_agents_read():
    long = "x" * 500_000
    done = {"message": long, "asides": [long] * 500, "act_id": None}
    told = call(Network(httpx2.Response(200, json={**NOTED, "done": done})).api(), "task_note", **NOTE)
    assert len(str(told)) < calls.MOST_CHARACTERS + 10_000
    assert told["done"]["message"].endswith("…")
    details = [{"code": "CONFLICT", "message": long, "field": None}] * 500
    error = {"code": "CONFLICT", "message": long, "details": details}
    with pytest.raises(RefusedError) as refused:
        call(Network(httpx2.Response(409, json={"error": error})).api(), "task_note", **NOTE)
    told = calls.as_error(refused.value)
    assert len(str(told)) < calls.MOST_CHARACTERS + 10_000
    assert told["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize(
    "file",
    [
        None,
        "picture.png",
        {"file_name": "a.txt"},
        {"text": "a"},
        {"file_name": "", "text": "a"},
        {"file_name": "a.txt", "text": "a", "base64": "YQ=="},
        {"file_name": "a.txt", "base64": "no base64"},
        {"file_name": "a.txt", "text": "\ud800"},
    ],
)
def test_a_file_is_what_the_call_says_and_none_of_this_machine(file: object):
    network = Network()
    with pytest.raises(BadRequestError, match="file"):
        call(network.api(), "task_file", task_id="12", label="A", type="note", file=file)
    assert network.requests == []


@pytest.mark.parametrize(
    ("site", "token", "words"),
    [
        ("https://x.example", TOKEN, None),
        ("http://127.0.0.1:8000", TOKEN, None),
        ("http://[::1]:80", TOKEN, None),
        ("http://localhost", TOKEN, None),
        ("https://x.example", "", "WORKBENCH_TOKEN holds no API token"),
        ("https://x.example", TOKEN[:-1], "WORKBENCH_TOKEN holds no API token"),
        ("https://x.example", TOKEN[:-1] + "\n", "WORKBENCH_TOKEN holds no API token"),
        ("http://x.example", TOKEN, "http://x.example is not asked with a token"),
        ("http://127.0.0.1.x.example", TOKEN, "is not asked with a token"),
    ],
)
def test_a_token_goes_over_https_or_to_this_machine(site: str, token: str, words: str | None):
    try:
        calls.check_place(site, token)
        said = None
    except BadRequestError as refused:
        said = refused.message
    assert (said is None) is (words is None)
    assert words is None or words in str(said)


def test_a_token_is_in_no_message(monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    refusals: list[Callable[[], Any]] = [
        lambda: calls.check_place("http://x.example", TOKEN),
        lambda: calls.check_place("https://x.example", TOKEN + "!"),
    ]
    for refuse in refusals:
        with pytest.raises(WorkbenchError) as refused:
            refuse()
        said.append(refused.value.message)
    assert TOKEN not in " ".join(said)


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    client = Api.at("http://127.0.0.1:8000", TOKEN).client
    direct, other = (
        client._transport_for_url(httpx2.URL(f"http://{host}")) for host in ("127.0.0.1:8000", "x.example")
    )
    assert direct is client._transport
    assert other is not client._transport
