"""Every address that the pages of one record write, plainly for speed, leads somewhere (P3)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

import web
from engine.app import Workbench
from tests.web.conftest import Visitor
from tests.web.populated import populate

_PAGES = (
    "/tasks/{0.task}", "/tasks/{0.judged}", "/tasks/{0.help}", "/tasks/{0.lost}", "/tasks/{0.task}/clone",
    "/tasks/{0.task}/story", "/tasks/{0.to_score}", "/tasks/{0.permitted}", "/bundles/{0.bundle}",
    "/bundles/{0.bundle}?order=shown", "/bundles/{0.bundle}/cancel", "/bundles/{0.bundle}/reanchor",
    "/bundles/{0.bundle}/story", "/deliverables/{0.version}/view", "/deliverables/{0.version}/compare",
    "/deliverables/{0.version}/story",
)  # fmt: skip
_WRITTEN = re.compile(r'<(form|a)\b[^>]*?\s(?:action|href)="(/[^"]*)"')


def test_every_address_on_the_pages_of_one_record_has_a_route(
    as_user: Callable[[str], Visitor], app: Flask, workbench: Workbench, people
):
    subjects, routes = populate(workbench, people, 2), app.url_map.bind("localhost")
    mara, seen = as_user("mara"), set()
    for page in _PAGES:
        text = mara.get(page.format(subjects)).text
        for kind, address in _WRITTEN.findall(text):
            form = re.search(rf'<form\b[^>]*method="post"[^>]*action="{re.escape(address)}"', text)
            path = urlsplit(html.unescape(address)).path
            seen.add(routes.match(path, method="POST" if kind == "form" and form else "GET")[0])
    assert {"tasks.act", "tasks.step", "tasks.note", "bundles.fill_link", "bundles.ask_reanchor"} <= seen
    assert {"tasks.artifact", "deliverables.view", "deliverables.compare", "stories.bundle"} <= seen


_NAMED = re.compile(r"""\b(?:url_for|fixed_address)\(\s*["'](\w+\.\w+)["']""")


def test_every_view_that_a_template_or_another_view_names_is_there(app: Flask):
    """A page that only a late state shows, such as that of a merged proposal, is opened by few tests."""
    texts = [
        file.read_text() for kind in ("*.html", "*.py") for file in Path(web.__file__).parent.rglob(kind)
    ]
    named = {name for text in texts for name in _NAMED.findall(text)}
    assert len(named) > 50
    assert named - app.view_functions.keys() == set()


#: Where enter leads in the address bar, for what is sent to an address that is not below its page's.
_ELSEWHERE = {
    "approvals.decide": "/inbox",
    "deliverables.comment": "/deliverables/{0.version}/view",
    "editing.arrange": "/proposals/{0.proposal}/edit",
    "start.preview": "/recipes/newsletter/new",
    "start.whole_form": "/recipes/newsletter/new",
    "accounts.end_session": "/password",
    "accounts.end_other_sessions": "/password",
    "accounts.sign_out": "/",
    "tasks.act": "/tasks/{0.task}",
    "tasks.drop_dependency": "/tasks/{0.task}",
    "bundles.act": "/bundles/{0.bundle}",
    "people.end_session": "/people",
}


@pytest.mark.wide  # every form of every page
def test_every_address_that_a_form_is_sent_to_leads_to_a_page_from_the_address_bar(
    as_user: Callable[[str], Visitor], app: Flask, workbench: Workbench, people
):
    """D3: a refused form leaves its address there; enter asks for it as a page."""
    subjects, routes = populate(workbench, people, 2), app.url_map.bind("localhost")
    mara = as_user("mara")
    known = {
        "task_id": subjects.task,
        "bundle_id": subjects.bundle,
        "deliverable_id": subjects.version,
        "employee_id": subjects.person,
        "partner_id": subjects.partner,
        "campaign_id": subjects.campaign,
        "worklog_id": subjects.worklog,
        "schedule_id": subjects.schedule,
        "proposal_id": subjects.proposal,
        "key": "newsletter",
        "token": "used",
    }
    walked = set()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue  # no form is sent to the API
        values = {name: known.get(name, "x") for name in rule.arguments}
        address = routes.build(rule.endpoint, values, method="POST")
        if routes.test(address, "GET"):
            continue  # a page of its own
        led = mara.get(f"{address}?find=x")
        assert (led.status_code, rule.endpoint) == (303, rule.endpoint)
        if rule.endpoint in _ELSEWHERE:
            assert led.headers["Location"] == _ELSEWHERE[rule.endpoint].format(subjects)
        shown = mara.get(led.headers["Location"], follow_redirects=True)
        is_hers = not rule.endpoint.startswith(("jobs.", "webhooks."))  # pages for admins
        assert (shown.status_code, rule.endpoint) == (200 if is_hers else 403, rule.endpoint)
        walked.add(rule.endpoint)
    assert set(_ELSEWHERE) < walked
    assert len(walked) > 30


def test_whoever_is_signed_out_meanwhile_signs_in_and_is_at_the_page_of_the_form(
    visitor: Visitor, workbench: Workbench, people
):
    task = f"/tasks/{populate(workbench, people, 2).task}"
    assert visitor.get(f"{task}/complete").headers["Location"] == task
    assert visitor.get(task).headers["Location"] == f"/sign-in?next={task}"
