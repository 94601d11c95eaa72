"""The page about the API: every operation, a search, and no outside."""

from __future__ import annotations

from web.api.routes import ROUTES


def test_whoever_is_signed_in_reads_the_description_without_a_token(ana):
    answer = ana.get("/api/openapi.json")
    assert answer.json["openapi"] == "3.1.0"
    page = ana.get("/api/docs")
    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for route in ROUTES:
        assert f'id="{route.name}"' in page.text


def test_a_stranger_is_led_to_sign_in_and_a_program_is_refused(visitor):
    page = visitor.get("/api/docs")
    assert (page.status_code, page.headers["Location"]) == (303, "/sign-in?next=/api/docs")
    refused = visitor.get("/api/openapi.json")
    assert (refused.status_code, refused.json["error"]["code"]) == (401, "UNAUTHORIZED")


def test_the_page_says_first_where_a_token_comes_from_and_how_to_go_on(ana):
    before = ana.get("/api/docs").text.split('id="before"')[1].split("</section>")[0]
    for told in ('href="/tokens"', "<code>cursor</code>", 'href="#list_events"', "<code>RateLimit</code>"):
        assert told in before


def test_the_page_says_first_how_a_piece_of_work_goes(ana):
    before = ana.get("/api/docs").text.split('id="before"')[1].split("</section>")[0]
    for step in (
        "list_templates",
        "bundle_create",
        "task_assign",
        "task_start",
        "task_proof",
        "task_complete",
    ):
        assert f'href="#{step}"' in before


def test_what_a_reading_answers_leads_to_the_shape_of_its_items(ana):
    page = ana.get("/api/docs").text
    tasks = page.split('id="list_tasks"')[1].split("</details>")[0]
    assert '<code>tasks</code>: a list of <a href="#shape-ListedTask">ListedTask</a>.' in tasks
    assert 'id="shape-ListedTask"' in page


def test_what_many_operations_have_alike_is_told_once_and_the_page_stays_light(ana):
    page = ana.get("/api/docs").text
    assert len(page.encode()) < 550_000  # an operation takes about 1,300 bytes
    for words in (
        "A word of your own for this request",
        "When the record was made. UTC.",
        "The token is over.",
    ):
        assert page.count(words) == 1, words


def test_an_operation_names_what_it_is_refused_with_besides_and_the_page_says_what_that_means(ana):
    page = ana.get("/api/docs").text
    operation = page.split('id="task_complete"')[1].split("</details>")[0]
    assert '<a href="#refused">As every change</a>, and with <code>' in operation
    assert "MISSING_PROOF" in operation
    assert "UNAUTHORIZED" not in operation
    refused = page.split('id="refused"')[1].split("</section>")[0]
    for code in ("MISSING_PROOF", "UNAUTHORIZED", "IDEMPOTENCY_KEY_REUSED", "STALE_WRITE"):
        assert refused.count(f"<code>{code}</code>") == 1, code


def test_a_shape_is_told_by_what_it_has_beside_another(ana):
    shapes = ana.get("/api/docs").text.split('<section id="shapes"')[1]
    made = shapes.split('id="shape-MadeToken"')[1].split("</details>")[0]
    assert 'As <a href="#shape-ApiToken">ApiToken</a>' in made
    assert "starts_with" not in made


def test_a_search_shows_what_has_all_its_words(ana):
    page = ana.get("/api/docs?search=due_date+clone").text
    assert 'id="task_clone" open' in page
    assert 'id="task_start"' not in page
    nothing = ana.get("/api/docs?search=<zebra>").text
    assert "No operation has “&lt;zebra&gt;”" in nothing


def test_the_page_is_led_to_from_the_menu(ana, as_user):
    assert 'href="/api/docs"' in ana.get("/board").text
    partner = as_user("pat").get("/inbox").text
    assert 'href="/api/docs"' not in partner
