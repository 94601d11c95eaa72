"""The keyboard shortcuts: what the ``?`` dialog lists, and what pages mark with ``data-key``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shortcut:
    """One key or sequence, and what it does."""

    keys: str
    does: str


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("?", "show these keys"),
    Shortcut("/", "search"),
    Shortcut("g b", "go to the board"),
    Shortcut("g m", "go to my work"),
    Shortcut("g i", "go to the inbox"),
    Shortcut("g u", "go to the bundles"),
    Shortcut("g q", "go to QA"),
    Shortcut("g s", "go to what is stuck"),
    Shortcut("g r", "go to the reports"),
    Shortcut("g t", "go to the templates"),
    Shortcut("g p", "go to the people"),
    Shortcut("n", "start something"),
    Shortcut("j", "next item of the list"),
    Shortcut("k", "item before"),
    Shortcut("Enter", "open the item"),
    Shortcut("e", "edit"),
    Shortcut("c", "write a note; in the inbox: approve with a change"),
    Shortcut("a", "in the inbox: approve, answer or permit"),
    Shortcut("r", "in the inbox: reject or refuse"),
    Shortcut(".", "the actions of the item or the page"),
    Shortcut("Ctrl+Enter", "send the form you are in"),
    Shortcut("Esc", "close what is open, leave the field"),
)
