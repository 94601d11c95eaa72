"""Forms that are text with blanks: a page has a score of them, most of which nobody opens (P3).

A template's macro that says a form from its arguments alone is called once for what makes a difference to it;
what then differs from record to record, and the session's token, are filled in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from web import csrf
from web.forms import FormState, form_state, refused_form

#: Stands in a form's text for what is filled in; nobody can have written it.
_MARK = secrets.token_hex(8)
_BLANK = re.compile(f"{_MARK}-([0-9]+)-")
#: As many as all forms have, with some for each of the lists of choices that were shown last.
_REMEMBERED = 512

#: Takes the form's state, the values of its blanks, and the facts that it depends on.
Macro = Callable[..., Markup]


def filled(macro: Macro, name: str, blanks: Sequence[object], *facts: Hashable) -> Markup:
    """Return the form of that name, which ``macro`` says of its arguments alone.

    ``blanks`` may be anything that the macro only shows, markup too. What it decides by, or looks into, are
    ``facts``; of those there should be few, as what each set of them makes is kept. A page that answers a
    refused form is not made of what was kept.
    """
    if refused_form() is not None:
        return macro(form_state(name), *blanks, *facts)
    texts, places = _shape(macro, len(blanks), tuple(map(_text_alone, facts)))
    values = [escape(value) for value in (csrf.token(), name, *blanks)]
    said = [texts[0]]
    for place, text in zip(places, texts[1:], strict=True):
        said += (values[place], text)
    return Markup("".join(said))  # noqa: S704 - values are escaped, and so is what the macro says


def _text_alone(fact: Hashable) -> Hashable:
    """Give markup as text: the two are equal, but not said in the same way."""
    return str(fact) if isinstance(fact, Markup) else fact


@lru_cache(_REMEMBERED)
def _shape(macro: Macro, count: int, facts: tuple[Hashable, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the texts between the blanks of a form, and which blank each of them is."""
    token, name, *blanks = (f"{_MARK}-{place}-" for place in range(count + 2))
    said = str(macro(FormState(name), *blanks, *facts)).replace(str(escape(csrf.token())), token)
    parts = _BLANK.split(said)
    return tuple(parts[::2]), tuple(map(int, parts[1::2]))


def register(app: Flask) -> None:
    """Offer ``filled`` to the templates of ``app``."""
    app.jinja_env.globals["filled"] = filled
