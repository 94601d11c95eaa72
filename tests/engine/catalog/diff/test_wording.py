"""Changes are told in the words of the format, which are read from what its fields declare."""

from __future__ import annotations

import html
import re
from typing import Annotated, Any

import pytest
from markdown_it import MarkdownIt

from engine.catalog.declared import SETTINGS
from engine.catalog.diff.compare import compare
from engine.catalog.diff.effective import Work
from engine.catalog.diff.values import condition, reworded, said
from engine.catalog.diff.wording import Style, sentences
from engine.catalog.models import TaskTemplate
from engine.catalog.overrides import Override
from tests.engine.catalog.diff.edits import EDITS, bare, edited, step, task, template

WRITE, PUBLISH = "Task “Write: {{ topic }}”", "Task “Publish: {{ topic }}”"


def told(*edits: Any, style: Style = Style.TEXT) -> list[str]:
    old, new = (TaskTemplate.model_validate(bare(edited(*some))) for some in ((), edits))
    return sentences(compare(old, new), old, new, style)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("another day", f"{WRITE} is due 3 days before the anchor date, was 7 days before the anchor date"),
        (
            "working days",
            f"{WRITE} is due 3 working days before the anchor date, was 7 days before the anchor date",
        ),
        ("no day", f"{PUBLISH} has no due date any more, was the first working day from the anchor date"),
        ("a title", "Task “Put it out” is called “Put it out” now, was “Publish: {{ topic }}”"),
        ("a proof", f"{WRITE}: proof “Outline” (url) is owed now"),
        ("no proof", f"{PUBLISH}: proof “Published article” is not owed any more"),
        ("always", f"{PUBLISH} is made always now, was made only where sponsored is no"),
        ("an optional step", f"{WRITE}: step “Outline” is optional now"),
        ("a step with another ref", f"{WRITE}: step “Write the draft” has the ref `text` now, was `write`"),
        ("steps the other way round", f"{WRITE}: steps stand in another order: “Write the draft”, “Outline”"),
        ("another task", "Task “Say thanks” is new"),
        (
            "a person",
            f"{WRITE}: assignee is employee ana now, where nothing was said (who does it)",
        ),
    ],
)
def test_an_edit_is_told_in_a_sentence(edit: str, words: str):
    assert told(EDITS[edit]) == [words]


def test_what_work_gets_names_people_and_decisions_also_where_nothing_was_said():
    edits = (EDITS["a person"], EDITS["an approval"])
    old, new = (TaskTemplate.model_validate(bare(edited(*some))) for some in ((), edits))
    works = [Work(None, one) for one in (old, new)]  # type: ignore[arg-type]
    assert sentences(compare(old, new), *works, Style.TEXT) == [
        f"{WRITE} is for ana now, was for nobody in particular",
        f"{WRITE} needs the approval of the team, then of the partner now, needed no approval",
    ]


def test_a_field_that_joins_the_format_is_told_by_its_name_and_its_docstring():
    class Later(TaskTemplate):
        shade_of_grey: Annotated[int, SETTINGS] = 50
        """How dark it is, from nothing to black."""

    old = Later.model_validate(bare(edited()))
    new = old.model_copy(update={"shade_of_grey": 60})
    assert sentences(compare(old, new), old, new, Style.TEXT) == [
        "The template: shade of grey is 60 now, before 50 (how dark it is)"
    ]


def test_of_a_long_text_what_changed_is_told():
    words = " ".join(f"word{number}" for number in range(40))
    old = TaskTemplate.model_validate(bare(edited(task("draft", description=words))))
    new = TaskTemplate.model_validate(
        bare(edited(task("draft", description=words.replace("word20", "term"))))
    )
    [line] = sentences(compare(old, new), old, new, Style.TEXT)
    assert "“… word17 word18 word19 term word21 word22 word23 …” now, where it was “… word17" in line
    assert "word30" not in line


def test_an_override_that_says_nothing_is_not_told_as_one_that_says_none():
    old = Override.model_validate({"overrides": "blog_post", "partner": "acme", "tasks": [{"ref": "draft"}]})
    new = Override.model_validate(
        {
            "overrides": "blog_post",
            "partner": "acme",
            "tasks": [{"ref": "draft", "offset_days": 2, "when": {}}],
        }
    )
    named_in = TaskTemplate.model_validate(bare(edited()))
    assert sentences(compare(old, new), old, new, Style.TEXT, named_in=named_in) == [
        f"{WRITE} is due 2 days after the anchor date, where nothing was said",
        f"{WRITE}: when is none now, where nothing was said (a JSON Schema over the parameters)",
    ]


def test_markdown_of_an_author_is_shown_and_not_obeyed():
    line = told(step(0, title="Ask @ana *now* <img> [x](y)"), style=Style.MARKDOWN)[0]
    asked = "Ask @&#8203;ana \\*now\\* \\<img\\> \\[x\\](y)"
    assert line.startswith(f"Task **Write: {{{{ topic }}}}**: step *{asked}*")


@pytest.mark.parametrize(
    "calls", ["@ana", "see #12", "o/r#12", "!12", "gh-12", "&#64;ana", "&commat;ana", r"\@ana"]
)
def test_a_forge_is_made_to_call_nobody_and_to_link_nothing(calls: str):
    """A forge looks through the words once the Markdown is read."""
    shown = html.unescape(re.sub(r"<[^>]*>", "", MarkdownIt().render(Style.MARKDOWN.plain(calls)))).strip()
    assert not re.search(r"@\w|[#!]\d|gh-\d", shown)
    assert shown.replace("\u200b", "") == calls


def test_two_ways_to_write_a_due_date_are_one_sentence():
    assert len(told(EDITS["working days"])) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "yes"),
        (3, "3"),
        ("two\nlines", "“two lines”"),
        (["a", "b"], "a, b"),
        ([], "none"),
        ({"business_days": 2}, "2 business days"),
        ({"role": "writer"}, "role writer"),
        ({"die_sides": 10, "first_n": 3}, "(die sides 10; first n 3)"),
        ([{"after": {"hours": 1}, "to": "flag"}], "(after 1 hour; to flag)"),
    ],
)
def test_a_value_is_said_in_words(value: Any, words: str):
    assert said(value) == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (None, "always"),
        ({"properties": {"sponsored": {"const": True}}}, "only where sponsored is yes"),
        ({"required": ["x"]}, 'only where {"required": ["x"]} holds'),
    ],
)
def test_a_condition_is_said_in_words(when: Any, words: str):
    assert condition(when) == words


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a b c", "a x c", ("a b c", "a x c")),
        ("", "a b", ("", "a b")),
        ("a a", "a a a", ("a a", "a a a")),
        ("1 2 3 4 5 6 7 8 9", "1 2 3 4 five 6 7 8 9", ("… 2 3 4 5 6 7 8 …", "… 2 3 4 five 6 7 8 …")),
    ],
)
def test_what_changed_in_a_text_is_shown_with_a_few_words_around(before: str, after: str, shown: Any):
    assert reworded(before, after) == shown


def test_a_template_field_is_told_of_the_template():
    assert told(template(icon="X", name="Article")) == [
        "The template is called “Article” now, was “Blog post”",
        "The template: icon is “X” now, where nothing was said (a sign shown beside the name)",
    ]
