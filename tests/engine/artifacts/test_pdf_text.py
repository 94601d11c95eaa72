"""A PDF is found by what it says, in bounds; what of it is not read is said, and never an error (LST-10)."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from engine import indexing
from engine.access import Actor
from engine.app import Workbench
from engine.artifacts import intake, pdf_text, texts
from engine.artifacts.blob_folder import FolderBlobs
from engine.tasks import files, queries
from engine.tasks.models import Task
from engine.tasks.search.reading import from_options
from tests import pdfs
from tests.factories import make_people, make_task

#: What is drawn on a page that is nested deeper than any reader goes.
DEEP = b"[" * 20_000 + b"]" * 20_000 + b" TJ"
LANTERN = pdfs.pdf("The red lantern\nis in Größe (A5).", "A second page: umbrellas")


def read(tmp_path: Path, data: bytes) -> pdf_text.FileText:
    """Read a PDF as it lies on a disk."""
    file = tmp_path / "file"
    file.write_bytes(data)
    with file.open("rb") as opened:
        found = pdf_text.read(opened)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("data", "text", "unread"),
    [
        (LANTERN, "The red lantern\nis in Größe (A5).\nA second page: umbrellas", ""),
        (pdfs.pdf("Lantern", packed=True), "Lantern", ""),
        (pdfs.locked(pdfs.pdf("Lantern"), ""), "Lantern", ""),
        (pdfs.locked(pdfs.pdf("Lantern"), "secret"), "", "it asks for a password"),
        (pdfs.pdf(b"q Q"), "", "its pages hold no text, as those of a scan"),
        (b"%PDF-1.7\n1 0 obj\n", "", "a part of it cannot be read"),
        (LANTERN[:400], "", "a part of it cannot be read"),
        (pdfs.pdf("Lantern", DEEP, "Umbrella"), "Lantern\nUmbrella", "a part of it cannot be read"),
    ],
    ids=["plain", "packed", "against changes", "locked", "a scan", "no PDF", "cut off", "one broken page"],
)
def test_what_a_pdf_says_is_read_and_what_is_not_read_has_its_reason(
    tmp_path: Path, data: bytes, text: str, unread: str
):
    assert read(tmp_path, data) == (text, unread)


def test_of_a_long_pdf_the_first_pages_are_read_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pdf_text, "PAGES_OF_A_SEARCHED_PDF", 2)
    found = read(tmp_path, pdfs.pdf("One", "Two", "Three"))
    assert found.text == "One\nTwo"
    assert found.unread.startswith("only its first")
    monkeypatch.setattr(pdf_text, "CHARACTERS_OF_A_SEARCHED_TEXT", 4)
    assert read(tmp_path, pdfs.pdf("One", "Two")).text == "One\nT"


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("seconds", "patience"), [(1, 60), (60, 0.05)], ids=["by the processor's time", "by the clock"]
)
def test_a_pdf_that_is_made_to_take_for_ever_is_left_in_time_with_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, patience: float
):
    monkeypatch.setattr(pdf_text, "SECONDS_OF_A_PDFS_READER", seconds)
    monkeypatch.setattr(pdf_text, "_PATIENCE", patience)
    began = time.monotonic()
    found = read(tmp_path, pdfs.endless())
    assert found.unread == pdf_text.TOO_LONG
    assert found.text in ("", "Lantern")
    assert time.monotonic() - began < 30, "either ends it long before the other would"


def test_a_pdf_that_takes_more_memory_than_it_may_have_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pdf_text, "BYTES_OF_A_PDFS_READER", 8 * 1024 * 1024)
    found = read(tmp_path, LANTERN)
    assert (found.text, bool(found.unread)) == ("", True)


def test_no_more_are_read_at_a_time_than_there_are_places_and_the_others_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pdf_text, "SECONDS_OF_A_PDFS_READER", 0)
    for _ in range(2):
        assert pdf_text._slots.acquire(blocking=False)
    try:
        blobs = FolderBlobs(tmp_path / "files")
        got = intake.receive(blobs, io.BytesIO(LANTERN), "a.pdf", 1_000_000)
        assert blobs.beside(got.blob.sha256) is None
        assert "reindex" in texts.read(blobs, got.blob.sha256, got.content_type).unread
    finally:
        for _ in range(2):
            pdf_text._slots.release()
    monkeypatch.undo()
    texts.prepare(blobs, got.blob.sha256, got.content_type)
    assert texts.read(blobs, got.blob.sha256, got.content_type).text.startswith("The red lantern")


def test_a_large_one_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(texts, "BYTES_OF_A_SEARCHED_PDF", len(LANTERN) - 1)
    monkeypatch.setattr(pdf_text, "read", lambda _: pytest.fail("it was read"))
    blobs = FolderBlobs(tmp_path)
    got = intake.receive(blobs, io.BytesIO(LANTERN), "a.pdf", 1_000_000)
    assert texts.read(blobs, got.blob.sha256, got.content_type).unread == "it is too large to be read"


# -- in the product ------------------------------------------------------------------------


def add(workbench: Workbench, actor: Actor, task: Task, data: bytes) -> tuple[str, ...]:
    """Add a PDF as the commands do; return what was said along with it."""
    got = intake.receive(workbench.blobs, io.BytesIO(data), "offer.pdf", 1_000_000)
    with workbench.transaction(actor) as tx:
        files.add(
            tx, task.task_id, got.blob, type="offer", label="Offer", file_name=got.file_name,
            content_type=got.content_type,
        )  # fmt: skip
        return tx.asides


def found(workbench: Workbench, actor: Actor, text: str) -> list[tuple[str, str]]:
    """Return the titles that a search finds, and where."""
    with workbench.reading(actor) as tx:
        page = queries.list_tasks(tx, from_options(tx, {"text": text}))
    return [(row.title, page.found[row.task_id].rank.words) for row in page.items]


def test_a_pdf_of_a_task_is_found_by_what_it_says_and_the_index_made_anew_is_the_same(
    either_workbench: Workbench,
):
    workbench = either_workbench
    mara = make_people(workbench)["mara"]
    task = make_task(workbench, title="Call")
    assert add(workbench, mara, task, LANTERN) == ()
    assert found(workbench, mara, "groesse umbrella") == [("Call", "file")]
    assert indexing.is_true(workbench.database, workbench.blobs)
    indexing.rebuild(workbench.database, workbench.blobs)
    assert found(workbench, mara, '"red lantern"') == [("Call", "file")]


def test_texts_that_were_lost_beside_the_files_are_read_again_when_the_index_is_made(workbench: Workbench):
    mara = make_people(workbench)["mara"]
    add(workbench, mara, make_task(workbench, title="Call"), LANTERN)
    for path in (workbench.blobs.folder / "texts").glob("*/*"):
        assert json.loads(path.read_bytes())["unread"] == ""
        path.unlink()
    assert not indexing.is_true(workbench.database, workbench.blobs), "as `workbench doctor` says"
    indexing.rebuild(workbench.database, workbench.blobs)
    assert indexing.is_true(workbench.database, workbench.blobs)
    assert found(workbench, mara, "umbrellas") == [("Call", "file")]


def test_what_of_a_pdf_is_not_found_is_said_to_whoever_adds_it_and_it_is_kept(workbench: Workbench):
    mara = make_people(workbench)["mara"]
    task = make_task(workbench, title="Call")
    said = add(workbench, mara, task, pdfs.locked(LANTERN, "secret"))
    assert said == (
        "Searches find “offer.pdf” by its name, but not by all that it says: it asks for a password.",
    )
    assert found(workbench, mara, "offer") == [("Call", "file")]
    assert found(workbench, mara, "lantern") == []
