"""The text of a draft: edited whole, checked and previewed unsaved, and never overwritten unseen."""

from __future__ import annotations

import html
import json
import re
import time

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.proposals import drafting
from engine.proposals.models import Proposal
from tests.web.conftest import Visitor
from tests.web.drafts import FILE, drafted, live_text, texts

BOMB = "".join(
    f"{name}: &{name} [{', '.join([f'*{before}' if before else 'x'] * 9)}]\n"
    for before, name in zip(["", *"abcdefg"], "abcdefgh", strict=True)
)


@pytest.fixture
def sam(app: Flask, people: dict[str, Actor]) -> Visitor:
    return Visitor.signed_in(app, people["sam"].user_id)


@pytest.fixture
def draft(workbench: Workbench, people: dict[str, Actor]) -> str:
    return drafted(workbench, people["sam"])


def area(page: str, name: str) -> str:
    """Return what a browser shows in a text area: the first line end after the tag is no part of it."""
    found = re.search(rf'<textarea[^>]* name="{name}"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def as_sent(text: str) -> str:
    """Return a text as a browser sends it."""
    return text.replace("\n", "\r\n")


def save(visitor: Visitor, draft: str, text: str, seen: str, **more: str):
    given = {"path": FILE, "text": as_sent(text), "seen": as_sent(seen), "form": "yaml", **more}
    return visitor.post(f"/proposals/{draft}/yaml", given)


# -- the page --------------------------------------------------------------------------------


def test_the_editor_shows_the_text_its_files_and_that_nothing_is_wrong(
    sam: Visitor, workbench: Workbench, draft: str
):
    page = sam.get(f"/proposals/{draft}/yaml").text
    assert area(page, "text") == area(page, "seen") == live_text(workbench)
    assert "Nothing is wrong with this file." in page
    assert 'value="content/task_types/article.yaml">the task type article' in page
    assert "same dates as now" in page


def test_whoever_may_not_propose_has_no_editor_and_nobody_sees_the_draft_of_somebody_else(
    app: Flask, people: dict[str, Actor], draft: str
):
    for name, status in (("ana", 403), ("mara", 404), ("pat", 404)):
        visitor = Visitor.signed_in(app, people[name].user_id)
        for way in ("yaml", "preview", f"merge?path={FILE}"):
            assert visitor.get(f"/proposals/{draft}/{way}").status_code == status
        assert save(visitor, draft, "x\n", "").status_code == status


def test_styles_of_the_script_are_let_in_by_a_word_that_is_new_each_time(sam: Visitor, draft: str):
    answers = [sam.get(f"/proposals/{draft}/yaml") for _ in range(2)]
    words = [re.search("'nonce-([^']+)'", one.headers["Content-Security-Policy"])[1] for one in answers]
    assert words[0] != words[1]
    for answer, word in zip(answers, words, strict=True):
        assert f'data-nonce="{word}"' in answer.text
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_beside_the_template_joins_the_draft_and_is_edited_with_it(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor], draft: str
):
    path = "content/task_types/article.yaml"
    answer = sam.post(f"/proposals/{draft}/yaml/files", {"path": path, "form": "add_file"})
    assert answer.location.endswith(f"/proposals/{draft}/yaml?path={path}")
    assert area(sam.get(answer.location).text, "text") == live_text(workbench, path)
    assert set(texts(workbench, people["sam"], draft)) == {FILE, path}
    for no_place in ("README.md", path.replace("/", "//", 1)):
        assert sam.post(f"/proposals/{draft}/yaml/files", {"path": no_place}).status_code == 400


def test_a_scenario_joins_a_draft_as_it_is_and_a_new_one_begins_with_its_editor_line(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor], draft: str
):
    there = "content/task_templates/blog_post.scenario.yaml"
    new = "content/task_templates/partners/acme/blog_post.scenario.yaml"
    for path in (there, new):
        sam.post(f"/proposals/{draft}/yaml/files", {"path": path, "form": "add_file"})
    found = texts(workbench, people["sam"], draft)
    assert found[new] == "# yaml-language-server: $schema=../../../schemas/scenario.schema.json\n"
    folder = workbench.settings.content_place[0]
    assert found[there] == (folder / there).read_text()
    page = sam.get(f"/proposals/{draft}/yaml?path={new}").text
    assert "As YAML: the scenario for partner acme" in page
    assert "The file holds nothing but comments" in page


