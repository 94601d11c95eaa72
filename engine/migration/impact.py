"""What a revision of the content means for the bundles that run (D1): which it touches, and how; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from engine.catalog.resolved import ResolvedTemplate
from engine.errors import ContentError, TemplateNotFoundError
from engine.migration.compared import Compared, Side, compared
from engine.migration.facts import BundleFacts
from engine.migration.hands import NAMES
from engine.migration.judging import Finding, Judge, worst_of
from engine.migration.matrix import Verdict

if TYPE_CHECKING:
    from engine.catalog.content import Content


class Running(Protocol):
    """Where the facts about running work come from: the store, or an index.

    1. ``bundles`` gives every running bundle, without its tasks, and asks for nothing else.
    2. ``pinned`` gives the same for all bundles of one template and closure hash.
    3. ``with_tasks`` gives each of the bundles once; a fact that nobody asks for may be missing.
    """

    #: The zone of the workspace, in which days end where no calendar says otherwise.
    zone: str

    def bundles(self) -> Sequence[BundleFacts]:
        """Return all running bundles, without their tasks."""
        ...

    def pinned(self, bundle: BundleFacts) -> Side:
        """Return the template that a bundle pinned."""
        ...

    def with_tasks(
        self,
        bundles: Collection[BundleFacts],
        sides: Mapping[str, Side],
        names: Mapping[str, Collection[str]],
        *,
        counts: bool,
    ) -> Iterable[BundleFacts]:
        """Return bundles with their tasks; sides and names by the ids of bundles."""
        ...


@dataclass(frozen=True, kw_only=True)
class BundleImpact:
    """What a revision means for one running bundle."""

    bundle_id: str
    template: str
    #: Whose override it follows; None where none is for it.
    partner: str | None
    campaign: str | None
    verdict: Verdict
    #: Why, where that is no matter of its tasks.
    why: str | None = None
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as the report in JSON has it."""
        return {
            "bundle_id": self.bundle_id,
            "template": self.template,
            "partner": self.partner,
            "campaign": self.campaign,
            "verdict": self.verdict.value,
            "why": self.why,
            "findings": [found.as_json() for found in self.findings],
        }


@dataclass(frozen=True)
class Impact:
    """What a revision of the content means for the bundles that run."""

    #: Commits; None without Git.
    base: str | None
    head: str | None
    #: By template, then the worst first.
    bundles: Sequence[BundleImpact]

    @cached_property
    def templates(self) -> Mapping[str, Counter[Verdict]]:
        """How many bundles of each touched template have each verdict."""
        found: dict[str, Counter[Verdict]] = {}
        for bundle in self.bundles:
            found.setdefault(bundle.template, Counter())[bundle.verdict] += 1
        return found

    @cached_property
    def totals(self) -> Counter[Verdict]:
        """How many bundles have each verdict."""
        return Counter(bundle.verdict for bundle in self.bundles)

    def as_json(self) -> dict[str, Any]:
        """Return it as ``content impact --format json`` prints it."""
        return {
            "base": self.base,
            "head": self.head,
            "totals": _counts(self.totals),
            "templates": [{"template": key, **_counts(found)} for key, found in self.templates.items()],
            "bundles": [bundle.as_json() for bundle in self.bundles],
        }


def _counts(found: Counter[Verdict]) -> dict[str, int]:
    return {verdict.value: found[verdict] for verdict in Verdict}


#: Which template, pin, partner and campaign.
_Group = tuple[str, str, str | None, str | None]


@dataclass(frozen=True)
class _Judged:
    """What is known of all bundles of a group: how to judge each, or one verdict on all of them."""

    judge: Judge | None = None
    side: Side | None = None
    compared: Compared | None = None
    verdict: Verdict = Verdict.UNAFFECTED
    why: str | None = None


