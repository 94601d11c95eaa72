"""What the board and the list are narrowed by: the filter form and the search box, both kept in the address.

The search box takes words and ``name:value``: ``assignee:me status:open due:<7d tag:seo "call the"``.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine.errors import BadRequestError, bad_field
from engine.inputs import whole_number
from engine.tasks.filters import TaskFilter
from engine.tasks.models import TaskStatus
from engine.transaction import Transaction

#: What the form and the search box may say; ``due`` is translated, the rest is the engine's.
NAMES = ("assignee", "bundle", "template", "campaign", "partner", "tag", "qa", "text", "due")
#: The names that the search box knows; web/guides/member.md explains each.
IN_SEARCH = (*NAMES, "status", "priority")
_LIST_ONLY = ("status", "priority", "sort", "limit", "offset")
#: What the list offers for ``status``; an address may name several, with commas.
STATUS_CHOICES = (
    ("", "open"),
    ("all", "all"),
    *((status.value, status.value.replace("_", " ")) for status in TaskStatus),
)
DUE_CHOICES = (
    ("late", "late"),
    ("today", "today"),
    ("tomorrow", "tomorrow"),
    ("7d", "within 7 days"),
    ("30d", "within 30 days"),
)
_LONGEST_DAYS = 3650
#: Days that pages call by a word, counted from today.
_NEAR_DAYS = {"today": 0, "tomorrow": 1}


def read_filter(tx: Transaction, arguments: Mapping[str, str], *, is_list: bool = False) -> TaskFilter:
    """Return the filter that an address expresses; the board takes no order or page of its own.

    A list without a status shows open work; ``all`` shows everything.

    Raises:
        BadRequestError: a name is unknown or a value has the wrong form; says which.
    """
    names = (*NAMES, *(_LIST_ONLY if is_list else ()))
    values: dict[str, Any] = {name: arguments[name] for name in names if arguments.get(name)}
    values |= search_terms(arguments.get("q", ""))
    if is_list and "status" not in values and "qa" not in values:  # QA begins where work has ended
        values["status"] = "open"
    if values.get("status") == "all":
        del values["status"]
    if due := values.pop("due", ""):
        values |= _due(tx, due)
    return TaskFilter.parse(tx, values)


def search_terms(query: str) -> dict[str, str]:
    """Read the search box: ``name:value`` pairs, and the remaining words as ``text``.

    Raises:
        BadRequestError: a name is unknown.
    """
    words, terms = [], {}
    for word in _split(query):
        name, colon, value = word.partition(":")
        is_pair = colon and not value.startswith(" ")  # a colon within quoted words is one of them
        if is_pair and name in IN_SEARCH:
            terms[name] = value
        elif is_pair and name.isalpha() and value and not value.startswith("//"):
            known = ", ".join(f"{item}:" for item in IN_SEARCH)
            raise BadRequestError(f"The search knows no {name}:. Use words, or one of: {known}")
        else:
            words.append(word)
    return {**terms, **({"text": " ".join(words)} if words else {})}


def _split(query: str) -> list[str]:
    """Return the words of a query; quotes hold words together, a lone quote is an ordinary character."""
    try:
        return shlex.split(query)
    except ValueError:
        return query.split()


def _due(tx: Transaction, text: str) -> dict[str, Any]:
    """Return the engine's filter for a word that pages say, or for ``7d``, ``<7d`` or ``>7d``."""
    if text in ("late", "overdue"):
        return {"overdue": "true"}
    one_day = timedelta(days=1)
    if text in _NEAR_DAYS:
        day = tx.today + timedelta(days=_NEAR_DAYS[text])
        return {"due_after": day - one_day, "due_before": day + one_day}
    days = whole_number(text.lstrip("<>").removesuffix("d"), 0, _LONGEST_DAYS)
    if days is None:
        message = f"{text!r} is not a due filter; use late, today, tomorrow, <7d or >7d"
        raise bad_field("due", message, f"due: {message}.")
    day = tx.today + timedelta(days=days)
    return {"due_after": day} if text.startswith(">") else {"due_before": day + one_day}
