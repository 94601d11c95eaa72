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
#: Bounded where a text could make it look at all of itself again from each of its words.
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z\d+.-]{0,20}://|\bmailto:|\bwww\.)[^\s<>\"')\]]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:[\w-]{1,63}\.){1,8}[a-z]{2,63}/[^\s<>\"')\]]*|\+\d[\d ()/-]{6,30}\d",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|"
    rf"{_ORDINAL}\.? (?:of )?{_MONTH}\.?(?:,? \d{{4}})?|{_MONTH}\.? {_ORDINAL}(?:,? \d{{4}})?)\b"
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
        clients = [name for name in self.clients if name]
        parts = (part for full in self.people for part in (full, *full.split(" ")[:1], *full.split(" ")[-1:]))
        people = [part for part in parts if len(part) >= _SHORTEST]
        named = ((clients, CLIENT, re.IGNORECASE), (people, PERSON, re.NOFLAG))
        return [(_whole(*names, flag=flag), word) for names, word, flag in named if names]


def _whole(*texts: str, flag: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return what finds the longest of some texts where it is no part of a word, nor within a placeholder."""
    either = "|".join(map(re.escape, sorted(set(texts), key=lambda one: (-len(one), one))))
    return re.compile(rf"(?<![\w{{])(?:{either})(?!\w)(?!\s*\}}\}})", flag)
