"""Calling somebody in a remark: ``@key`` an employee, ``@short`` or ``@address`` whoever is none (R21)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from engine.accounts import actors, short_names
from engine.reference.models import Employee
from engine.transaction import Transaction

#: ``@ana``, but neither ``ana@example.com`` nor ``@ana-maria``, which is no key; or a whole address.
_MENTION = re.compile(
    r"(?<![\w@.+/-])@(?:([\w.+-]+@[\w-]+(?:\.[\w-]+)+)(?![\w@-])|([A-Za-z][A-Za-z0-9_]*)(?![\w@-]))"
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_RUN = re.compile(r"`+")


def find(tx: Transaction, text: str) -> list[str]:
    """Return the ids of whom a text calls, in its order: employees, and users who are none.

    Who is not active is not called, nor is anybody by what stands in code; other words stay words.
    """
    words = called_in(text)
    if not words:
        return []
    keys = [word for word in words if "@" not in word]
    employees = {item.key: item for item in tx.find(Employee, key=keys)} if keys else {}
    found = {key: item.employee_id for key, item in employees.items() if item.is_active}
    others = [word for word in words if word not in employees]
    found |= short_names.find(tx, others)
    return list(dict.fromkeys(found[word] for word in words if word in found))


def called_in(text: str) -> list[str]:
    """Return the words by which a text calls people, each once, in small letters."""
    if "@" not in text:
        return []
    parts = (part for part in _MENTION.findall("\n".join(_outside_code(text))))
    return list(dict.fromkeys((address or key).lower() for address, key in parts))


def of_user(tx: Transaction, user_id: str | None) -> list[str]:
    """Return the id by which a user is called: their employee's, or else their own; none for nobody."""
    return [actors.employee_of(tx, user_id) or user_id] if user_id else []


def by_kind(called: Iterable[str]) -> dict[str, list[str]]:
    """Return whom a remark calls, as its fields hold them: employees, and users who are none."""
    is_employee = f"{Employee.spec.prefix}_"
    ids = list(dict.fromkeys(called))
    return {
        "mentions": [one for one in ids if one.startswith(is_employee)],
        "user_mentions": [one for one in ids if not one.startswith(is_employee)],
    }


def _outside_code(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text without blocks and spans of code, as Markdown has them."""
    fence = ""
    paragraph: list[str] = []
    for line in text.splitlines():
        marked = _FENCE.fullmatch(line)
        if fence:
            closes = marked and marked[1][0] == fence[0] and len(marked[1]) >= len(fence)
            fence = "" if marked and closes and not marked[2].strip() else fence
        elif marked and not (marked[1][0] == "`" and "`" in marked[2]):
            fence = marked[1]
        elif line.strip():
            paragraph.append(line)
            continue
        yield _without_spans("\n".join(paragraph))
        paragraph = []
    yield _without_spans("\n".join(paragraph))


def _without_spans(text: str) -> str:
    """Return a paragraph without its spans of code; a run of backticks closes with the next as long as it."""
    runs = [found.span() for found in _RUN.finditer(text) if not _is_escaped(text, found.start())]
    places: dict[int, list[int]] = {}
    for place, (start, end) in enumerate(runs):
        places.setdefault(end - start, []).append(place)
    kept: list[str] = []
    position = place = 0
    while place < len(runs):
        start, end = runs[place]
        closing = _next(places[end - start], place)
        if closing is None:
            place += 1
            continue
        kept.append(text[position:start])
        position, place = runs[closing][1], closing + 1
    return "`".join([*kept, text[position:]])


def _next(places: Sequence[int], after: int) -> int | None:
    found = bisect_right(places, after)
    return places[found] if found < len(places) else None


def _is_escaped(text: str, start: int) -> bool:
    first = start
    while first and text[first - 1] == "\\":
        first -= 1
    return (start - first) % 2 == 1
