"""What many pages have in common: functions that give markup, everything in it escaped (P3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from types import SimpleNamespace

from flask import Flask
from markupsafe import Markup, escape

from engine.audit.models import Event
from engine.reports.entries import summary_of
from web import format as formats

_REMEMBERED = 1024


def panel(
    name: str, title: str, note: object = "", live: bool = False, *, caller: Callable[[], Markup]
) -> Markup:
    """Return a panel with its heading: ``{% call common.panel("steps", "Steps") %}…{% endcall %}``.

    ``live``: it is kept fresh.
    """
    anchor, fresh = escape(name), " data-live" if live else ""
    beside = f'<span class="quiet">{escape(note)}</span>' if note else ""
    return Markup(  # noqa: S704 - every part is escaped
        f'<section class="panel" id="{anchor}" aria-labelledby="{anchor}-title"{fresh}>\n'
        f'<div class="panel-head"><h2 id="{anchor}-title">{escape(title)}</h2>{beside}</div>\n'
        f"{escape(caller())}\n</section>\n"
    )


@lru_cache(_REMEMBERED, typed=True)  # text is kept apart from markup that looks the same
def outside(url: str, label: str) -> Markup:
    """Return a link that leads away from the board; what runs something is shown, and no link."""
    if not formats.is_address(url):
        return Markup("{} <code>{}</code>").format(label, url)
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(url, label)


def timeline(events: Iterable[Event], own_name: str | None = None) -> Markup:
    """Return what happened, in the order given; ``own_name`` is what the page is about."""
    return Markup("".join(_event(event, own_name) for event in events))  # noqa: S704 - every part is escaped


def _event(event: Event, own_name: str | None) -> str:
    said = summary_of(event) if own_name is None else summary_of(event).replace(own_name, "this task")
    reason = f' <span class="quiet">({escape(event.reason)})</span>' if event.reason else ""
    return (
        f"<li>{formats.ago(event.occurred_at)}<span><strong>{escape(event.actor_name)}:</strong>"
        f" {escape(said)}{reason}</span></li>\n"
    )


def register(app: Flask) -> None:
    """Offer these to the templates of ``app`` as ``common``."""
    app.jinja_env.globals["common"] = SimpleNamespace(panel=panel, outside=outside, timeline=timeline)
