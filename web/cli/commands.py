"""Makes the command line's commands from the registry: their words, options, help, and how they run."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click

from engine import commands, inputs
from engine.access import require
from engine.asked import Asked, Shape, fields_of
from engine.command import AnyCommand, Done
from engine.errors import BadRequestError
from engine.inputs import Upload
from web import results
from web.cli import spelling
from web.cli.context import Session, key_values
from web.cli.groups import Makers
from web.cli.refusals import NAME_VALUE, Naming

#: Prints what came of a command; gets the input that it was given, and what came of it as JSON data. It may
#: return an exit code other than 0.
Show = Callable[[Session, Any, Done[Any], dict[str, Any]], int | None]
#: Changes what was typed before it is read, where only the engine knows how.
Complete = Callable[[Session, dict[str, Any]], dict[str, Any]]

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_QUOTED_NUMBER = re.compile(r'"[-.0-9]+"')
_METAVARS = {
    Shape.DAY: "YYYY-MM-DD",
    Shape.MOMENT: "WHEN",
    Shape.NUMBER: "N",
    Shape.FILE: "FILE",
    Shape.MAPPING: NAME_VALUE,
}


def makers(
    area: str,
    shown: Mapping[str, Show],
    otherwise: Show,
    complete: Mapping[str, Complete] | None = None,
    more: Mapping[str, click.Parameter] | None = None,
) -> Makers:
    """Give what makes each command of an area that the command line offers.

    ``shown`` prints what some of them did, ``otherwise`` what the others did; ``more`` are options
    that are no field of their input: whoever prints finds them in click's context.
    """
    return {
        verb: partial(
            _made,
            item,
            shown.get(item.name, otherwise),
            (complete or {}).get(item.name),
            (more or {}).get(item.name),
        )
        for verb, item in commands.of(area).items()
        if item.name not in spelling.BOARD_ONLY
    }


class _Made(Naming):
    """A command of the registry; its options are made once it is run or its own help is read."""

    def __init__(
        self, command: AnyCommand, callback: Callable[..., None], more: click.Parameter | None
    ) -> None:
        super().__init__(command.verb, callback=callback, help=command.help)
        self._command, self._more = command, more

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Give the options and arguments."""
        if not self.params:
            self.params = _params(self._command.name, fields_of(self._command.input))
            self.params += [self._more] if self._more else []
        return super().get_params(ctx)


def _made(
    command: AnyCommand, show: Show, complete: Complete | None, more: click.Parameter | None
) -> click.Command:
    def callback(**typed: Any) -> None:
        session: Session = click.get_current_context().obj
        with ExitStack() as files:
            given = _given(command.name, fields_of(command.input), typed, files)
            given = complete(session, given) if complete else given
            run(session, command, given, show)

    return _Made(command, callback, more)


def run(session: Session, command: AnyCommand, given: dict[str, Any], show: Show) -> None:
    """Read, execute and print."""
    require(session.actor, command.permission, command.doing)
    request = inputs.read(command.input, given)
    done = commands.execute(
        session.workbench, session.actor, command, request, recheck=session.refuse_if_withdrawn
    )
    with session.reading() as tx:
        data = results.described(tx, command, request, done)
    code = show(session, request, done, data)
    for words in done.asides:
        click.echo(f"workbench: {words}", err=True)
    if done.act_id is not None and sys.stderr.isatty():  # nobody reads it in the mail of a timer
        click.echo(f"workbench: within a minute it can be undone: workbench act undo {done.act_id}", err=True)
    if code:
        click.get_current_context().exit(code)


def _params(command: str, fields: Mapping[str, Asked]) -> list[click.Parameter]:
    arguments = spelling.arguments_of(command, fields)
    params: list[click.Parameter] = [
        click.Argument(
            [name], metavar=word, required=True, nargs=-1 if fields[name].shape is Shape.LIST else 1
        )
        for name, word in arguments.items()
    ]
    for name, asked in fields.items():
        if name not in arguments and not spelling.is_left_out(command, name):
            params += _options(command, asked)
    return params


