"""Exports over the API: asked for, followed and downloaded by who may take the workspace out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from engine.access import Actor, Scope
from engine.app import Workbench
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from exports import nightly, validate
from tests.api.conftest import ApiClient


@pytest.fixture
def folder(workbench: Workbench, tmp_path: Path) -> Path:
    """Where exports go."""
    workbench.settings = replace(workbench.settings, export_folder=str(tmp_path / "exports"))
    return tmp_path / "exports"


@pytest.fixture
def mara(folder: Path, api) -> ApiClient:
    client: ApiClient = api("mara")
    return client


def work(workbench: Workbench) -> bool:
    """Do what waits, as a worker does."""
    kinds = Kinds([nightly.asked(workbench)])
    return EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids).do_one("worker")


def test_one_is_asked_for_followed_and_downloaded_whole(
    mara: ApiClient, workbench: Workbench, folder: Path, tmp_path: Path
):
    asked = mara.post("/exports")
    assert asked.status_code == 201, asked.text
    place = asked.headers["Location"].removeprefix("/api")
    assert mara.get(place).json["status"] == asked.json["status"] == "ready"
    assert mara.get(f"{place}/files").json["files"] == []
    assert work(workbench)
    done = mara.get(place).json
    assert (done["status"], done["form"], done["is_whole"]) == ("done", "jsonl", True)
    assert mara.get("/exports").json["exports"] == [done]

    (copy := tmp_path / "copy").mkdir()
    (copy / "blobs").mkdir()
    listed = mara.get(f"{place}/files?limit=100").json
    assert listed["total"] == len(listed["files"])
    for file in listed["files"]:
        content = mara.get(f"{place}/files/{file['name']}/content")
        assert content.headers["Content-Disposition"].startswith("attachment")
        assert len(content.data) == file["size_bytes"]
        assert file["sha256"] in (None, hashlib.sha256(content.data).hexdigest())
        (copy / file["path"]).write_bytes(content.data)
    assert validate.examine(copy).violations == []


def test_while_one_is_under_way_no_other_is_begun(mara: ApiClient, workbench: Workbench):
    first = mara.post("/exports").json["export_id"]
    refused = mara.post("/exports")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "CONFLICT")
    assert first in refused.json["error"]["message"]
    assert work(workbench)
    assert mara.post("/exports").json["export_id"] != first
    assert [one["status"] for one in mara.get("/exports").json["exports"]] == ["ready", "done"]


def test_a_part_of_a_file_is_sent_where_that_is_asked_for(mara: ApiClient, workbench: Workbench):
    place = mara.post("/exports").headers["Location"].removeprefix("/api")
    assert work(workbench)
    whole = mara.get(f"{place}/files/manifest.json/content")
    part = mara.get(f"{place}/files/manifest.json/content", headers={"Range": "bytes=2-9"})
    assert (part.status_code, part.data) == (206, whole.data[2:10])
    assert json.loads(whole.data)["workspace"]["workspace_id"] == workbench.workspace.workspace_id


def test_where_no_folder_is_named_there_is_none_and_none_is_begun(api):
    client = api("mara")
    assert client.get("/exports").json == {"exports": [], "total": 0, "next": None}
    refused = client.post("/exports")
    assert refused.status_code == 409
    assert "`export_folder` is not set" in refused.json["error"]["message"]


@pytest.mark.parametrize("who", ["sam", "ana", "bot", "pat"])
def test_nobody_else_takes_the_workspace_out(mara: ApiClient, workbench: Workbench, api, who: str):
    place = mara.post("/exports").headers["Location"].removeprefix("/api")
    assert work(workbench)
    asking = api(who)
    assert asking.post("/exports").status_code == 403
    for path in ("/exports", place, f"{place}/files", f"{place}/files/users.jsonl/content"):
        assert asking.get(path).status_code in (403, 404), path


def test_a_token_takes_it_out_with_the_scope_of_exports_alone(
    mara: ApiClient, app: Flask, people: dict[str, Actor], workbench: Workbench
):
    place = mara.post("/exports").headers["Location"].removeprefix("/api")
    assert work(workbench)
    reader, admin = (replace(people["mara"], scopes=frozenset(scopes)) for scopes in (
        {Scope.READ, Scope.WORK}, {Scope.READ, Scope.ADMIN},
    ))  # fmt: skip
    for path in ("/exports", place, f"{place}/files", f"{place}/files/users.jsonl/content"):
        refused = ApiClient(app.test_client(), reader).get(path)
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "SCOPE_MISSING")
        assert ApiClient(app.test_client(), admin).get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "%2e%2e",
        "..%2f..%2fetc",
        "2027-03-01-unpublished",
        "../exports/files/users.jsonl/content",
        "{export}/files/..%2f..%2fsecret/content",
        "{export}/files/%2e%2e/content",
        "{export}/files/secret/content",
        "{export}/files/blobs%2fsecret/content",
    ],
)
def test_nothing_beside_an_export_is_reached(
    mara: ApiClient, workbench: Workbench, folder: Path, tmp_path: Path, path: str
):
    export = mara.post("/exports").json["export_id"]
    assert work(workbench)
    for place in (tmp_path, folder, folder / export, folder / export / "blobs"):
        (place / "secret").write_text("Secret")
    (folder / export).parent.joinpath("2027-03-01-unpublished").mkdir()
    answer = mara.get(f"/exports/{path.format(export=export)}")
    assert answer.status_code == 404, answer.text
    assert "Secret" not in answer.text


def test_what_failed_is_told_until_another_is_asked_for(mara: ApiClient, workbench: Workbench, folder: Path):
    asked = mara.post("/exports").json["export_id"]
    folder.write_text("in its way")
    for _ in range(3):
        assert work(workbench)
        workbench.clock.advance(hours=1)
    folder.unlink()
    assert mara.get(f"/exports/{asked}").json["status"] == "failed"
    again = mara.post("/exports").json["export_id"]
    assert [one["export_id"] for one in mara.get("/exports").json["exports"]] == [again]
