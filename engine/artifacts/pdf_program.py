"""Reads the text of one PDF from its standard input: a program of its own, which may be killed at any time.

A PDF is a program, too, and some are made to be read without end. So none is read by a process that answers
anybody: this one binds itself to a share of the processor and of memory before it looks at the file, and
tells the text of each page as it has it, one line of JSON each. The last line says why something was not
read.

It imports nothing of Workbench: it starts in a tenth of a second, and from wherever it lies.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

#: Lets those go first who ask for pages.
_NICENESS = 5


def bind(seconds: int, memory: int) -> None:
    """Let the system end this process after so much of the processor's time, and give it no more memory."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def tell(file: BinaryIO, pages: int, characters: int) -> Iterator[str | dict[str, str]]:
    """Yield the texts of the first pages, then in a word why the rest was not read; none, where all was."""
    from pypdf import PdfReader, overwrite_configuration  # noqa: PLC0415 - within the bounds
    from pypdf.errors import DependencyError  # noqa: PLC0415

    logging.disable()  # nobody reads what it says about broken files
    overwrite_configuration(jbig2dec_binary=None)  # no other program is ever started
    reader = PdfReader(file)
    try:
        # Many are locked against changes alone, and open without a password.
        is_locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError:  # in a way that only a library can open which is not there
        is_locked = True
    if is_locked:
        yield {"unread": "locked"}
        return
    count, left, unread = len(reader.pages), characters, ""
    for number in range(min(count, pages)):
        try:
            text = reader.pages[number].extract_text().strip()[:left]
        except Exception:  # one broken page is no reason to leave out the others
            text, unread = "", "broken"
        if text:
            left -= len(text)
            yield text
        if not left:
            break
    yield {"unread": "pages" if count > pages else unread or ("empty" if left == characters else "")}


def main() -> None:
    """Read the file; how much at most, the command line says."""
    pages, characters, seconds, memory = map(int, sys.argv[1:])
    bind(seconds, memory)
    try:
        for told in tell(sys.stdin.buffer, pages, characters):
            _say(told)
    except MemoryError:
        _say({"unread": "memory"})
    except Exception:  # whatever a broken file may lead to
        _say({"unread": "broken"})


def _say(told: str | dict[str, str]) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
