"""What a document tells somebody to type is typed here, out of the document itself (N1, N4, N6, N8).

The convention for every ``*.md`` of the product:

1. A fenced block says what it is: ``sh``, ``text``, ``yaml``, ``toml``, ``python`` ... (``test_fences``).
2. ``sh`` is what a person types into a terminal. All such blocks of a document are run in their order, as in
   one terminal: each begins in the folder, and with the exported variables, in which the one before ended.
   They run under ``sh`` (dash) and under ``bash``, with ``set -eu``: the first command that fails ends it.
3. A ``text`` block right after it is what the terminal then shows, whole. ``…`` stands for anything within
   its line that differs each time; a line that is only ``…`` stands for any number of lines.
4. ``workbench serve`` may be the last line of a block. It is waited for until it says its address, and serves
   while the blocks that follow are run, as from a second terminal. It is ended as Ctrl-C ends it: by a block
   that begins with a comment which says Ctrl-C, by the next one that serves, or after the last block.
   ``127.0.0.1:8000`` is replaced by the address that is free here.
5. ``console`` is for what cannot be run in a test (root, systemd, a package index): ``test_fences`` has a
   list of them, each with its reason.
6. A message of the product that a document quotes stands in "double quotes" (``test_quotes``).

A document's own test calls ``follow(blocks("web/RUNBOOK.md"), shell, folder, environment)`` with the fixtures
of ``tests.documents.conftest``, and puts into ``folder`` beforehand what the document takes for granted.
"""

from tests.documents.fenced import Block, Fence, blocks, documents, fences
from tests.documents.following import follow

__all__ = ["Block", "Fence", "blocks", "documents", "fences", "follow"]
