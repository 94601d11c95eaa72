"""The demo has a store of its own, which says so; it is never served as real work, nor told into it (N2)."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.accounts import service as accounts
from engine.accounts.models import Workspace
from engine.accounts.passwords import hash_password
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.config import EMBEDDED, PROCRASTINATE, Settings
from engine.errors import ConflictError
from engine.reference import service as reference
from tests.factories import PASSWORD, make_bundle, make_people, make_task
from tests.web.serving.served import serving
from web.cli import worker
from web.cli.context import Session
from web.demo import stage, story


def put_mark(workbench: Workbench) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        stage.put_mark(tx)


def add_manager(workbench: Workbench, password: str, email: str = stage.MANAGER) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, email, "Mara Maier", ["manager"], password_hash=hash_password(password))


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port that something listens on: a server that is not refused ends all the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


def test_a_marked_store_is_the_demos_for_good(either_workbench: Workbench):
    assert not stage.is_marked(either_workbench.database)
    put_mark(either_workbench)
    make_task(either_workbench)
    assert stage.is_marked(either_workbench.database)
    stage.refuse_real_work(either_workbench)
    with pytest.raises(ConflictError, match="was made by the demo, whose passwords anybody can read"):
        stage.claim_for_work(either_workbench)


def test_a_store_that_was_served_as_real_work_is_never_the_demos_though_it_is_empty(
    either_workbench: Workbench,
):
    """A server that runs would go on to serve it, with the published passwords."""
    stage.claim_for_work(either_workbench)
    with pytest.raises(ConflictError, match=r"is for work of your own.*nothing was changed"):
        stage.refuse_real_work(either_workbench)
    with pytest.raises(ConflictError, match="is for work of your own"):  # of a demo that has looked before
        put_mark(either_workbench)
    assert not stage.is_marked(either_workbench.database)
    stage.claim_for_work(either_workbench)


def test_a_server_that_looked_before_the_demo_began_does_not_serve_it(
    either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    put_mark(either_workbench)
    monkeypatch.setattr(stage, "is_marked", lambda _: False)
    with pytest.raises(ConflictError, match="was made by the demo"):
        stage.claim_for_work(either_workbench)


def test_the_mark_counts_whatever_happened_to_the_workspace_since(either_workbench: Workbench):
    put_mark(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        workspace = tx.get(Workspace, tx.workspace_id)
        for number in range(101):
            tx.record(Action.WORKSPACE_CREATED, workspace, f"Something else, {number}")
    assert stage.is_marked(either_workbench.database)


def test_what_comes_back_from_an_export_of_the_demo_is_still_the_demos(
    cli, workbench: Workbench, tmp_path: Path, taken_port
):
    put_mark(workbench)
    url = f"sqlite:///{tmp_path}/back/store.db"
    assert cli("export", str(tmp_path / "out")).code == 0
    assert cli("restore", str(tmp_path / "out"), "--database", url).code == 0
    answer = cli("serve", "--port", taken_port, "--database", url)
    assert (answer.code, "was made by the demo" in answer.err) == (1, True)


def test_doctor_says_whose_store_it_is(cli, workbench: Workbench):
    def purpose():
        found = [row for row in cli("doctor", "--json").json["checks"] if row["check"] == "purpose"]
        return [(row["ok"], row["message"]) for row in found]

    assert purpose() == [(True, "real work: the demo did not make this store")]
    put_mark(workbench)
    assert purpose() == [(False, stage.warning(workbench.database.url))]


def test_who_invites_somebody_real_into_the_demo_is_told_so(cli, workbench: Workbench):
    words = ["user", "add", "--name", "Somebody", "--role", "manager"]
    assert "demo" not in cli(*words, "first@real.example").err
    put_mark(workbench)
    answer = cli(*words, "second@real.example")
    assert answer.code == 0
    assert answer.err.startswith("This is done, in the store of the demo, whose passwords anybody can read: ")
    assert "demo" not in cli(*words, "mara@example.com").err


def test_of_two_demos_in_one_store_one_tells_the_story_and_the_other_shows_it(either_workbench: Workbench):
    """The other one finds the mark, and people already; it is no real work, and it adds nothing (G14)."""
    put_mark(either_workbench)
    make_people(either_workbench)
    stage.refuse_real_work(either_workbench)
    with either_workbench.reading(either_workbench.operator()) as tx:
        before = tx.count(Event)
    clock = either_workbench.clock
    assert not story.tell(either_workbench)
    assert either_workbench.clock is clock
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.count(Event) == before


def add_partner(workbench: Workbench) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, {"partners": [{"key": "acme", "name": "Acme"}]})


@pytest.mark.parametrize(
    "make", [make_people, make_task, add_partner, lambda w: make_bundle(w, "newsletter")]
)
def test_a_store_with_people_or_work_takes_no_demo(either_workbench: Workbench, make):
    stage.refuse_real_work(either_workbench)
    make(either_workbench)
    with pytest.raises(ConflictError, match=r"is for work of your own.*nothing was changed"):
        stage.refuse_real_work(either_workbench)


def test_serve_refuses_the_demos_store_and_says_how_to_show_it(cli, workbench: Workbench, taken_port):
    put_mark(workbench)
    answer = cli("serve", "--port", taken_port)
    assert answer.code == 1
    assert f"`workbench serve --demo --database {workbench.database.url}`" in answer.err
    assert "sign-in" not in answer.out


@pytest.mark.parametrize("email", sorted(stage.PEOPLE))
def test_a_demo_of_an_earlier_release_is_told_by_its_published_password(
    cli, workbench: Workbench, taken_port, email: str
):
    add_manager(workbench, stage.PASSWORD if email == stage.MANAGER else PASSWORD)
    if email != stage.MANAGER:
        add_manager(workbench, stage.PASSWORD, email)
    assert "was made by the demo" in cli("serve", "--port", taken_port).err


def test_somebody_real_with_the_managers_address_is_served(cli, workbench: Workbench, taken_port):
    add_manager(workbench, PASSWORD)
    answer = cli("serve", "--port", taken_port)
    assert answer.code == 3
    assert f"cannot listen on 127.0.0.1:{taken_port}: another program" in answer.err


def test_serve_demo_refuses_a_store_with_real_work_and_changes_nothing(
    cli, workbench: Workbench, settings: Settings, taken_port
):
    make_people(workbench)
    before = cli("audit", "verify", "--json").json
    answer = cli("serve", "--demo", "--database", settings.database, "--port", taken_port)
    assert (answer.code, "Leave --database out" in answer.err) == (1, True)
    assert cli("audit", "verify", "--json").json == before


@pytest.mark.wide
@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("options", "database", "content"),
    [
        ({}, "sqlite:///var/demo/workbench.db", "var/demo/content-repository"),
        ({"database": "sqlite:///x.db"}, "sqlite:///x.db", "var/demo/content-repository"),
        ({"content": "real"}, "sqlite:///var/demo/workbench.db", "real"),
        ({"worktree": True}, "sqlite:///var/demo/workbench.db", "real"),
    ],
)
def test_the_demo_takes_store_and_content_from_options_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options, database, content
):
    monkeypatch.chdir(tmp_path)
    real = Settings(database="postgresql://real/work", content="real", blobs="/real/blobs", port=8001)
    found = stage.settings(real, options)
    assert (found.database, found.content, found.port) == (database, content, 8001)
    assert Path("/real") not in found.blob_folder.parents


def test_the_demo_neither_mails_nor_reminds_nor_exports_where_real_work_does():
    real = replace(
        Settings(),
        export_folder="/srv/exports",
        smtp_host="mail.example.com",
        call_hosts="api.example.com",
        private_calls=True,
        reminders=True,
        jobs=PROCRASTINATE,
    )
    shown = stage.settings(real, {})
    assert (shown.export_folder, shown.smtp_host, shown.reminders, shown.jobs) == ("", "", False, EMBEDDED)
    assert (shown.call_hosts, shown.private_calls) == ("", False)


def test_a_worker_beside_the_demo_has_the_settings_and_the_content_that_serve_it(
    workbench: Workbench, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    real = replace(settings, smtp_host="mail.example.com", call_hosts="api.example.com")
    with worker.as_served(Session(real, email=None, as_json=False)) as given:
        assert given.settings.smtp_host == "mail.example.com"
    put_mark(workbench)
    with worker.as_served(Session(real, email=None, as_json=False)) as given:
        found = given.settings
    assert (found.database, found.smtp_host, found.call_hosts) == (settings.database, "", "")
    assert Path(found.content).resolve() == tmp_path / "var/demo/content-repository"


@pytest.mark.wide
def test_a_database_of_ones_own_is_left_alone_by_the_demo_and_that_is_said(
    cli, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken_port
):
    """``cli`` names the database of the test in WORKBENCH_DATABASE."""
    monkeypatch.chdir(tmp_path)
    assert settings.database_file is not None
    before = settings.database_file.read_bytes(), settings.database_file.stat().st_mtime_ns
    answer = cli("serve", "--demo", "--port", taken_port)
    assert "cannot listen" in answer.err
    assert (settings.database_file.read_bytes(), settings.database_file.stat().st_mtime_ns) == before
    own = "it has a store of its own, sqlite:///var/demo/workbench.db."
    assert f"alone that WORKBENCH_DATABASE or workbench.toml names for work of your own: {own}" in answer.err


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("given", "options", "is_said"),
    [
        ({"database": "postgresql://real/work"}, {}, True),
        ({"database": "postgresql://real/work"}, {"database": "postgresql://real/work"}, False),
        ({}, {}, False),
        ({"database": "sqlite:///var/demo/workbench.db"}, {}, False),
    ],
    ids=["another", "an option", "no settings", "the demo's own"],
)
def test_the_demo_says_which_database_it_leaves_alone_where_settings_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given, options, is_said: bool
):
    monkeypatch.chdir(tmp_path)
    real = Settings(**given)
    said = stage.left_alone(real, stage.settings(real, options))
    assert (said is not None) is is_said


def test_files_of_a_demo_on_postgresql_lie_apart_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    found = stage.settings(Settings(), {"database": "postgresql://demo", "content": "."})
    assert found.blob_folder == tmp_path / "var/demo/blobs"


def test_the_published_password_is_looked_for_at_everybody_who_gets_it():
    keys = {*story._USERS, story._GUEST[0]}
    assert {f"{key}@example.com" for key in keys} == stage.PEOPLE


@pytest.mark.wide  # commits the whole content
def test_the_demos_content_is_that_of_this_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    repository = Path(stage.settings(Settings(), {}).content)
    (repository / "content/task_templates/newsletter.yaml").unlink()
    (repository / "content/task_templates/of_an_older_release.yaml").write_text("key: x", encoding="utf-8")
    stage.settings(Settings(), {})
    found = sorted(path.name for path in (repository / "content/task_templates").glob("*.yaml"))
    shipped = Path(__file__).parents[3] / "content/task_templates"
    assert found == sorted(path.name for path in shipped.glob("*.yaml"))
    inode = (repository / ".git").stat().st_ino
    stage.settings(Settings(), {})
    assert (repository / ".git").stat().st_ino == inode, "what is right stays as it is"


@pytest.mark.wide
def test_serve_demo_works_in_any_folder(cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken_port):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for name in [name for name in os.environ if name.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    answer = cli("serve", "--demo", "--port", taken_port)
    assert "cannot listen" in answer.err
    url = "sqlite:///var/demo/workbench.db"
    bundles = cli("bundle", "list", "--json", "--database", url, "--content", "var/demo/content-repository")
    assert bundles.json["total"] == 8
    assert "cannot listen" in cli("serve", "--demo", "--port", taken_port).err, "told once, shown again"
    assert "was made by the demo" in cli("serve", "--database", url, "--port", taken_port).err


@pytest.mark.wide
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_demos_that_begin_together_in_an_empty_store_both_answer(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
):
    words = ["--demo"]
    if database == "postgresql":
        words += ["--database", request.getfixturevalue("postgres_url_factory")()]
    with ThreadPoolExecutor(2) as pool, ExitStack() as stack:
        begun = [pool.submit(stack.enter_context, serving(tmp_path, *words)) for _ in range(2)]
        for served in [one.result() for one in begun]:
            cookie = served.follow("/sign-in", email=stage.MANAGER, password=stage.PASSWORD)
            with closing(served.connect()) as connection:
                connection.request("GET", "/board", headers={"Cookie": cookie})
                answer = connection.getresponse()
                assert (answer.status, "Mara Maier" in answer.read().decode()) == (200, True)
