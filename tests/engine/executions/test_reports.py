"""One text in six formats, read back by what reads these; the same bytes on any day, in any process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf import PdfReader

from engine.catalog import report_text
from engine.catalog.report_text import ReportTextError
from engine.executions.reports import document, program

TEXT = """# [[ title ]]

Read **this** and `that` at [our place](https://a.example/x), *please*.

## Done

[[ rows | table ]]

- one
  - two
- three

1. first
2. second

> quoted

```
x = 1
```

---

### Words

[% for one in rows %]
* [[ one.name ]]
[% endfor %]
"""
ROWS: list[dict[str, Any]] = [
    {"name": "Tents | for two", "number": 3, "code": "007"},
    {"name": "=1+1", "number": None, "code": "# no *heading*"},
]
FORMATS = ("markdown", "html", "pdf", "docx", "xlsx", "pptx")
ASKED = {"title": "Week 48", "text": TEXT, "told": {"title": "Week 48", "rows": ROWS}, "formats": FORMATS}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return dict(zip(FORMATS, program.made(ASKED), strict=True))


def test_markdown_shows_values_as_they_are(files):
    text = files["markdown"].decode()
    assert text.startswith("# Week 48\n")
    assert "| Tents \\| for two | 3 | 007 |" in text
    assert "| =1\\+1 |  | \\# no \\*heading\\* |" in text


def test_html_holds_what_it_shows_and_loads_nothing(files):
    text = files["html"].decode()
    assert "<h1>Week 48</h1>" in text
    assert "<td>Tents | for two</td>" in text
    assert "# no *heading*" in text
    assert not any(word in text for word in ("<script", "<img", "<link", "src="))


def test_a_pdf_has_the_title_once_and_all_that_is_said(files):
    read = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(files["pdf"])).pages)
    assert read.count("Week 48") == 1
    assert all(words in read for words in ("Tents | for two", "=1+1", "second", "quoted", "x = 1"))


def test_a_word_document_has_headings_lists_tables_and_links(files):
    read = docx.Document(io.BytesIO(files["docx"]))
    told = [(one.style.name, one.text) for one in read.paragraphs if one.text]
    assert told[:3] == [
        ("Heading 1", "Week 48"),
        ("Normal", "Read this and that at our place, please."),
        ("Heading 2", "Done"),
    ]
    assert ("List Bullet 2", "two") in told
    assert ("List Number", "second") in told
    assert ("Quote", "quoted") in told
    bold = [run.text for one in read.paragraphs for run in one.runs if run.bold]
    assert bold == ["this"]
    [link] = read.paragraphs[1].hyperlinks
    assert (link.text, link.address) == ("our place", "https://a.example/x")
    [table] = read.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["name", "number", "code"],
        ["Tents | for two", "3", "007"],
        ["=1+1", "", "# no *heading*"],
    ]


def test_a_workbook_has_a_sheet_for_each_table_with_numbers_and_without_formulas(files):
    [sheet] = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    rows = [[(cell.value, cell.data_type) for cell in row] for row in sheet.rows]
    assert sheet.title == "Done"
    assert rows[1] == [("Tents | for two", "s"), (3, "n"), ("007", "s")]
    assert rows[2][0] == ("=1+1", "s")
    assert (sheet.freeze_panes, sheet["A1"].font.bold) == ("A2", True)


def test_sheets_have_names_that_programs_take():
    text = "## [Done]: a/b *and* what else there is of it\n\n| a |\n| - |\n| b |\n\n| a |\n| - |\n| c |\n"
    [data] = program.made({**ASKED, "text": text, "formats": ["xlsx"]})
    names = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert names == ["Done a b and what else there is", "Done a b and what else ther (2)"]


def test_a_report_without_tables_is_a_workbook_of_its_words():
    [data] = program.made({**ASKED, "text": "# Week 48\n\nAll done.\n", "formats": ["xlsx"]})
    [sheet] = openpyxl.load_workbook(io.BytesIO(data))
    assert [cell.value for cell in sheet["A"]] == ["Week 48", "All done."]


def test_slides_begin_with_headings_and_go_on_where_one_would_be_full(files):
    def shown(slide):
        tables = [one.table for one in slide.shapes if one.has_table]
        words = [one.text_frame.text for one in slide.shapes if one.has_text_frame]
        return words, [[cell.text for cell in row.cells] for table in tables for row in table.rows]

    slides = [shown(one) for one in pptx.Presentation(io.BytesIO(files["pptx"])).slides]
    assert slides[0][0][0] == "Week 48"
    assert slides[1] == (["Week 48", "Read this and that at our place, please."], [])
    assert slides[2][1][1] == ["Tents | for two", "3", "007"]
    assert [words[0] for words, _ in slides[2:]] == ["Done"] * (len(slides) - 2)
    assert "one\ntwo\nthree\nfirst\nsecond" in slides[3][0][1]
    rows = [{"n": number} for number in range(25)]
    [data] = program.made(
        {**ASKED, "told": {"rows": rows}, "text": "[[ rows | table ]]", "formats": ["pptx"]}
    )
    tables = [shown(one)[1] for one in pptx.Presentation(io.BytesIO(data)).slides][1:]
    assert [len(table) for table in tables] == [11, 11, 6]
    assert {tuple(table[0]) for table in tables} == {("n",)}


# -- the same bytes ----------------------------------------------------------------------------

#: Makes the report where today is another day: nothing that asks for the time learns the true one.
_ELSEWHERE = """
import datetime, json, sys, time
moved = int(sys.argv[1])
true, now = datetime.datetime, time.time
class Moved(true):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(now() + moved, tz)
    @classmethod
    def utcnow(cls):
        return cls.fromtimestamp(now() + moved, datetime.timezone.utc).replace(tzinfo=None)
    today = now
datetime.datetime = Moved
local, utc = time.localtime, time.gmtime
time.time = lambda: now() + moved
time.localtime = lambda at=None: local(now() + moved if at is None else at)
time.gmtime = lambda at=None: utc(now() + moved if at is None else at)
from engine.executions.reports import program
program.answer(json.load(sys.stdin), sys.stdout.buffer)
"""


def elsewhere(days: int, seed: str, zone: str) -> bytes:
    words = [sys.executable, "-c", _ELSEWHERE, str(days * 24 * 3600)]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
    asked = json.dumps(ASKED).encode()
    return subprocess.run(words, input=asked, env=environment, check=True, capture_output=True).stdout


def test_the_same_records_give_the_same_bytes_on_another_day_in_another_process_and_zone():
    here, there = elsewhere(0, "1", "UTC"), elsewhere(400, "2", "Asia/Tokyo")
    assert here == there
    head = json.loads(here.partition(b"\n")[0])
    assert len(head["sizes"]) == len(FORMATS)


@pytest.mark.parametrize("form", ["docx", "xlsx", "pptx"])
def test_no_file_says_when_it_was_made(files, form):
    with zipfile.ZipFile(io.BytesIO(files[form])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        about = archive.read("docProps/core.xml").decode()
    assert "2000-01-01T00:00:00Z" in about
    assert f"{2026}" not in about


# -- what a template may ask for ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[ nothing ]]", "'nothing' is undefined"),
        ("[[ rows[0].nothing ]]", "nothing"),
        ("[[ rows.append(1) ]]", "asks for what it may not"),
        ("[[ ().__class__.__bases__ ]]", "__class__"),
        ("[[ title.__class__.__mro__ ]]", "__class__"),
        ("[[ '{0.__class__}'.format(title) ]]", "__class__"),
        ("[[ lipsum() ]]", "'lipsum' is undefined"),
        ("[[ range(3) ]]", "'range' is undefined"),
        ("[[ rows | random ]]", "No filter named 'random'"),
        ("[% include 'x' %]", "no loader"),
        ("[% import 'os' as os %]", "no loader"),
        ("[% for %]", "Line 1 of the text is no template"),
        ("a\n[[ b", "Line 2 of the text is no template"),
        ("[[ 1 / 0 ]]", "division by zero"),
        ("[[ rows + 1 ]]", "cannot be"),
        ("[[ title * 2000000 ]]", "longer than"),
    ],
)
def test_what_a_template_may_not_ask_for_is_refused_in_words(text: str, said: str):
    with pytest.raises(ReportTextError) as refused:
        report_text.render(text, {"title": "Week 48", "rows": ROWS}, 1_000_000)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[ " + "(" * 1_000, "nested too deeply"),
        ("[[ " + "not " * 3_000 + "1 ]]", "nested too deeply"),
        ("[% if 1 %]" * 500 + "[% endif %]" * 500, "nested too deeply"),
        ("[[ " + "1" * 5_000 + " ]]", "the text is no template"),
    ],
    ids=["brackets", "nots", "ifs", "digits"],
)
def test_a_text_that_no_parser_takes_has_a_fault_as_any_other(text: str, said: str):
    assert said in str(report_text.fault_of(text))


def test_a_text_with_more_levels_than_python_takes_is_refused_in_words():
    loops = 25
    with pytest.raises(ReportTextError, match="nested too deeply"):
        report_text.render("[% for a in b %]" * loops + "[% endfor %]" * loops, {"b": [1]}, 100)


@given(st.text(max_size=200))
@example("# no *heading*, [no link](https://a.example), `no code` | <b>")
@example("1. no list\n\n- none")
def test_a_value_is_shown_as_it_is_whatever_it_says(value: str):
    text = report_text.render("before [[ value ]] after", {"value": value}, 10_000)
    [paragraph] = document.parts_of(text)
    said = document.text_of(paragraph)
    assert " ".join(said.replace("\N{REPLACEMENT CHARACTER}", "\0").split()) == " ".join(
        f"before {value} after".replace("\N{REPLACEMENT CHARACTER}", "\0").split()
    )


def test_markdown_that_is_meant_so_is_read_as_such():
    told = {"body": "## Done\n\n**all**\n"}
    assert report_text.render("[[ body | markdown ]]", told, 100) == told["body"]


def test_a_format_whose_library_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    monkeypatch.delitem(sys.modules, "engine.executions.reports.docx", raising=False)
    out = io.BytesIO()
    program.answer({**ASKED, "formats": ["docx"]}, out)
    told = json.loads(out.getvalue())
    assert told["code"] == "NOT_INSTALLED"
    assert "docx is not installed" in told["error"]
    assert "pip install 'workbench[reports]'" in told["error"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Week 48", "[x]() and [](https://a.example)"),
        ("Week 48", "a\ufffeb\uffffc\ud800d\x0be [[ rows | table ]]"),
        ("a\ufffeb\ud800", "# [[ title ]]\n\nAll done."),
        ("Everything that was done in it' and more", "All done."),
    ],
)
def test_no_text_breaks_a_format(form: str, title: str, text: str):
    """Links to nowhere, what XML does not take, half characters, and names that programs refuse."""
    rows = [{"name": "\ufffe\udc00"}]
    asked = {"title": title, "text": text, "told": {"title": title, "rows": rows}, "formats": [form]}
    [data] = program.made(asked)
    assert data


def test_a_format_that_breaks_is_named_with_the_kind_of_error(monkeypatch):
    def broken(*_: object) -> bytes:
        raise KeyError("hush-hush")

    monkeypatch.setattr(program, "_written", broken)
    out = io.BytesIO()
    program.answer(ASKED, out)
    told = json.loads(out.getvalue())
    assert told["code"] == "REPORT_BROKE"
    assert told["error"].startswith("The report could not be made as markdown: KeyError.")


def test_a_text_that_is_longer_than_a_cell_takes_says_that_it_is_cut():
    text = f"| a |\n| - |\n| {'x' * 40_000} |\n"
    [data] = program.made({**ASKED, "text": text, "formats": ["xlsx"]})
    [sheet] = openpyxl.load_workbook(io.BytesIO(data))
    said = sheet["A2"].value
    assert said.endswith("x… (cut: a cell takes no more)")
    assert len(said) == 32_767
