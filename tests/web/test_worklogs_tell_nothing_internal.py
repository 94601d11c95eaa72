"""What leaves Workbench as a worklog: nothing internal, and the same bytes every time (WLG-05, WLG-06)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from io import BytesIO

import pytest
from pypdf import PdfReader

from engine.app import Workbench
from engine.worklogs import prose
from engine.worklogs.entries import Entry
from engine.worklogs.models import WorkLog
from tests.engine.worklogs.house import House
from tests.engine.worklogs.month import SECRET, TEAM, WEEKS, month_of
from web import worklog_files


def texts_of(worklog: WorkLog) -> dict[str, str]:
    """Return the text of a worklog in every form that it leaves Workbench in, and what is kept of it."""
    pdf = PdfReader(BytesIO(worklog_files.to_pdf(worklog)))
    return {
        "markdown": worklog_files.to_markdown(worklog).decode(),
        "html": worklog_files.to_html(worklog).decode(),
        "pdf": "\n".join(page.extract_text() for page in pdf.pages),
        "entries": json.dumps(worklog.entries),
    }


def test_the_worklog_of_a_month_contains_nothing_internal(workbench: Workbench, people):
    house = House.set_up(workbench, people)
    for week, worklog in enumerate(month_of(house)):
        for form, text in texts_of(worklog).items():
            assert SECRET.findall(text) == [], form
            assert f"Shown work {week}" in text, form
            for name in TEAM:
                assert not re.search(rf"\b{name}\b", text), (form, name)
        assert worklog.made_body == (
            f"## Tents {week}\n\n"
            f"**Monday, {WEEKS[week].day} {WEEKS[week]:%B}.** We finished “Shown work {week}”. "
            f"We finished “Shown article {week}” and handed “Shown draft” over to you; you approved it. "
            f"We finished “Shown publication {week}”; the work reached the stage “announced”. "
            f"We finished “Shown with steps {week}”. "
            f"We handed “Shown review” of “Shown review {week}” over to you; you approved it.\n"
        )


@pytest.mark.wide  # a month of work, twice
def test_made_again_it_is_the_same_bytes_and_so_are_its_words_whatever_the_work_is_called_later(
    either_workbench: Workbench,
):
    house = House.set_up(either_workbench)
    worklog = month_of(house)[0]
    files = {form: made.make(worklog) for form, made in worklog_files.FORMATS.items()}
    again = house.make(week=worklog.week)
    assert again.revision == worklog.revision, "nothing is written where nothing is different"
    assert {form: made.make(again) for form, made in worklog_files.FORMATS.items()} == files
    for entry in worklog.entries:
        house.desk.change(entry["task_id"], title="Another title")
    kept = house.read(worklog)
    assert prose.render([Entry.from_data(data) for data in kept.entries]) == worklog.made_body
    assert {form: made.make(kept) for form, made in worklog_files.FORMATS.items()} == files


_MAKES_FILES = """
import hashlib, json, sys
from engine.worklogs import prose
from engine.worklogs.entries import Entry
from engine.worklogs.models import WorkLog
from web import worklog_files
worklog = WorkLog.model_validate_json(sys.stdin.read())
made = {form: one.make(worklog) for form, one in worklog_files.FORMATS.items()}
print(json.dumps({form: hashlib.sha256(content).hexdigest() for form, content in made.items()}))
"""


@pytest.mark.wide  # starts a process
def test_another_process_makes_the_same_bytes(workbench: Workbench, people):
    worklog = month_of(House.set_up(workbench, people))[0]
    files = {
        form: hashlib.sha256(made.make(worklog)).hexdigest() for form, made in worklog_files.FORMATS.items()
    }
    words, given = [sys.executable, "-c", _MAKES_FILES], worklog.model_dump_json()
    elsewhere = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=True, env=elsewhere)
    assert json.loads(done.stdout) == files
