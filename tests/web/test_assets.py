"""Static files, pages and templates are made ready once: compressed, tagged and compiled (P3, P5)."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import send_file
from jinja2 import Environment
from werkzeug.exceptions import NotFound

from web import assets, compiled_templates, create_app
from web.application import warm

GZIP = {"Accept-Encoding": "gzip"}
STATIC = Path(assets.__file__).parent / "static"
FILES = sorted(path.name for path in STATIC.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_a_static_file_is_sent_as_it_is_or_compressed_once(visitor, name):
    plain = visitor.get(f"/static/{name}")
    packed = visitor.get(f"/static/{name}", headers=GZIP)
    assert plain.data == gzip.decompress(packed.data) == (STATIC / name).read_bytes()
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.content_type == packed.content_type != "application/octet-stream"


def test_each_form_of_a_static_file_has_a_strong_tag_of_its_own(visitor):
    tags = {visitor.get("/static/app.css", headers=given).headers["ETag"] for given in ({}, GZIP)}
    assert len(tags) == 2
    assert not any(tag.startswith("W/") for tag in tags)


def test_a_static_file_that_the_browser_has_is_not_sent_again(visitor):
    first = visitor.get("/static/app.css", headers=GZIP)
    again = visitor.get("/static/app.css", headers={**GZIP, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Vary"] == "Accept-Encoding"


def test_the_addresses_in_a_page_are_kept_for_ever_and_those_of_another_release_for_no_time(visitor):
    addresses = re.findall(r'"(/static/[^"]+)"', visitor.get("/sign-in").text)
    assert len(addresses) >= 4
    for address in addresses:
        assert visitor.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for address in ("/static/app.css", "/static/app.css?v=0123456789ab"):
        assert visitor.get(address).headers["Cache-Control"] == "no-cache"


def test_a_stray_file_beside_the_static_ones_is_not_sent_and_stops_nothing(tmp_path: Path, caplog):
    (tmp_path / "a.css").write_text("a {}")
    before = assets.Assets(tmp_path)
    for name in (".DS_Store", "a.css~"):
        (tmp_path / name).write_bytes(b"whatever")
    found = assets.Assets(tmp_path)
    assert found.version == before.version
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [".DS_Store, a.css~"]
    with pytest.raises(NotFound):
        found.send("a.css~")


def test_the_version_of_the_addresses_changes_with_any_of_the_files(tmp_path: Path):
    (tmp_path / "a.css").write_text("a {}")
    (tmp_path / "b.js").write_text("b")
    first = assets.Assets(tmp_path).version
    assert assets.Assets(tmp_path).version == first
    (tmp_path / "b.js").write_text("c")
    assert assets.Assets(tmp_path).version != first


def test_a_static_file_asks_for_no_session(ana):
    """It says the same to everybody, so it may not depend on a cookie."""
    assert "Cookie" not in ana.get("/static/app.css").headers["Vary"]


def test_a_static_file_that_is_not_there_is_a_page_that_says_so(visitor):
    answer = visitor.get("/static/none.css")
    assert answer.status_code == 404
    assert "Not found" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(("accepts", "is_packed"), [("gzip", True), ("br", False), ("gzip;q=0, br", False)])
def test_a_page_is_compressed_for_those_who_take_it(mara, accepts, is_packed):
    page = mara.get("/board", headers={"Accept-Encoding": accepts})
    assert ("Content-Encoding" in page.headers) is is_packed
    assert "Accept-Encoding" in page.headers["Vary"]


def test_a_compressed_page_is_gzip_of_the_page(mara):
    plain, packed = (mara.get("/board", headers={"Accept-Encoding": it}).data for it in ("br", "gzip"))
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3


def test_a_small_answer_is_sent_as_it_is(visitor):
    answer = visitor.get("/healthz", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert len(answer.data) < 1024


def test_an_unchanged_page_names_what_its_answers_vary_with(mara):
    page = mara.get("/board", headers=GZIP)
    again = mara.get("/board", headers={**GZIP, "If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert "Accept-Encoding" in again.headers["Vary"]


def test_a_compressed_answer_keeps_no_strong_tag(visitor, app, monkeypatch):
    """A strong tag promises the same bytes; only the page is the same."""
    told = app.view_functions["accounts.health"]

    def tagged():
        answer = app.make_response(told())
        answer.set_data("x" * 5000)
        answer.set_etag("of-the-page")
        return answer

    tagged.is_public = True
    monkeypatch.setitem(app.view_functions, "accounts.health", tagged)
    assert visitor.get("/healthz").headers["ETag"] == '"of-the-page"'
    assert visitor.get("/healthz", headers=GZIP).headers["ETag"] == 'W/"of-the-page"'


def test_a_file_from_the_disk_is_sent_as_it_is_and_never_read_as_a_whole(visitor, app, monkeypatch, tmp_path):
    (tmp_path / "long.txt").write_text("x" * 5000)

    def sending():
        return send_file(tmp_path / "long.txt")

    sending.is_public = True
    monkeypatch.setitem(app.view_functions, "accounts.health", sending)
    answer = visitor.get("/healthz", headers=GZIP)
    assert answer.data == b"x" * 5000
    assert "Content-Encoding" not in answer.headers
    assert not answer.headers["ETag"].startswith("W/")


@pytest.fixture
def warmed(workbench):
    """A board that is ready for its first request, made as a server makes it."""
    made = create_app(workbench, secret_key="only for tests")
    warm(made, workbench)
    return made


@pytest.fixture
def few_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a board be ready with two templates: where and whether they are kept is the same for all."""
    monkeypatch.setattr(Environment, "list_templates", lambda _self: ["base.html", "accounts/sign_in.html"])


