"""``serve`` with several processes: who answers, who replaces whom, and what a restart costs (P1)."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest

from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.accounts.bootstrap import OPERATOR_EMAIL
from engine.accounts.models import User
from engine.app import Workbench
from engine.config import Settings
from tests.conftest import commit_all
from tests.factories import PASSWORD, make_task
from tests.newer_store import give_moods, upgrade
from tests.web.serving.served import Asking, Served, serving, wait_until

HALF = {
    "a connection": b"",
    "half a head": b"GET / HTTP/1.1\r\nX-",
    "half a body": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na",
}


@dataclass
class Team:
    """A server with two workers, a task, and the session of somebody who followed the link."""

    served: Served
    task: str
    cookie: str

    def workers(self) -> set[int]:
        """Return the ids of the processes that answer."""
        return {worker.pid for worker in self.served.workers()}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def team(
    request: pytest.FixtureRequest,
    shipped_repository: Path,
    new_store: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Team]:
    place = tmp_path_factory.mktemp("served")
    with ExitStack() as stack:
        if request.param == "sqlite":
            shutil.copyfile(new_store, place / "store.db")
            url = f"sqlite:///{place}/store.db"
        else:
            url = stack.enter_context(request.getfixturevalue("postgres_stores").lent())
        settings = Settings(content=str(shipped_repository), database=url, blobs=str(place / "blobs"))
        with closing(Workbench(settings)) as workbench:
            task = make_task(workbench).task_id
            with workbench.transaction(workbench.operator()) as tx:
                accounts.set_password(tx, tx.actor.user_id, passwords.hash_password(PASSWORD))
        served = stack.enter_context(serving(place, *words(shipped_repository, url)))
        yield Team(served, task, served.sign_in())


def words(repository: Path, url: str, processes: int = 2) -> list[str]:
    return ["--content", str(repository), "--database", url, "--processes", str(processes)]


def ask(
    connection: HTTPConnection, path: str, form: dict[str, str] | None = None, **headers: str
) -> tuple[HTTPResponse, str]:
    """Give the answer and its text; with a form, send it."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is None:
        connection.request("GET", path, headers=given)
    else:
        given["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", path, urlencode(form), given)
    answer = connection.getresponse()
    return answer, answer.read().decode()


def holders_of(connection: HTTPConnection, served: Served) -> set[int]:
    """Return the process that holds the other end of a connection; none until it is accepted."""
    port = connection.sock.getsockname()[1]
    return {
        worker.pid
        for worker in served.workers()
        for at in worker.net_connections("tcp")
        if at.raddr and at.raddr.port == port
    }


def worker_of(connection: HTTPConnection, served: Served) -> int:
    """Return the id of the process that holds the other end of a connection which was answered."""
    (pid,) = holders_of(connection, served)
    return pid


def one_per_worker(served: Served, stack: ExitStack) -> list[HTTPConnection]:
    """Connect until each of two workers holds a connection; give one of each.

    One that was just started takes none before its loop goes round, and the other takes them all until then.
    """
    found: dict[int, HTTPConnection] = {}

    def is_one_of_each() -> bool:
        connection = stack.enter_context(closing(served.connect()))
        ask(connection, "/healthz")
        if found.setdefault(worker_of(connection, served), connection) is not connection:
            connection.close()
        return len(found) == 2

    wait_until(is_one_of_each)
    return list(found.values())


def wait_until_closed(idle: list[HTTPConnection]) -> None:
    """Wait until connections between two requests are closed: each worker has heard that it is to leave."""
    for connection in idle:
        assert connection.sock.recv(1) == b""


def test_two_workers_share_what_comes(team: Team):
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(team.served.connect())) for _ in range(8)]
        assert {ask(connection, "/healthz")[0].status for connection in connections} == {200}
        held = [worker_of(connection, team.served) for connection in connections]
    assert set(held) == team.workers()
    assert min(held.count(pid) for pid in set(held)) >= 3, "to each about as many as to the other"


def test_what_one_worker_writes_the_other_never_calls_unchanged(team: Team):
    page = f"/tasks/{team.task}"
    with ExitStack() as stack:
        writer, reader = one_per_worker(team.served, stack)
        token = re.search(r'name="csrf-token" content="([^"]+)"', ask(writer, page, Cookie=team.cookie)[1])
        assert token
        for number in range(5):
            poll = {"Cookie": team.cookie, "X_Live": "1"}
            poll["If_None_Match"] = ask(reader, page, **poll)[0].getheader("ETag") or ""
            assert [ask(worker, page, **poll)[0].status for worker in (reader, writer)] == [304, 304]
            note = {"csrf_token": token[1], "body": f"Ask printer {number}"}
            assert ask(writer, f"{page}/notes", note, Cookie=team.cookie)[0].status == 303
            answer, text = ask(reader, page, **poll)
            assert (answer.status, note["body"] in text) == (200, True)


