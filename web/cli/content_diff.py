"""``workbench content diff``: what changed in the content between two revisions, in words of the format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from engine.catalog.diff import report
from engine.catalog.diff.contents import diff as compare_contents
from engine.catalog.diff.sides import sides, told_what_is_lacking
from engine.catalog.diff.wording import Style
from engine.reference.models import Campaign, Partner
from web.cli.context import Session, to_json

_JSON = "json"
_FORMATS = (*Style, _JSON)


@click.command("diff")
@click.argument("revisions", metavar="BASE..HEAD")
@click.option("--format", "style", default="text", metavar="text|markdown|json", help="How it is printed.")
@click.pass_obj
def diff(session: Session, revisions: str, style: str) -> None:
    """Tell what changed in the content from BASE to HEAD: what authors wrote, and what work gets.

    BASE...HEAD begins where HEAD parted from BASE, BASE alone goes to HEAD; with --worktree it goes to the
    files on disk.
    """
    if style not in _FORMATS:
        raise click.BadParameter(f"{style!r} is not {', '.join(Style)} or {_JSON}.", param_hint="--format")
    folder = Path(session.settings.content)
    with told_what_is_lacking(folder):
        base, head = sides(folder, revisions, worktree=session.settings.worktree)
        found = compare_contents(base, head, partner_of=partners_of_campaigns(session))
    data = report.as_json(found) if session.as_json or style == _JSON else {}
    text = to_json(data) if style == _JSON else report.as_text(found, Style(style))
    session.answer(data, text)


def partners_of_campaigns(session: Session) -> Mapping[str, str]:
    """Return the partners of campaigns by key, as far as a store is at hand that knows them."""
    file = session.settings.database_file
    if file is not None and not file.exists():
        return {}
    with session.reading() as tx:
        keys = {partner.partner_id: partner.key for partner in tx.find(Partner)}
        return {campaign.key: keys[campaign.partner_id] for campaign in tx.find(Campaign)}
