"""One press on what stands out in the work drafts the change of the template, with its figures (D13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from engine.access import Actor, Permission
from engine.command import AnyCommand, Command, Services
from engine.errors import ConflictError
from engine.evidence import gather, queries
from engine.evidence.figures import RevisionFigures
from engine.evidence.findings import Finding, Kind, stand_out
from engine.evidence.gather import Evidence
from engine.inputs import Input
from engine.plurals import plural
from engine.proposals import changing, known_names
from engine.proposals.changing import Change
from engine.proposals.models import Proposal, ProposalSource
from engine.proposals.suggestions import NotSuggested, Suggestion, suggest
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


class Suggest(Input):
    """Which of the things that stand out shall become a change of the template."""

    #: The key of the template.
    template: str = Field(title="Template", min_length=1)
    #: What stands out, as `content evidence --json` calls it.
    kind: Kind
    #: The task that it is about, by its name in the template.
    task: str = Field(title="Task", min_length=1)
    #: The step that it is about, where it is about one.
    step: str | None = None
    #: The partner whose override the revision has; left out where it is for everybody.
    partner: str | None = None
    #: The campaign whose override the revision has.
    campaign: str | None = None


def of_finding(
    tx: Transaction, content: Content, found: Evidence, revision: RevisionFigures, finding: Finding
) -> Suggestion | NotSuggested:
    """Return what a press on a finding would change, or why none can."""
    remarks: tuple[str, ...] = ()
    if finding.kind is Kind.SENT_BACK:
        key = (revision.closure_hash, finding.task)
        say = known_names.for_everybody(tx)
        remarks = tuple(map(say, queries.sent_back_for(tx, found.template_id, key)))
    return suggest(content, found.pinned[revision.closure_hash], revision, finding, remarks=remarks)


def prepare(services: Services, actor: Actor, request: Suggest) -> Change:
    """Work out the change that a finding advises, from the work and the content as they are now.

    Raises:
        TemplateNotFoundError: there is no such template.
        ForbiddenError: the actor does not see all work.
        ConflictError: it does not stand out any more, no program can make the change, or the content would
            have an error with it that it has not now; says which.
        ContentError: the text cannot be changed there without touching other lines.
    """
    content = services.content()
    with services.reading(actor) as tx:
        found = gather.of_template(tx, content, request.template)
        revision, finding = _asked(found, request)
        made = of_finding(tx, content, found, revision, finding)
        if isinstance(made, NotSuggested):
            raise ConflictError(f"No press makes this change of “{finding.title}”. {made.why}")
        file = changing.drafted(tx, content, found.template_id, made.path)
    text = changing.changed_text(file, made.change)
    errors, warnings = changing.new_problems(content, file, text)
    if errors:
        raise ConflictError(
            f"The template would not be right: {errors[0].message} Make the change in the editor, with what "
            "else it needs.",
            details=[one.as_detail() for one in errors],
        )
    said = [finding.words, *made.notes, *(f"The check says: {one.message}" for one in warnings)]
    return Change(
        template=found.template_id,
        file=file,
        text=text,
        base_commit=content.commit,
        source=ProposalSource.EVIDENCE,
        title=made.title,
        description="\n\n".join([*said, _counted_in(services, found, revision)]),
        answers=(
            {
                "revision": revision.closure_hash,
                "kind": finding.kind.value,
                "task": finding.task,
                "step": finding.step,
            },
        ),
    )


def _asked(found: Evidence, request: Suggest) -> tuple[RevisionFigures, Finding]:
    scopes = {"partner": request.partner, "campaign": request.campaign}
    wanted = {level: key for level, key in scopes.items() if key}
    newest = next((one for one in found.revisions if dict(one.overridden) == wanted), None)
    asked = (request.kind, request.task, request.step)
    for finding in stand_out(newest) if newest else ():
        if newest and (finding.kind, finding.task, finding.step) == asked:
            return newest, finding
    raise ConflictError(
        f"This does not stand out in the newest revision of {found.name} any more. "
        "Look at what the work says now."
    )


def _counted_in(services: Services, found: Evidence, revision: RevisionFigures) -> str:
    """Say which runs were counted, and where the figures stand."""
    whose = f" for {revision.whom}" if revision.whom else ""
    at = f" at {revision.commit[:12]}" if revision.commit else ""
    count = plural(revision.bundles, "bundle")
    where = f"{services.settings.site}/templates/{found.template_id}/evidence"
    return f"Counted in {count} of {found.name}{whose}{at}: {where}"


def said(proposal: Proposal) -> str:
    """Return what is told once a draft has the change."""
    return f"Your draft has it: {proposal.title}. Nothing changes until it is offered and merged."


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="proposal suggest",
        help="Make the change that something which stands out in the work advises, as a draft.",
        input=Suggest,
        permission=Permission.PROPOSE,
        prepare=prepare,
        run=lambda tx, _request, change: changing.put(tx, change),
        message=said,
    ),
)