def impact(base: Content, head: Content, running: Running) -> Impact:
    """Return what becomes of running bundles whose template ``head`` has otherwise than ``base``.

    Each bundle is held against what a migration to ``head`` would give it: its partner's or campaign's
    template there. A bundle whose template is the same in both is not in the report.
    """
    groups: dict[_Group, _Judged | None] = {}
    decided: list[BundleImpact] = []
    asked: dict[str, tuple[BundleFacts, _Group]] = {}
    for bundle in running.bundles():
        group = _group(bundle, base, head)
        if group not in groups:
            groups[group] = _judged(bundle, group, base, head, running)
        if (found := groups[group]) is None:
            continue
        if found.judge is None:
            decided.append(_impact(bundle, group, found.verdict, found.why))
        else:
            asked[bundle.bundle_id] = bundle, group
    decided += _of_tasks(asked, groups, running)
    decided.sort(key=lambda one: (one.template, -one.verdict.rank, one.bundle_id))
    return Impact(base.commit, head.commit, decided)


def _of_tasks(
    asked: Mapping[str, tuple[BundleFacts, _Group]],
    groups: Mapping[_Group, _Judged | None],
    running: Running,
) -> Iterator[BundleImpact]:
    """Yield the verdicts on bundles whose tasks have to be looked at."""
    known = {one: (groups[group] or _Judged()) for one, (_, group) in asked.items()}
    names = {
        group: found.compared.names & NAMES for group, found in groups.items() if found and found.compared
    }
    read = running.with_tasks(
        [bundle for bundle, _ in asked.values()],
        {one: found.side for one, found in known.items() if found.side},
        {one: names[group] for one, (_, group) in asked.items()},
        counts=any(found.compared.takes_away for found in known.values() if found.compared),
    )
    for bundle in read:
        judge = known[bundle.bundle_id].judge
        findings = tuple(judge.findings(bundle)) if judge else ()
        why = None if findings else "nothing of it is other for running work"
        yield _impact(bundle, asked[bundle.bundle_id][1], worst_of(findings), why, findings)


def _group(bundle: BundleFacts, base: Content, head: Content) -> _Group:
    """Return what a bundle shares with others: who overrides nothing is as nobody."""

    def named(level: str, key: str | None) -> str | None:
        there = any((bundle.template, level, key) in content.overrides for content in (base, head))
        return key if there else None

    partner, campaign = named("partner", bundle.partner), named("campaign", bundle.campaign)
    return bundle.template, bundle.closure_hash, partner, campaign


def _judged(
    bundle: BundleFacts, group: _Group, base: Content, head: Content, running: Running
) -> _Judged | None:
    """Return how to judge the bundles of a group; None where the revision does not touch them."""
    key, pinned, partner, campaign = group
    before = _resolved(base, key, partner, campaign)
    try:
        after = head.resolve(key, partner=partner, campaign=campaign)
    except TemplateNotFoundError:
        return _Judged(why="its template is no more; it goes on as it is") if before else None
    except ContentError as error:
        return _Judged(verdict=Verdict.BLOCKED, why=error.message)
    if before is not None and before.closure_hash == after.closure_hash:
        return None
    if after.closure_hash == pinned:
        return _Judged(why="it was made from this revision")
    side = running.pinned(bundle)
    found = compared(side, Side.of(after))
    return _Judged(Judge(found, running.zone), side, found)


def _resolved(
    content: Content, key: str, partner: str | None, campaign: str | None
) -> ResolvedTemplate | None:
    try:
        return content.resolve(key, partner=partner, campaign=campaign)
    except (TemplateNotFoundError, ContentError):
        return None


def _impact(
    bundle: BundleFacts,
    group: _Group,
    verdict: Verdict,
    why: str | None,
    findings: tuple[Finding, ...] = (),
) -> BundleImpact:
    template, _, partner, campaign = group
    return BundleImpact(
        bundle_id=bundle.bundle_id,
        template=template,
        partner=partner,
        campaign=campaign,
        verdict=verdict,
        why=why,
        findings=findings,
    )