@pytest.mark.parametrize(
    "kind", ["task_template", "override", "task_type", "calendar", "reminders", "scenario"]
)
def test_completion_knows_what_the_published_schema_says(sam: Visitor, workbench: Workbench, kind: str):
    answer = sam.get(f"/proposals/schemas/{kind}.json")
    folder = workbench.settings.content_place[0]
    published = (folder / f"content/schemas/{kind}.schema.json").read_text()
    for number in re.findall(r" \([A-Z]{3}-\d\d\)", published):
        published = published.replace(number, "")  # people who type are told no requirement
    assert json.loads(answer.text) == json.loads(published)
    assert not re.search(r"\b[A-Z]{3}-\d\d\b", answer.text)
    assert sam.get("/proposals/schemas/nonsense.json").status_code == 404


# -- saving ----------------------------------------------------------------------------------


def test_a_text_that_is_saved_untouched_is_byte_identical(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    odd = "\ufeff# tab\there\r\nkey: blog_post\n\nname: 'B'   \r\n# end, no line end"
    draft = drafted(workbench, people["sam"], lambda _: odd)
    page = sam.get(f"/proposals/{draft}/yaml").text
    assert save(sam, draft, area(page, "text"), area(page, "seen")).status_code == 303
    assert texts(workbench, people["sam"], draft) == {FILE: odd}
    typed = area(page, "text").replace("'B'", "'C'")
    save(sam, draft, typed, area(page, "seen"))
    assert texts(workbench, people["sam"], draft) == {FILE: odd.replace("'B'", "'C'")}


def test_a_text_that_begins_with_an_empty_line_keeps_it(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    draft = drafted(workbench, people["sam"], lambda text: f"\n\n{text}")
    page = sam.get(f"/proposals/{draft}/yaml").text
    assert area(page, "text").startswith("\n\n#")


@pytest.mark.wide
def test_saving_leads_back_to_the_editor_with_what_the_preview_was_asked_for(sam: Visitor, draft: str):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    answer = save(
        sam, draft, f"{seen}# why\n", seen, anchor_date="2027-03-01", **{"param.topic": "Tents & co"}
    )
    page = sam.get(answer.location).text
    assert "Saved." in page
    assert "Write: Tents &amp; co" in page
    assert area(page, "text") == f"{seen}# why\n"


def test_a_text_with_faults_is_saved_and_its_faults_are_told_with_their_lines(sam: Visitor, draft: str):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    page = sam.get(save(sam, draft, f"{seen}nonsense: 1\n", seen).location).text
    line = len(seen.splitlines()) + 1
    assert f'<a href="#line-{line}">{line}:1</a> nonsense is not a field.' in page
    assert "The dated tasks appear here as soon as this is right" in page


@pytest.mark.wide
def test_a_text_that_is_too_long_is_refused_and_comes_back(sam: Visitor, draft: str):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    answer = save(sam, draft, f"{seen}#{'x' * 160_000}\n", seen)
    assert answer.status_code == 400
    assert "has more than 153600 characters" in answer.text
    assert "x" * 160_000 in answer.text


# -- checking and previewing what is typed -------------------------------------------------------


def check(visitor: Visitor, draft: str, text: str):
    return visitor.post(f"/proposals/{draft}/yaml/check", {"path": FILE, "text": text}).json["problems"]


def test_what_is_typed_is_checked_as_content_check_does_and_not_stored(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor], draft: str
):
    live = live_text(workbench)
    assert check(sam, draft, live) == []
    (found,) = check(sam, draft, live.replace("depends_on: [publish]", "depends_on: [publsh]", 1))
    assert (found["code"], found["severity"]) == ("UNKNOWN_TASK", "error")
    assert live.splitlines()[found["line"] - 1].strip() == "depends_on: [publish]"
    assert texts(workbench, people["sam"], draft) == {FILE: live}


@pytest.mark.parametrize("text", [BOMB, "a: " + "[" * 5000], ids=["bomb", "deep"])
def test_a_text_made_to_blow_up_is_refused_as_content_check_does(sam: Visitor, draft: str, text: str):
    (found,) = check(sam, draft, text)
    assert found["code"] == "FILE_TOO_LARGE"
    answer = sam.post(f"/proposals/{draft}/preview", {"path": FILE, "text": text})
    assert answer.status_code == 200
    assert "aliases counted in full" in answer.text


def test_the_preview_shows_what_moves_before_it_is_saved(sam: Visitor, workbench: Workbench, draft: str):
    text = live_text(workbench).replace("{offset: 10, unit: business_days, from: anchor}", "{offset: 40}")
    given = {"path": FILE, "text": text, "anchor_date": "2027-03-01", "param.topic": "Tents"}
    part = sam.post(f"/proposals/{draft}/preview", given, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "1 due date moves" in part
    row = next(one for one in part.split("<tr") if "Point older pages" in one)
    assert [one.strip() for one in re.findall(r"<time[^>]*>([^<]+)", row)] == [
        "Tue 16 Mar 2027",
        "Sat 10 Apr 2027",
    ]
    whole = sam.get(f"/proposals/{draft}/preview?anchor_date=2027-03-01").text
    assert "same dates as now" in whole
    for way in (f"/proposals/{draft}/edit", f"/proposals/{draft}/yaml", f"/proposals/{draft}"):
        assert f'href="{way}"' in whole, (
            "from the preview one goes on, with forms, with text, or to the offer"
        )


@pytest.mark.wide
def test_a_file_as_large_as_one_may_be_is_checked_and_previewed_within_seconds(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    head = live_text(workbench).partition("tasks:\n")[0]
    lines = [
        f"  - {{ref: t{n}, title: Task {n}, offset_days: {n % 50}, steps: [{{ref: a, title: Do it}}]}}\n"
        for n in range(1300)
    ]
    large = f"{head}tasks:\n{''.join(lines)}"
    draft = drafted(workbench, people["sam"], lambda _: large)
    begun = time.process_time()
    assert [one for one in check(sam, draft, large) if one["code"] == "FILE_TOO_LARGE"] == []
    page = sam.get(f"/proposals/{draft}/preview").text
    assert time.process_time() - begun < 20
    assert "There are more than 300 tasks" in page
    assert "<strong>1,300 tasks</strong>" in page


def test_the_preview_of_an_override_is_for_whom_it_is(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    path, key = "content/task_templates/partners/acme/indexing_check.yaml", "indexing_check"
    draft = drafted(workbench, people["sam"], path=path, key=key)
    page = sam.get(f"/proposals/{draft}/preview").text
    assert '<option value="partner:acme" selected>' in page


def test_a_preview_is_planned_although_the_template_is_no_active_one_yet(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    draft = drafted(workbench, people["sam"], lambda text: text.replace("status: active", "status: draft"))
    assert "6 tasks" in sam.get(f"/proposals/{draft}/preview").text


# -- both versions ---------------------------------------------------------------------------


def test_a_save_on_a_text_that_moved_overwrites_nothing_and_shows_both_versions(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor], draft: str
):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    first, second = seen.replace("name: Blog post", "name: Long read"), f"{seen}# what sam meant\n"
    save(sam, draft, first, seen)
    answer = save(sam, draft, second, seen)
    assert answer.status_code == 409
    assert "Both go together: no line was changed in both." in answer.text
    assert texts(workbench, people["sam"], draft) == {FILE: first}
    given = {name: as_sent(area(answer.text, name)) for name in ("before", "mine", "other")}
    sam.post(f"/proposals/{draft}/merge", {**given, "path": FILE})
    assert texts(workbench, people["sam"], draft) == {FILE: f"{first}# what sam meant\n"}


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("choice", "names"),
    [("mine", ["Mine"]), ("live", ["Theirs"]), ("both", ["Theirs", "Mine"]), ("x", ["Mine"])],
)
def test_where_both_changed_the_same_line_somebody_chooses(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor], draft: str, choice: str, names: list[str]
):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    save(sam, draft, seen.replace("name: Blog post", "name: Theirs"), seen)
    page = save(sam, draft, seen.replace("name: Blog post", "name: Mine"), seen).text
    assert "1 place was changed in both: choose there." in page
    assert "name: Blog post\n" in page
    given = {name: as_sent(area(page, name)) for name in ("before", "mine", "other")}
    sam.post(f"/proposals/{draft}/merge", {**given, "path": FILE, "choice.0": choice})
    text = texts(workbench, people["sam"], draft)[FILE]
    assert re.findall("^name: (.*)$", str(text), re.MULTILINE) == names


@pytest.mark.wide
def test_what_was_written_can_be_kept_as_a_draft_of_its_own(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor], draft: str
):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    save(sam, draft, f"{seen}# first\n", seen)
    page = save(sam, draft, f"{seen}# second\n", seen).text
    answer = sam.post(f"/proposals/{draft}/merge/fork", {"path": FILE, "mine": as_sent(area(page, "mine"))})
    assert answer.status_code == 303
    assert area(sam.get(answer.location).text, "text") == f"{seen}# second\n"
    assert texts(workbench, people["sam"], draft) == {FILE: f"{seen}# first\n"}


@pytest.mark.wide
def test_a_choice_on_a_text_that_moved_once_more_is_shown_beside_it(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor], draft: str
):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    first = seen.replace("name: Blog post", "name: First")
    save(sam, draft, first, seen)
    page = save(sam, draft, seen.replace("name: Blog post", "name: Second"), seen).text
    given = {name: as_sent(area(page, name)) for name in ("before", "mine", "other")}
    save(sam, draft, f"{first}# third\n", first)
    again = sam.post(f"/proposals/{draft}/merge", {**given, "path": FILE, "choice.0": "mine"})
    assert again.status_code == 409
    assert "Both go together" in again.text
    given = {name: as_sent(area(again.text, name)) for name in ("before", "mine", "other")}
    sam.post(f"/proposals/{draft}/merge", {**given, "path": FILE})
    text = str(texts(workbench, people["sam"], draft)[FILE])
    assert "name: Second\n" in text
    assert text.endswith("# third\n")