@pytest.mark.wide
def test_a_body_of_a_gigabyte_is_refused_in_the_words_of_the_board_before_it_is_sent(team: Team):
    with closing(team.served.connect()) as connection:
        connection.putrequest("POST", "/sign-in")
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", "1000000000")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert "longer than 512 KiB" in answer.read().decode()


@pytest.mark.wide
@pytest.mark.parametrize("sends", HALF.values(), ids=HALF.keys())
def test_half_requests_by_the_hundred_stop_nobody(team: Team, sends: bytes):
    with ExitStack() as stack:
        for _ in range(200):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", team.served.port), timeout=10))
            slow.sendall(sends)
        connection = stack.enter_context(closing(team.served.connect()))
        answer, text = ask(connection, "/board", Cookie=team.cookie)
        assert (answer.status, "Local operator" in text) == (200, True)


@pytest.mark.wide
def test_a_flood_of_wrong_passwords_keeps_neither_pages_nor_the_right_password_out(team: Team):
    """S6: each hash takes 64 MiB and all processors; sixteen at once took the pages with them."""
    enough, counted = threading.Event(), []

    def sign_in(address: str, password: str) -> int:
        with closing(team.served.connect()) as connection:
            answer, page = ask(connection, "/sign-in")
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert token
            cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
            form = {"csrf_token": token[1], "email": address, "password": password}
            return ask(connection, "/sign-in", form, Cookie=cookie)[0].status

    def guess(number: int) -> None:
        while not enough.is_set():
            counted.append(sign_in(f"invented{number}-{len(counted)}@example.com", "a wrong password"))

    guessers = [threading.Thread(target=guess, args=(number,)) for number in range(16)]
    for guesser in guessers:
        guesser.start()
    wait_until(lambda: len(counted) >= 16)
    with closing(team.served.connect()) as connection:
        for _ in range(3):
            assert ask(connection, "/board", Cookie=team.cookie)[0].status == 200
    assert sign_in(OPERATOR_EMAIL, PASSWORD) == 303
    most = max(worker.memory_full_info().uss for worker in team.served.workers())
    enough.set()
    for guesser in guessers:
        guesser.join()
    assert set(counted) == {401}
    assert most < 300 * 2**20


@pytest.mark.wide  # starts a server, and kills
def test_a_worker_that_is_killed_is_replaced_at_once_and_the_log_says_so(team: Team):
    before = team.workers()
    victim = min(before)
    team.served.workers()[0].send_signal(signal.SIGSTOP)  # not even one that does not move any more
    team.served.workers()[0].kill()
    wait_until(lambda: len(team.workers() - before) == 1 and len(team.workers()) == 2)
    with ExitStack() as stack:
        one_per_worker(team.served, stack)
    ended = (before - team.workers()).pop()
    assert victim in before
    team.served.wait_until_it_says(f"worker {ended} ended: SIGKILL; another one takes its place")


@pytest.mark.wide
@pytest.mark.parametrize("times", [1, 2])
def test_sighup_puts_new_workers_in_place_each_time_and_drops_no_request(team: Team, times: int):
    asking = Asking(team.served.port)
    with asking.going_on():
        for _ in range(times):
            before = team.workers()
            team.served.process.send_signal(signal.SIGHUP)
            wait_until(partial(others_are_there, team, before))
    assert asking.failures == []
    assert asking.answered > 10
    assert team.served.process.poll() is None, "the process that was started is still there"
    with closing(team.served.connect()) as connection:
        assert ask(connection, "/board", Cookie=team.cookie)[0].status == 200, "sessions go on"


def others_are_there(team: Team, before: set[int]) -> bool:
    return len(team.workers() - before) >= 2 and not team.workers() & before


@pytest.mark.wide
def test_one_process_is_no_more_than_one_and_restarts_without_a_dropped_request(
    shipped_repository: Path, new_store: Path, tmp_path: Path
):
    shutil.copyfile(new_store, tmp_path / "store.db")
    with serving(tmp_path, *words(shipped_repository, "sqlite:///store.db", 1)) as served:
        assert served.workers() == []
        asking = Asking(served.port)
        with asking.going_on():
            for times in (1, 2):
                served.process.send_signal(signal.SIGHUP)
                served.wait_until_it_says("serves again", times)
        assert asking.failures == []
        assert served.end(signal.SIGINT) == 0


@pytest.mark.wide
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_answers_what_is_under_way_and_leaves_no_process(
    shipped_repository: Path, new_store: Path, tmp_path: Path, number: int
):
    shutil.copyfile(new_store, tmp_path / "store.db")
    with serving(tmp_path, *words(shipped_repository, "sqlite:///store.db")) as served:
        workers = served.workers()
        with ExitStack() as stack:
            idle = one_per_worker(served, stack)
            connection = stack.enter_context(closing(served.connect()))
            connection.putrequest("POST", "/sign-in")
            connection.putheader("Content-Length", "20")
            connection.endheaders()
            connection.send(b"0" * 10)
            wait_until(lambda: bool(holders_of(connection, served)))
            served.process.send_signal(number)
            wait_until_closed(idle)
            connection.send(b"0" * 10)
            answer = connection.getresponse()
            assert (answer.status, answer.getheader("Connection")) == (403, "close"), "it has no token"
        assert served.end() == 0
        assert {worker.is_running() for worker in workers} == {False}


