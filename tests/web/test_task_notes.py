"""Notes on a task's page, and whom they call."""

from __future__ import annotations

import re
from html import unescape

import pytest

from engine.tasks import notes
from engine.tasks.models import Note, Task
from tests.factories import make_bundle, make_task
from tests.told import saved


def test_a_note_of_ones_own_is_edited_on_the_page_with_the_earlier_text_below(
    mara, ana, workbench, people, find
):
    task = make_task(workbench, assignee="ana")
    with workbench.transaction(people["ana"]) as tx:
        note = notes.add(tx, task.task_id, "The page is <live>.").task_note_id
    here = f"/tasks/{task.task_id}"
    assert f'id="edit-{note}"' in ana.get(here).text
    assert f'id="edit-{note}"' not in mara.get(here).text
    sent = {"form": f"edit_note-{note}", "body": "The page is down."}
    assert ana.post(f"{here}/notes/{note}/edit", sent).location == f"{here}#note-{note}"
    page = mara.get(here).text
    assert "<p>The page is down.</p>" in page
    assert ", edited <time" in page
    earlier = re.search(rf'id="earlier-{note}">(.*?)</details>', page, re.DOTALL)[1]
    assert "1 earlier text" in earlier
    assert "The page is &lt;live&gt;." in earlier
    assert mara.post(f"{here}/notes/{note}/edit", sent).status_code == 403
    empty = ana.post(f"{here}/notes/{note}/edit", {**sent, "body": ""})
    assert empty.status_code == 400
    assert f'id="edit-{note}" open' in empty.text


def test_a_note_says_whom_it_calls_and_who_is_nobody_is_called_by_nobody(mara, people, workbench):
    task = make_task(workbench)
    mara.post(f"/tasks/{task.task_id}/notes", {"body": "@ana and @bne, what about it?"})
    [head] = re.findall(r'<p class="note-head">.*?</p>', mara.get(f"/tasks/{task.task_id}").text, re.DOTALL)
    assert "Mara</strong> to Ana Alvarez," in head


def said_after(visitor, path):
    """Return the message with which the page begins."""
    words, *_ = re.findall(r'<div class="message [^>]*><p>([^<]*)</p>', visitor.get(path).text)
    return unescape(words)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("@ana, look at @Ben's.", "Note added."),
        (
            "@bne and @alvarez, look.",
            (
                "Note added. Nobody is called @bne or @alvarez, so nobody was told by that name. "
                "The nearest short names are @ben (Ben Brandt), @ana (Ana Alvarez)."
            ),
        ),
        ("See @nosuch.", "Note added. Nobody is called @nosuch, so nobody was told by that name."),
    ],
)
def test_a_name_that_nobody_has_is_said_and_the_note_is_kept(mara, workbench, find, body, said):
    task = make_task(workbench)
    mara.post(f"/tasks/{task.task_id}/notes", {"form": "note", "body": body})
    assert said_after(mara, f"/tasks/{task.task_id}") == said
    assert [note.body for note in find(Note, task_id=task.task_id)] == [body]


def test_a_name_that_nobody_has_is_said_wherever_somebody_writes(ana, mara, as_user, workbench):
    task = make_task(workbench, assignee="ana")
    path, nobody = f"/tasks/{task.task_id}", "Nobody is called @nosuch"
    ana.post(f"{path}/help", {"form": "help", "question": "Does @nosuch know?"})
    assert nobody in said_after(ana, path)
    mara.post(f"{path}/answer", {"form": "answer", "body": "@nosuch does."})
    assert nobody in said_after(mara, path)


def test_what_the_program_says_of_a_task_calls_nobody_by_its_title(mara, workbench, find):
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    tasks = find(Task, bundle_id=bundle.bundle_id)
    after = next(task for task in tasks if task.depends_on)
    with workbench.transaction(workbench.operator()) as tx:
        before = tx.get(Task, after.depends_on[0])
        before.title = "Meet @office and @ana"
        saved(tx, before)
    path = f"/tasks/{before.task_id}"
    mara.post(f"{path}/cancel", {"form": "cancel"})
    assert said_after(mara, path) == "Cancelled."
    [told] = find(Note, task_id=after.task_id)
    assert "Meet @office and @ana" in told.body
    assert told.mentions == []


def test_notes_are_markdown_that_can_do_no_harm(mara, workbench):
    task = make_task(workbench)
    body = "**Sure** <script>alert(1)</script> [x](javascript:alert(1))"
    assert mara.post(f"/tasks/{task.task_id}/notes", {"body": body}).status_code == 303
    text = mara.get(f"/tasks/{task.task_id}").text
    assert "<strong>Sure</strong>" in text
    assert "<script>alert" not in text
    assert '<a href="javascript:' not in text
    assert mara.post(f"/tasks/{task.task_id}/notes", {"form": "note", "body": " "}).status_code == 400
