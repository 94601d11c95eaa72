"""What a template of a report may say, and the text that it becomes (report_generation).

It is Jinja2 in a sandbox, with marks of its own, as ``{{ name }}`` is a parameter that is filled in when a
bundle starts: a value is ``[[ value ]]``, a statement ``[% for one in tasks %]``, a comment ``[# ... #]``. A
value that is put in stands there as it is: no sign of it is read as Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Signs that could be Markdown; a letter before it keeps none of them from being so everywhere.
_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~&:]")


class ReportTextError(Exception):
    """A template, or what it was to become, is not right; the message says in words what."""


class _Markdown(str):
    """A text that is Markdown, and meant so."""

    __slots__ = ()


@lru_cache(100)
def fault_of(text: str) -> str | None:
    """Say what is wrong with a template, as far as it tells without records; None where nothing is."""
    try:
        _environment().parse(text)
    except TemplateSyntaxError as error:
        return f"line {error.lineno} of the text is no template: {error.message}"
    except RecursionError:
        return "the text is nested too deeply to be a template; say it with fewer levels"
    except ValueError as error:  # a number of thousands of digits
        return f"the text is no template: {error}"
    return None


def render(text: str, told: Mapping[str, Any], most_characters: int) -> str:
    """Return the Markdown that a template becomes with these records.

    It takes as long as the template asks for: whoever calls it is bound.

    Raises:
        ReportTextError: the template is not right, names what is not there, or becomes too long.
    """
    written, length = list[str](), 0
    try:
        for part in _environment().from_string(text).generate(told):
            length += len(part)
            if length > most_characters:
                raise ReportTextError(f"The report is longer than {most_characters:,} characters. Tell less.")
            written.append(part)
    except TemplateSyntaxError as error:
        raise ReportTextError(f"Line {error.lineno} of the text is no template: {error.message}.") from error
    except TemplateError as error:
        raise ReportTextError(
            f"The text asks for what it may not: {str(error.message).rstrip('.')}."
        ) from error
    except (SyntaxError, RecursionError) as error:  # Python takes so many levels and no more
        raise ReportTextError(f"The text is nested too deeply: {error}. Say it with fewer levels.") from error
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
        raise ReportTextError(f"The text asks for what cannot be: {error}.") from error
    return "".join(written)


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it as it is, in one line."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=_finalized,
    )
    environment.globals = {"namespace": environment.globals["namespace"]}  # chance is nobody's to ask for
    environment.filters.pop("random")
    environment.filters["markdown"] = lambda value: _Markdown(value or "")
    environment.filters["table"] = _table
    return environment


def _finalized(value: object) -> object:
    if isinstance(value, (_Markdown, StrictUndefined)):
        return value
    return escaped(_shown(value))


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_shown, value))
    return str(value)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> _Markdown:
    """Write rows as a table of these columns, or of all that they have, in the order in which they come."""
    names = list(columns or dict.fromkeys(name for row in rows for name in row))
    if not names:
        return _Markdown("")
    lines = [names, ["---"] * len(names), *([_shown(row.get(name)) for name in names] for row in rows)]
    cells = ([cell if place == 1 else escaped(cell) for cell in line] for place, line in enumerate(lines))
    return _Markdown("".join(f"| {' | '.join(line)} |\n" for line in cells))
