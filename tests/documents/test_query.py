"""What web/QUERY.md says of the language of searches is so (LST-01 to LST-17)."""

from __future__ import annotations

import re
from pathlib import Path

from engine.app import Workbench
from engine.tasks import queries
from engine.tasks.filters import SORTS
from engine.tasks.search import language
from engine.tasks.search.fields import FIELDS
from engine.tasks.search.reading import from_options, search
from engine.tasks.vocabulary import Priority
from tests.factories import make_people, make_task

TEXT = (Path(__file__).parents[2] / "web" / "QUERY.md").read_text(encoding="utf-8")
_CODE = re.compile(r"`([^`\n]+)`")


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of the tables in a text, headings left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = [place for place, row in enumerate(cells) if set(row[0]) == {"-"}]
    return [row for place, row in enumerate(cells) if place not in rules and place + 1 not in rules]


def test_the_table_of_fields_has_every_field_and_every_word_that_one_takes(workbench: Workbench):
    said: dict[str, str] = {}
    names: list[str] = []
    for field, values, _ in rows(section("Fields")):
        names = [name.rstrip(":") for name in _CODE.findall(field)] or names
        for name in names:
            said[name] = said.get(name, "") + values
    assert said.keys() == FIELDS.keys()
    for name, values in said.items():
        words = {word for word in FIELDS[name].words if re.fullmatch(r"[a-z_]+", word)}
        if name == "status":
            words = {"open", "all"}
        if name in ("due", "scheduled"):
            words -= {"today", "tomorrow"}
        assert words <= set(_CODE.findall(values)), name
    assert {*SORTS, *Priority} <= set(_CODE.findall(section("Fields")))


def test_every_search_that_it_shows_is_understood(workbench: Workbench):
    people = make_people(workbench)
    shown = [
        text
        for text in _CODE.findall(re.sub(r"(?s)```.*?```", "", TEXT))
        if re.search(r'[:"#]|^-.', text) and not text.endswith(":")
    ]
    searches = [text for text in shown if not text.startswith(("workbench", "tests/"))]
    assert len(searches) > 20
    with workbench.reading(people["mara"]) as tx:
        assert {text: search(tx, text).mistakes for text in searches} == dict.fromkeys(searches, ())


def test_its_budgets_are_those_of_the_reader():
    told = section("Mistakes").replace(",", "")
    budgets = (language.MOST_CHARACTERS, language.MOST_TERMS, language.MOST_DEPTH)
    assert [int(number) for number in re.findall(r"\b(\d+)\b(?! and)", told) if number != "1"] == [*budgets]


def test_its_examples_find_what_they_say(workbench: Workbench):
    people = make_people(workbench)
    tables = section("Examples").split("| Search |")
    for number, title, assignee, due, tags in rows(tables[0]):
        fields = {
            "assignee": None if assignee == "nobody" else assignee,
            "due_date": None if due == "none" else due,
            "tags": [tag.strip() for tag in tags.split(",") if tag.strip()],
        }
        made = make_task(workbench, title=title, **fields)
        assert f"#{made.task_number}" == number
    with workbench.reading(people["mara"]) as tx:
        for text, finds in rows("| Search |" + tables[1]):
            found = queries.list_tasks(tx, from_options(tx, {"text": text.strip("`")})).items
            numbers = [f"#{row.task_number}" for row in found]
            expected = finds.split(", ")
            assert (numbers if "sort:" in text else sorted(numbers)) == expected, text
