"""Stored files in the browser: nothing that somebody sent may run, load or pretend (ART-14, SEC-06)."""

from __future__ import annotations

import html
import io
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from engine.artifacts.blob_folder import FolderBlobs
from engine.artifacts.models import Artifact
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.tasks.models import Proof, ProofKind
from tests import judged
from tests.factories import make_task
from tests.told import added
from web import safe_files

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\n"
SCRIPT = b"<!doctype html><script>alert(1)</script>"
SVG_SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
JSON = {"Accept": "application/json"}


@pytest.fixture
def stored(workbench, people):
    """Store a file past the door, as old ones are, with a name and a type that its sender chose."""

    def store(data: bytes, name: str, content_type: str = "text/html") -> Deliverable:
        _, row = judged.begin(workbench, people["mara"])
        blob = workbench.blobs.put(io.BytesIO(data), 10_000_000)
        file = {"blob": blob, "file_name": name, "content_type": content_type}
        with workbench.transaction(people["ana"]) as tx:
            return versions.edit(tx, row.deliverable_id, **file)

    return store


def address(row: Deliverable) -> str:
    return f"/deliverables/{row.deliverable_id}/file"


@pytest.mark.parametrize(
    ("data", "name", "content_type", "disposition"),
    [
        (PNG, "a.png", "image/png", "inline"),
        (PNG, "a.html", "image/png", "inline"),
        (PDF, "a.html", "application/pdf", "inline"),
        (b"a,b\n1,2\n", "a.csv", "text/plain; charset=utf-8", "inline"),
        (b"# Title", "a.md", "text/plain; charset=utf-8", "inline"),
        (b'{"a": 1}', "a.json", "text/plain; charset=utf-8", "inline"),
        (b"alert(1)", "a.js", "text/plain; charset=utf-8", "inline"),
        (SCRIPT, "a.html", "text/html; charset=utf-8", "inline"),
        (SCRIPT, "a.png", "text/html; charset=utf-8", "inline"),
        (SVG_SCRIPT, "a.svg", "image/svg+xml; charset=utf-8", "inline"),
        (b"PK\x03\x04broken", "a.docx", "application/octet-stream", "attachment"),
        (b"MZ\x90\x00" + bytes(60), "a.png", "application/octet-stream", "attachment"),
        (bytes(range(256)), "a.html", "application/octet-stream", "attachment"),
    ],
)
def test_the_type_comes_from_the_bytes_and_only_safe_kinds_are_shown(
    stored, mara, data, name, content_type, disposition
):
    answer = mara.get(address(stored(data, name)))
    assert answer.status_code == 200
    assert answer.data == data
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Disposition"].startswith(f"{disposition}; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_file_in_object_storage_is_served_as_any_other_and_in_parts(
    stored, mara, workbench, monkeypatch, bucket
):
    monkeypatch.setattr(workbench, "blobs", bucket.blobs())
    row = stored(PNG, "a.png")
    answer = mara.get(address(row))
    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, PNG, "image/png")
    assert answer.headers["Content-Length"] == str(len(PNG))
    part = mara.get(address(row), headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.data) == (206, b"PNG")
    known = mara.get(address(row), headers={"If-None-Match": f'"{row.sha256}"'})
    assert (known.status_code, known.data) == (304, b"")
    bucket.write(f"files/{row.sha256[:2]}/{row.sha256}", b"another")
    damaged = mara.get(address(row))
    assert damaged.status_code == 503
    assert "is not what was kept" in damaged.text
    assert bucket.address not in damaged.text


def test_a_folder_of_files_that_is_named_from_the_current_one_is_served_as_any_other(
    stored, mara, workbench, monkeypatch
):
    row, folder = stored(PNG, "a.png"), workbench.blobs.folder
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(workbench, "blobs", FolderBlobs(Path(folder.name)))
    answer = mara.get(address(row))
    assert (answer.status_code, answer.data) == (200, PNG)


@pytest.mark.parametrize(
    ("data", "name"), [(SCRIPT, "a.html"), (SVG_SCRIPT, "a.svg"), (b"words", "a.txt"), (PNG, "a.png")]
)
def test_nothing_that_is_shown_has_an_origin_or_may_run_or_load_anything(stored, mara, data, name):
    policy = mara.get(address(stored(data, name))).headers["Content-Security-Policy"]
    rules = [rule.strip() for rule in policy.split(";")]
    assert "sandbox" in rules
    assert "default-src 'none'" in rules
    assert "img-src data:" in rules
    assert "frame-ancestors 'self'" in rules
    assert "script" not in policy


def test_a_pdf_may_be_framed_by_this_board_alone_and_runs_nothing_of_the_page(stored, mara):
    policy = mara.get(address(stored(PDF, "a.pdf"))).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy


@pytest.mark.parametrize(
    "name", ['a"; filename="b.exe', "Bericht für Jörg.txt", "x" * 255, "50%.txt", "a;b,c.txt", "’’.txt"]
)
def test_a_name_cannot_break_out_of_its_header(stored, mara, name):
    answer = mara.get(address(stored(b"words", name)))
    disposition = answer.headers["Content-Disposition"]
    assert answer.status_code == 200
    assert disposition.isascii()
    assert "\n" not in disposition
    assert not disposition.endswith("b.exe")


