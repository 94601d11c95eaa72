"""What the command line refuses is named as it is typed: its option, its word, or a value by name."""

from __future__ import annotations

import pytest

from tests.conftest import commit_all

TOPIC = ("bundle", "create", "blog_post", "--anchor-date", "2027-03-01", "--partner", "acme")
MOVED = ("bundle", "create", "redirects_site_redesign", "--anchor-date", "2027-03-01", "--partner", "acme")
SITE = ("--param", "site_url=https://acme.example")


@pytest.fixture(autouse=True)
def acme(people):
    """A partner to start for."""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (TOPIC, "--param topic=… is missing."),
        ((*TOPIC, "--param", "topic=1"), '--param topic=…: "1" has fewer than 3 characters'),
        (
            (*TOPIC, "--param", "topic=tents", "--param", "tpic=x"),
            "--param tpic=… is not a parameter of this template.",
        ),
        ((*MOVED, *SITE, "--param", "freeze_day=soon"), '--param freeze_day=…: "soon" is not a date'),
        ((*MOVED, *SITE, "--param", "freeze_day=9999-12-31"), "template's owner. (--param freeze_day=…)"),
        (("task", "list", "--due-after", "9999-12-31"), "--due-after: '9999-12-31' lies outside the years"),
        (("task", "list", "--sort", "colour"), "--sort: 'colour' cannot be sorted by"),
        (("bundle", "list", "--status", "odd"), "--status: 'odd' is not a status of a bundle"),
        (("report", "decisions", "--task-type", "x" * 999), "--task-type: is longer than any key"),
        (("qa", "feedback", "--employee", "nobody"), "--employee: there is no employee 'nobody'"),
        (("task", "create", "--type", "untyped", "--title", "x" * 999), "--title: has more than 500"),
    ],
)
def test_a_refusal_says_what_to_type(cli, words, said):
    answer = cli(*words, "--json")
    assert answer.code == 1
    error = answer.json["error"]
    assert said in error["message"]
    assert {detail["option"] in said for detail in error["details"]} == {True}


def test_several_faults_are_listed_by_what_to_type(cli):
    told = cli(*MOVED, "--param", "freeze_day=soon").err.splitlines()
    assert told[1:] == [
        "  - --param site_url=… is missing.",
        '  - --param freeze_day=…: "soon" is not a date.',
    ]


def test_values_by_name_are_named_where_the_engine_names_them_alone(cli):
    task = cli("task", "create", "--title", "Call", "--type", "untyped", "--json").json["task_id"]
    error = cli("task", "clone", task, "--set", "colour=red", "--json").json["error"]
    assert "--set colour=…: there is no such field." in error["message"]
    assert [detail["option"] for detail in error["details"]] == ["--set colour=…"]


def test_a_parameter_with_the_name_of_a_field_is_told_from_it(cli, content_repo, monkeypatch):
    file = content_repo / "content/task_templates/newsletter.yaml"
    text = file.read_text(encoding="utf-8").replace("issue_name", "title")
    file.write_text(text.replace("issue {{ title }}", "issue"), encoding="utf-8")
    commit_all(content_repo)
    monkeypatch.setenv("WORKBENCH_CONTENT", str(content_repo))
    words = ("bundle", "create", "newsletter", "--anchor-date", "2027-03-01", "--json")
    for given, option in ((("--param", "title="), "--param title=…"), (("--title", "x" * 999), "--title")):
        error = cli(*words, *given).json["error"]
        assert [detail["option"] for detail in error["details"]] == [option]


@pytest.mark.parametrize(
    "words",
    [("init",), ("export", "check"), ("restore",), ("audit", "anchor"), ("user", "link", "x", "--link-file")],
)
def test_a_name_that_no_folder_keeps_is_refused(cli, words):
    answer = cli(*words, "x" * 300)
    assert (answer.code, "longer than this machine can keep" in answer.err) == (1, True)
