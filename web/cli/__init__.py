"""The command line: ``workbench``. Each command turns its words into one engine call and prints the answer.

Exit codes: 0 done, 1 the request was refused or the content has errors, 2 unknown command
or option, 3 a bug or an unavailable service, 4 not allowed (content-format.md).
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from engine.config import SETTINGS_FILE, Settings
from engine.errors import BadRequestError, UnavailableError, WorkbenchError
from web.answers import answer_for
from web.cli.context import Session, print_error
from web.cli.groups import Groups

#: Options that hold for every command and may stand anywhere on the line.
_GLOBAL_VALUES = ("--content", "--content-ref", "--database", "--as")
_GLOBAL_FLAGS = ("--worktree", "--json")
_TOO_LONG = "The name of a file or folder is longer than this machine can keep. Use a shorter one."
#: A command begins by making the program's own objects, which last: collecting among them is in vain, and a
#: third of the processor time of a short command.
_OBJECTS_BETWEEN_COLLECTIONS = 200_000
_AS_WHOM = "Run this as the user whose files these are, such as with `sudo -u workbench`."
_DISK = "See to the disk, then try again."
#: What the system may refuse for a reason that is the operator's to mend -> how.
_REFUSED = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), _AS_WHOM),
    **dict.fromkeys((errno.EROFS, errno.ENOSPC, errno.EDQUOT), _DISK),
}


@click.group(cls=Groups, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.option("--content", metavar="DIR", help="The folder that holds content/ (WORKBENCH_CONTENT).")
@click.option("--content-ref", metavar="REF", help="The Git reference to read (WORKBENCH_CONTENT_REF).")
@click.option("--worktree", is_flag=True, help="Read uncommitted content files.")
@click.option("--database", metavar="URL", help="sqlite:///... or postgresql://... (WORKBENCH_DATABASE).")
@click.option("--as", "email", metavar="EMAIL", help="Act as this user instead of the local operator.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def workbench(  # noqa: D103 - the text below is the help page
    context: click.Context,
    content: str | None,  # noqa: ARG001 - read from params below, as all settings are
    content_ref: str | None,  # noqa: ARG001
    worktree: bool,  # noqa: ARG001
    database: str | None,  # noqa: ARG001
    email: str | None,
    as_json: bool,
) -> None:
    names = ("content", "content_ref", "worktree", "database")
    given = {name: context.params[name] for name in names if context.params[name]}
    settings = Settings.read(os.environ, Path(SETTINGS_FILE), **given)
    session = Session(settings, email=email, as_json=as_json, options=given)
    context.obj = session
    context.call_on_close(session.close)


workbench.help = "Repeatable client and media work: templates in Git, dated bundles, portable exports."


def hoist(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the global options moved to the front, wherever they stood."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            rest.extend([word, *waiting])
        elif word in _GLOBAL_FLAGS or word.startswith(tuple(f"{name}=" for name in _GLOBAL_VALUES)):
            front.append(word)
        elif word in _GLOBAL_VALUES:
            front.extend([word, *([value] if (value := next(waiting, None)) is not None else [])])
        else:
            rest.append(word)
    return front + rest


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    # The store, its log and backups, uploads, exports, anchors: all that is made is its owner's alone (S26).
    os.umask(0o077)
    words = hoist(sys.argv[1:] if arguments is None else arguments)
    code = run(words, as_json="--json" in words)
    gc.freeze()  # nobody needs the memory: the process ends, and looking through it all takes its time
    sys.exit(code)


def _check_words(words: Sequence[str]) -> None:
    """Refuse words that are not text: Python carries their odd bytes as half characters.

    Raises:
        BadRequestError: shows the word.
    """
    for word in words:
        if not word.isascii() and any("\ud800" <= character <= "\udfff" for character in word):
            shown = word.encode("utf-8", "replace").decode()
            raise BadRequestError(f"{shown!r} on the command line is not UTF-8. Write it so and try again.")


def run(words: list[str], *, as_json: bool) -> int:
    """Run one command; return its exit code."""
    try:
        _check_words(words)
        result = workbench.main(args=words, prog_name="workbench", standalone_mode=False)
    except click.exceptions.Abort:
        return 1
    except (click.BadParameter, click.FileError) as error:  # a bad or missing value is a refused request
        print_error(BadRequestError(error.format_message()), as_json=as_json)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except WorkbenchError as error:
        print_error(error, as_json=as_json)
        return answer_for(error).exit_code
    except BrokenPipeError:  # the reader of our output went away: nothing is left to say
        return 0
    except Exception as error:  # the one place where the unexpected ends
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            # It was asked about before it is opened.
            print_error(BadRequestError(_TOO_LONG), as_json=as_json)
            return 1
        print_error(_refused_by_the_system(error) or _bug(error, words), as_json=as_json)
        return 3
    return result if isinstance(result, int) else 0


def _refused_by_the_system(error: Exception) -> UnavailableError | None:
    """Tell of a file that may not be used, such as by a timer of another user: no bug, so no traceback."""
    if not isinstance(error, OSError) or not error.filename or error.errno not in _REFUSED:
        return None
    return UnavailableError(f"{error.filename}: {error.strerror}. {_REFUSED[error.errno]}")


def _bug(error: Exception, words: Sequence[str]) -> WorkbenchError:
    logging.getLogger("workbench").error("unexpected error in: %s", " ".join(words[:2]), exc_info=error)
    return WorkbenchError(
        f"Something unexpected went wrong ({type(error).__name__}: {error}). Please report this bug."
    )