def test_names_of_old_files_lose_what_a_name_cannot_hold(workbench, app):
    blob = workbench.blobs.put(io.BytesIO(b"words"), 100)
    with app.test_request_context():
        answer = safe_files.serve(workbench.blobs, blob.sha256, "a\r\nX: y/\\..\u202e.txt")
        answer.direct_passthrough = False
        assert answer.get_data() == b"words"
        assert answer.headers["Content-Disposition"] == 'inline; filename="a__X: y__.._.txt"'
        answer.close()


def test_a_part_of_a_file_may_be_asked_for(stored, mara):
    row = stored(PDF, "a.pdf")
    part = mara.get(address(row), headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.data) == (206, b"PDF")
    assert part.headers["Content-Range"] == f"bytes 1-3/{len(PDF)}"
    assert "sandbox" not in part.headers["Content-Security-Policy"]
    assert mara.get(address(row), headers={"Range": "bytes=900-"}).status_code == 416


def test_a_download_is_asked_for_by_the_address(stored, mara):
    answer = mara.get(address(stored(SCRIPT, "a.html")), query_string={"download": 1})
    assert answer.headers["Content-Disposition"] == "attachment; filename=a.html"


def test_a_page_that_means_other_bytes_gets_a_refusal_instead_of_them(stored, mara):
    row = stored(b"words", "a.txt")
    assert mara.get(address(row), query_string={"sha256": row.sha256}).data == b"words"
    answer = mara.get(address(row), query_string={"sha256": "0" * 64}, headers=JSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "STALE_VERSION")


def test_a_version_without_a_file_has_none_to_serve(mara, workbench, people):
    _, row = judged.begin(workbench, people["mara"])
    assert mara.get(address(row)).status_code == 404


# -- what comes in by forms ----------------------------------------------------------------------


@pytest.fixture
def evidence(workbench, people):
    """A task of Ana's that wants a file as proof."""
    task = make_task(workbench, actor=people["mara"], assignee="ana")
    with workbench.transaction(workbench.operator()) as tx:
        added(
            tx,
            Proof(
                task_proof_id=tx.new_id(Proof),
                workspace_id=tx.workspace_id,
                task_id=task.task_id,
                position=1,
                kind=ProofKind.FILE,
                label="Evidence",
                required=True,
                created_at=tx.now,
                updated_at=tx.now,
            ),
        )
    return f"/tasks/{task.task_id}/proof"


@pytest.mark.parametrize(
    ("name", "data", "code", "status"),
    [
        ("../../a.txt", b"words", "FILE_NAME", 400),
        ("..\\a.txt", b"words", "FILE_NAME", 400),
        ("a.png", SCRIPT, "FILE_TYPE", 400),
        ("a.html", SCRIPT, "ACTIVE_CONTENT", 400),
        ("a.svg", SVG_SCRIPT, "ACTIVE_CONTENT", 400),
        ("a.txt", b"x" * (1024 * 1024 + 1), "UPLOAD_TOO_LARGE", 413),
        ("a.txt", b"x" * (3 * 1024 * 1024), "UPLOAD_TOO_LARGE", 413),
    ],
)
def test_a_file_that_is_refused_says_why_with_its_own_code_and_nothing_is_kept(
    ana, workbench, app, evidence, monkeypatch, name, data, code, status
):
    monkeypatch.setattr(type(workbench.settings), "max_upload_bytes", 1024 * 1024)
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1024 * 1024 + 64 * 1024)
    before = judged.everything(workbench)
    with workbench.reading(workbench.operator()) as tx:
        form = f"proof-{tx.find(Proof)[0].task_proof_id}"

    def send(**options):
        given = {"csrf_token": ana.token(), "form": form, "label": "Evidence"}
        boundary, body = encode_multipart(given | {"file": FileStorage(io.BytesIO(data), name)})
        kind = f"multipart/form-data; boundary={boundary}"
        return ana.client.post(evidence, data=body, content_type=kind, **options)

    answer = send(headers=JSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    page = send()
    assert page.status_code == status
    assert answer.json["error"]["details"][0]["message"] in html.unescape(page.text)
    assert judged.everything(workbench) == before
    assert list(workbench.blobs.iterate()) == []


def test_a_file_is_kept_with_the_type_of_its_bytes_not_the_one_that_was_claimed(ana, workbench, evidence):
    file = (io.BytesIO(PNG), "a.png", "text/html")
    assert ana.post(evidence, {"label": "Evidence", "file": file}).status_code == 303
    with workbench.reading(workbench.operator()) as tx:
        [kept] = tx.find(Artifact)
    assert (kept.file_name, kept.content_type) == ("a.png", "image/png")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.png", SCRIPT, "FILE_TYPE"),
        ("a.html", SCRIPT, "ACTIVE_CONTENT"),
        ("big.txt", b"x" * (1024 * 1024 + 1), "UPLOAD_TOO_LARGE"),
    ],
)
def test_the_command_line_takes_files_in_by_the_same_door(
    cli, workbench, people, evidence, tmp_path, monkeypatch, name, data, code
):
    monkeypatch.setenv("WORKBENCH_MAX_UPLOAD_MB", "1")
    path = tmp_path / name
    path.write_bytes(data)
    words = ["task", "proof", evidence.split("/")[2], "--label", "Evidence", "--file", str(path)]
    answer = cli(*words, "--as", "ana@example.com", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (1, code)
    assert list(workbench.blobs.iterate()) == []
    path.with_name("good.txt").write_bytes(b"words")
    words[-1] = str(path.with_name("good.txt"))
    assert cli(*words, "--as", "ana@example.com").code == 0
