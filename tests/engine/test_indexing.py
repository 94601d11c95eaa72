"""The index of words holds what records and files say, whatever is done to them; it is never stale (D16)."""

from __future__ import annotations

import io
from datetime import date

import pytest

from engine import indexing
from engine.app import Workbench
from engine.artifacts import intake
from engine.budgets import BYTES_OF_A_SEARCHED_FILE
from engine.deliverables import versions
from engine.fulltext import Rank
from engine.tasks import files, notes, queries, update
from engine.tasks.models import Note, Task
from engine.tasks.search.reading import from_options
from tests.factories import make_bundle, make_people, make_task


@pytest.fixture
def people(either_workbench: Workbench):
    return make_people(either_workbench)


def found(workbench: Workbench, actor, text: str) -> list[str]:
    """Return the titles of the tasks that a search finds, best first."""
    with workbench.reading(actor) as tx:
        return [row.title for row in queries.list_tasks(tx, from_options(tx, {"text": text})).items]


def is_true(workbench: Workbench) -> bool:
    return indexing.is_true(workbench.database, workbench.blobs)


def received(workbench: Workbench, name: str, data: bytes) -> intake.Received:
    return intake.receive(workbench.blobs, io.BytesIO(data), name, 10_000_000)


def add_file(workbench: Workbench, actor, task: Task, name: str, data: bytes) -> None:
    got = received(workbench, name, data)
    with workbench.transaction(actor) as tx:
        files.add(
            tx, task.task_id, got.blob, type="draft", label="Draft", file_name=name,
            content_type=got.content_type,
        )  # fmt: skip


def test_what_matches_best_comes_first_title_then_description_note_file_and_whole_words(
    either_workbench: Workbench, people
):
    workbench, mara = either_workbench, people["mara"]
    made = [make_task(workbench, title=title) for title in ("In a file", "In a note", "In none")]
    make_task(workbench, title="Described", description="Bring the lantern.")
    make_task(workbench, title="One lantern")
    make_task(workbench, title="Another lantern")
    make_task(workbench, title="Two lanterns")
    add_file(workbench, mara, made[0], "brief.md", b"# Brief\n\nThe lantern is red.")
    with workbench.transaction(mara) as tx:
        notes.add(tx, made[1].task_id, "Where is the *lantern*?")
    assert found(workbench, mara, "lantern") == [
        "Another lantern", "One lantern", "Two lanterns", "Described", "In a note", "In a file",
    ]  # fmt: skip
    assert is_true(workbench)


def test_a_task_is_found_by_words_that_stand_in_several_of_its_pieces(either_workbench: Workbench, people):
    workbench, mara = either_workbench, people["mara"]
    task = make_task(workbench, title="Print the flyer")
    make_task(workbench, title="Print the poster")
    with workbench.transaction(mara) as tx:
        notes.add(tx, task.task_id, "Größe A5")
    assert found(workbench, mara, "groesse print") == ["Print the flyer"]
    assert found(workbench, mara, '"print größe"') == []
    assert found(workbench, mara, "print -a5") == ["Print the poster"]


def test_every_task_of_a_bundle_is_found_by_its_title_and_a_new_title_counts_at_once(
    either_workbench: Workbench, people
):
    workbench, mara = either_workbench, people["mara"]
    bundle = make_bundle(workbench, "newsletter")
    word = bundle.title.split()[0]
    with workbench.reading(mara) as tx:
        tasks = {task.title for task in tx.find(Task, bundle_id=bundle.bundle_id)}
    assert tasks <= set(found(workbench, mara, word))
    assert is_true(workbench)


def test_of_an_edited_note_the_present_text_is_found_and_the_earlier_is_not(
    either_workbench: Workbench, people
):
    workbench, mara = either_workbench, people["mara"]
    task = make_task(workbench, title="Call")
    with workbench.transaction(mara) as tx:
        note = notes.add(tx, task.task_id, "It costs ninety")
    with workbench.transaction(mara) as tx:
        notes.edit(tx, task.task_id, note.task_note_id, "It costs eighty")
    assert found(workbench, mara, "eighty") == ["Call"]
    assert found(workbench, mara, "ninety") == []
    assert is_true(workbench)