def test_a_draft_catches_up_with_what_is_live(sam: Visitor, workbench: Workbench, people: dict[str, Actor]):
    live = live_text(workbench)
    draft = drafted(workbench, people["sam"], lambda text: f"{text}# mine\n")
    address = f"/proposals/{draft}/merge?path={FILE}"
    assert "there is nothing to take over" in sam.get(address).text
    older = live.replace("name: Blog post", "name: Blog")
    with workbench.transaction(people["sam"]) as tx:
        (file,) = drafting.files_of(tx, tx.get(Proposal, draft))
        file.before, file.text = older, f"{older}# mine\n"
        tx.save(file)
        tx.record(drafting.Action.PROPOSAL_CHANGED, file, "As if it had begun earlier")
    page = sam.get(address).text
    assert "was changed in the content after this draft began" in page
    given = {name: as_sent(area(page, name)) for name in ("before", "mine", "other")}
    sam.post(f"/proposals/{draft}/merge", {**given, "path": FILE, "catches_up": "true"})
    with workbench.reading(people["sam"]) as tx:
        (file,) = drafting.files_of(tx, tx.get(Proposal, draft))
        assert (file.before, file.text) == (live, f"{live}# mine\n")


@pytest.mark.wide
def test_lines_that_go_together_and_mean_what_nobody_wrote_are_said(
    sam: Visitor, workbench: Workbench, draft: str
):
    seen = area(sam.get(f"/proposals/{draft}/yaml").text, "seen")
    one, other = "  - ref: proofs\n    title: Proofs\n", "tasks:\n"
    save(sam, draft, seen.replace(other, other + one), seen)
    page = save(sam, draft, seen + one, seen).text
    assert "ref proofs is used twice in tasks." in page


@pytest.mark.wide
def test_forms_of_many_tasks_that_come_one_after_another_are_shown_within_seconds(
    sam: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    head = live_text(workbench).partition("tasks:\n")[0]
    after = (
        f"{{ref: t{n}, title: Task, due: {{offset: 1, from: 'task_completed:t{n - 1}'}}}}"
        for n in range(1, 800)
    )
    lines = "".join(f"  - {one}\n" for one in ("{ref: t0, title: Task, offset_days: 0}", *after))
    draft = drafted(workbench, people["sam"], lambda _: f"{head}tasks:\n{lines}")
    begun = time.process_time()
    assert "1 day after “Task” is done" in sam.get(f"/proposals/{draft}/edit").text
    assert time.process_time() - begun < 10
