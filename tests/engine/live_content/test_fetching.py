"""Content is fetched into a clone of our own; a rewritten history is followed, recorded and told."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.catalog.git_objects import open_repo
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import BadRequestError, ConflictError, ForbiddenError, UnavailableError
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.live_content import fetching, git_runs, jobs, trouble
from engine.live_content.git_runs import Credentials, Remote
from tests.conftest import commit_all, git
from tests.factories import do, make_bundle, make_people
from web.serving import background

TEMPLATE = "content/task_templates/newsletter.yaml"
NOTHING = Credentials()


@pytest.fixture
def remote(content_repo: Path) -> Path:
    """The repository of the team, which is fetched from."""
    return content_repo


@pytest.fixture
def live(remote: Path, settings: Settings, clock: FixedClock) -> Iterator[Workbench]:
    engine = Workbench(replace(settings, content="/nowhere", content_remote=str(remote)), clock=clock)
    yield engine
    engine.close()


def rename(remote: Path, name: str) -> str:
    file = remote / TEMPLATE
    lines = file.read_text().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith("name: "))
    lines[place] = f"name: {name}\n"
    file.write_text("".join(lines))
    return commit_all(remote, name)


def rewrite(remote: Path, name: str) -> str:
    """Put an unrelated history in the place of the branch."""
    git(remote, "checkout", "-q", "--orphan", "other")
    commit = rename(remote, name)
    git(remote, "branch", "-q", "-M", "main")
    return commit


def told_to(engine: Workbench, who: Actor) -> list[str]:
    with engine.reading(who) as tx:
        items = inbox.load(tx, with_seen=False, shown=50).items
    return [item.title for item in items if item.kind is Kind.NOTICE]


def name_of(engine: Workbench) -> str:
    return engine.content().templates["newsletter"].name


def test_what_is_fetched_is_in_use_without_a_restart_and_the_remote_is_left_alone(
    live: Workbench, remote: Path
) -> None:
    assert "Run `workbench content fetch`." in live.content().problems[0].message
    first = jobs.fetch(live, live.operator())
    assert (first.before, first.after) == (None, git(remote, "rev-parse", "HEAD"))
    assert live.content().commit == first.after
    before = sorted((path.as_posix(), path.stat().st_mtime_ns) for path in remote.rglob("*"))
    assert not jobs.fetch(live, live.operator()).is_news
    assert sorted((path.as_posix(), path.stat().st_mtime_ns) for path in remote.rglob("*")) == before
    commit = rename(remote, "Letter")
    assert name_of(live) != "Letter", "nothing moves before the next fetch"
    second = jobs.fetch(live, live.operator())
    assert (second.before, second.after, second.is_rewritten) == (first.after, commit, False)
    assert name_of(live) == "Letter"


def test_a_rewritten_history_is_followed_recorded_and_told_to_managers_and_pins_stay(
    live: Workbench, remote: Path
) -> None:
    people = make_people(live)
    first = jobs.fetch(live, live.operator())
    bundle = make_bundle(live, "newsletter")
    commit = rewrite(remote, "Another letter")
    found = jobs.fetch(live, live.operator())
    assert (found.before, found.after, found.is_rewritten) == (first.after, commit, True)
    assert name_of(live) == "Another letter"
    with live.reading(live.operator()) as tx:
        events = tx.find(Event, action=[Action.CONTENT_FETCHED, Action.CONTENT_REWRITTEN])
        told = {event.action: event.after for event in events}
        assert tx.get(type(bundle), bundle.bundle_id).commit == first.after
    assert told[Action.CONTENT_REWRITTEN] == {"branch": "main", "from": first.after, "commit": commit}
    for name, is_told in (("mara", True), ("ana", False)):
        assert len(told_to(live, people[name])) == is_told
    jobs.fetch(live, live.operator())
    assert len(told_to(live, people["mara"])) == 1, "once for each rewrite"


@pytest.mark.wide
def test_a_rewrite_that_could_not_be_recorded_is_told_by_the_next_fetch(
    live: Workbench, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mara = make_people(live)["mara"]
    first = jobs.fetch(live, live.operator())
    commit = rewrite(remote, "Another letter")
    with monkeypatch.context() as full:
        full.setattr(live, "transaction", _refuse)
        with pytest.raises(UnavailableError, match="no room"):
            jobs.fetch(live, live.operator())
    assert told_to(live, mara) == []
    found = jobs.fetch(live, live.operator())
    assert (found.before, found.after, found.is_rewritten) == (first.after, commit, True)
    assert len(told_to(live, mara)) == 1


def _refuse(_actor: Actor) -> NoReturn:
    raise UnavailableError("There is no room left.")


def test_commits_that_a_rewrite_left_behind_stay_readable_in_our_clone(live: Workbench, remote: Path) -> None:
    first = jobs.fetch(live, live.operator()).after
    rewrite(remote, "Another letter")
    jobs.fetch(live, live.operator())
    clone = live.settings.clone_folder
    git(clone, "gc", "-q", "--prune=now")
    assert git(clone, "cat-file", "-t", first) == "commit"


def test_whoever_administers_fetches_and_only_where_a_setting_says_from(
    live: Workbench, workbench: Workbench
) -> None:
    people = make_people(live)
    with pytest.raises(ForbiddenError):
        jobs.fetch(live, people["ana"])
    with pytest.raises(ConflictError, match="Nothing says where content is fetched from"):
        jobs.fetch(workbench, workbench.operator())


def test_a_remote_that_is_gone_says_so_and_leaves_the_content_in_use(live: Workbench, remote: Path) -> None:
    jobs.fetch(live, live.operator())
    used = live.content().commit
    remote.rename(remote.with_name("away"))
    with pytest.raises(UnavailableError, match=r"The branch main of .* cannot be fetched: "):
        jobs.fetch(live, live.operator())
    assert live.content().commit == used


def test_that_it_failed_is_kept_with_since_when_and_why_until_it_does_not(
    live: Workbench, remote: Path, clock: FixedClock
) -> None:
    away = remote.with_name("away")
    remote.rename(away)
    began = clock.now()
    for _ in range(2):
        with pytest.raises(UnavailableError):
            jobs.fetch(live, live.operator())
        clock.advance(minutes=5)
    found = trouble.current(live.settings)
    assert found is not None
    assert found.since == began
    assert found.why.startswith("The branch main of ")
    assert trouble.current(replace(live.settings, content_remote="")) is None, "nothing is fetched any more"
    away.rename(remote)
    jobs.fetch(live, live.operator())
    assert trouble.current(live.settings) is None


def test_a_folder_in_which_nothing_can_be_kept_is_said_in_words(live: Workbench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    live.settings = replace(live.settings, content_clone=str(tmp_path / "file" / "clone.git"))
    with pytest.raises(UnavailableError, match=r"/file, where the content is fetched to, cannot be written"):
        jobs.fetch(live, live.operator())


def test_who_fetches_at_the_same_time_waits_for_the_other(
    live: Workbench, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most, failed = [0], [0], list[Exception]()
    real = fetching.fetch

    def counted(*given, **more):
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        try:
            return real(*given, **more)
        finally:
            at_once[0] -= 1

    def fetch() -> None:
        try:
            jobs.fetch(live, live.operator())
        except Exception as error:
            failed.append(error)

    monkeypatch.setattr(fetching, "fetch", counted)
    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, failed) == ([1], [])


def test_what_a_fetch_brings_is_told_with_it(live: Workbench, remote: Path) -> None:
    people = make_people(live)
    worker = background.engine_of(live)
    for _ in range(2):
        with live.transaction(live.system_actor()) as tx:
            worker.enqueue(tx, jobs.FETCH.name)
        assert worker.do_one("worker")
        make_bundle(live, "newsletter", actor=people["mara"])
        file = remote / TEMPLATE
        file.write_text(file.read_text().replace("  - ref:", "  - icon: x\n    ref:", 1))
        commit_all(remote)
    assert any("there is a newer" in title for title in told_to(live, people["mara"]))


def test_a_branch_that_is_not_there_says_so(live: Workbench) -> None:
    settings = replace(live.settings, content_branch="nothing")
    with pytest.raises(UnavailableError, match="refs/heads/nothing"):
        fetching.fetch(settings, NOTHING)


def test_a_fetch_that_takes_too_long_is_ended_with_all_that_it_began(
    live: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_runs, "SECONDS_OF_A_FETCH", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        remote = f"https://127.0.0.1:{silent.getsockname()[1]}/content.git"
        with pytest.raises(UnavailableError, match="it took more than 1 seconds"):
            fetching.fetch(replace(live.settings, content_remote=remote), NOTHING)
    assert is_gone(remote)


def is_gone(process: str) -> bool:
    """Whether no such process is left; one that was killed may be there for a moment on a busy machine."""
    for _ in range(100):
        found = subprocess.run(["ps", "axo", "args"], capture_output=True, text=True, check=True).stdout
        if process not in found:
            return True
        time.sleep(0.1)
    return False


def test_a_fetch_that_brings_too_much_is_ended_and_leaves_nothing(
    live: Workbench, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (remote / "large").write_bytes(os.urandom(3_000_000))
    commit_all(remote, "Too much")
    monkeypatch.setattr(git_runs, "BYTES_OF_A_FETCH", 100_000)
    monkeypatch.setattr(git_runs, "_LOOKED_AFTER", 0.001)
    with pytest.raises(UnavailableError, match="it brought more than 100,000 bytes"):
        fetching.fetch(live.settings, NOTHING)
    assert not list(live.settings.clone_folder.glob("objects/pack/*"))
    with open_repo(live.settings.clone_folder) as repo:
        assert repo.git.for_each_ref() == ""


def test_a_remote_that_does_not_stop_talking_is_ended(
    live: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, real = tmp_path / "bin" / "git", shutil.which("git")
    program.parent.mkdir()
    talking = "yes 'Nothing for you today' | head -c 2000000 >&2; sleep 86397"
    program.write_text(f'#!/bin/sh\ncase " $* " in *" fetch "*) {talking};; *) exec {real} "$@";; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(UnavailableError, match="it said more than 1,000,000 bytes"):
        fetching.fetch(live.settings, NOTHING)
    assert is_gone("sleep 86397")


def test_no_hook_no_submodule_and_no_other_protocol_is_followed(
    live: Workbench, remote: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "was run"
    jobs.fetch(live, live.operator())
    for hook in ("reference-transaction", "post-checkout", "post-merge"):
        file = live.settings.clone_folder / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\necho {hook} >> '{mark}'\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    (remote / ".gitmodules").write_text('[submodule "x"]\npath = x\nurl = ext::sh -c "touch /dev/null"\n')
    rename(remote, "Letter")
    fetching.fetch(live.settings, NOTHING)
    assert not mark.exists()


@pytest.mark.parametrize(
    "remote",
    [
        "ext::sh -c id",
        "http://example.com/x",
        "git://example.com/x",
        "relative/x",
        "-x",
        "https://a:b@example.com/x",
    ],
)
def test_only_https_ssh_and_folders_are_fetched_from_and_no_address_holds_a_password(remote: str) -> None:
    with pytest.raises(BadRequestError, match="content_remote") as refused:
        Settings.read({}, content_remote=remote)
    assert "a:b" not in refused.value.message


@pytest.mark.parametrize(
    "remote", ["https://example.com/x.git", "https://bot@example.com/x", "ssh://git@example.com/x", "/srv/x"]
)
def test_those_are(remote: str) -> None:
    assert Settings.read({}, content_remote=remote).content_remote == remote


def test_a_token_reaches_the_server_and_stands_in_no_message() -> None:
    """A server on loopback that speaks no TLS: what Git is given is looked at where it is given."""
    remote = Remote("https://bot@example.com/x.git", Credentials(token="s3cret"))
    with git_runs.environment_of(remote) as environment:
        assert environment["GIT_CONFIG_KEY_0"] == "http.https://example.com/.extraHeader"
        assert environment["GIT_CONFIG_VALUE_0"] == "Authorization: Basic Ym90OnMzY3JldA=="
        assert environment["GIT_ALLOW_PROTOCOL"] == "https"
    assert "s3cret" not in repr(remote)
    said = "remote: no s3cret here, and no Basic Ym90OnMzY3JldA=="
    assert git_runs._reason(said, remote) == "remote: no … here, and no Basic …"


def test_a_token_that_somebody_wrote_as_the_user_of_an_address_stands_in_no_message(
    settings: Settings,
) -> None:
    address = "https://s3cret@127.0.0.1:9/team/work.git"
    with pytest.raises(UnavailableError, match=r"of https://127\.0\.0\.1:9/team/work\.git cannot be") as told:
        fetching.fetch(replace(settings, content="/nowhere", content_remote=address), Credentials())
    assert "s3cret" not in told.value.message
    said = f"fatal: unable to access '{address}/': gone"
    assert "s3cret" not in git_runs._reason(said, Remote(address))


def test_a_key_lies_in_a_file_of_its_own_while_git_runs_and_is_gone_afterwards() -> None:
    remote = Remote("ssh://git@example.com/x.git", Credentials(ssh_key="KEY"))
    with git_runs.environment_of(remote) as environment:
        key = Path(environment["GIT_SSH_COMMAND"].rpartition(" ")[2])
        assert key.read_text() == "KEY\n"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not key.exists()


@pytest.mark.wide  # many readers, many fetches
def test_readers_meanwhile_see_the_old_revision_or_the_new_one_whole(live: Workbench, remote: Path) -> None:
    jobs.fetch(live, live.operator())
    first, seen, stop = live.content().commit, set(), threading.Event()
    names = {str(first): name_of(live)}

    def read() -> None:
        while not stop.is_set():
            content = live.content()
            seen.add((str(content.commit), content.templates["newsletter"].name, len(content.templates)))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(5):
            names[rename(remote, f"Letter {number}")] = f"Letter {number}"
            jobs.fetch(live, live.operator())
    finally:
        stop.set()
        reader.join()
    assert {count for _, _, count in seen} == {len(live.content().templates)}
    assert all(names[commit] == name for commit, name, _ in seen)


@pytest.mark.wide
def test_a_revision_to_migrate_to_is_one_of_the_clone_that_was_fetched(live: Workbench, remote: Path) -> None:
    mara = make_people(live)["mara"]
    first = jobs.fetch(live, live.operator()).after
    bundle = make_bundle(live, "newsletter", actor=mara, partner="acme")
    rename(remote, "The letter")
    jobs.fetch(live, live.operator())
    for to, is_nothing in ((first, True), ("main", False)):
        found = do(live, mara, "bundle migrate", bundle_id=bundle.bundle_id, to=to, dry_run=True)
        assert found.migration.is_nothing is is_nothing
