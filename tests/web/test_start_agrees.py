"""The form's preview, ``content show`` and ``bundle create --json`` say the same of a start (Done when 2)."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from engine.app import Workbench
from engine.catalog.content import Content
from tests.web.conftest import Visitor

TEMPLATES = (
    "blog_post", "indexing_check", "link_placement", "newsletter", "podcast_episode",
    "redirects_site_redesign", "untyped_work",
)  # fmt: skip
SUBJECTS: dict[str, tuple[str, ...]] = {
    "": (),
    "partner:globex": ("--partner", "globex"),
    "partner:acme": ("--partner", "acme"),
    "campaign:acme_spring": ("--campaign", "acme_spring"),
}
_TASK = re.compile(r'<li><span class="when">(.*?)</span><span class="what">(.*?) <span', re.DOTALL)
_DAY = re.compile(r'datetime="([0-9-]+)"')


def needed(content: Content, key: str) -> dict[str, str]:
    """Return a text for every parameter that must be given."""
    schema: dict[str, Any] = content.templates[key].parameters or {}
    texts, url = {"date": "2026-12-24"}, "https://acme.example/torque"
    return {
        name: texts.get(schema["properties"][name].get("format"), url) for name in schema.get("required", ())
    }


def previewed(page: str) -> set[tuple[str | None, str]]:
    found = set()
    for when, title in _TASK.findall(page.rsplit('id="preview"', maxsplit=1)[-1]):
        day = _DAY.search(when)
        found.add((day[1] if day else None, html.unescape(title)))
    return found


#: Each template, and each of whom it is started for; each for each by `make test-wide`.
STARTS = [
    pytest.param(key, subject, marks=() if (at - place) % len(SUBJECTS) == 0 else pytest.mark.wide)
    for at, key in enumerate(TEMPLATES)
    for place, subject in enumerate(SUBJECTS)
]


@pytest.mark.few(3)
@pytest.mark.parametrize(("key", "subject"), STARTS)
def test_page_and_command_line_say_the_same(workbench: Workbench, mara: Visitor, cli, key, subject) -> None:
    given = needed(workbench.content(), key)
    form = {"form": "start", "anchor_date": "2027-01-18", "for": subject, "title": ""}
    page = mara.post(
        f"/recipes/{key}/preview", form | {f"param.{name}": text for name, text in given.items()}
    )
    words = [word for name, text in given.items() for word in ("--param", f"{name}={text}")]
    start = ("bundle", "create", key, "--anchor-date", "2027-01-18", *SUBJECTS[subject], *words, "--json")
    made = cli(*start)
    if made.code:  # what a partner must approve is started for a partner alone
        assert subject == ""
        assert html.escape(made.json["error"]["details"][0]["message"], quote=True) in page.text
        return
    tasks = made.json["tasks"]
    assert previewed(page.text) == {(task["due_date"], task["title"]) for task in tasks}
    shown = cli("content", "show", key, *SUBJECTS[subject], "--json").json["template"]["tasks"]
    by_ref = {task["ref"]: task for task in shown}
    for task in tasks:
        written = by_ref[task["template_task_ref"]]
        assert [step["ref"] for step in task["steps"]] == [step["ref"] for step in written["steps"]]
        assert [proof["label"] for proof in task["proof"]] == [proof["label"] for proof in written["proof"]]
        owed = {item["ref"] for item in written["deliverables"] if item["required"]}
        assert owed <= {item["ref"] for item in task["deliverables"]}
        assert task["planned_minutes"] == written["planned_minutes"]
