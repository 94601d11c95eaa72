"""No page leads its reader to where they may not go, or to nothing (D20)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from engine.app import Workbench
from tests.web.conftest import PopulatedStore, Visitor
from web import create_app

_LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"#]*)')
#: Ways that change something: signing in with a link, and what is shown with other filters without end.
_NOT_FOLLOWED = ("/sign-in", "/static")
#: As many pages with the same words in their address and other filters are opened.
_MOST_ALIKE = 4
ROLES = ("mara", "pat", "sam", "ana", "ben")


def links_of(page: str) -> list[str]:
    return [html.unescape(found) for found in _LINK.findall(page)]


def kind_of(address: str) -> str:
    """Return an address without ids and values: pages of one kind differ little in their links."""
    path, _, query = address.partition("?")
    names = sorted(part.partition("=")[0] for part in query.split("&") if part)
    return re.sub(r"[a-z]{3}_[0-9A-Z]{20,}", "*", path) + "?" + ",".join(names)


def dead_ends(visitor: Visitor, *, start: str = "/") -> list[tuple[str, str, int]]:
    """Follow the links from a page on; return (from, to, status) of those that lead nowhere."""
    pending, seen, alike, found = [("", start)], {start}, dict[str, int](), []
    while pending:
        came_from, address = pending.pop()
        answer = visitor.get(address, follow_redirects=True)
        if answer.status_code != 200:
            found.append((came_from, address, answer.status_code))
        if not answer.content_type.startswith("text/html"):
            continue
        for link in links_of(answer.text):
            if link in seen or link.startswith(_NOT_FOLLOWED):
                continue
            seen.add(link)
            alike[kind_of(link)] = alike.get(kind_of(link), 0) + 1
            if alike[kind_of(link)] <= _MOST_ALIKE:
                pending.append((address, link))
    return found


@pytest.mark.wide  # follows every link of every page
@pytest.mark.parametrize("who", ROLES)
def test_every_link_that_somebody_is_shown_leads_to_a_page_that_is_theirs(
    who: str, populated: Workbench, populated_store: PopulatedStore
):
    app = create_app(populated, secret_key="only for tests")
    assert dead_ends(Visitor.signed_in(app, populated_store.people[who].user_id)) == []


@pytest.mark.wide  # follows every link of every page
@pytest.mark.parametrize("who", ["mara", "ana", "pat"])
def test_nothing_of_an_empty_workspace_leads_nowhere(
    who: str, workbench: Workbench, as_user: Callable[[str], Visitor]
):
    assert dead_ends(as_user(who)) == []
    if who != "pat":
        assert dead_ends(as_user(who), start="/reports/qa_scores") == []