def test_a_description_that_is_taken_away_is_not_found_any_more(either_workbench: Workbench, people):
    workbench, mara = either_workbench, people["mara"]
    task = make_task(workbench, title="Call", description="About the invoice")
    assert found(workbench, mara, "invoice") == ["Call"]
    with workbench.transaction(mara) as tx:
        update.update(tx, workbench.content(), task.task_id, {"description": None})
    assert found(workbench, mara, "invoice") == []
    assert is_true(workbench)


def test_what_is_handed_over_is_found_by_its_name_address_and_facts(either_workbench: Workbench, people):
    workbench, mara = either_workbench, people["mara"]
    task = make_task(workbench, title="Write")
    with workbench.transaction(mara) as tx:
        versions.add(tx, task.task_id, "press_kit", type="text", description="What journalists ask for")
    assert found(workbench, mara, "press journalists") == ["Write"]
    assert found(workbench, mara, "press_kit") == ["Write"]
    assert is_true(workbench)


@pytest.mark.parametrize(
    ("name", "data", "words", "is_found"),
    [
        ("brief.md", b"\xef\xbb\xbf# Lantern", "lantern", True),
        ("brief.txt", "Größe".encode(), "groesse", True),
        ("people.csv", b"name;city\nAna;Graz\n", "graz", True),
        ("page.html", b"<p>lantern</p>", "lantern", False),
        ("lantern.bin", b"\x00\x01\x02", "lantern", True),
        ("brief.txt", b"word " * (BYTES_OF_A_SEARCHED_FILE // 5) + b"lantern", "lantern", False),
    ],
    ids=["BOM", "UTF-8", "CSV", "HTML", "by its name", "beyond what is read"],
)
def test_plain_text_is_found_by_what_it_says_and_every_file_by_its_name(
    workbench: Workbench, name: str, data: bytes, words: str, is_found: bool
):
    mara = make_people(workbench)["mara"]
    task = make_task(workbench, title="Call")
    add_file(workbench, mara, task, name, data)
    assert found(workbench, mara, words) == (["Call"] if is_found else [])
    assert is_true(workbench)


def test_nobody_finds_by_a_note_what_they_may_not_see(either_workbench: Workbench, people):
    workbench, mara, ana = either_workbench, people["mara"], people["ana"]
    others, own = (
        make_task(workbench, title="Ben's", assignee="ben"),
        make_task(workbench, title="Ana's", assignee="ana"),
    )
    with workbench.transaction(mara) as tx:
        for task in (others, own):
            notes.add(tx, task.task_id, "Lantern")
    assert sorted(found(workbench, mara, "lantern")) == ["Ana's", "Ben's"]
    assert found(workbench, ana, "lantern") == ["Ana's"]


def test_an_index_that_lost_something_is_told_from_one_that_did_not_and_made_anew(
    either_workbench: Workbench, people
):
    workbench, mara = either_workbench, people["mara"]
    task = make_task(workbench, title="Call", due_date=date(2026, 12, 1))
    add_file(workbench, mara, task, "brief.txt", b"lantern")
    assert is_true(workbench)
    for text in (
        f"DELETE FROM store_pieces WHERE rank = {Rank.FILE:d}",  # noqa: S608 - a number of ours
        "UPDATE store_pieces SET text = 'x' WHERE rank = 0",
    ):
        with workbench.database.write() as connection:
            connection.exec_driver_sql(text)
        assert not is_true(workbench)
        indexing.rebuild(workbench.database, workbench.blobs)
        assert is_true(workbench)
    assert found(workbench, mara, "lantern call") == ["Call"]
    with workbench.reading(mara) as tx:
        assert tx.find(Note) == []
