"""Names what is refused as it is typed: an option or the word of an argument, and not the engine's field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import click

from engine.errors import WorkbenchError

#: How values by name are typed.
NAME_VALUE = "NAME=VALUE"
#: Where the engine names a parameter of a template without the field that holds it.
_PARAMETERS = {"INVALID_PARAMETER": "parameters"}


class Naming(click.Command):
    """A command that says what to type where a field is refused."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it.

        Raises:
            WorkbenchError: what the engine refused, in the words of the command line.
        """
        try:
            return super().invoke(ctx)
        except WorkbenchError as error:
            name_as_typed(error, self.get_params(ctx))
            raise


def name_as_typed(error: WorkbenchError, params: Iterable[click.Parameter]) -> None:
    """Say in an error what is typed for each field that was refused; its details get it as ``option``."""
    words: dict[str, list[str]] = {}
    by_name = set()
    for param in params:
        field = str(param.name).partition("__")[0]  # of a choice that has a flag per word
        words.setdefault(field, []).append(_word(param))
        if getattr(param, "metavar", None) == NAME_VALUE:
            by_name.add(field)
    for detail in error.details:
        field, part = _place(detail)
        if field and field not in words and len(by_name) == 1:
            (field,), part = by_name, field
        if field in by_name and part:
            names = rf"(?:{re.escape(str(detail['field']))}|{re.escape(part)})(?=: | is )"
            _say(error, detail, names, f"{words[field][0]} {part}=…")
        elif field in words:
            _say(error, detail, rf"{re.escape(str(detail['field']))}(?=: )", " or ".join(words[field]))


def _word(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else str(param.metavar)


def _place(detail: Mapping[str, Any]) -> tuple[str, str]:
    """Return the field of a detail, and the name of the value in it."""
    named = str(detail.get("field") or "")
    if field := _PARAMETERS.get(str(detail.get("code"))):
        return field, named.removeprefix(f"{field}.")
    field, _, part = named.partition(".")
    return field, part


def _say(error: WorkbenchError, detail: dict[str, Any], name: str, typed: str) -> None:
    """Put what is typed in the place of a name; a value by name stands behind what does not begin so."""
    pattern = re.compile(rf"(?<![\w.-]){name}")
    error.message = pattern.sub(lambda _: typed, error.message, count=1)
    if "=…" in typed and typed not in error.message:
        error.message += f" ({typed})"
    if pattern.match(str(detail["message"])):
        detail["message"] = pattern.sub(lambda _: typed, str(detail["message"]), count=1)
    detail["option"] = typed
