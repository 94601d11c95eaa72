"""How many processes answer, and what each begins with."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Request
from flask.sessions import SessionMixin

from engine.accounts.models import User
from engine.app import Workbench
from engine.config import Settings
from engine.errors import BadRequestError
from tests.factories import do
from tests.web.conftest import Visitor
from web import auth
from web.serving import running
from web.serving.http import _Channel
from web.serving.warming import settle_memory, warm


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port that something listens on: a server that gets so far ends all the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


def test_a_number_of_processes_that_cannot_be_is_refused_by_its_name(cli, tmp_path: Path):
    answer = cli("serve", "--processes", "300")
    assert (answer.code, "--processes is 300; set it to 0 to 256." in answer.err) == (1, True)
    (tmp_path / "workbench.toml").write_text("processes = -1", encoding="utf-8")
    with pytest.raises(BadRequestError, match=r"processes in .*workbench.toml is -1; set it to 0 to 256"):
        Settings.read({}, tmp_path / "workbench.toml")
    assert Settings.read({"WORKBENCH_PROCESSES": "3"}).with_options(processes=None, port=1).processes == 3


def test_a_store_in_memory_takes_one_process_and_says_so_only_to_who_wants_more(cli, taken_port: str):
    more = cli("serve", "--database", "sqlite://", "--processes", "2", "--port", taken_port)
    assert "Only one process can use a store in memory, so one answers." in more.err
    assert "cannot listen" in more.err
    assert "another program, perhaps another `workbench serve`, has this port" in more.err
    assert "alone" not in cli("serve", "--database", "sqlite://", "--port", taken_port).err


@pytest.mark.parametrize("path", ["/sign-in", "//sign-in", "///sign-in"])
def test_a_password_is_checked_aside_however_its_address_is_written(path: str):
    assert running.is_password_check("POST", path)
    assert not running.is_password_check("GET", path)
    assert not running.is_password_check("POST", "/sign-out")


def test_there_are_as_many_cores_as_this_process_may_use():
    assert 1 <= running.cores() <= 4096


@pytest.mark.wide  # starts a process
def test_a_board_that_was_made_warm_has_its_templates_and_its_content(
    app: Flask, workbench: Workbench, caplog: pytest.LogCaptureFixture
):
    warm(app, workbench)
    assert set(app.jinja_env.list_templates()) <= {name for _, name in app.jinja_env.cache}
    assert caplog.messages == [], "the first page was answered"


@pytest.mark.wide
def test_a_thread_that_computes_gives_way_before_a_page_has_waited_long(
    app: Flask, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(running.Board, "_serve_alone", lambda *_: None)
    before = sys.getswitchinterval()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            running.Board(workbench, app).serve(listener, 1, when_ready=lambda: None)
        assert sys.getswitchinterval() == pytest.approx(0.0001)
    finally:
        sys.setswitchinterval(before)


def test_connections_are_closed_before_a_process_forks_and_opened_again_after_it(either_workbench: Workbench):
    pool = either_workbench.database._transactions.engine.pool
    either_workbench.operator()
    assert pool.checkedin() > 0
    either_workbench.database.disconnect()
    pool = either_workbench.database._transactions.engine.pool
    assert pool.checkedin() == 0
    assert either_workbench.operator().user_id


def test_a_store_in_memory_is_not_thrown_away_for_that(shipped_repository: Path):
    workbench = Workbench(Settings(content=str(shipped_repository), database="sqlite://"))
    with pytest.raises(RuntimeError, match="ends with its connection"):
        workbench.database.disconnect()
    workbench.close()


def cookies_of(visitor: Visitor) -> str:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in visitor.client._cookies.values())


def test_a_server_knows_by_their_cookies_who_is_signed_in(app: Flask, mara: Visitor, visitor: Visitor):
    cookies = cookies_of(mara)
    assert auth.signed_in(app, cookies)
    assert auth.signed_in(app, "") is None
    assert auth.signed_in(app, cookies[:-2] + "xx") is None
    visitor.get("/sign-in")
    assert auth.signed_in(app, cookies_of(visitor)) is None


def test_whoever_sends_the_same_cookies_again_is_known_without_looking_at_them(
    app: Flask, mara: Visitor, monkeypatch: pytest.MonkeyPatch
):
    looked: list[Flask] = []
    look = app.session_interface.open_session

    def noted(app: Flask, request: Request) -> SessionMixin | None:
        looked.append(app)
        return look(app, request)

    monkeypatch.setattr(app.session_interface, "open_session", noted)
    cookies, signed_in = cookies_of(mara), running.signed_in(app)
    names = {signed_in({"COOKIE": cookies}) for _ in range(3)}
    assert names == {auth.signed_in(app, cookies)} != {None}
    assert len(looked) == 2  # by each of the two once
    assert signed_in({"COOKIE": cookies[:-2] + "xx"}) is None


@pytest.mark.parametrize("before", ["xworkbench_session=me.a.b", "a=workbench_session=me.a.b", "me"])
def test_nobody_chooses_the_name_that_their_requests_are_counted_under(
    app: Flask, mara: Visitor, before: str
):
    request = SimpleNamespace(headers={"COOKIE": f"{before}; {cookies_of(mara)}"})
    server = SimpleNamespace(signed_in=running.signed_in(app))
    channel = SimpleNamespace(requests=[request], server=server, addr=("192.0.2.1", 1))
    named = _Channel.sender(channel)
    request.headers = {"COOKIE": cookies_of(mara)}
    assert named == _Channel.sender(channel)


def test_all_sessions_of_one_person_have_one_name(app: Flask, mara: Visitor, people: dict[str, User]):
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    for visitor in (first, second):
        assert visitor.sign_in("ana").status_code == 303
    name = auth.signed_in(app, cookies_of(first))
    assert name == auth.signed_in(app, cookies_of(second))
    assert name != auth.signed_in(app, cookies_of(mara))


@pytest.mark.wide
def test_what_lives_as_long_as_the_process_is_taken_out_of_the_garbage_collectors_rounds():
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    pythons_own = (700, 10, 10)
    gc.set_threshold(*pythons_own)
    try:
        settle_memory()
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold() > pythons_own
    finally:
        gc.set_threshold(*before)


@pytest.mark.wide  # starts a process to measure it
def test_the_threads_of_a_process_share_one_heap(tmp_path: Path):
    """Each of its own would keep what a page took once (P5); how many there are, glibc tells a file."""
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", _HEAPS, str(told)], check=True)
    assert told.read_text(encoding="ascii").count("<heap nr=") == 1


@pytest.mark.wide  # starts a process to measure it
def test_what_a_read_gives_back_is_taken_again_without_asking_the_system():
    """Page by page it would be filled with zeros anew: more work than the read itself (P5)."""
    told = subprocess.run([sys.executable, "-c", _TAKEN_AGAIN], check=True, capture_output=True, text=True)
    assert int(told.stdout) < 100


_TAKEN_AGAIN = """
import ctypes, resource
from web.serving.warming import settle_memory

