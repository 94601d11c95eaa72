"""Every address that the pages of one record write, plainly for speed, leads somewhere (P3)."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from flask import Flask

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
    mara: Visitor, app: Flask, workbench: Workbench, people
):
    subjects, routes = populate(workbench, people, 2), app.url_map.bind("localhost")
    seen = set()
    for page in _PAGES:
        text = mara.get(page.format(subjects)).text
        for kind, address in _WRITTEN.findall(text):
            form = re.search(rf'<form\b[^>]*method="post"[^>]*action="{re.escape(address)}"', text)
            path = urlsplit(html.unescape(address)).path
            seen.add(routes.match(path, method="POST" if kind == "form" and form else "GET")[0])
    assert {"tasks.act", "tasks.step", "tasks.note", "bundles.fill_link", "bundles.ask_reanchor"} <= seen
    assert {"tasks.artifact", "deliverables.view", "deliverables.compare", "stories.bundle"} <= seen