def _options(command: str, asked: Asked) -> list[click.Parameter]:
    name, words = asked.name, asked.help
    if flags := _flags(command, asked):
        return [
            click.Option(
                [flag, f"{name}__{word}"],
                is_flag=True,
                help=f"The opposite of {flags[True]}." if word is False else words,
            )
            for word, flag in flags.items()
        ]
    spelled = spelling.option_of(command, name)
    if asked.shape is Shape.YES_NO:
        default = None if asked.required else False
        return [
            click.Option([spelled, name], is_flag=True, default=default, required=asked.required, help=words)
        ]
    several = asked.shape in (Shape.LIST, Shape.MAPPING)
    return [
        click.Option(
            [spelled, name],
            required=asked.required,
            multiple=several,
            metavar=_metavar(command, asked),
            help=f"{words} Repeatable." if several else words,
        )
    ]


def _flags(command: str, asked: Asked) -> Mapping[str | bool, str] | None:
    """Give the flags of a choice that has one per word, or whose yes and no are both said (R18)."""
    if asked.shape is Shape.YES_NO and asked.optional and (command, asked.name) not in spelling.FLAGS:
        yes = spelling.option_of(command, asked.name)
        return {True: yes, False: f"--no-{yes.removeprefix('--')}"}
    return spelling.FLAGS.get((command, asked.name))


def _metavar(command: str, asked: Asked) -> str:
    if asked.choices:
        return "|".join(asked.choices)
    own = spelling.METAVARS_OF.get((command, asked.name)) or spelling.METAVARS.get(asked.name)
    return own or _METAVARS.get(asked.shape, "TEXT")


def _given(
    command: str, fields: Mapping[str, Asked], typed: Mapping[str, Any], files: ExitStack
) -> dict[str, Any]:
    """Give what was typed by field; what was left out is not there."""
    given: dict[str, Any] = {}
    for name, asked in fields.items():
        if flags := _flags(command, asked):
            given |= _flagged(asked, flags, typed)
            continue
        value = typed.get(name)
        if value is None or value == ():
            continue
        if asked.shape is Shape.FILE:
            path = Path(value)
            given[name] = Upload(files.enter_context(open_file(path)), path.name)
        elif asked.shape is Shape.MAPPING:
            texts = key_values(value)
            is_raw, read = (
                (command, name) in spelling.AS_TYPED,
                _numeral if name in spelling.NUMERALS else _value,
            )
            given[name] = texts if is_raw else {key: read(text) for key, text in texts.items()}
        else:
            given[name] = list(value) if asked.shape is Shape.LIST else value
    return given


def _flagged(asked: Asked, flags: Mapping[str | bool, str], typed: Mapping[str, Any]) -> dict[str, Any]:
    chosen = [word for word in flags if typed.get(f"{asked.name}__{word}")]
    if len(chosen) > 1 or (asked.required and not chosen):
        raise BadRequestError(f"Say either {' or '.join(flags.values())}.")
    return {asked.name: chosen[0]} if chosen else {}


def _numeral(text: str) -> Any:
    """Give a number, too, as JSON says it; one in quotation marks is a word.

    So is what is written otherwise as a number (007, 1.10), or has more digits than are exact.
    """
    if _NUMBER.fullmatch(text):
        number = float(text) if "." in text else int(text)
        return number if str(number) == text else text
    return text[1:-1] if _QUOTED_NUMBER.fullmatch(text) else _value(text)


def _value(text: str) -> Any:
    """Give a list, an object, null, true or false as JSON says it; numbers and words stay as typed."""
    if text not in ("null", "true", "false") and not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequestError(f"{text!r} is not JSON: {error.msg} at column {error.colno}.") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or as many levels (S13)
        raise BadRequestError(
            "This is too much JSON to read: use shorter numbers or fewer levels."
        ) from error


def open_file(path: Path) -> BinaryIO:
    """Open a file of this machine.

    Raises:
        BadRequestError: it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise BadRequestError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