settle_memory()
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p

def take():
    taken = [ctypes.c_void_p(c.malloc(100_000)) for _ in range(60)]
    for place in taken: ctypes.memset(place, 1, 100_000)
    for place in taken: c.free(place)

def filled():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

take()
before = filled()
take()
print(filled() - before)
"""
_HEAPS = """
import ctypes, sys, threading
from web.serving.warming import settle_memory

settle_memory()
both = threading.Barrier(2)
kept = []

def take():
    both.wait()
    kept.append([bytearray(10_000) for _ in range(100)])

threads = [threading.Thread(target=take) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
c = ctypes.CDLL(None)
c.fopen.restype = ctypes.c_void_p
told = ctypes.c_void_p(c.fopen(sys.argv[1].encode(), b"w"))
c.malloc_info(0, told)
c.fclose(told)
"""


def test_a_program_is_named_by_the_user_of_its_token_once_that_is_known(
    app: Flask, workbench: Workbench, mara: Visitor
):
    made = do(workbench, workbench.operator(), "token make", name="Program")
    authorization = f"Bearer {made.secret}"
    assert auth.signed_in(app, "", authorization) is None
    app.test_client().get("/api/nowhere", headers={"Authorization": authorization})
    assert auth.signed_in(app, "", authorization) == workbench.operator().user_id
    assert auth.signed_in(app, cookies_of(mara), "Bearer wbt_guessed") is None
    assert auth.signed_in(app, cookies_of(mara), authorization) == workbench.operator().user_id
