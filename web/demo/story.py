"""The story that the demo tells: eight bundles over a month, worked by six people, ending today.

Everything goes through the use cases that the board uses, with the clock set to the
moment of the story, so every timeline, proof and waiting spell is real.
"""

from __future__ import annotations

from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.bundles import service
from engine.bundles.models import Bundle
from engine.ids import IdSource
from engine.tasks import lifecycle
from engine.tasks.models import Priority
from web.demo import automated, judged_work, judging, stage
from web.demo.cast import Cast
from web.demo.stage import PASSWORD

#: The same every time, so that two demos made at the same moment are the same.
_SEED = 20261121

_USERS = {
    "mara": ("Mara Maier", "manager"),
    "sam": ("Sam Silva", "strategist"),
    "ana": ("Ana Alvarez", "member"),
    "ben": ("Ben Brandt", "member"),
    "chloe": ("Chloé Chen", "member"),
    "ravi": ("Ravi Rao", "member"),
}
#: The partner's person, and the key of the partner.
_GUEST = ("pia", "Pia Park", "acme")


def tell(workbench: Workbench) -> bool:
    """Fill a store that has no bundles yet; return whether anything was made.

    Of two demos that begin in one store, one tells the story, and the other shows what is told so far (G14).
    """
    with workbench.reading(workbench.operator()) as tx:
        if tx.count(Bundle):
            return False
    clock, ids = workbench.clock, workbench.ids
    cast = Cast(workbench, today=clock.now().date())
    dice = workbench.dice
    workbench.clock, workbench.ids, workbench.dice = cast.clock, IdSource(_SEED), judging.Die()
    try:
        cast.at(-32, 8)
        with workbench.transaction(workbench.operator()) as tx:
            if not stage.put_mark(tx):
                return False
        _prepare(workbench, cast)
        for chapter in (
            _last_newsletter,
            _last_episode,
            _next_episode,
            _next_newsletter,
            _tax_report,
            judged_work.article,
            judged_work.placement,
            _audit,
            _loose_ends,
            judged_work.second_looks,
        ):
            chapter(cast)
        automated.by_themselves(cast, clock.now())
    finally:
        workbench.clock, workbench.ids, workbench.dice = clock, ids, dice
    return True


def _prepare(workbench: Workbench, cast: Cast) -> None:
    judged_work.load_reference(workbench)
    known = passwords.hash_password(PASSWORD)
    with workbench.transaction(workbench.operator()) as tx:
        for key, (name, role) in _USERS.items():
            accounts.add_user(tx, f"{key}@example.com", name, [role], password_hash=known)
        key, name, partner = _GUEST
        accounts.add_user(tx, f"{key}@example.com", name, ["partner"], partner=partner, password_hash=known)
    cast.enter([*_USERS, _GUEST[0]])


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
    """Tasks of no bundle: one asks, two wait for Mara's word, one waits for a task that was called off."""
    cast.at(-5, 9)
    names = cast.alone("mara", "Propose names for the spring podcast season", "chloe", 1)
    cast.at(-4, 10)
    judging.add_and_ask(cast, "chloe", names, "season_names")
    cast.at(-3, 9)
    cast.alone("mara", "Agree on holiday cover for December", "mara", 2, priority=Priority.HIGH)
    cast.alone("mara", "Renew the microphone insurance", "ben", -1)
    cast.alone("ana", "Collect three more finished examples for gold standards", "ana", 12)
    pitch = cast.alone("mara", "Draft subject lines for the garden fair", "ravi", 3, task_type="article")
    cast.alone(
        "sam",  # nobody permits what they made, and Mara alone decides here
        "Fetch the ranking figures of all campaigns",
        None,
        1,
        task_type="data_extraction",
        assigned_to_bot=True,
        requires_human_review=True,
    )
    quotes = cast.alone("mara", "Ask two printers for a quote", "ben", 1)
    order = cast.alone("mara", "Order the banner", "ben", 4, depends_on=[quotes.task_id])
    cast.at(-2, 13)
    cast.begin("ravi", pitch)
    judging.ask_for_help(
        cast, "ravi", pitch, "May a subject line name the fair, or does Acme's agreement forbid that?"
    )
    cast.say("ben", order, "@mara the size is still open: two metres or three?")
    with cast.acting("mara") as tx:
        lifecycle.cancel(tx, quotes.task_id, "We use last year's printer.")
