"""The fenced blocks of a document, and which of them are typed with what they promise."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from itertools import pairwise

from tests.conftest import ROOT

_FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<tag>[^`\n]*)$")


@dataclass(frozen=True)
class Fence:
    """A fenced block: its tag, its text, and the line of the document where the text begins."""

    document: str
    line: int
    tag: str
    text: str
    #: The line of the document after the closing fence.
    after: int

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@dataclass(frozen=True)
class Block:
    """What a person types, and what the terminal then shows, where the document says so."""

    typed: Fence
    promised: Fence | None

    def __str__(self) -> str:
        return str(self.typed)


def documents() -> list[str]:
    """Name every Markdown file of the product, from the root of the checkout."""
    words = ["git", "ls-files", "-co", "--exclude-standard", "-z", "*.md"]
    found = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(path for path in found.split("\0") if path and (ROOT / path).is_file())


def fences(document: str) -> list[Fence]:
    """Give the fenced blocks of a document in their order.

    Raises:
        AssertionError: one of them is not closed; names the line.
    """
    found = []
    lines = enumerate((ROOT / document).read_text(encoding="utf-8").splitlines(), start=1)
    for number, line in lines:
        opening = _FENCE.match(line)
        if opening is None:
            continue
        text = []
        for _, inner in lines:
            if inner.strip() == opening["marks"]:
                break
            text.append(inner.removeprefix(opening["indent"]))
        else:
            raise AssertionError(f"{document}:{number}: this block is not closed")
        whole = "".join(f"{inner}\n" for inner in text)
        found.append(Fence(document, number + 1, opening["tag"].strip(), whole, number + len(text) + 2))
    return found


def blocks(document: str) -> list[Block]:
    """Give what the document tells somebody to type, each with the output that it promises."""
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    found = []
    for fence, following in pairwise([*fences(document), None]):
        if fence is None or fence.tag != "sh":
            continue
        is_promise = (
            following is not None
            and following.tag == "text"
            and not "".join(lines[fence.after - 1 : following.line - 2]).strip()
        )
        found.append(Block(fence, following if is_promise else None))
    return found
