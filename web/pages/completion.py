"""What the search field offers while somebody types: names of fields, then values of the one named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.bundles import queries as bundles
from engine.catalog.content import Content
from engine.tasks.search.fields import FIELDS, REFERENCES
from engine.tasks.search.language import MOST_CHARACTERS, written
from engine.transaction import Transaction

#: So many are offered at most.
MOST = 8
#: The end of a text that is a term in the making: a minus or bracket, a name with its colon, values, a part.
_TYPED = re.compile(r"(?:^|(?<=[\s(-]))(?:([^\W\d_]+):((?:[^\s,()\"]*,)*)|(?!-))([^\s,()\":]*)$")


@dataclass(frozen=True)
class Offer:
    """A way to go on."""

    #: What is added to the search: ``assignee:``, ``ana``.
    word: str
    #: What it stands for; empty where the word says it.
    meaning: str
    #: The whole search with it, and where typing goes on.
    text: str
    at: int


def offers(tx: Transaction, content: Content, text: str, at: int) -> list[Offer]:
    """Return how the search may go on where the cursor stands, in one statement at most."""
    before, after = text[:at], text[at:]
    typed = _TYPED.search(before) if len(text) <= MOST_CHARACTERS else None
    if typed is None or before.count('"') % 2:
        return []
    name, _, part = typed.groups()
    begun = before[: typed.start(3)]
    if name is None:
        found = [(f"{field}:", "") for field in FIELDS] + [(f"is:{word}", "") for word in FIELDS["is"].words]
        fitting = [offer for offer in found if part and _begins(offer[0], part)]
    else:
        fitting = _values(tx, content, name.lower(), part)
    made = []
    for word, meaning in fitting[:MOST]:
        added = written("", word).removeprefix(":") if name else word
        ending = "" if word.endswith(":") or after[:1].isspace() else " "
        whole = f"{begun}{added}{ending}"
        made.append(Offer(word, meaning, whole + after, len(whole)))
    return made


def _begins(word: str, part: str) -> bool:
    """Whether a word begins with what is typed; ``late`` leads to ``is:late``."""
    return any(one.startswith(part.lower()) for one in (word, word.partition(":")[2]) if one)


def _values(tx: Transaction, content: Content, name: str, part: str) -> list[tuple[str, str]]:
    """Return the values of a field that fit, those first whose key begins with what is typed."""
    if name not in FIELDS:
        return []
    words = [(word, "") for word in FIELDS[name].words]
    found = [
        (key, meaning)
        for key, meaning in [*words, *_known(tx, content, name, part)]
        if _fits(key, meaning, part)
    ]
    return sorted(found, key=lambda one: not one[0].lower().startswith(part.lower()))


def _fits(key: str, meaning: str, part: str) -> bool:
    return part.lower() in key.lower() or part.lower() in meaning.lower()


def _known(tx: Transaction, content: Content, name: str, part: str) -> Iterable[tuple[str, str]]:
    if name in REFERENCES:
        found = tx.find(REFERENCES[name], order_by=("key",))
        return [(record.key, record.name) for record in found if record.is_active]
    if name == "bundle":
        return bundles.active_titles(tx, MOST, part)
    if name == "template":
        return [(item.key, item.name) for item in content.templates.values()]
    if name == "type":
        return [(item.key, item.name) for item in content.task_types.values()]
    return []
