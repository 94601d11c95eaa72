"""Whom work is done for: partners, their campaigns, who does what in them, and their material."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.audit import topics
from engine.errors import WorkbenchError
from web import errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import partners
from web.pagination import offset_of

bp = Blueprint("partners", __name__)

#: What is done to a record without asking for anything.
_VERBS = frozenset({"activate", "deactivate"})


@bp.get("/partners")
@live.follows(topics.REFERENCE)
def index() -> ResponseReturnValue:
    """List partners and campaigns, those that are active first."""
    return _page()


@bp.post("/partners")
def add() -> ResponseReturnValue:
    """Add a partner, and show its page."""
    done = sent.do("partner add")
    return _led_to(done.message, "partners.show", partner_id=done.result.partner_id)


@bp.get("/partners/<partner_id>")
@live.follows(*live.WORK)
def show(partner_id: str) -> ResponseReturnValue:
    """Show a partner with its campaigns."""
    return _partner_page(partner_id)


@bp.post("/partners/<partner_id>")
def change(partner_id: str) -> ResponseReturnValue:
    """Change what is said of a partner."""
    done = sent.do("partner update", partner_id=partner_id)
    return _led_to(done.message, "partners.show", partner_id=partner_id)


@bp.post("/partners/<partner_id>/<verb>")
def act(partner_id: str, verb: str) -> ResponseReturnValue:
    """Start nothing new for a partner, or do so again."""
    if verb not in _VERBS:
        abort(404)
    done = sent.do(f"partner {verb}", partner_id=partner_id)
    return _led_to(done.message, "partners.show", partner_id=partner_id)


@bp.post("/campaigns")
def add_campaign() -> ResponseReturnValue:
    """Add a campaign, and show its page."""
    done = sent.do("campaign add")
    return _led_to(done.message, "partners.campaign", campaign_id=done.result.campaign_id)


@bp.get("/campaigns/<campaign_id>")
@live.follows(*live.WORK)
def campaign(campaign_id: str) -> ResponseReturnValue:
    """Show a campaign with its people and its material."""
    return _campaign_page(campaign_id)


@bp.post("/campaigns/<campaign_id>")
def change_campaign(campaign_id: str) -> ResponseReturnValue:
    """Change what is said of a campaign, and who does what in it."""
    done = sent.do("campaign update", campaign_id=campaign_id)
    return _led_to(done.message, "partners.campaign", campaign_id=campaign_id)


@bp.post("/campaigns/<campaign_id>/attachments")
def attach(campaign_id: str) -> ResponseReturnValue:
    """Attach material to a campaign."""
    done = sent.do("campaign attach", campaign_id=campaign_id)
    return _led_to(done.message, "partners.campaign", campaign_id=campaign_id, _anchor="material")


@bp.post("/campaigns/<campaign_id>/attachments/<attachment_id>/detach")
def detach(campaign_id: str, attachment_id: str) -> ResponseReturnValue:
    """Take material off a campaign."""
    done = sent.do("campaign detach", campaign_id=campaign_id, attachment_id=attachment_id)
    return _led_to(done.message, "partners.campaign", campaign_id=campaign_id, _anchor="material")


@bp.post("/campaigns/<campaign_id>/<verb>")
def act_on_campaign(campaign_id: str, verb: str) -> ResponseReturnValue:
    """Start nothing new in a campaign, or do so again."""
    if verb not in _VERBS:
        abort(404)
    done = sent.do(f"campaign {verb}", campaign_id=campaign_id)
    return _led_to(done.message, "partners.campaign", campaign_id=campaign_id)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    named = request.view_args or {}
    if "campaign_id" in named:
        campaign_id = named["campaign_id"]
        here = partial(url_for, "partners.campaign", campaign_id=campaign_id)
        return errors.shown_again(error, partial(_campaign_page, campaign_id), here)
    if "partner_id" in named:
        partner_id = named["partner_id"]
        here = partial(url_for, "partners.show", partner_id=partner_id)
        return errors.shown_again(error, partial(_partner_page, partner_id), here)
    return errors.shown_again(error, _page, partial(url_for, "partners.index"))


def _led_to(said: str, endpoint: str, **where: Any) -> ResponseReturnValue:
    messages.tell(said)
    return redirect(url_for(endpoint, **where), 303)


def _page(status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        lists = partners.load(
            tx,
            find=request.args.get("find", ""),
            partners_from=offset_of("offset"),
            campaigns_from=offset_of("campaigns"),
        )
    return live.page("partners/index.html", status, lists=lists)


def _partner_page(partner_id: str, status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        page = partners.load_partner(tx, partner_id)
    return live.page("partners/partner.html", status, page=page, partner=page.partner)


def _campaign_page(campaign_id: str, status: int = 200) -> Response:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = partners.load_campaign(tx, content, campaign_id)
    return live.page("partners/campaign.html", status, page=page, campaign=page.campaign)
