"""What a revision means for running bundles, in words: for a terminal, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.catalog.diff.wording import Style
from engine.migration.impact import BundleImpact, Impact
from engine.migration.judging import Finding
from engine.migration.matrix import Kind, Verdict
from engine.plurals import plural

#: So many groups of bundles that need the same are told of each template, with so many ids of each.
_MOST_GROUPS, _MOST_NAMED = 50, 5
#: What somebody has to look at.
_TOLD = (Verdict.BLOCKED, Verdict.DECISION)
_NOTHING = "No running bundle is touched."


def as_text(impact: Impact) -> str:
    """Return the report for a terminal."""
    if not impact.bundles:
        return _NOTHING
    lines = [f"{_number(len(impact.bundles))} of templates that change: {_counts(impact)}."]
    for template in impact.templates:
        lines += ["", f"{template}: {_counts(impact, template)}"]
        groups = _groups(impact, template)
        for bundles, needs in groups[:_MOST_GROUPS]:
            lines += [f"  {_subject(bundles)}", *(f"    {line}" for line in needs)]
        lines += [f"  {_left(groups)}"] if len(groups) > _MOST_GROUPS else []
    return "\n".join(lines)


def as_markdown(impact: Impact) -> str:
    """Return the report as a comment on a pull request."""
    lines = ["### Running bundles", ""]
    if not impact.bundles:
        return "\n".join([*lines, _NOTHING])
    lines += [f"{_number(len(impact.bundles))} of templates that change: **{_counts(impact)}**.", ""]
    lines += [
        f"| Template | {' | '.join(one.words for one in Verdict)} |",
        f"| --- |{' ---: |' * len(Verdict)}",
    ]
    for template, counts in impact.templates.items():
        lines.append(f"| `{template}` | {' | '.join(str(counts[one]) for one in Verdict)} |")
    for template in impact.templates:
        groups = _groups(impact, template)
        lines += ["", f"#### `{template}`", ""] if groups else []
        for bundles, needs in groups[:_MOST_GROUPS]:
            lines += [f"- {_subject(bundles)}", *(f"  - {Style.MARKDOWN.plain(line)}" for line in needs)]
        lines += [f"- {_left(groups)}"] if len(groups) > _MOST_GROUPS else []
    return "\n".join(lines)


def _number(bundles: int) -> str:
    return plural(bundles, "running bundle")


def _counts(impact: Impact, template: str | None = None) -> str:
    counts = impact.totals if template is None else impact.templates[template]
    return ", ".join(
        f"{counts[verdict]} {_plural(verdict, counts[verdict])}" for verdict in Verdict if counts[verdict]
    )


def _plural(verdict: Verdict, count: int) -> str:
    return "need a decision" if verdict is Verdict.DECISION and count > 1 else verdict.words


#: Bundles that need the same, and what that is, a line each.
_Group = tuple[list[BundleImpact], tuple[str, ...]]


def _groups(impact: Impact, template: str) -> list[_Group]:
    """Return the bundles of a template that somebody has to look at, those that need the same together."""
    found: dict[tuple[Any, ...], _Group] = {}
    for one in impact.bundles:
        if one.template == template and one.verdict in _TOLD:
            needs = tuple(_needs(one))
            group = found.setdefault((one.verdict, one.partner, one.campaign, needs), ([], needs))
            group[0].append(one)
    return list(found.values())


def _left(groups: list[_Group]) -> str:
    bundles = sum(len(found) for found, _ in groups[_MOST_GROUPS:])
    return f"and {_number(bundles)} more, which --format json names"


def _subject(bundles: list[BundleImpact]) -> str:
    first, left = bundles[0], len(bundles) - _MOST_NAMED
    names = ", ".join(one.bundle_id for one in bundles[:_MOST_NAMED])
    more = f" and {left} more" if left > 0 else ""
    if first.verdict is Verdict.BLOCKED:
        verdict = "is blocked" if len(bundles) == 1 else "are blocked"
    else:
        verdict = _plural(first.verdict, len(bundles))
    return f"{names}{more}{_whose(first)} {verdict}"


def _whose(bundle: BundleImpact) -> str:
    whose = [f"partner {bundle.partner}"] if bundle.partner else []
    whose += [f"campaign {bundle.campaign}"] if bundle.campaign else []
    return f" (as overridden for {' and '.join(whose)})" if whose else ""


def _needs(bundle: BundleImpact) -> Iterator[str]:
    """Yield what makes a bundle need somebody, the worst first."""
    if bundle.why:
        yield bundle.why
    found = [one for one in bundle.findings if one.verdict in _TOLD]
    for one in sorted(found, key=lambda one: -one.verdict.rank):
        yield _line(one)


def _line(found: Finding) -> str:
    if found.ref is None:
        subject = "the bundle"
    else:
        subject = found.ref if found.kind is Kind.TASK_ADDED else f"{found.ref}, {found.state.value}"
    what = f" ({found.what})" if found.what else ""
    said = "is blocked" if found.verdict is Verdict.BLOCKED else found.verdict.words
    return f"{subject}: {found.kind.value}{what} {said}, because {found.why}"
