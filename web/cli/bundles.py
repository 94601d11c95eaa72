"""``workbench bundle ...``: start work from a template, and everything done to a bundle as a whole."""

from __future__ import annotations

from typing import Any

import click

from engine.bundles import describe, instantiate, queries, service
from engine.bundles.filters import BundleFilter
from engine.bundles.models import Bundle
from engine.bundles.request import NewBundle
from engine.catalog import parameters as parameter_values
from engine.tasks.dates import read_day
from web.cli.context import Session, key_values, table


@click.group("bundle")
def bundle() -> None:
    """Runs of a template: start, list, links, stage, dates, closing."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [bundle]


@bundle.command("create")
@click.argument("key")
@click.option("--anchor-date", required=True, metavar="YYYY-MM-DD", help="The day the offsets count from.")
@click.option("--partner", metavar="P")
@click.option("--campaign", metavar="C", help="Implies its partner.")
@click.option("--title", metavar="T")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="JSON unless the schema says string."
)
@click.option("--idempotency-key", metavar="K", help="The same key and request give the first bundle again.")
@click.pass_obj
def create(
    session: Session,
    key: str,
    anchor_date: str,
    partner: str | None,
    campaign: str | None,
    title: str | None,
    params: tuple[str, ...],
    idempotency_key: str | None,
) -> None:
    """Start the template KEY: its tasks, dated from the anchor date."""
    content = session.workbench.content()
    given = key_values(params)
    parsed: dict[str, Any] = dict(given)
    if given and key in content.templates:
        schema = content.resolve(key, partner=partner, campaign=campaign).template.parameters
        parsed = parameter_values.parse_texts(schema, given)
    new = NewBundle(
        template=key,
        anchor_date=read_day(anchor_date, "anchor_date"),
        partner=partner,
        campaign=campaign,
        title=title,
        parameters=parsed,
        idempotency_key=idempotency_key,
    )
    with session.writing() as tx:
        made = instantiate.create(tx, content, new)
        data = describe.describe(tx, made)
    _show(session, data)


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


@bundle.command("link")
@click.argument("bundle_id", metavar="ID")
@click.argument("name")
@click.argument("url")
@click.pass_obj
def link(session: Session, bundle_id: str, name: str, url: str) -> None:
    """Fill the bundle link NAME with URL."""
    with session.writing() as tx:
        service.fill_link(tx, bundle_id, name, url)
        data = describe.describe(tx, tx.get(Bundle, bundle_id))
    _show(session, data)


@bundle.command("stage")
@click.argument("bundle_id", metavar="ID")
@click.argument("stage")
@click.pass_obj
def stage(session: Session, bundle_id: str, stage: str) -> None:
    """Move the bundle to STAGE."""
    with session.writing() as tx:
        data = describe.describe(tx, service.set_stage(tx, bundle_id, stage))
    _show(session, data)


@bundle.command("reanchor")
@click.argument("bundle_id", metavar="ID")
@click.argument("day", metavar="DATE")
@click.option("--dry-run", is_flag=True, help="Print what would change, and change nothing.")
@click.pass_obj
def reanchor(session: Session, bundle_id: str, day: str, dry_run: bool) -> None:
    """Move the anchor date, and the due dates of open tasks with it."""
    anchor = read_day(day, "anchor_date")
    with session.writing() as tx:
        changes = service.reanchor(tx, bundle_id, anchor, dry_run=dry_run)
        data = describe.describe(tx, tx.get(Bundle, bundle_id))
    moved = [
        {
            "task_id": change.task_id,
            "title": change.title,
            "before": change.before.isoformat() if change.before else None,
            "after": change.after.isoformat() if change.after else None,
        }
        for change in changes
    ]
    lines = [[item["before"], item["after"], item["title"]] for item in moved]
    session.answer(
        {**data, "changes": moved, "dry_run": dry_run},
        lambda: ("Would change:\n" if dry_run else "Changed:\n") + table(lines, ["from", "to", "task"]),
    )


@bundle.command("complete")
@click.argument("bundle_id", metavar="ID")
@click.pass_obj
def complete(session: Session, bundle_id: str) -> None:
    """Complete a bundle whose tasks are all done and whose required links are filled or waived."""
    with session.writing() as tx:
        data = describe.describe(tx, service.complete(tx, bundle_id))
    _show(session, data)


@bundle.command("cancel")
@click.argument("bundle_id", metavar="ID")
@click.option("--reason", metavar="TEXT")
@click.pass_obj
def cancel(session: Session, bundle_id: str, reason: str | None) -> None:
    """Call a bundle off, its open tasks with it."""
    with session.writing() as tx:
        cancelled = service.cancel(tx, bundle_id, reason)
        tx.settle()
        data = describe.describe(tx, cancelled)
    _show(session, data)


def _show(session: Session, data: dict[str, Any]) -> None:
    session.answer(data, lambda: _page(data))


def _page(data: dict[str, Any]) -> str:
    commit = (data["pin"].get("commit") or "no commit")[:7]
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
