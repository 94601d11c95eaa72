"""The files on a task's page: versions, what is expected, approval, proof, copies of what was seen."""

from __future__ import annotations

from io import BytesIO

import pytest

from engine.artifacts import service as artifacts
from engine.artifacts.models import Artifact, ArtifactRole
from engine.tasks import files, lifecycle
from engine.tasks.models import Proof, Task
from tests import pdfs
from tests.factories import make_task
from tests.told import added, saved
from tests.web.test_task_approvals import chip, panel

EXPECTED = [
    {"type": "crawl_export", "label": "Crawl of the site"},
    {"type": "screenshot", "label": "Console"},
]


@pytest.fixture
def task(workbench, people):
    """A task of Ana's that is to leave two files behind and wants one as proof."""
    made = make_task(workbench, assignee="ana")
    with workbench.transaction(workbench.operator()) as tx:
        row = tx.get(Task, made.task_id)
        row.expected_artifacts = EXPECTED
        saved(tx, row)
        ids = {"task_proof_id": tx.new_id(Proof), "workspace_id": tx.workspace_id, "task_id": made.task_id}
        moments = {"created_at": tx.now, "updated_at": tx.now}
        added(tx, Proof(**ids, **moments, position=1, kind="artifact", label="Contract"))
    return made


@pytest.fixture
def find(workbench):
    """Read records from the store."""

    def read(record_type, **where):
        with workbench.reading(workbench.operator()) as tx:
            return tx.find(record_type, **where, order_by=record_type.spec.key)

    return read


def add(
    visitor, task, kind="crawl_export", label="Crawl of the site", data=b"a,b", name="crawl.csv", form="x"
):
    fields = {"form": form, "type": kind, "label": label, "file": (BytesIO(data), name)}
    return visitor.post(f"/tasks/{task.task_id}/files", fields, content_type="multipart/form-data")


def shown(visitor, task):
    return panel(visitor.get(f"/tasks/{task.task_id}").text, "files")


def test_what_is_expected_is_offered_with_its_words_filled_in(ana, task):
    text = shown(ana, task)
    assert "0 of 2 to leave behind are here" in text
    assert chip(text).count("missing") == 2
    assert '<input type="hidden" name="label" value="Crawl of the site">' in text
    assert add(ana, task).status_code == 303
    text = shown(ana, task)
    assert "1 of 2 to leave behind are here" in text
    assert chip(text).count("missing") == 1
    assert "crawl.csv" in text


def test_the_same_words_again_make_the_next_version_and_the_older_ones_stay(ana, task, find):
    for number in range(3):
        add(ana, task, data=b"x" * (number + 1), name=f"crawl-{number}.csv")
    text = shown(ana, task)
    newest, older = text.split('class="earlier"')
    assert "version 3" in newest
    assert "crawl-2.csv" in newest
    assert "2 earlier versions" in older
    assert "crawl-0.csv" in older
    assert "3 Bytes, Ana" in newest
    assert [item.version_number for item in find(Artifact)] == [1, 2, 3]


def test_a_form_without_file_words_or_a_good_name_is_refused_with_its_input(ana, task, find):
    bare = ana.post(f"/tasks/{task.task_id}/files", {"form": "add_file", "type": "x", "label": "Report"})
    assert bare.status_code == 400
    assert 'value="Report"' in shown_in(bare)
    for words, said in (
        ({"label": " "}, "must be given"),
        ({"kind": ""}, "must be given"),
        ({"label": "x" * 101}, "has more than 100 characters; shorten it"),
    ):
        answer = add(ana, task, form="add_file", **words)
        assert answer.status_code == 400
        assert said in shown_in(answer)
    assert find(Artifact) == []


def shown_in(answer):
    return panel(answer.text, "files")


def test_somebody_who_may_not_work_the_task_adds_nothing(as_user, task, find):
    assert "<form" not in shown(as_user("sam"), task)
    assert add(as_user("sam"), task).status_code == 403
    assert add(as_user("ben"), task).status_code == 404
    assert find(Artifact) == []


def test_a_finished_task_takes_no_files_and_says_what_was_never_added(ana, task, workbench, people):
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, task.task_id)
    text = shown(ana, task)
    assert "<form" not in text
    assert chip(text).count("never added") == 2
    assert add(ana, task).status_code == 409


def test_a_manager_approves_a_file_and_only_then_it_may_be_proof(ana, mara, task, find):
    add(ana, task, "contract", "Contract", b"signed", "contract.txt")
    artifact = find(Artifact)[0]
    proof = panel(ana.get(f"/tasks/{task.task_id}").text, "proof")
    assert "It takes a file that a manager approved" in proof
    assert "<select" not in proof
    here = f"/tasks/{task.task_id}/files/{artifact.artifact_id}/approve"
    assert "Approve as proof" not in shown(ana, task)
    assert ana.post(here).status_code == 403
    assert "Approve as proof" in shown(mara, task)
    assert mara.post(here, {"revision": "1"}).status_code == 303
    assert mara.post(here).status_code == 409
    assert "approved by Mara" in shown(ana, task)
    proof = panel(ana.get(f"/tasks/{task.task_id}").text, "proof")
    assert f'<option value="{artifact.artifact_id}">Contract (contract.txt)</option>' in proof
    given = {"label": "Contract", "value": artifact.artifact_id}
    assert ana.post(f"/tasks/{task.task_id}/proof", given).status_code == 303
    assert find(Proof, task_id=task.task_id)[0].artifact_id == artifact.artifact_id


def test_a_file_is_approved_on_its_own_task_alone(mara, ana, task, workbench, find):
    add(ana, task)
    other = make_task(workbench)
    artifact = find(Artifact)[0]
    answer = mara.post(f"/tasks/{other.task_id}/files/{artifact.artifact_id}/approve")
    assert answer.status_code == 404
    assert not find(Artifact)[0].is_approved


def test_a_copy_of_an_address_is_shown_as_what_was_seen_and_serves_no_other_end(
    mara, task, workbench, people
):
    blob = workbench.blobs.put(BytesIO(b"<h1>Tents</h1>"), 1000)
    with workbench.transaction(people["mara"]) as tx:
        artifacts.add(
            tx, task_id=task.task_id, bundle_id=None, blob=blob, type="link_copy", label="draft",
            file_name="copy.html", content_type="text/html", url="https://docs.example/a",
            role=ArtifactRole.EVIDENCE,
        )  # fmt: skip
    text = shown(mara, task)
    assert "as seen at the decision" in chip(text)
    assert 'href="https://docs.example/a"' in text
    assert "Approve as proof" not in text


def test_the_engine_gives_the_bytes_of_stored_files_only(workbench, people, task, find):
    blob = workbench.blobs.put(BytesIO(b"a"), 10)
    with workbench.transaction(people["ana"]) as tx:
        added = files.add(tx, task.task_id, blob, type="a", label=" two  words ", file_name="x.txt")
        assert added.label == "two words"
        assert files.blob_of(added) == blob


def test_whoever_adds_a_pdf_that_cannot_be_read_is_told_that_it_is_kept_and_why_it_is_not_found(ana, task):
    data = pdfs.locked(pdfs.pdf("Lantern"), "secret")
    assert add(ana, task, kind="offer", label="Offer", data=data, name="offer.pdf").status_code == 303
    page = ana.get(f"/tasks/{task.task_id}").text
    said = "Searches find “offer.pdf” by its name, but not by all that it says: it asks for a password."
    assert said in page
    assert "offer.pdf" in panel(page, "files")
