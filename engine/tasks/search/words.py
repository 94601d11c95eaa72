"""How texts are compared with words that are looked for: the one place that says what is the same.

A later release may analyse texts further, into an index of words; then this is what becomes of it.
"""

from __future__ import annotations

from unicodedata import normalize


def folded(text: str) -> str:
    """Return a text as searches compare it: in lower case, and each accented letter as one character.

    Some systems write é as e with an accent of its own (NFD); it is the same letter (D16).
    """
    return normalize("NFC", normalize("NFC", text).lower())
