"""The pages of reports: filters in the address, a table, a picture, files that keep the filters."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.reports import registry
from tests.reported import Case
from tests.web.conftest import Visitor


@pytest.fixture
def case(workbench: Workbench, people: dict[str, Actor]) -> Case:
    made = Case.set_up(workbench, people)
    made.finished_article()
    return made


def test_the_list_names_each_report_and_the_place_is_in_the_navigation(mara: Visitor, case: Case):
    html = mara.get("/reports").text
    for report in registry.REPORTS.values():
        assert f'href="/reports/{report.name}">{report.title}</a>' in html
    assert re.search(r'<a href="/reports" aria-current="page" data-key="g r">', html)
    assert "g r" in mara.get("/help/keys").text


@pytest.mark.wide
@pytest.mark.parametrize("name", list(registry.REPORTS))
def test_every_report_is_a_page_with_a_table_and_files(mara: Visitor, case: Case, name: str):
    answer = mara.get(f"/reports/{name}")
    assert answer.status_code == 200
    table = case.ask("mara", registry.run, name, {})
    assert len(re.findall(r"<tr data-item>", answer.text)) == len(table.rows)
    assert f'href="/reports/{name}?format=csv"' in answer.text
    assert ('class="panel chart"' in answer.text) is (table.chart is not None)
    assert "style=" not in answer.text
    for remark in table.remarks:
        assert remark.split(":")[0] in answer.text


def test_files_keep_the_filters_of_the_page(mara: Visitor, case: Case):
    html = mara.get("/reports/feedback?employee=ana&task_type=article").text
    address = re.search(r'href="(/reports/feedback\?[^"]*format=csv)"', html)
    assert address is not None
    answer = mara.get(address[1].replace("&amp;", "&"))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="feedback.csv"'
    assert answer.data.startswith(b"\xef\xbb\xbf")  # so that spreadsheets read umlauts (D22)
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    data = mara.get("/reports/feedback?employee=ana&task_type=article&format=json").json
    assert len(rows) == len(data["rows"]) == 6
    assert [row["what"] for row in rows] == [row["what"] for row in data["rows"]]
    assert mara.get("/reports/feedback?task_type=link&format=json").json["rows"] == []


def test_the_form_shows_what_is_asked_for(mara: Visitor, case: Case):
    html = mara.get("/reports/qa_scores?by=week&employee=ana&from=2026-11-01").text
    assert '<option value="week" selected>' in html
    assert '<option value="ana" selected>' in html
    assert 'name="from" type="date" value="2026-11-01"' in html
    assert 'class="line-path"' in html


def test_a_refused_filter_is_said_above_the_form_that_is_kept(mara: Visitor, case: Case):
    answer = mara.get("/reports/feedback?from=soon&task_type=article")
    assert answer.status_code == 400
    assert "is not a day; write it as YYYY-MM-DD" in answer.text
    assert '<option value="article" selected>' in answer.text
    as_json = mara.get("/reports/feedback?from=soon&format=json", headers={"Accept": "application/json"})
    assert (as_json.status_code, as_json.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert mara.get("/reports/feedback?colour=red").status_code == 400
    assert "is not a form of a report" in mara.get("/reports/feedback?format=xml").text
    assert mara.get("/reports/weather").status_code == 404


def test_an_empty_report_says_what_would_fill_it(mara: Visitor, case: Case):
    html = mara.get("/reports/feedback?from=2030-01-01").text
    assert "Nothing to report for this" in html
    assert 'href="/reports/feedback">Show everything</a>' in html


def test_a_long_report_has_pages_and_its_files_are_whole(
    mara: Visitor, case: Case, monkeypatch: pytest.MonkeyPatch
):
    from web.pages import reports

    monkeypatch.setattr(reports, "PER_PAGE", 4)
    first, rest = mara.get("/reports/feedback").text, mara.get("/reports/feedback?offset=4").text
    assert len(re.findall(r"<tr data-item>", first)) == 4
    assert len(re.findall(r"<tr data-item>", rest)) == 2
    assert len(mara.get("/reports/feedback?offset=4&format=json").json["rows"]) == 6


def test_members_see_reports_about_themselves_and_partners_none(
    as_user: Callable[[str], Visitor], visitor: Visitor, case: Case
):
    ana, ben, pat = as_user("ana"), as_user("ben"), as_user("pat")
    html = ana.get("/reports").text
    assert 'href="/reports/readiness"' in html
    assert 'href="/reports/decisions"' not in html
    assert ana.get("/reports/decisions").status_code == 403
    own = ana.get("/reports/feedback")
    assert "Just right." in own.text
    assert 'name="employee"' not in own.text
    assert "Just right." not in ben.get("/reports/feedback").text
    assert ben.get("/reports/feedback?employee=ana").status_code == 403
    assert ben.get("/reports/feedback?employee=ana&format=csv").status_code == 403
    for address in ("/reports", "/reports/feedback"):
        assert pat.get(address).status_code == 403
        assert visitor.get(address).status_code == 303


def test_a_decision_of_the_team_on_a_partners_work_is_not_taken_for_the_partners(mara: Visitor, case: Case):
    """A partner asks what they have approved: the row says whose decision it was."""
    page = mara.get("/reports/decisions").text
    assert "Source" in page.split("<thead>")[1].split("</thead>")[0]
    assert re.search(r"<td[^>]*>internal</td>", page)


def test_what_is_long_is_told_below_its_row_rather_than_in_a_column(mara: Visitor, case: Case):
    page = mara.get("/reports/decisions").text
    assert "Feedback" not in page.split("<thead>")[1].split("</thead>")[0]
    assert re.search(r'<tr class="below">.*<dt>Feedback</dt><dd>The drying time is missing\.', page)
    assert "feedback" in mara.get("/reports/decisions?format=csv").text.lstrip("\ufeff").splitlines()[
        0
    ].split(",")