def refuse(*_words, **_named):
    raise AssertionError("a template is compiled")


@pytest.mark.wide  # compiles every template
def test_no_request_waits_for_a_template_to_be_compiled(warmed, monkeypatch):
    monkeypatch.setattr(warmed.jinja_env, "compile", refuse)
    for name in warmed.jinja_env.list_templates():
        warmed.jinja_env.get_template(name)
    assert warmed.test_client().get("/sign-in").status_code == 200


@pytest.mark.wide  # starts a process
def test_what_was_compiled_is_read_by_the_next_start(warmed, workbench, monkeypatch):
    again = create_app(workbench, secret_key="only for tests")
    monkeypatch.setattr(again.jinja_env, "compile", refuse)
    warm(again, workbench)
    assert again.test_client().get("/sign-in").text.startswith("<!doctype html>")


@pytest.mark.wide
def test_another_program_compiles_anew_and_removes_what_was_kept(
    few_templates, warmed, workbench, monkeypatch
):
    folder = workbench.settings.data_folder / "templates"
    before = {path.name for path in folder.iterdir()}
    assert before
    monkeypatch.setattr(compiled_templates, "_program", lambda: "other")
    warm(create_app(workbench, secret_key="only for tests"), workbench)
    after = {path.name for path in folder.iterdir()}
    assert len(after) == len(before)
    assert not after & before


def test_a_folder_that_keeps_nothing_is_told_of_and_stops_nobody(few_templates, workbench, caplog):
    (workbench.settings.data_folder / "templates").write_text("in the way")
    made = create_app(workbench, secret_key="only for tests")
    warm(made, workbench)
    assert "compiled templates cannot be kept" in caplog.text
    assert made.test_client().get("/sign-in").status_code == 200


@pytest.mark.parametrize("way", ["open", "linked"])
def test_what_others_may_have_compiled_is_not_run(few_templates, workbench, tmp_path, caplog, way):
    folder = workbench.settings.data_folder / "templates"
    there = tmp_path / "theirs"
    there.mkdir(0o700)
    if way == "linked":
        folder.symlink_to(there)
    else:
        folder.mkdir()
        folder.chmod(0o770)
    made = create_app(workbench, secret_key="only for tests")
    warm(made, workbench)
    assert "others may write to it" in caplog.text
    assert not list(folder.iterdir())
    assert made.test_client().get("/sign-in").status_code == 200
