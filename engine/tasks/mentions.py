"""Whom a remark is for: who is called by ``@key`` or ``@address`` (R21), and who answers for its task."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from engine.access import Permission, may
from engine.accounts import actors, short_names
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.transaction import Transaction

#: ``@ana``, but neither ``ana@example.com`` nor ``@ana-maria``, which is no key; or a whole address.
_MENTION = re.compile(
    r"(?<![\w@.+/-])@(?:([\w.+-]+@[\w-]+(?:\.[\w-]+)+)(?![\w@-])|([A-Za-z][A-Za-z0-9_]*)(?![\w@-]))"
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_RUN = re.compile(r"`+")
#: So many names that nobody has are told of, each with no more than so many characters of it.
_MOST_TOLD, _SHOWN = 3, 40
#: Among so many people the nearest names are looked for, and so many of them are said.
_LOOKED_AT, _MOST_NEAR = 1000, 3


def find(tx: Transaction, text: str) -> list[str]:
    """Return the ids of whom a text calls, in its order: employees, and users who are none.

    Who is not active is not called, nor is anybody by what stands in code; other words stay words. Whoever
    wrote it is told of names that nobody has.
    """
    words = called_in(text)
    if not words:
        return []
    keys = [word for word in words if "@" not in word]
    employees = {item.key: item for item in tx.find(Employee, key=keys)} if keys else {}
    found = {key: item.employee_id for key, item in employees.items() if item.is_active}
    others = [word for word in words if word not in employees]
    found |= short_names.find(tx, others)
    unknown = [word for word in words if word not in found]
    if unknown and may(tx.actor, Permission.SEE_OWN_WORK):  # no partner learns who works here
        tx.say(_nobody(tx, unknown[:_MOST_TOLD]))
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


def responsible(tx: Transaction, task: Task) -> list[str]:
    """Return who is told of what concerns a task: the assignee, else the owner, employee or not (R21)."""
    return [task.assignee_id] if task.assignee_id is not None else of_user(tx, task.owner_id)


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


def _nobody(tx: Transaction, unknown: Iterable[str]) -> str:
    named = [f"@{key if len(key) <= _SHOWN else f'{key[:_SHOWN]}…'}" for key in unknown]
    near = ", ".join(f"@{key} ({name})" for key, name in _nearest(tx, unknown).items())
    hint = f" The nearest short names are {near}." if near else ""
    return f"Nobody is called {' or '.join(named)}, so nobody was told by that name.{hint}"


def _nearest(tx: Transaction, unknown: Iterable[str]) -> dict[str, str]:
    """Return who may have been meant: short name -> name; people are looked for by a part of theirs, too."""
    people = tx.find(Employee, order_by=("key",), limit=_LOOKED_AT)
    active = [person for person in people if person.is_active]
    by_word = {word: person for person in active for word in person.name.lower().split()}
    by_word |= {person.key: person for person in active}
    words = [word for key in unknown for word in difflib.get_close_matches(key, by_word, _MOST_NEAR)]
    return dict(list({by_word[word].key: by_word[word].name for word in words}.items())[:_MOST_NEAR])
