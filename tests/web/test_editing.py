"""Templates are changed by forms, and nothing besides what was changed (EDT-01, EDT-03, EDT-07, EDT-08)."""

from __future__ import annotations

import re

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.proposals import drafting
from engine.proposals.models import Proposal
from tests.web.browser_forms import form_of
from tests.web.conftest import Visitor

FILE = "content/task_templates/{}.yaml"


def begun(visitor: Visitor, key: str, **chosen: str) -> str:
    """Begin to change a template; return the address of its form."""
    answer = visitor.post(
        f"/templates/{key}/edit", {"for": next(iter(chosen), "everybody"), **chosen, "form": "begin"}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def text_in(workbench: Workbench, actor: Actor, path: str) -> str:
    with workbench.reading(actor) as tx:
        [text] = [
            texts[path] for draft in tx.find(Proposal) if path in (texts := drafting.texts_of(tx, draft))
        ]
    assert text is not None
    return text


def sections_of(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"section=([\w.]+)\"", page)))


@pytest.mark.parametrize("key", ["blog_post", "monthly_tax_report", "podcast_episode", "newsletter"])
def test_every_section_that_is_saved_untouched_leaves_the_file_as_it_is(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], key: str
):
    address = begun(mara, key)
    before = text_in(workbench, people["mara"], FILE.format(key))
    sections = sections_of(mara.get(address).text)
    assert len(sections) > 8
    for section in sections:
        form = form_of(mara.get(f"{address}?section={section}").text, "section-form")
        answer = mara.client.post(form.action, data=form.with_values())
        assert answer.status_code == 303, (section, answer.text)
        assert text_in(workbench, people["mara"], FILE.format(key)) == before, section
