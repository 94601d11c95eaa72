"""``workbench bundle ...``: start work from a template, and everything done to a bundle as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.bundles import describe, queries
from engine.bundles.filters import BundleFilter
from engine.bundles.models import Bundle
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.bundles.commands import Reanchored
    from engine.command import Done


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - bundles are listed without the registry

    shown = {"bundle reanchor": _reanchored}
    return makers("bundle", shown, _changed, {"bundle create": _typed_parameters})


@click.group("bundle", cls=Registered, registered=_registered)
def bundle() -> None:
    """Runs of a template: start, list, links, stage, dates, closing."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [bundle]


@bundle.command("show")
@click.argument("bundle_id", metavar="ID")
@click.pass_obj
def show(session: Session, bundle_id: str) -> None:
    """Print a bundle with its links and tasks."""
    with session.reading() as tx:
        data = describe.describe(tx, tx.get(Bundle, bundle_id))
    _show(session, data)


@bundle.command("list")
@click.option("--status", metavar="S")
@click.option("--template", metavar="KEY")
@click.option("--campaign", metavar="C")
@click.option("--partner", metavar="P")
@click.option("--text", metavar="WORDS")
@click.option("--sort", metavar="FIELD")
@click.option("--limit", metavar="N")
@click.option("--offset", metavar="N")
@click.pass_obj
def list_bundles(session: Session, /, **filters: str | None) -> None:
    """List the bundles you may see."""
    wanted = BundleFilter.parse({name: value for name, value in filters.items() if value is not None})
    with session.reading() as tx:
        page = queries.list_bundles(tx, wanted)
    rows = [
        {
            **row.bundle.model_dump(mode="json"),
            "tasks_total": row.total,
            "tasks_done": row.done,
            "tasks_open": row.open,
            "tasks_late": row.late,
        }
        for row in page.items
    ]
    lines = [
        [
            row["bundle_id"],
            row["anchor_date"],
            row["status"],
            f"{row['tasks_done']}/{row['tasks_total']}",
            row["title"],
        ]
        for row in rows
    ]
    session.answer(
        {"bundles": rows, "total": page.total},
        lambda: table(lines, ["id", "anchor", "status", "done", "title"]) + f"\n{len(rows)} of {page.total}",
    )


def _typed_parameters(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Read parameters as the template's schema has them: JSON unless it says string."""
    from engine.catalog import parameters as parameter_values  # noqa: PLC0415 - as above

    content, key = session.workbench.content(), given["template"]
    if not given.get("parameters") or key not in content.templates:
        return given
    resolved = content.resolve(key, partner=given.get("partner"), campaign=given.get("campaign"))
    texts = parameter_values.parse_texts(resolved.template.parameters, given["parameters"])
    return {**given, "parameters": texts}


def _changed(session: Session, request: Any, done: Done[Any]) -> None:
    """Print the bundle that a command has changed or made."""
    with session.reading() as tx:
        made = done.result if isinstance(done.result, Bundle) else tx.get(Bundle, request.bundle_id)
        data = describe.describe(tx, made)
    _show(session, data)


def _reanchored(session: Session, _request: Any, done: Done[Reanchored]) -> None:
    """Print a bundle with what moved with its anchor date, or would."""
    found = done.result
    with session.reading() as tx:
        data = describe.describe(tx, tx.get(Bundle, found.bundle.bundle_id))
    moved = [
        {
            "task_id": change.task_id,
            "title": change.title,
            "before": change.before.isoformat() if change.before else None,
            "after": change.after.isoformat() if change.after else None,
        }
        for change in found.changes
    ]
    lines = [[item["before"], item["after"], item["title"]] for item in moved]
    session.answer(
        {**data, "changes": moved, "dry_run": found.dry_run},
        lambda: ("Would change:\n" if found.dry_run else "Changed:\n") + table(lines, ["from", "to", "task"]),
    )


def _show(session: Session, data: dict[str, Any]) -> None:
    session.answer(data, lambda: _page(data))


def _page(data: dict[str, Any]) -> str:
    commit = (data["pin"].get("commit") or "")[:7] or "uncommitted content"
    head = [
        f"{data['title']}  ({data['bundle_id']})",
        f"{data['template_id']} at {commit}, anchored on {data['anchor_date']}",
        f"stage {data['stage']}, {data['status']}",
        "",
        table(
            [
                [link["name"], link["state"], link["url"] or ("" if link["required"] else "optional")]
                for link in data["links"]
            ],
            ["link", "state", "url"],
        )
        if data["links"]
        else "No links.",
        "",
    ]
    rows = [
        [
            f"#{task['task_number']}",
            task["status"],
            task["due_date"],
            task["template_task_ref"],
            task["title"],
        ]
        for task in data["tasks"]
    ]
    return "\n".join(head) + table(rows, ["task", "status", "due", "ref", "title"])
