"""Takes out of a text what is of one client or one run: names, addresses and days; pure.

What stands in their place is easy to see and to search for: whoever looks the draft through says it for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

CLIENT, PERSON, ADDRESS, DAY = "[client]", "[name]", "[address]", "[date]"
WORDS = (CLIENT, PERSON, ADDRESS, DAY)
#: Shorter values of parameters stand in texts by chance.
_SHORTEST = 3
_ADDRESS = re.compile(
    r"(?:https?://|mailto:|www\.)[^\s<>\"')\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\d{{1,2}}\.? {_MONTH}\.?(?:,? \d{{4}})?|"
    rf"{_MONTH}\.? \d{{1,2}}(?:,? \d{{4}})?)\b"
)


@dataclass(frozen=True, kw_only=True)
class TakenOut:
    """What is taken out of the texts of one run."""

    #: The values that the start form took, by the names of parameters that the template declares.
    parameters: Mapping[str, Any]
    #: What the client and the campaign are called.
    clients: Iterable[str] = ()
    #: What people are called, by their full names.
    people: Iterable[str] = ()

    def __call__(self, text: str) -> str:
        """Return the text without them; a parameter's value becomes the parameter."""
        for value, name in self._values:
            text = _whole(value).sub(f"{{{{ {name} }}}}", text)
        text = _DAY.sub(DAY, _ADDRESS.sub(ADDRESS, text))
        for pattern, word in self._names:
            text = pattern.sub(word, text)
        return text

    @cached_property
    def _values(self) -> list[tuple[str, str]]:
        """The values that stand in texts, the longest first, so that none is found inside of another."""
        texts = [(value, name) for name, value in self.parameters.items() if isinstance(value, str)]
        return sorted(
            ((value, name) for value, name in texts if len(value.strip()) >= _SHORTEST),
            key=lambda one: -len(one[0]),
        )

    @cached_property
    def _names(self) -> list[tuple[re.Pattern[str], str]]:
        clients = sorted({name for name in self.clients if name}, key=len, reverse=True)
        people = {
            name for full in self.people for name in (full, full.split(" ")[0]) if len(name) >= _SHORTEST
        }
        named = [(one, CLIENT, re.IGNORECASE) for one in clients]
        named += [(one, PERSON, re.NOFLAG) for one in sorted(people, key=len, reverse=True)]
        return [(_whole(one, flag), word) for one, word, flag in named]


def _whole(text: str, flag: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return what finds a text where it is no part of a word, nor inside of a placeholder."""
    return re.compile(rf"(?<![\w{{]){re.escape(text)}(?!\w)(?!\s*\}}\}})", flag)
