"""The story that the demo tells: eight bundles over a month, worked by six people, ending today.

Everything goes through the use cases that the board uses, with the clock set to the
moment of the story, so every timeline, proof and waiting spell is real.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from engine.accounts import service as accounts
from engine.app import Workbench
from engine.bundles import service
from engine.bundles.models import Bundle
from engine.catalog.yaml_reader import read_yaml
from engine.ids import IdSource
from engine.reference import service as reference
from engine.tasks import create
from engine.tasks.models import Priority
from web.demo.cast import Cast

#: The same every time, so that two demos made at the same moment are the same.
_SEED = 20261121
PASSWORD = "workbench-demo"  # noqa: S105 - the demo's own, shown on the terminal

_USERS = {
    "mara": ("Mara Maier", "manager"),
    "sam": ("Sam Silva", "strategist"),
    "ana": ("Ana Alvarez", "member"),
    "ben": ("Ben Brandt", "member"),
    "chloe": ("Chloé Chen", "member"),
    "ravi": ("Ravi Rao", "member"),
}


def tell(workbench: Workbench) -> bool:
    """Fill a store that has no bundles yet; return whether anything was made."""
    with workbench.reading(workbench.operator()) as tx:
        if tx.count(Bundle):
            return False
    clock, ids = workbench.clock, workbench.ids
    cast = Cast(workbench, today=clock.now().date())
    workbench.clock, workbench.ids = cast.clock, IdSource(_SEED)
    try:
        _prepare(workbench, cast)
        for chapter in (
            _last_newsletter,
            _last_episode,
            _next_episode,
            _next_newsletter,
            _tax_report,
            _article,
            _links,
            _audit,
            _loose_ends,
        ):
            chapter(cast)
    finally:
        workbench.clock, workbench.ids = clock, ids
    return True


def _prepare(workbench: Workbench, cast: Cast) -> None:
    cast.at(-32, 8)
    raw = (Path(__file__).parent / "reference.yaml").read_bytes()
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, read_yaml(raw, "reference.yaml").data)
    with workbench.transaction(workbench.operator()) as tx:
        for key, (name, role) in _USERS.items():
            accounts.add_user(tx, f"{key}@example.com", name, [role], password=PASSWORD)
    cast.enter(list(_USERS))


def _last_newsletter(cast: Cast) -> None:
    """An issue without a sponsor, sent nine days ago and closed."""
    cast.at(-24, 9)
    issue = cast.start("mara", "newsletter", anchor=-9, title="Newsletter: wet-weather gear")
    for task in cast.tasks(issue):
        cast.at_due(task, hour=10)
        if task.skip and "not sponsored this week" in [reason["text"] for reason in task.skip["reasons"]]:
            cast.skip(
                "ben", task, "not sponsored this week", "No sponsor for this issue; Mara agreed in stand-up."
            )
        else:
            cast.finish("ben", task)
    cast.at(-1, 15)
    cast.fill_missing_links("ben", issue)
    with cast.acting("mara") as tx:
        service.complete(tx, issue)


def _last_episode(cast: Cast) -> None:
    """Recorded three days ago; the aftermath is on the board."""
    cast.at(-31, 9)
    episode = cast.start(
        "mara",
        "podcast_episode",
        anchor=-3,
        campaign="acme_podcast",
        title="Podcast: mapping the old drove roads",
    )
    for task in cast.tasks_due(episode, before=0):
        cast.at_due(task, hour=11)
        cast.finish("chloe" if cast.has_role(task, "producer") else "ben", task)
    cast.at(-1, 16)
    rest = cast.tasks(episode, open_only=True)
    if rest:
        cast.begin("chloe", rest[0])
        cast.say(
            "chloe",
            rest[0],
            "Audio is clean, but the guest's channel clips around minute 40. I re-level it tomorrow.",
        )


def _next_episode(cast: Cast) -> None:
    """In preparation: late in one thing, waiting for the guest in another."""
    cast.at(-20, 9)
    episode = cast.start(
        "mara",
        "podcast_episode",
        anchor=8,
        campaign="acme_podcast",
        title="Podcast: repair cafés and old rucksacks",
    )
    due = cast.tasks_due(episode, before=-1)
    for task in due[:-4]:
        cast.at_due(task, hour=14, earliest=-20)
        cast.finish("ben", task)
    late, waiting, working, blocked = due[-4:]
    cast.at(-2, 10)
    cast.begin("ben", working)
    cast.say(
        "ben", working, "Two of the five talking points are agreed with Jonas; the rest on Monday's call."
    )
    cast.wait(
        "ben", waiting, "the guest's portrait and short biography", "Asked by mail on Monday, nudged once."
    )
    cast.block("ben", blocked, "The shared drive is read-only since the move; IT has the ticket.")
    cast.say("mara", late, "This one slipped while we moved offices. Please take it first.")


def _next_newsletter(cast: Cast) -> None:
    """A sponsored issue under way."""
    cast.at(-10, 9)
    issue = cast.start(
        "mara", "newsletter", anchor=5, campaign="globex_launch", title="Newsletter: robots that sort"
    )
    due = cast.tasks_due(issue, before=-2)
    for task in due[:-1]:
        cast.at_due(task, hour=12, earliest=-10)
        cast.finish("ben", task)
    if due:
        cast.at(-1, 9)
        cast.wait("ben", due[-1], "the sponsor's final copy and logo", "They promised it for Friday noon.")


def _tax_report(cast: Cast) -> None:
    """The monthly report, half way."""
    cast.at(-6, 8)
    report = cast.start("mara", "monthly_tax_report", anchor=1, title="Tax report for last month")
    for task in cast.tasks_due(report, before=0):
        cast.at_due(task, hour=9, earliest=-6)
        cast.finish("ben", task)


def _article(cast: Cast) -> None:
    """A piece for a campaign with its own overrides."""
    cast.at(-8, 9)
    article = cast.start(
        "ana",
        "blog_post",
        anchor=6,
        campaign="acme_spring",
        title="Article: how to waterproof a tent",
        parameters={"topic": "how to waterproof a tent"},
    )
    tasks = cast.tasks(article)
    cast.at(-6, 11)
    cast.finish("ana", tasks[0])
    following = [task for task in cast.tasks(article, open_only=True) if not task.is_blocked]
    if following:
        cast.at(-1, 10)
        cast.begin("ana", following[0])
        cast.say(
            "ana", following[0], "Opening and first section stand. I still need a photo of the seam tape."
        )


def _links(cast: Cast) -> None:
    """Two placements: one asked for help from outside, one just begun."""
    cast.at(-12, 10)
    placement = cast.start(
        "ravi",
        "link_placement",
        anchor=-1,
        campaign="globex_launch",
        title="Link: assembly-line magazine",
        parameters={"target_url": "https://globex.example/arm"},
    )
    tasks = cast.tasks(placement)
    cast.at(-10, 10)
    cast.finish("ravi", tasks[0])
    following = [task for task in cast.tasks(placement, open_only=True) if not task.is_blocked]
    if following:
        cast.at(-4, 15)
        cast.wait(
            "ravi",
            following[0],
            "the editor's answer to our pitch",
            "Sent two angles; she is back on Thursday.",
        )


def _audit(cast: Cast) -> None:
    """Called off after the client changed hosts."""
    cast.at(-15, 9)
    audit = cast.start(
        "mara",
        "technical_audit",
        anchor=-2,
        partner="globex",
        title="Audit: globex.example",
        parameters={"site_url": "https://globex.example"},
    )
    cast.at(-13, 12)
    cast.say(
        "mara",
        cast.tasks(audit)[0],
        "They move to a new host next week; an audit now would describe the old one.",
    )
    with cast.acting("mara") as tx:
        service.cancel(tx, audit, "The client moves to a new host first; we audit after that.")


def _loose_ends(cast: Cast) -> None:
    """Tasks that belong to no bundle."""
    cast.at(-3, 9)
    content = cast.workbench.content()
    made = [
        ("mara", "Agree on holiday cover for December", Priority.HIGH, "mara", 2),
        ("mara", "Renew the microphone insurance", Priority.MEDIUM, "ben", -1),
        ("ana", "Collect three more finished examples for gold standards", Priority.LOW, "ana", 12),
    ]
    for who, title, priority, assignee, days in made:
        day = cast.today + timedelta(days=days)
        with cast.acting(who) as tx:
            wish = {
                "title": title,
                "task_type": "untyped",
                "priority": priority,
                "assignee": assignee,
                "due_date": day.isoformat(),
            }
            create.create(tx, content, create.NewTask.parse(wish))
