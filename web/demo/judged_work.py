"""The chapters of the demo in which work is judged: two versions of an article, a trainee, QA."""

from __future__ import annotations

from pathlib import Path

from engine.app import Workbench
from engine.catalog.yaml_reader import read_yaml
from engine.deliverables import approvals
from engine.qa import service as qa
from engine.reference import service as reference
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from web.demo import judging
from web.demo.cast import Cast

_FIRST_DRAFT = """# How to waterproof a tent

A tent that leaks at the seams is rarely worn out. It just wants an evening of work.

## Clean it first

Wash the fly with lukewarm water and a soft sponge. Detergent takes the coating off.

## Seal the seams

Pull the tape tight and brush the sealer on from the inside. Let it dry for two hours.

## Check it

Set the tent up in the garden and let the sprinkler run for ten minutes.
"""
_SECOND_DRAFT = """# How to waterproof a tent

A tent that leaks at the seams is rarely worn out. It wants an evening of work.

## Clean it first

Wash the fly with lukewarm water and a soft sponge. Detergent takes the coating off.

## Seal the seams

Pull the tape tight and brush the sealer on from the inside. Let it dry for six hours at 20 degrees
(Acme spring data sheet, page 4).

## Check it

Set the tent up in the garden and let the sprinkler run for ten minutes.

## What to do next

Send us a picture of a seam that still leaks; our workshop answers within two days.
"""
_DATA_SHEET = {
    "label": "Spring data sheet",
    "url": "https://acme.example/spring-data-sheet.pdf",
    "type": "guidelines",
    "category": "content",
}


def load_reference(workbench: Workbench, *, late: bool = False) -> None:
    """Load who works for whom; ``late`` adds what the client sent only when the work had begun."""
    data = read_yaml((Path(__file__).parent / "reference.yaml").read_bytes(), "reference.yaml").data
    if late:
        spring = next(item for item in data["campaigns"] if item["key"] == "acme_spring")
        spring["attachments"] = [*spring["attachments"], _DATA_SHEET]
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, data)


def article(cast: Cast) -> None:
    """A piece for a campaign with its own overrides."""
    cast.at(-8, 9)
    bundle = cast.start(
        "ana",
        "blog_post",
        anchor=6,
        campaign="acme_spring",
        title="Article: how to waterproof a tent",
        parameters={"topic": "how to waterproof a tent"},
    )
    tasks = cast.tasks(bundle)
    cast.at(-6, 11)
    cast.finish("ana", tasks[0])
    draft = next(task for task in cast.tasks(bundle, open_only=True) if not task.is_blocked)
    cast.at(-5, 9)
    cast.begin("ana", draft)
    cast.say("ana", draft, "Opening and first section stand. I still need a photo of the seam tape.")
    cast.at(-4, 15)
    judging.hand_over(cast, "ana", draft, _FIRST_DRAFT, "waterproof-a-tent.md")
    judging.ask(cast, "ana", draft)
    cast.at(-3, 10)
    judging.decide(
        cast,
        "mara",
        draft,
        "rejected",
        "The drying time has no source. And we never say “just” to readers.",
    )
    cast.at(-3, 16)
    load_reference(cast.workbench, late=True)
    cast.say(
        "mara",
        draft,
        "@ana Acme sent its spring data sheet: see page 4, it is attached now.",
    )
    cast.at(-2, 11)
    judging.hand_over(cast, "ana", draft, _SECOND_DRAFT, "waterproof-a-tent.md")
    judging.ask(cast, "ana", draft)
    cast.at(-1, 9)
    judging.decide(cast, "mara", draft, "approved", "Reads well now.")


def placement(cast: Cast) -> None:
    """A placement by a colleague in training: everything he hands over needs an approval."""
    cast.at(-12, 10)
    bundle = cast.start(
        "ravi",
        "link_placement",
        anchor=-1,
        campaign="globex_launch",
        title="Link: assembly-line magazine",
        parameters={"target_url": "https://globex.example/arm"},
    )
    prospects = cast.tasks(bundle)[0]
    cast.at(-11, 10)
    cast.begin("ravi", prospects)
    judging.ask_for_help(
        cast,
        "ravi",
        prospects,
        "Two sites lost half their visits in March. Are they still good enough?",
    )
    cast.at(-11, 14)
    judging.answer(
        cast,
        "ravi",
        prospects,
        "Look at a whole year: one that recovers is fine, one that keeps falling is not.",
    )
    judging.hand_over(cast, "ravi", prospects, "assemblymag.example\nrobotweekly.example\n", "prospects.txt")
    judging.ask(cast, "ravi", prospects)
    cast.at(-10, 10)
    judging.decide(
        cast, "mara", prospects, "approved_pending_changes", "Name the editor of robotweekly, then go ahead."
    )
    judging.hand_over(
        cast,
        "ravi",
        prospects,
        "assemblymag.example, Li Wen\nrobotweekly.example, Ada Fox",
        "prospects.txt",
    )
    with cast.acting("ravi") as tx:
        lifecycle.complete(tx, prospects.task_id)
    following = [task for task in cast.tasks(bundle, open_only=True) if not task.is_blocked]
    if following:
        cast.at(-4, 15)
        cast.wait(
            "ravi",
            following[0],
            "the editor's answer to our pitch",
            "Sent two angles; she is back on Thursday.",
        )


def second_looks(cast: Cast) -> None:
    """What waited too long is escalated; some of what was completed is scored, and one client complained."""
    cast.at(-1, 13)
    with cast.acting("mara") as tx:
        approvals.escalate(tx)
    judging.score_oldest(
        cast,
        [
            (True, 4, "Tidy. Next time put the room link into the first line of the invitation."),
            (True, 5, "Nothing to add; I would send this to anybody."),
            (False, 2, "The guest's title is the one from before her new post. Check it against her page."),
            (True, 3, "Right, but the picture is cropped through the logo."),
        ],
    )
    with cast.acting("mara") as tx:
        done = tx.find(Task, status=TaskStatus.COMPLETED, order_by=("-closed_at",), limit=1)[0]
        qa.flag(tx, done.task_id, "complaint", "The client says that the date in it is wrong.")
