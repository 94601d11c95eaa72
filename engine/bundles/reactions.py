"""What a task's moves mean for its bundle: links, stage and dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.audit.models import Action
from engine.bundles import dates, links
from engine.bundles.models import Bundle, BundleLink, BundleStatus
from engine.errors import Violation
from engine.tasks import lost_blockers
from engine.tasks.guards import CompletionFacts
from engine.tasks.models import Proof, ProofKind, Task, TaskStatus
from engine.tasks.moved import Moved
from engine.tasks.states import SATISFYING
from engine.transaction import Transaction


def missing_links(
    tx: Transaction, cases: Sequence[tuple[Task, CompletionFacts]]
) -> dict[str, list[Violation]]:
    """List what keeps tasks from completion on the side of their bundles' links (a completion guard).

    That is each link that one needs that is neither filled nor waived, and a link to fill without one clear
    proof.
    """
    concerned = [
        (task, facts) for task, facts in cases if task.bundle_id and (task.needs_links or task.fills_link)
    ]
    bundles = {task.bundle_id for task, _ in concerned}
    found = tx.find(BundleLink, bundle_id=sorted(bundles)) if bundles else []
    known = {(link.bundle_id, link.name): link for link in found}
    return {
        task.task_id: [*_empty(task, known), *_unclear_proof(task, facts.proofs)] for task, facts in concerned
    }


def _empty(task: Task, known: Mapping[tuple[str, str], BundleLink]) -> Iterable[Violation]:
    for name in task.needs_links:
        link = known.get((task.bundle_id or "", name))
        if name != task.fills_link and link is not None and not link.is_settled:
            yield Violation(
                code="MISSING_LINK",
                message=f"The bundle's link “{name}” is empty: fill it first.",
                area="links",
                subject=name,
            )


def update_bundle(tx: Transaction, fact: Moved) -> None:
    """Bring the bundle up to date once one of its tasks was completed or skipped (a reaction)."""
    task = fact.task
    if fact.after not in SATISFYING or task.bundle_id is None:
        return
    bundle = tx.find_by_key(Bundle, task.bundle_id)
    if bundle is None:
        return
    if fact.after is TaskStatus.COMPLETED:
        _fill_from_proof(tx, bundle, task)
        if task.stage_on_complete:
            move_to_stage(tx, bundle, task.stage_on_complete, because=f"{task.name} was completed")
    else:
        _waive(tx, bundle, task)
    dates.apply(tx, list(dates.started_by(tx, bundle, task)))


def tell_of_loss(tx: Transaction, fact: Moved) -> None:
    """Tell those who wait for a task that failed or was cancelled (a reaction).

    Not where its whole bundle was cancelled: ``service.cancel`` tells of all tasks at once.
    """
    bundle = tx.find_by_key(Bundle, fact.task.bundle_id) if fact.task.bundle_id else None
    if bundle is None or bundle.status is not BundleStatus.CANCELLED:
        lost_blockers.tell_dependents(tx, fact)


def move_to_stage(tx: Transaction, bundle: Bundle, stage: str, *, because: str | None = None) -> None:
    """Set the bundle's stage, with an event; nothing happens if it is there already (BND-06)."""
    if bundle.stage == stage:
        return
    before = bundle.stage
    bundle.stage = stage
    tx.save(bundle)
    tx.record(
        Action.BUNDLE_STAGE_CHANGED,
        bundle,
        f"{bundle.title} moved from {before} to {stage}{f': {because}' if because else ''}",
    )


def _fill_from_proof(tx: Transaction, bundle: Bundle, task: Task) -> None:
    if task.fills_link is None:
        return
    proof = _source_of_link(task, tx.find(Proof, task_id=task.task_id, order_by=("position",)))
    if proof is None or not proof.is_given or not proof.value:
        return  # the proof was optional, and left out: the link is filled by hand
    links.fill(tx, links.get_link(tx, bundle, task.fills_link), proof.value, by=task)


def _unclear_proof(task: Task, proofs: Sequence[Proof]) -> list[Violation]:
    if task.fills_link is None or _source_of_link(task, proofs) is not None:
        return []
    return [
        Violation(
            code="MISSING_PROOF",
            message=f"It fills the bundle's link “{task.fills_link}”, but has neither a url proof with that "
            "label nor exactly one: ask the template's owner to label it.",
            area="proof",
            subject=task.fills_link,
        )
    ]


def _source_of_link(task: Task, proofs: Sequence[Proof]) -> Proof | None:
    """Return the url proof with the link's label, else the only url proof (definitions.md section 4)."""
    addresses = [proof for proof in proofs if proof.kind is ProofKind.URL]
    for proof in addresses:
        if proof.label == task.fills_link:
            return proof
    return addresses[0] if len(addresses) == 1 else None


def _waive(tx: Transaction, bundle: Bundle, task: Task) -> None:
    """Waive what the chosen reason says: some links, or all (product.md, decision 6)."""
    reasons = (task.skip or {}).get("reasons", [])
    chosen: dict[str, Any] = next((one for one in reasons if one["text"] == task.skip_reason), {})
    named = (chosen.get("waives") or {}).get("links") or []
    if not named:
        return
    affected: list[BundleLink] = links.links_of(tx, bundle.bundle_id)
    links.waive(tx, [link for link in affected if named == "all" or link.name in named], by=task)