@pytest.mark.wide
def test_workers_end_when_the_process_that_watches_over_them_is_gone(
    shipped_repository: Path, new_store: Path, tmp_path: Path
):
    shutil.copyfile(new_store, tmp_path / "store.db")
    with serving(tmp_path, *words(shipped_repository, "sqlite:///store.db")) as served:
        workers = served.workers()
        assert len(workers) == 2
        served.process.kill()
        wait_until(lambda: not any(worker.is_running() for worker in workers))


@pytest.mark.wide
def test_a_program_that_does_not_start_any_more_leaves_the_server_as_it_is(
    shipped_repository: Path, new_store: Path, tmp_path: Path
):
    shutil.copyfile(new_store, tmp_path / "store.db")
    with serving(tmp_path, *words(shipped_repository, "sqlite:///store.db")) as served:
        before = {worker.pid for worker in served.workers()}
        (tmp_path / "workbench.toml").write_text('timezone = "Nowhere"', encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.wait_until_it_says("the program does not start (exit code 1)")
        assert "use an IANA time zone" in served.said()
        assert {worker.pid for worker in served.workers()} == before
        (tmp_path / "workbench.toml").unlink()
        served.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not before & {worker.pid for worker in served.workers()})


@pytest.mark.wide
def test_each_worker_reads_content_that_was_committed_meanwhile(
    content_repo: Path, new_store: Path, tmp_path: Path
):
    shutil.copyfile(new_store, tmp_path / "store.db")
    with serving(tmp_path, *words(content_repo, "sqlite:///store.db")) as served, ExitStack() as stack:
        connections = one_per_worker(served, stack)
        cookie = served.sign_in()
        assert len(connections) > 1
        for connection in connections:
            assert "Blog post" in ask(connection, "/recipes", Cookie=cookie)[1]
        recipe = content_repo / "content" / "task_templates" / "blog_post.yaml"
        text = recipe.read_text(encoding="utf-8")
        recipe.write_text(re.sub(r"(?m)^name: .*$", "name: Weblog article", text, count=1), encoding="utf-8")
        commit_all(content_repo)
        for connection in connections:  # a new revision is read beside the pages, which go on meanwhile
            wait_until(lambda: "Weblog article" in ask(connection, "/recipes", Cookie=cookie)[1])  # noqa: B023


@pytest.mark.wide
def test_a_store_that_is_upgraded_meanwhile_is_worked_with_and_the_restart_after_it_drops_no_request(
    shipped_repository: Path, new_store: Path, tmp_path: Path
):
    """The upgrade leaves the door open, as most do: the workers go on, and so does whoever begins anew."""
    shutil.copyfile(new_store, tmp_path / "store.db")
    with serving(tmp_path, *words(shipped_repository, "sqlite:///store.db")) as served:
        with closing(Workbench(Settings(database=f"sqlite:///{tmp_path}/store.db"))) as workbench:
            operator = workbench.operator()
            with workbench.transaction(operator) as tx:
                token = accounts.make_sign_in_link(tx, tx.get(User, operator.user_id))
        before = {worker.pid for worker in served.workers()}
        asking = Asking(served.port)
        with asking.going_on():
            upgrade(f"sqlite:///{tmp_path}/store.db", give_moods)
            assert served.follow(f"/sign-in/{token}"), "a write, into the store that is ahead now"
            served.process.send_signal(signal.SIGHUP)
            wait_until(lambda: not before & {worker.pid for worker in served.workers()})
        assert asking.failures == []


@pytest.mark.wide
def test_a_second_server_takes_over_a_socket_that_is_held_for_both_and_drops_no_request(
    shipped_repository: Path, new_store: Path, tmp_path: Path
):
    """As systemd holds one: the first server ends, the second begins, and what comes meanwhile waits."""
    shutil.copyfile(new_store, tmp_path / "store.db")
    given = words(shipped_repository, "sqlite:///store.db")
    with socket.create_server(("127.0.0.1", 0)) as held:
        asking = Asking(held.getsockname()[1])
        with serving(tmp_path, *given, socket=held) as first, asking.going_on():
            wait_until(lambda: asking.answered > 20)
            first.process.send_signal(signal.SIGHUP)
            first.wait_until_it_says("serves again")
            assert first.end() == 0
            answered = asking.answered
            with serving(tmp_path, *given, socket=held):
                wait_until(lambda: asking.answered > answered + 20)
                asking.end()
    assert asking.failures == []
