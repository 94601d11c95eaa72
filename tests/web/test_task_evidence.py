"""Proof and deliverables that are given on a task's page."""

from __future__ import annotations

from io import BytesIO

import pytest

from engine.deliverables.models import Deliverable
from engine.tasks.models import Proof, Task
from tests.factories import make_bundle, make_task
from tests.told import added
from web.downloads import sniff

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def with_proof(find, workbench, kind, template="podcast_episode"):
    """Return a task of a real workflow that asks for one proof of a kind, and the proof."""
    bundle = make_bundle(workbench, template)
    for task in find(Task, bundle_id=bundle.bundle_id):
        for proof in find(Proof, task_id=task.task_id):
            if proof.kind == kind:
                return task, proof
    raise AssertionError(f"{template} asks for no {kind}")


def test_an_address_is_given_as_proof(mara, workbench, find):
    task, proof = with_proof(find, workbench, "url")
    here = f"/tasks/{task.task_id}/proof"
    fields = {"form": f"proof-{proof.task_proof_id}", "label": proof.label}
    bad = mara.post(here, {**fields, "value": "not an address"})
    assert bad.status_code == 400
    assert 'value="not an address"' in bad.text
    assert "is not an address" in bad.text
    good = mara.post(here, {**fields, "value": "https://a.example/page"})
    assert good.location.endswith(f"#proof-{proof.task_proof_id}")
    assert 'href="https://a.example/page"' in mara.get(f"/tasks/{task.task_id}").text


def asking_for(workbench, kind, label):
    """Return a task that asks for one proof."""
    task = make_task(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        moments = {"created_at": tx.now, "updated_at": tx.now}
        ids = {"task_proof_id": tx.new_id(Proof), "workspace_id": tx.workspace_id, "task_id": task.task_id}
        added(tx, Proof(**ids, **moments, position=1, kind=kind, label=label))
    return task


def file_proof(workbench):
    return asking_for(workbench, "file", "Receipt")


def upload(visitor, task, data, name="receipt.png"):
    fields = {"label": "Receipt", "file": (BytesIO(data), name)}
    return visitor.post(f"/tasks/{task.task_id}/proof", fields, content_type="multipart/form-data")


def test_a_file_is_given_as_proof_and_handed_out_safely(mara, as_user, workbench, find):
    task = file_proof(workbench)
    assert upload(mara, task, PNG).status_code == 303
    artifact_id = find(Proof, task_id=task.task_id)[0].artifact_id
    answer = mara.get(f"/artifacts/{artifact_id}")
    assert answer.data == PNG
    assert answer.content_type == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert f"/artifacts/{artifact_id}" in mara.get(f"/tasks/{task.task_id}").text
    assert as_user("ben").get(f"/artifacts/{artifact_id}").status_code == 404
    assert mara.get("/artifacts/art_none").status_code == 404


def test_a_page_that_could_run_is_refused_at_its_form_and_gives_no_proof(mara, workbench, find):
    task = file_proof(workbench)
    answer = upload(mara, task, b"<script>alert(1)</script>", "x.html")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text or "has-error" in answer.text
    assert not find(Proof, task_id=task.task_id)[0].is_given


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"%PDF-1.7", "application/pdf"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
     (b"<svg", "application/octet-stream"), (b"", "application/octet-stream")],
)  # fmt: skip
def test_types_are_told_from_the_bytes(data, kind):
    stream = BytesIO(data)
    assert sniff(stream) == kind
    assert stream.read() == data


def test_a_file_form_without_a_file_is_refused(mara, workbench):
    task = file_proof(workbench)
    answer = mara.post(f"/tasks/{task.task_id}/proof", {"label": "Receipt"})
    assert answer.status_code == 400


def test_the_state_of_an_outside_record_is_given_as_proof(mara, workbench, find):
    task = asking_for(workbench, "external_status", "Ticket")
    fields = {"label": "Ticket", "system": "CRM", "reference": "42", "status": ""}
    assert mara.post(f"/tasks/{task.task_id}/proof", fields).status_code == 400
    assert mara.post(f"/tasks/{task.task_id}/proof", {**fields, "status": "won"}).status_code == 303
    assert find(Proof, task_id=task.task_id)[0].facts["status"] == "won"


def test_a_deliverable_is_handed_over_with_typed_facts(mara, article, find):
    row = find(Deliverable, task_id=article.task_id)[0]
    here = f"/tasks/{article.task_id}/deliverables/{row.deliverable_id}"
    name = next(name for name, kind in row.meta_schema.items() if kind == "integer")
    fields = {
        "form": f"deliverable-{row.deliverable_id}",
        "url": "https://docs.example/a",
        f"meta.{name}": "many",
    }
    bad = mara.post(here, fields)
    assert bad.status_code == 400
    assert 'value="https://docs.example/a"' in bad.text
    assert 'aria-invalid="true"' in bad.text
    assert mara.post(here, {**fields, f"meta.{name}": "1200"}).status_code == 303
    kept = find(Deliverable, task_id=article.task_id)[0]
    assert kept.deliverable_url == "https://docs.example/a"
    assert kept.meta == {name: 1200}


def test_a_deliverable_of_another_task_is_not_found(mara, article, workbench, find):
    row = find(Deliverable, task_id=article.task_id)[0]
    other = make_task(workbench)
    answer = mara.post(
        f"/tasks/{other.task_id}/deliverables/{row.deliverable_id}", {"url": "https://a.example"}
    )
    assert answer.status_code == 404
