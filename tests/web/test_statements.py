"""How many statements each page and each verb takes: pinned, and the same however much there is (G16, H5)."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from flask import Flask

from engine.app import Workbench
from engine.tasks.queries.notes import PER_PAGE as NOTES_ON_A_PAGE
from tests.factories import make_people
from tests.statements import counted
from tests.web.conftest import Visitor
from tests.web.forgetting import forget
from tests.web.populated import Subjects, populate
from web.context import hold_workbench

#: Who looks, in the order of the figures.
LOOKERS = ("mara", "sam", "ana", "pat")
#: The address of each page -> the statements of a manager, a strategist, a member and a partner's user who
#: open it after something happened; None where it is not theirs. Two of each find out who looks and up to
#: where things have happened; up to three more are the frame's: its names, that number again, the badge.
PAGES: dict[str, tuple[int | None, ...]] = {
    # Where an assignee is away today, two more: until when, and who stands in.
    "/board": (11, 7, 10, None),
    # Whoever may change a task of it is offered people: these are kept until something happens to one.
    "/board?view=list": (9, 8, 7, None),
    "/board?view=list&status=all&q=work": (7, 6, 8, None),
    "/board?q=tag:x": (4, 4, 5, None),
    "/board/choose/assignee": (4, 4, 4, None),
    "/board/complete?q=assignee:a": (4, 4, 4, None),
    "/find": (3, 3, 3, 5),
    "/find?q=work": (8, 8, 9, 6),
    "/find?task={judged}": (6, 4, 6, 5),
    "/find?q=assign&task={task}": (10, 7, 11, 6),
    "/find?q=correct&task={to_score}": (11, 9, 10, 6),
    # To a manager: who is away today, and who stands in.
    "/my-work": (7, 4, 10, None),
    "/inbox": (7, 5, 6, 6),
    "/inbox?seen=1": (4, 4, 5, 4),
    "/bundles": (8, 8, 8, None),
    "/bundles/{bundle}": (12, 11, 13, None),
    "/bundles/{bundle}/cancel": (11, 11, 12, None),
    # Who is away on the days, and who stands in.
    "/bundles/{bundle}/reanchor": (7, 5, 6, None),
    "/bundles/{bundle}/reanchor?anchor_date=2026-12-24": (8, None, None, None),
    # What the newer template would make: people of the campaign, parts of all tasks, whether it was migrated.
    "/bundles/{bundle}/migrate": (10, 5, 6, None),
    # With the template that it pinned; the bundle of a task, with its partner.
    "/bundles/{bundle}/propose": (4, 4, None, None),
    "/tasks/{task}/propose": (6, 6, None, None),
    # Of bundles that all have the newest: theirs, and whom they are for.
    "/templates/blog_post/migrate": (5, 5, 5, None),
    "/bundles/{bundle}/story": (10, 10, 11, None),
    "/bundles/{bundle}/origins": (6, 6, 7, None),
    "/bundles/{bundle}/origins?task=publish": (7, 7, 8, None),
    "/recipes": (5, 5, 5, None),
    "/recipes/blog_post/new": (4, 4, 4, None),
    "/tasks/{task}": (11, 9, 10, None),
    "/tasks/{judged}": (11, 9, 10, None),
    "/tasks/{shown_task}": (11, 9, 10, None),
    "/tasks/{pending}": (9, 8, 9, None),
    "/tasks/{lost}": (10, 9, 10, None),
    "/tasks/{help}": (10, 9, 10, None),
    "/tasks/{to_score}": (8, 8, None, None),
    # Attempts, what it depends on, and what keeps it from being run now; as it waits, who works: two more.
    "/tasks/{automated}/track": (16, 16, 16, None),
    "/tasks/{task}/clone": (6, None, 6, None),
    "/tasks/{to_score}/correct": (10, 10, None, None),
    "/tasks/new": (5, 5, 5, None),
    "/bundles/{bundle}/add-task": (8, None, 10, None),
    "/tasks/{task}/story": (10, 10, 11, None),
    # With the attempts that made what it has made, whether one waits, and who works.
    "/tasks/{automated}": (18, 16, 17, None),
    "/tasks/{automated}/outputs/{output}/compare": (7, 7, 7, None),
    # With who is away, what they muted and what proof lacks: what comes says what of it would not be sent.
    "/tasks/{task}/reminders": (18, 18, 18, None),
    # With who is away, who stands in, and whether they see it.
    "/reminders": (15, 15, 15, None),
    "/reminders?all=1": (15, 15, 15, None),
    "/deliverables/{version}/view": (7, 7, 7, None),
    "/deliverables/{shown}/view": (9, 8, 8, 8),
    "/deliverables/{version}/compare": (9, 9, 9, None),
    "/deliverables/{version}/story": (10, 10, 10, None),
    "/qa": (9, None, None, None),
    "/qa/{to_score}": (9, None, None, None),
    # The last attempts, the files that came out, and the names: each asked about all of them at once.
    "/tickets": (10, 10, 11, None),
    "/tickets?status=failed&category=content": (7, 7, 8, None),
    "/stuck": (9, 9, 9, None),
    # Who works is asked first, for what is kept, and again for what is shown; of all lanes is asked first in
    # which of them anything waits.
    "/queue": (15, 15, 17, None),
    "/reports": (3, 3, 3, None),
    "/reports/late": (6, 6, 6, None),
    "/reports/load": (6, 6, 6, None),
    "/reports/feedback": (10, 10, 9, None),
    "/reports/rejections": (7, 7, None, None),
    "/reports/help": (7, 7, 7, None),
    "/reports/readiness": (9, 9, 9, None),
    "/reports/qa_scores": (5, 5, 5, None),
    "/reports/decisions": (8, 8, None, None),
    "/reports/kpi": (9, 9, None, None),
    # With how many bundles run of each revision, and for whom those are.
    "/templates": (5, 5, 5, None),
    # With the proposals of it that are open, to whoever may propose.
    "/templates/blog_post": (10, 10, 9, None),
    # What became of its bundles, each question once, and what the campaigns of its overrides are called.
    "/templates/blog_post/evidence": (13, 13, None, None),
    # Of Git alone, but for who looks.
    "/templates/blog_post/changes": (3, 3, 3, None),
    # Whose file did not move has nothing to be merged.
    # The draft, its files, the names that complete them, and what the preview plans for whom.
    "/proposals/{draft}/yaml": (8, None, None, None),
    "/proposals/{draft}/preview": (6, None, None, None),
    "/proposals/{draft}/merge": (None, None, None, None),
    "/proposals/schemas/task_template.json": (2, 2, None, None),
    # For whom it can be changed, how many bundles run for each, and the drafts of whoever looks.
    "/templates/blog_post/edit": (6, 6, None, None),
    "/templates/new": (3, 3, None, None),
    # The draft, its files, and who may do the work.
    "/proposals/{draft}/edit": (6, None, None, None),
    "/proposals/{draft}/edit?section=task.draft": (6, None, None, None),
    "/proposals/{draft}/edit/due?f.due.number=2": (5, None, None, None),
    # With who is away today.
    "/people": (11, 11, None, None),
    "/people/for/{task}": (6, None, None, None),
    # Their absences.
    "/people/employees/{person}": (8, 8, None, None),
    "/people/employees/{person}?to=ben": (10, 10, None, None),
    "/partners": (4, 4, None, None),
    # Of admins alone.
    "/jobs": (None, None, None, None),
    "/settings/messages": (7, 7, 7, 7),
    "/partners/{partner}": (6, 6, None, None),
    "/campaigns/{campaign}": (9, 9, None, None),
    "/proposals": (5, 5, None, None),
    # With running bundles and people, which the content as it would be is held against.
    "/proposals/{proposal}": (18, 18, None, None),
    # With what became of the last day of each, in one statement, and who and what is named.
    "/schedules": (8, 8, None, None),
    "/schedules/{schedule}": (9, 9, None, None),
    "/schedules/new/newsletter": (6, None, None, None),
    "/feeds": (5, 4, 4, None),
    "/tokens": (6, 4, 4, 4),
    # Of admins alone.
    "/webhooks": (None, None, None, None),
    "/webhooks/{webhook}": (None, None, None, None),
    "/worklogs": (7, 6, None, 6),
    "/worklogs?status=draft": (7, 6, None, 6),
    "/worklogs/{worklog}": (6, 6, None, None),
    "/worklogs/{sent_worklog}": (6, 6, None, 5),
    "/worklogs/{sent_worklog}/file?format=html": (3, 3, None, 3),
    "/help": (3, 3, 3, 3),
    "/help/partner": (3, 3, 3, 3),
    "/help/keys": (3, 3, 3, 3),
    "/api/docs": (3, 3, 3, None),
    "/api/openapi.json": (2, 2, 2, None),
    # Whoever is an employee: who that is, when they are away, who may stand in. Their second factors.
    "/password": (9, 6, 9, 6),
    "/password/second-factor": (8, 8, 8, 8),
    "/healthz": (2, 2, 2, 2),
    # Who looks, and the version of the store: asked for that, the database answers or does not.
    "/readyz": (3, 3, 3, 3),
}
#: Where notes fill more than a page, the page counts them.
WITH_NOTES = "/tasks/{task}"
#: Asks who else its manager is, where a card asks for a human review: among many, none of the first does.
OFFERING_A_REVIEW = ("mara", "/board")
#: Addresses that show no page, or only lead on.
NO_PAGES = {
    "/api/events", "/feeds/<token>.ics",
    "/", "/metrics", "/static/<path:filename>", "/sign-in", "/sign-in/<token>", "/messages/stop/<token>",
    # Nobody is there who does not sign in or set something up just now.
    "/second-step", "/password/second-factor/new",
    "/invitation/<token>", "/invitation/<token>/openid", "/openid/begin", "/openid/back",
    "/artifacts/<artifact_id>", "/projects/<project>/<path:rest>", "/outputs/<token>",
    "/tasks/<task_id>/outputs/<artifact_id>/download", "/tasks/<task_id>/outputs/<artifact_id>/file",
    "/proposals/<proposal_id>/patch",
    "/deliverables/<deliverable_id>/file", "/deliverables/<deliverable_id>/copies/<task_approval_id>",
}  # fmt: skip
#: A page since which nothing has happened: who looks, and up to where things have happened.
#: Its statement finds out who looks, and how far all has come that the page shows.
POLL = 1
#: Pages that say why something waits for a worker: one more finds out who works, which is no event.
OF_QUEUE = ("/queue", "/tasks/{automated}", "/tasks/{automated}/track")
POLLED = (
    "/board", "/board?view=list", "/my-work", "/inbox", "/bundles", "/bundles/{bundle}", "/tickets", "/stuck",
    "/queue", "/tasks/{automated}",
    "/people", "/people/employees/{person}", "/partners", "/partners/{partner}", "/campaigns/{campaign}",
    "/schedules", "/schedules/{schedule}", "/proposals", "/proposals/{proposal}",
    "/worklogs", "/worklogs/{worklog}", "/qa", "/qa/{to_score}", "/tasks/{task}", "/tasks/{task}/story",
    "/tasks/{automated}/track",
    "/bundles/{bundle}/story",
)  # fmt: skip


class Desk:
    """A populated workspace, and what opening its pages takes."""

    def __init__(self, app: Flask, workbench: Workbench, size: int) -> None:
        self.app, self.size = app, size
        self.people = make_people(workbench)
        self.subjects: Subjects = populate(workbench, self.people, size)
        hold_workbench(app.extensions, workbench)
        self.visitors = {name: Visitor.signed_in(app, self.people[name].user_id) for name in LOOKERS}

    def path(self, page: str) -> str:
        return page.format(**asdict(self.subjects))

    def more(self, who: str, page: str) -> int:
        """How many statements more than is pinned a page takes."""
        if page == NOBODY_AWAY and who != "ana":
            return -2 if self.size > FEW else 0
        if page == WITH_NOTES:
            return self.size > NOTES_ON_A_PAGE
        if (who, page) == CUT:
            return self.size > FEW
        return (who, page) == OFFERING_A_REVIEW and self.size == FEW

    def takes(self, who: str, page: str) -> int | None:
        """Return how many statements a page takes in a process that knows nothing yet."""
        forget(self.app)
        with counted() as statements:
            answer = self.visitors[who].get(self.path(page))
        assert answer.status_code in (200, 403, 404), (who, page, answer.text)
        return len(statements) if answer.status_code == 200 else None


#: Where there is more, nobody who is away has any of what it shows first.
NOBODY_AWAY = "/board?view=list"
#: Where it shows only the first, it counts how many more there are.
CUT = ("ana", "/my-work")
#: How much there is of everything in a small workspace.
FEW = 2


@pytest.fixture(params=[FEW, pytest.param(22, marks=pytest.mark.wide)], ids=["few", "many"])
def desk(request: pytest.FixtureRequest, app: Flask, either_workbench: Workbench) -> Desk:
    return Desk(app, either_workbench, request.param)


def test_every_page_takes_its_statements_and_no_more_where_there_is_more(desk: Desk):
    taken = {page: tuple(desk.takes(who, page) for who in LOOKERS) for page in PAGES}
    assert taken == {
        page: tuple(
            count and count + desk.more(who, page) for who, count in zip(LOOKERS, counts, strict=True)
        )
        for page, counts in PAGES.items()
    }


def test_a_page_since_which_nothing_happened_takes_one_statement(desk: Desk):
    taken = {}
    for page in POLLED:
        shown = desk.visitors["mara"].get(desk.path(page))
        with counted() as statements:
            poll = {"If-None-Match": shown.headers["ETag"], "X-Live": "1"}
            again = desk.visitors["mara"].get(desk.path(page), headers=poll)
        taken[page] = (again.status_code, len(statements))
    assert taken == {page: (304, POLL + (page in OF_QUEUE)) for page in POLLED}


def test_no_page_is_left_out(app: Flask):
    matched = set()
    adapter = app.url_map.bind("localhost")
    for page in PAGES:
        path, _, query = page.partition("?")
        filled = path.replace("{", "x").replace("}", "x")
        matched.add(str(adapter.match(filled, query_args=query, return_rule=True)[0].rule))
    shown = {
        str(rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.rule not in NO_PAGES
        and (not rule.endpoint.startswith("api.") or rule.rule in PAGES)  # ``tests/api`` pins those
    }
    assert shown == matched
