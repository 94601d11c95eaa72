"""What attackers send: requests that each make a reader of the board do the most that its budget allows.

Each of them says how it is answered when it reaches that reader; what is turned away at the door (no session,
no token, somebody else's task) measures nothing, so ``require_it_arrives`` sends it once before.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from benchmarks.over_http.driving import Target
from benchmarks.over_http.serving import Served, Session
from engine import budgets

_BOUNDARY = "boundary"
_DONE, _SHOWN, _REFUSED, _TOO_LARGE = (200, 303), (200,), (400,), (413,)


@dataclass(frozen=True)
class Attacker:
    """Somebody who sends: signed in, with a task of their own, or a stranger with neither."""

    session: Session
    task: str = ""

    def form(self, path: str, body: str, content_type: str = "application/x-www-form-urlencoded") -> Target:
        """Return a request that changes something, with the token of the session."""
        headers = {**self.session.headers, **self.session.form_headers, "Content-Type": content_type}
        return Target(path=path, method="POST", headers=headers, body=body)

    def upload(self, name: str, content: str) -> list[Target]:
        """Return the upload of a file to the task."""
        fields = {"label": "Report", "type": "report"}
        opening = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
        parts = [f'{opening}"{field}"\r\n\r\n{value}\r\n' for field, value in fields.items()]
        parts.append(f'{opening}"file"; filename="{name}"\r\n\r\n{content}\r\n--{_BOUNDARY}--\r\n')
        path = f"/tasks/{self.task}/files"
        return [self.form(path, "".join(parts), f"multipart/form-data; boundary={_BOUNDARY}")]

    def note(self, body: str, content_type: str = "application/x-www-form-urlencoded") -> Target:
        """Return a note on the task, of a body that is the whole form."""
        return self.form(f"/tasks/{self.task}/notes", body, content_type)

    def page(self, address: str) -> Target:
        """Return a page that nobody asked for before."""
        return Target(path=f"{address}fresh={{fresh}}", headers=self.session.headers)


@dataclass(frozen=True)
class Attack:
    """What each attacker sends over and over, and how every request of it is answered that arrives."""

    name: str
    send: Callable[[Attacker], list[Target]]
    statuses: Sequence[int]
    #: A pattern that is found in the answer.
    says: str = ""


def require_it_arrives(attack: Attack, attacker: Attacker) -> None:
    """Send all of an attack once.

    Raises:
        SystemExit: something is not answered by the reader that it is meant for.
    """
    for target in attack.send(attacker):
        status, text = _answer(attacker.session.server, target)
        if status not in attack.statuses or not re.search(attack.says, text):
            raise SystemExit(
                f"{attack.name}: {target.method} {target.path[:80]} answered {status}, not"
                f" {' or '.join(map(str, attack.statuses))} with “{attack.says}”: {text[:400]}"
            )


def _answer(server: Served, target: Target) -> tuple[int, str]:
    parts = urlsplit(server.address)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)) as connection:
        path = target.path.replace("{fresh}", "0")
        connection.request(target.method, path, target.body.encode() or None, dict(target.headers))
        answer = connection.getresponse()
        body = answer.read()
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    return answer.status, (gzip.decompress(body) if is_packed else body).decode("utf-8", "replace")


def _html_of_doubt(attacker: Attacker) -> list[Target]:
    few = int(budgets.ELEMENTS_OF_DOUBTFUL_MARKUP) - 10
    return attacker.upload("a.html", "<html> onclick " + "<div a b c d e f>" * few)


def _large_html(attacker: Attacker) -> list[Target]:
    return attacker.upload("a.html", "<html>" + "<p class='a'>one</p>" * 200_000)


def _wide_svg(attacker: Attacker) -> list[Target]:
    body = "<g a='1'/>" * (int(budgets.MARKS_OF_SVG) // 2 - 5)
    return attacker.upload("a.svg", f"<svg xmlns='http://www.w3.org/2000/svg'>{body}</svg>")


def _deep_svg(attacker: Attacker) -> list[Target]:
    few = int(budgets.MARKS_OF_SVG) - 10
    return attacker.upload("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'>" + "<g>" * few)


def _notes(attacker: Attacker) -> list[Target]:
    texts = [
        "[a](" * 2_500,
        "> " * 5_000,
        "* " * 5_000,
        "`" * 9_999,
        "|a" * 2_000 + "\n" + "|-" * 2_000 + "\n|",
    ]
    return [attacker.note(urlencode({"body": text[:10_000]})) for text in texts]


def _notes_and_page(attacker: Attacker) -> list[Target]:
    return [*_notes(attacker), attacker.page(f"/tasks/{attacker.task}?")]


def _deep_json(attacker: Attacker) -> list[Target]:
    return [attacker.note('{"body": ' + "[" * 200_000, "application/json")]


def _large_json(attacker: Attacker) -> list[Target]:
    few = int(budgets.BYTES_OF_FIELDS) // 3 - 20
    return [attacker.note(json.dumps({"body": [1] * few}), "application/json")]


def _searches(attacker: Attacker) -> list[Target]:
    words = ("e", "o a", "x" * 900, "status:open e", " ".join("abcdefghijklmnopqrst"))
    return [attacker.page(f"/board?view=list&{urlencode({'q': word})}&") for word in words]


def _lists(attacker: Attacker) -> list[Target]:
    return [attacker.page(f"/{path}?") for path in ("reports", "stuck", "my-work", "inbox")]


#: What those who are signed in send.
SIGNED_IN = (
    Attack(
        "HTML of 40,000 elements",
        lambda attacker: attacker.upload("a.html", "<html onclick=>" + "<div>" * 40_000),
        _REFUSED,
        "more markup than is looked through",
    ),
    Attack("HTML as large as is looked through", _html_of_doubt, _DONE),
    Attack("HTML of 4 MB without a doubt", _large_html, _DONE),
    Attack("SVG of 200,000 levels", _deep_svg, _REFUSED, "ACTIVE_CONTENT"),
    Attack("SVG of 100,000 elements with attributes", _wide_svg, _DONE),
    Attack("notes of 10 kB that are hard to render", _notes_and_page, _DONE),
    Attack(
        "forms of 10,000 fields",
        lambda attacker: [attacker.note("&".join(f"a{number}=1" for number in range(10_000)))],
        _REFUSED,
        "more than 1,000 fields",
    ),
    Attack(
        "forms of half a megabyte of fields",
        lambda attacker: [attacker.note("a&" * 260_000)],
        _REFUSED,
        "more than 1,000 fields",
    ),
    Attack("JSON of 200,000 levels", _deep_json, _REFUSED, "not JSON"),
    Attack("JSON of 170,000 values", _large_json, _REFUSED, "body"),
    Attack("searches that find everything", _searches, _SHOWN),
    Attack("lists and reports", _lists, _SHOWN),
)


def _sign_ins(stranger: Attacker) -> list[Target]:
    fields = [{"email": f"guess{n}@example.com", "password": "a guess", "form": "sign_in"} for n in range(50)]
    return [stranger.form("/sign-in", urlencode(one)) for one in fields]


def _pages_of_strangers(stranger: Attacker) -> list[Target]:
    return [stranger.page(address) for address in ("/board?", "/sign-in?", f"/sign-in?next=/{'x' * 8_000}&")]


#: What strangers send.
STRANGERS = (
    # 401 is the answer of whoever checked the password; then comes that of the throttle.
    Attack("sign-ins", _sign_ins, (401, 429), "[Pp]assword|[Tt]ry again"),
    Attack("bodies of 2 MB", lambda stranger: [stranger.form("/sign-in", "x" * 2_000_000)], _TOO_LARGE),
    Attack("pages of strangers", _pages_of_strangers, (*_DONE, 400)),
)
