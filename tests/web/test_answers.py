"""Errors as pages and as JSON, the table behind them, and the headers of every answer."""

from __future__ import annotations

import logging

import pytest

from engine import errors as engine_errors
from engine.errors import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    StaleWriteError,
    UnavailableError,
    UnknownFieldError,
    Violation,
    WorkbenchError,
)
from web import auth, create_app
from web.answers import ANSWERS, answer_for
from web.context import AS_ACTOR

STATUS = {
    "BadRequestError": (400, 1),
    "BadCursorError": (400, 1),
    "ContentError": (400, 1),
    "UnknownFieldError": (400, 1),
    "DependencyCycleError": (400, 1),
    "FeedbackRequiredError": (400, 1),
    "PrivateAddressError": (400, 1),
    "FormTooLargeError": (413, 1),
    "UnsafeFileError": (400, 1),
    "EmptyFileError": (400, 1),
    "UploadTooLargeError": (413, 1),
    "FileNameError": (400, 1),
    "FileTypeError": (400, 1),
    "ActiveContentError": (400, 1),
    "UnauthorizedError": (401, 4),
    "TokenExpiredError": (401, 4),
    "TokenRevokedError": (401, 4),
    "ForbiddenError": (403, 4),
    "OwnWorkError": (403, 4),
    "ScopeMissingError": (403, 4),
    "NotFoundError": (404, 1),
    "TemplateNotFoundError": (404, 1),
    "ConflictError": (409, 1),
    "InvalidTransitionError": (409, 1),
    "CompletionRefusedError": (409, 1),
    "IdempotencyKeyReusedError": (409, 1),
    "AlreadyDecidedError": (409, 1),
    "ExecutionRefusedError": (409, 1),
    "TaskInProgressError": (409, 1),
    "TaskCompletedError": (409, 1),
    "TaskCancelledError": (409, 1),
    "TaskSkippedError": (409, 1),
    "TaskRestsError": (409, 1),
    "TaskScheduledError": (409, 1),
    "TaskInDoubtError": (409, 1),
    "DependencyUnmetError": (409, 1),
    "NotAutomatedError": (409, 1),
    "NoExecutorError": (409, 1),
    "WorkerNameTakenError": (409, 1),
    "FrozenVersionError": (409, 1),
    "ReviewRequiredError": (409, 1),
    "StaleVersionError": (409, 1),
    "StaleWriteError": (409, 1),
    "RateLimitedError": (429, 1),
    "UnavailableError": (503, 3),
    "StoreUnavailableError": (503, 3),
    "OutcomeUnknownError": (504, 3),
    "StoreVersionError": (503, 3),
    "UnreadableRecordError": (500, 3),
}


def error_classes():
    found = [item for item in vars(engine_errors).values() if isinstance(item, type)]
    return [item for item in found if issubclass(item, WorkbenchError) and item is not WorkbenchError]


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_every_error_class_has_its_status_and_exit_code(error):
    answer = answer_for(error.__new__(error))
    assert (answer.status, answer.exit_code) == STATUS[error.__name__]


def test_the_table_says_what_to_do_next_for_each():
    assert all(answer.title and answer.advice.endswith(".") for answer in ANSWERS.values())


@pytest.fixture
def app(workbench):
    """An application of this module's own, as it gets two more addresses."""
    return create_app(workbench, secret_key="only for tests")


@pytest.fixture
def as_operator(workbench):
    """What a request carries that the board itself sends."""
    return {AS_ACTOR: workbench.operator()}


@pytest.fixture
def broken(app):
    """An address that raises what it is told to."""
    raised: list[Exception] = []

    @auth.public
    def raise_it():
        raise raised[0]

    app.add_url_rule("/api/broken", view_func=raise_it)
    app.add_url_rule("/broken", "page", view_func=raise_it)
    return raised


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadRequestError("x"), 400, "BAD_REQUEST"),
        (UnknownFieldError("x"), 400, "UNKNOWN_FIELD"),
        (NotFoundError("x"), 404, "NOT_FOUND"),
        (ConflictError("x"), 409, "CONFLICT"),
        (StaleWriteError("x"), 409, "STALE_WRITE"),
        (UnavailableError("x"), 503, "UNAVAILABLE"),
        (engine_errors.InvalidTransitionError("Task", "a", "b", ["c"]), 409, "INVALID_TRANSITION"),
        (
            engine_errors.CompletionRefusedError("Task", [Violation("MISSING_PROOF", "m", "proof", "p")]),
            409,
            "MISSING_PROOF",
        ),
    ],
)
def test_json_has_one_shape(visitor, as_operator, broken, error, status, code):
    broken.append(error)
    answer = visitor.get("/api/broken", environ_overrides=as_operator)
    assert answer.status_code == status
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message", "details"}
    assert answer.json["error"]["code"] == code
    assert answer.json["error"]["message"] == error.message


def test_a_page_names_every_reason(visitor, broken):
    both = [
        Violation("MISSING_PROOF", "No proof.", "proof", "p"),
        Violation("OPEN_STEP", "Step open.", "steps", "s"),
    ]
    broken.append(engine_errors.CompletionRefusedError("Task #1", both))
    answer = visitor.get("/broken")
    assert answer.status_code == 409
    assert "<li>No proof.</li>" in answer.text
    assert "<li>Step open.</li>" in answer.text


def test_what_nobody_expected_shows_a_number_and_logs_it_but_never_the_cause(
    visitor, as_operator, broken, caplog
):
    broken.append(RuntimeError("the secret inside"))
    with caplog.at_level(logging.ERROR, logger="workbench.web"):
        answer = visitor.get("/broken")
    assert answer.status_code == 500
    assert "the secret inside" not in answer.text
    reference = caplog.records[0].args[0]
    assert reference in answer.text
    assert visitor.get("/api/broken", environ_overrides=as_operator).json["error"]["code"] == "INTERNAL"


def test_an_unknown_address_is_a_page_or_json(mara, as_operator):
    page = mara.get("/no-such-place")
    assert page.status_code == 404
    assert "Go to the board" in page.text
    data = mara.get("/api/none", environ_overrides=as_operator)
    assert data.status_code == 404
    assert data.json["error"]["code"] == "NOT_FOUND"


def test_a_wrong_method_is_told_so(mara):
    assert mara.post("/board").status_code == 405
    assert mara.get("/sign-out", headers={"Accept": "application/json"}).status_code == 405


@pytest.mark.parametrize("path", ["/board", "/sign-in", "/no-such-place", "/static/app.css"])
def test_every_answer_says_what_the_browser_may_do(mara, path):
    headers = mara.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_hold_no_inline_script_or_style(mara):
    for path in ("/board", "/board?view=list", "/my-work", "/help/keys"):
        text = mara.get(path).text
        assert "style=" not in text
        assert "<script>" not in text
        assert " onclick=" not in text


def test_a_page_is_small_on_the_wire(mara):
    sent = [mara.get("/board", headers={"Accept-Encoding": "gzip"})]
    sent += [
        mara.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        for name in ("app.css", "app.js", "htmx.min.js")
    ]
    assert all(answer.headers["Content-Encoding"] == "gzip" for answer in sent)
    assert sum(len(answer.data) for answer in sent) < 60_000
