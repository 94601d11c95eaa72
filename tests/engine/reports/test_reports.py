"""What each report finds, on both databases: counts made by hand beside what it says (RPT-01 to RPT-09)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.deliverables import approvals, comments
from engine.errors import BadRequestError, ForbiddenError, NotFoundError, UnknownFieldError
from engine.qa import service as qa
from engine.reference.models import Employee
from engine.reports import registry
from engine.reports.tables import ChartKind, Table
from engine.tasks import help, human_review, lifecycle, update  # noqa: A004 - the verb's own name
from engine.tasks.models import Task
from tests.factories import do, make_task
from tests.reported import TOO_THIN, Case
from tests.told import saved


def report(case: Case, name: str, who: str = "mara", **given: Any) -> Table:
    return case.ask(who, registry.run, name, {key.rstrip("_"): value for key, value in given.items()})


def column(table: Table, name: str) -> list[Any]:
    return [row[name] for row in table.rows]


def rejected_and_approved(case: Case, who: str = "ana", *, rejections: int = 1, **fields: Any) -> Task:
    """Hand something over, be sent back, be approved, as somebody."""
    task = case.make(who, **fields)
    case.act(who, lifecycle.start, task.task_id)
    for _ in range(rejections):
        case.hand_over(task, who=who)
        case.decide(task, "rejected", TOO_THIN)
    case.hand_over(task, who=who)
    case.decide(task, "approved")
    return task


def test_feedback_holds_every_kind_of_word_about_a_task(either_case: Case):
    task = either_case.finished_article()
    table = report(either_case, "feedback", task=task.task_id)
    assert column(table, "what") == [
        "training QA",
        "portal approval",
        "internal approval",
        "internal approval",
        "comment",
        "help answer",
    ]
    assert [row["employees"] for row in table.rows] == [["Ana Alvarez"]] * 6
    score, partner, inside, rejected, comment, answer = table.rows
    assert (score["verdict"], score["feedback"]) == ("passed, 4 of 5", "Shorter headings.")
    assert (partner["by"], partner["feedback"], partner["partner"]) == ("Pat", "Just right.", "Acme")
    assert (inside["verdict"], inside["feedback"]) == ("approved", None)
    assert (rejected["verdict"], rejected["feedback"]) == ("rejected", TOO_THIN)
    assert (comment["feedback"], answer["feedback"]) == ("Say how long it dries.", "The red one.")
    assert {point.label: point.value for point in table.chart.points}["internal approval"] == 2


def test_feedback_is_narrowed_to_a_person_a_type_a_template_a_partner_and_a_deliverable(either_case: Case):
    case = either_case
    article = case.finished_article()
    other = rejected_and_approved(case, "ben")
    assert len(report(case, "feedback").rows) == 8
    of_ben = report(case, "feedback", employee="ben")
    assert set(column(of_ben, "task_id")) == {other.task_id}
    for narrowed in ({"task_type": "article"}, {"template": "blog_post"}, {"partner": "acme"}):
        assert set(column(report(case, "feedback", **narrowed), "task_id")) == {article.task_id}
    row = case.newest(article)
    of_row = report(case, "feedback", deliverable=row.deliverable_id)
    assert column(of_row, "what") == ["portal approval", "internal approval", "internal approval", "comment"]


def test_feedback_of_an_author_on_their_own_version_is_none(case: Case):
    task = case.make()
    case.act("ana", comments.add, case.newest(task).deliverable_id, "I will add a picture.")
    case.act("mara", comments.add, case.newest(task).deliverable_id, "Please do.")
    assert column(report(case, "feedback"), "feedback") == ["Please do."]


def test_rejections_are_counted_per_task_deliverable_employee_type_and_template(either_case: Case):
    case = either_case
    article = case.finished_article()
    other = rejected_and_approved(case, "ben", rejections=2)
    by_task = report(case, "rejections")
    assert [(row["task_id"], row["rejections"], row["rounds"], row["standing"]) for row in by_task.rows] == [
        (other.task_id, 2, 3, "approved"),
        (article.task_id, 1, 3, "approved"),
    ]
    assert column(by_task, "before_first_approval") == [2, 1]
    assert by_task.totals["rejections"] == 3
    assert by_task.totals["rejected_share"] == 1
    assert [(point.label, point.value) for point in by_task.chart.points] == [
        (f"#{other.task_number} {other.title}", 2),
        (f"#{article.task_number} {article.title}", 1),
    ]
    names = {
        "deliverable": {f"draft of #{other.task_number} {other.title}": 2,
                        f"article_draft of #{article.task_number} {article.title}": 1},
        "employee": {"Ben Brandt": 2, "Ana Alvarez": 1},
        "task_type": {"untyped": 2, "article": 1},
        "template": {"no template": 2, "blog_post": 1},
    }  # fmt: skip
    for by, expected in names.items():
        table = report(case, "rejections", by=by)
        assert dict(zip(column(table, "group"), column(table, "rejections"), strict=True)) == expected
    assert column(report(case, "rejections", employee="ben"), "task_id") == [other.task_id]


def test_a_withdrawn_request_is_no_round(case: Case):
    task = case.make()
    case.act("ana", lifecycle.start, task.task_id)
    case.hand_over(task)
    case.act("ana", approvals.withdraw, task.task_id)
    assert report(case, "rejections").rows == []
    case.act("ana", approvals.request, task.task_id)
    [row] = report(case, "rejections").rows
    assert (row["rounds"], row["decisions"], row["standing"]) == (1, 0, "waits for a decision")


def in_training(case: Case, who: str) -> None:
    with case.workbench.transaction(case.people["mara"]) as tx:
        employee = tx.get(Employee, case.people[who].employee_id)
        employee.training = True
        saved(tx, employee)


def test_readiness_counts_what_came_back_and_what_was_asked_per_person_and_type(either_case: Case):
    case = either_case
    in_training(case, "ben")
    case.finished_article()
    for rejections in (0, 0, 1):
        rejected_and_approved(case, "ben", rejections=rejections)
    changes = case.make("ben")
    case.act("ben", help.ask, changes.task_id, "How long?")
    case.act("ben", lifecycle.resume, changes.task_id)
    case.hand_over(changes, who="ben")
    case.decide(changes, "approved_pending_changes", "One comma")
    ana, ben = report(case, "readiness").rows
    assert (ana["employee"], ana["task_type"], ana["training"], ana["hint"]) == (
        "Ana Alvarez",
        "article",
        False,
        None,
    )
    assert (ana["completed"], ana["rejections"], ana["help_requests"], ana["first_pass_rate"]) == (
        1,
        1,
        1,
        0.0,
    )
    figures = ("tasks", "completed", "judged", "rejections", "with_changes", "help_requests")
    assert {name: ben[name] for name in figures} == {
        "tasks": 4,
        "completed": 3,
        "judged": 4,
        "rejections": 1,
        "with_changes": 1,
        "help_requests": 1,
    }
    assert (ben["first_pass_rate"], ben["rejections_per_task"], ben["help_per_task"]) == (0.5, 0.25, 0.25)
    assert ben["training"] is True
    assert ben["hint"].startswith("too early to say: 4 of 5")


def test_help_is_counted_by_person_type_and_template_and_for_users_who_are_no_employee(either_case: Case):
    """HLP-05, R23."""
    case, operator = either_case, either_case.workbench.operator()
    case.finished_article()  # Ana asks once, with a blog post
    do(case.workbench, operator, "user add", email="olga@example.com", name="Olga", role=["manager"])
    olga = case.workbench.actor_by_email("olga@example.com")
    for _ in range(2):
        task = make_task(case.workbench, actor=olga, assignee="ben")
        do(case.workbench, olga, "task help", task_id=task.task_id, question="How?")
    do(case.workbench, olga, "task resume", task_id=task.task_id)
    do(case.workbench, olga, "task help", task_id=task.task_id, question="And now?")
    counted = {by: report(case, "help", by=by).rows for by in ("employee", "task_type", "template")}
    figures = {
        by: [(row["group"], row["questions"], row["tasks"]) for row in rows] for by, rows in counted.items()
    }
    assert figures == {
        "employee": [("Olga", 3, 2), ("Ana Alvarez", 1, 1)],
        "task_type": [("untyped", 3, 2), ("article", 1, 1)],
        "template": [("no template", 3, 2), ("blog_post", 1, 1)],
    }
    assert counted["template"][0]["people"] == ["Olga"]
    [ana] = report(case, "help", by="template", employee="ana").rows
    assert (ana["group"], ana["questions"]) == ("blog_post", 1)
    ready = {
        row["employee"]: (row["help_requests"], row["employee_id"]) for row in report(case, "readiness").rows
    }
    assert ready["Olga"] == (3, None)
    assert "Ben Brandt" not in ready, "it is not he who asked"


def test_readiness_looks_at_the_newest_tasks_and_says_who_looks_ready(case: Case):
    in_training(case, "ben")
    rejected_and_approved(case, "ben", rejections=3)
    for _ in range(5):
        rejected_and_approved(case, "ben", rejections=0)
    [whole] = report(case, "readiness", employee="ben").rows
    assert (whole["tasks"], whole["rejections"], whole["first_pass_rate"]) == (6, 3, 0.833)
    assert whole["hint"].startswith("looks ready")
    [newest] = report(case, "readiness", last="5").rows
    assert (newest["tasks"], newest["rejections"], newest["first_pass_rate"]) == (5, 0, 1.0)
    for _ in range(2):
        rejected_and_approved(case, "ben", rejections=1)
    [worse] = report(case, "readiness", last="5").rows
    assert worse["hint"].startswith("not yet")


def score(case: Case, at: datetime, who: str, **verdict: Any) -> Task:
    """Complete a task and score it at a time."""
    task = make_task(case.workbench, actor=case.people["mara"], assignee=who)
    case.workbench.clock.set(at)
    case.act(who, lifecycle.start, task.task_id)
    case.act(who, lifecycle.complete, task.task_id)
    case.act("mara", qa.flag, task.task_id, "manual")
    case.act("mara", qa.review, task.task_id, **verdict)
    return task


def test_qa_scores_are_averaged_per_group_and_over_time(either_case: Case):
    case = either_case
    case.finished_article()  # 4, passed, in the week of 16 November
    score(case, datetime(2026, 11, 24, 8, tzinfo=UTC), "ben", passed=False, score=2)
    score(case, datetime(2026, 12, 1, 8, tzinfo=UTC), "ben", passed=True)
    score(case, datetime(2026, 12, 2, 8, tzinfo=UTC), "ana", score=5)
    by_type = report(case, "qa_scores")
    assert [
        (row["group"], row["average_score"], row["pass_rate"], row["reviews"]) for row in by_type.rows
    ] == [
        ("article", 4.0, 1.0, 1),
        ("untyped", 3.5, 0.5, 3),
    ]
    assert (by_type.totals["average_score"], by_type.totals["pass_rate"]) == (3.67, 0.667)
    assert (by_type.chart.kind, by_type.chart.highest) == (ChartKind.BARS, 5)
    by_person = report(case, "qa_scores", by="employee")
    assert dict(zip(column(by_person, "group"), column(by_person, "average_score"), strict=True)) == {
        "Ana Alvarez": 4.5,
        "Ben Brandt": 2.0,
    }
    assert column(report(case, "qa_scores", by="template"), "group") == ["blog_post", "no template"]
    weeks = report(case, "qa_scores", by="week")
    assert column(weeks, "group_key") == ["2026-11-16", "2026-11-23", "2026-11-30"]
    assert column(weeks, "average_score") == [4.0, 2.0, 5.0]
    assert weeks.chart.kind is ChartKind.LINE
    assert [point.value for point in weeks.chart.points] == [4.0, 2.0, 5.0]
    months = report(case, "qa_scores", by="month", employee="ben")
    assert [(row["group"], row["reviews"], row["average_score"]) for row in months.rows] == [
        ("2026-11", 1, 2.0),
        ("2026-12", 1, None),
    ]


def test_a_time_takes_in_its_first_and_its_last_day(case: Case):
    score(case, datetime(2026, 11, 24, 8, tzinfo=UTC), "ben", score=2)
    for first, last, expected in (
        ("2026-11-24", "2026-11-24", 1),
        ("2026-11-25", "", 0),
        ("", "2026-11-23", 0),
        ("2026-11-01", "2026-11-30", 1),
    ):
        table = report(case, "qa_scores", from_=first, to=last)
        assert len(table.rows) == expected


def test_decisions_show_exactly_what_was_seen(either_case: Case):
    task = either_case.finished_article()
    portal, inside, rejected = report(either_case, "decisions").rows
    first, second = sorted(either_case.versions(task), key=lambda row: row.version_number)
    assert (rejected["outcome"], rejected["address"], rejected["content_hash"]) == (
        "rejected",
        first.deliverable_url,
        first.content_hash,
    )
    assert (rejected["evidence_failure"], rejected["feedback"]) == ("the site did not answer", TOO_THIN)
    assert rejected["facts"] == ["word_count: 900", "surfer_score: 61"]
    assert (portal["version"], portal["by"], portal["content_hash"]) == (
        second.name,
        "Pat",
        second.content_hash,
    )
    assert portal["evidence_artifact_id"].startswith("art_")
    assert [row["unchanged"] for row in (portal, inside, rejected)] == [True] * 3


def test_a_task_that_began_before_what_it_waits_for_was_done_counts_against_the_dependencies(
    either_case: Case,
):
    case, mara = either_case, either_case.people["mara"]
    both = [make_task(case.workbench, actor=mara, assignee="ana") for _ in range(2)]
    afters = [
        make_task(case.workbench, actor=mara, assignee="ana", depends_on=[task.task_id for task in both])
        for _ in range(2)
    ]
    for task in (*both, *afters):
        case.act("ana", lifecycle.start, task.task_id)
        case.act("ana", lifecycle.complete, task.task_id)
    with case.workbench.transaction(mara) as tx:
        early = tx.get(Task, afters[0].task_id)
        last = tx.get(Task, both[1].task_id).completed_at
        early.first_started_at = last - timedelta(seconds=1)
        saved(tx, early)
    figures = {row["kpi"]: row for row in report(case, "kpi").rows}
    assert (figures["KPI-04"]["value"], figures["KPI-04"]["basis"][:6]) == ("50 %", "1 of 2")


def test_key_figures_are_computed_from_the_store_and_absent_ones_are_named(either_case: Case):
    case = either_case
    case.finished_article()
    table = report(case, "kpi")
    figures = {row["kpi"]: row for row in table.rows}
    assert list(figures) == ["KPI-01", "KPI-03", "KPI-04", "KPI-07", "KPI-12", "KPI-13"]
    assert figures["KPI-01"]["value"] == "not known"
    assert (figures["KPI-03"]["value"], figures["KPI-03"]["met"]) == ("100 %", True)
    assert figures["KPI-04"]["value"] == "not known"
    assert figures["KPI-12"]["value"] == "100 %"
    said = " ".join(table.remarks)
    for absent in (
        "automatic executions",
        "the queue",
        "How fast pages answer",
        "Who looked",
        "surveys",
        "other systems",
    ):
        assert absent in said
    assert "KPI" not in said

    first = make_task(case.workbench, actor=case.people["mara"], assignee="ana")
    after = make_task(case.workbench, actor=case.people["mara"], assignee="ana", depends_on=[first.task_id])
    for task in (first, after):
        case.act("ana", lifecycle.start, task.task_id)
        case.act("ana", lifecycle.complete, task.task_id)
    reviewed = make_task(case.workbench, actor=case.people["ana"], requires_human_review=True)
    case.act("mara", human_review.approve, reviewed.task_id)
    figures = {row["kpi"]: row for row in report(case, "kpi").rows}
    assert (figures["KPI-04"]["value"], figures["KPI-04"]["met"]) == ("100 %", True)
    assert (figures["KPI-07"]["value"], figures["KPI-07"]["met"]) == ("60 min", False)
    assert figures["KPI-12"]["met"] is True
    assert figures["KPI-13"]["number"] == 1.5
    alone = {row["kpi"]: row for row in report(case, "kpi", task_type="untyped").rows}
    assert (alone["KPI-12"]["value"], alone["KPI-12"]["met"]) == ("0 %", False)


def test_a_review_that_took_days_is_told_in_hours(case: Case):
    reviewed = make_task(case.workbench, actor=case.people["ana"], requires_human_review=True)
    case.workbench.clock.advance(days=3, minutes=10)
    case.act("mara", human_review.approve, reviewed.task_id)
    figure = {row["kpi"]: row for row in report(case, "kpi").rows}["KPI-07"]
    assert re.fullmatch(r"7[23] h( \d+ min)?", figure["value"])
    assert figure["number"] > 60


def test_key_figures_look_at_the_last_90_days_unless_told_otherwise(case: Case):
    make_task(case.workbench, actor=case.people["mara"])
    case.workbench.clock.advance(days=100)
    bases = [
        {row["kpi"]: row["basis"] for row in report(case, "kpi", **given).rows}["KPI-12"]
        for given in ({}, {"from": "2026-11-01"}, {"to": "2026-12-01"}, {"to": "2026-11-20"})
    ]
    assert [basis.partition(" tasks")[0] for basis in bases] == ["0 of 0", "0 of 1", "0 of 1", "0 of 0"]


def test_a_review_that_was_asked_for_later_is_timed_from_then(either_case: Case):
    case = either_case
    task = make_task(case.workbench, actor=case.people["ana"])
    case.workbench.clock.advance(days=3)
    request = {"requires_human_review": True}
    case.act("ana", lambda tx: update.update(tx, case.workbench.content(), task.task_id, request))
    case.act("mara", human_review.approve, task.task_id)
    figures = {row["kpi"]: row for row in report(case, "kpi").rows}
    assert figures["KPI-07"]["number"] == 60.0


@pytest.mark.wide
@pytest.mark.parametrize("name", list(registry.REPORTS))
def test_every_report_of_an_empty_store_is_empty_and_says_its_columns(either_case: Case, name: str):
    table = report(either_case, name)
    assert table.columns == registry.REPORTS[name].columns
    assert name in ("kpi", "load") or list(table.rows) == []
    assert table.chart is None


@pytest.mark.few(3)
@pytest.mark.parametrize("name", list(registry.REPORTS))
def test_every_row_has_the_columns_of_its_report(case: Case, name: str):
    case.finished_article()
    table = report(case, name)
    assert table.rows
    for row in table.rows:
        assert set(row) == {column.name for column in table.columns}
    assert {item.links_to for item in table.columns} - {None} <= {item.name for item in table.columns}


def test_members_read_about_themselves_alone(case: Case):
    rejected_and_approved(case, "ana")
    rejected_and_approved(case, "ben")
    assert {item.name for item in registry.available(case.people["ana"])} == {
        "feedback",
        "help",
        "late",
        "load",
        "readiness",
        "qa_scores",
    }
    assert len(registry.available(case.people["sam"])) == len(registry.REPORTS)
    assert registry.available(case.people["pat"]) == []
    for given in ({}, {"employee": "ana"}, {"employee": "me"}):
        assert {tuple(names) for names in column(report(case, "feedback", "ana", **given), "employees")} == {
            ("Ana Alvarez",)
        }
    assert column(report(case, "readiness", "ana"), "employee") == ["Ana Alvarez"]
    with pytest.raises(ForbiddenError, match="their own work"):
        report(case, "feedback", "ana", employee="ben")
    for name in ("rejections", "decisions", "kpi"):
        with pytest.raises(ForbiddenError):
            report(case, name, "ana")
    for name in registry.REPORTS:
        with pytest.raises(ForbiddenError):
            report(case, name, "pat")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"employee": "zoe"}, "not the key or id of an employee"),
        ({"partner": "zoe"}, "not the key or id of a partner"),
        ({"from": "yesterday"}, "is not a day"),
        ({"to": "2026-02-30"}, "calendar"),
        ({"to": "9999-12-31"}, "years that can be used"),
        ({"from": "2026-12-01", "to": "2026-11-01"}, "swap"),
        ({"task_type": "x" * 101}, "longer than any key"),
    ],
)
def test_a_filter_that_cannot_be_right_is_named(case: Case, given: dict[str, str], says: str):
    with pytest.raises(BadRequestError, match=says) as refused:
        case.ask("mara", registry.run, "feedback", given)
    assert refused.value.details[0]["field"] in given


def test_what_a_report_does_not_know_is_refused(case: Case):
    with pytest.raises(NotFoundError, match="readiness"):
        report(case, "weather")
    with pytest.raises(UnknownFieldError, match="no filter 'colour'"):
        report(case, "feedback", colour="red")
    with pytest.raises(BadRequestError, match="nothing to group by"):
        report(case, "rejections", by="colour")
    for last in ("0", "-1", "many", "10000"):
        with pytest.raises(BadRequestError, match="whole number"):
            report(case, "readiness", last=last)
    with pytest.raises(NotFoundError):
        report(case, "feedback", task="tsk_unknown")
    with pytest.raises(BadRequestError, match="not linked to an employee"):
        report(case, "feedback", "sam", employee="me")
