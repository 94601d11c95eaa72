"""What is too large for a form is refused before it is read, also by pages that show what was sent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest

from engine.budgets import BYTES_OF_FIELDS, FIELDS_OF_A_FORM
from engine.errors import StoreUnavailableError
from tests.web.conftest import Visitor

LARGE = b"body=" + b"%3C" * (int(BYTES_OF_FIELDS) // 3)
MANY = b"&".join(b"f%d=x" % number for number in range(int(FIELDS_OF_A_FORM) + 1))
FORM = {"content_type": "application/x-www-form-urlencoded"}
#: The page of an error, without what was sent.
A_PAGE = 12_000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tasks/x/notes", 401),
        ("/nothing", 413),
        ("/sign-in", 413),
        ("/sign-in/x", 413),
        ("/nothing%00", 400),
    ],
)
def test_strangers_are_not_shown_what_is_too_large(visitor: Visitor, path: str, status: int):
    answer = visitor.client.post(path, data=LARGE, **FORM)
    assert answer.status_code == status
    assert len(answer.data) < A_PAGE


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "x"}])
def test_text_of_no_kind_is_as_short(visitor: Visitor, ana: Visitor, headers: dict[str, str]):
    for who in (visitor, ana):
        for kind in ("application/json", "text/plain", None, "application/x-www-form-urlencoded"):
            answer = who.client.post("/tasks/x/notes", data=LARGE, content_type=kind, headers=headers)
            assert answer.status_code in (401, 403, 413)
            assert len(answer.data) < A_PAGE


def test_the_page_that_keeps_what_was_typed_keeps_no_more_than_a_form_may_hold(ana, workbench, monkeypatch):
    @contextmanager
    def begin(_engine: object) -> Any:
        raise StoreUnavailableError("away")
        yield

    monkeypatch.setattr(workbench.database._transactions, "_begin", begin)
    token = ana.token().encode()
    answer = ana.client.post("/tasks/x/notes", data=LARGE + b"&csrf_token=" + token, **FORM)
    assert answer.status_code == 503
    assert len(answer.data) < A_PAGE
    words = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\ntyped beside a large file\r\n'
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\n\r\n' + LARGE + b"\r\n"
    kind = "multipart/form-data; boundary=b"
    answer = ana.client.post("/tasks/x/notes", data=words + file + b"--b--\r\n", content_type=kind)
    assert answer.status_code == 503
    assert "typed beside a large file" in answer.text


def test_too_many_fields_are_refused_in_our_words_on_a_whole_page(visitor: Visitor, ana: Visitor, caplog):
    assert 'id="main"' in visitor.client.post("/tasks/x/notes", data=MANY, **FORM).text
    assert "has more than 1,000 fields" in ana.client.post("/password", data=MANY, **FORM).text
    assert "could not be rendered" not in caplog.text
