"""One rule says what an address is, for everything that takes one (H4)."""

from __future__ import annotations

import pytest

from engine import urls
from engine.errors import BadRequestError

PAGE = "https://example.com/page?q=1#top"

TABLE = [
    # text, of the web, with mailto, a path of ours
    (PAGE, True, True, False),
    ("http://localhost:8000/x", True, True, False),
    ("HTTPS://EXAMPLE.COM", True, True, False),
    ("https://例え.example/ü", True, True, False),
    ("https://[2001:db8::1]/x", True, True, False),
    ("mailto:ana@example.com", False, True, False),
    ("mailto:ana@example.com?subject=Hello", False, True, False),
    ("/tasks/tsk_1", False, False, True),
    ("", False, False, False),
    ("page", False, False, False),
    ("example.com/page", False, False, False),
    ("javascript:alert(1)", False, False, False),
    ("ftp://example.com", False, False, False),
    ("https://", False, False, False),
    ("https://.", False, False, False),
    ("https://[broken", False, False, False),
    ("https://example.com:port/", False, False, False),
    ("https://example.com:99999/", False, False, False),
    ("https://exa mple.com", False, False, False),
    ("https://example.com/a\nb", False, False, False),
    ("https://example.com/\u00a0", False, False, False),
    ("https://example.com/\u202egpj.exe", False, False, False),
    ("https://example.com/\u200bx", False, False, False),
    ("https://example.com\\@evil.example/", False, False, False),
    ("https://example.com/" + "x" * urls.LONGEST, False, False, False),
    ("mailto:", False, False, False),
    ("mailto:ana", False, False, False),
    ("mailto:@", False, False, False),
    ("//evil.example/x", False, False, False),
    ("/\\evil.example/x", False, False, False),
    ("/tasks/ x", False, False, False),
    # Links that sign somebody in are nobody else's, however they are written (S14).
    (f"/sign-in/{'a-_1' * 11}", False, False, False),
    (f"/artifacts/../sign-in/{'a' * 43}?x#y", False, False, False),
    (f"/%73ign-in//{'a' * 43}", False, False, False),
    (f"https://board.example/mounted/sign-in/{'a' * 43}", False, False, False),
    (f"https://board.example/x/%2e%2e/sign-in/./{'a' * 43}", False, False, False),
    (f"/invitation/{'a-_1' * 11}", False, False, False),
    (f"https://board.example/mounted/%69nvitation//{'a' * 43}/openid", False, False, False),
    ("https://app.example/sign-in/help", True, True, False),
    ("https://app.example/invitation/summer-party", True, True, False),
    ("/sign-in", False, False, True),
]


@pytest.mark.parametrize(("text", "web", "with_mail", "ours"), TABLE)
def test_an_address_is_judged_alike_wherever_it_is_given(text: str, web: bool, with_mail: bool, ours: bool):
    assert urls.is_address(text) is web
    assert urls.is_address(text, mail=True) is with_mail
    assert urls.is_own_path(text) is ours


def test_blanks_around_an_address_are_no_part_of_it():
    assert urls.check(f"  {PAGE}\n") == PAGE


@pytest.mark.parametrize("given", [None, 12, {"url": PAGE}, "javascript:alert(1)"])
def test_what_is_no_address_is_refused_at_its_field_and_told_how_one_begins(given: object):
    with pytest.raises(BadRequestError, match="starts with https:// or http://") as refused:
        urls.check(given, "primary_url")
    assert refused.value.details[0]["field"] == "primary_url"


@pytest.mark.parametrize("page", ["sign-in", "invitation"])
def test_a_one_time_link_is_kept_nowhere_and_its_refusal_does_not_repeat_it(page: str):
    token = "a1b2" * 11
    for own in (True, False):
        with pytest.raises(BadRequestError, match="signs in whoever follows it") as refused:
            urls.check(f"https://board.example/{page}/{token}", own=own)
        assert token not in str(refused.value)


def test_only_what_may_be_mail_or_ours_is_told_so():
    assert urls.check("/tasks/tsk_1", own=True) == "/tasks/tsk_1"
    with pytest.raises(BadRequestError, match="or mailto:"):
        urls.check("/tasks/tsk_1", mail=True)
