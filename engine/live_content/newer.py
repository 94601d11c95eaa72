"""Whose bundles run by an older version of a template is told, once for each version of it (decision 10)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from engine.accounts import actors
from engine.accounts.models import User
from engine.bundles.models import Bundle, BundleStatus
from engine.catalog.content import Content
from engine.errors import ContentError, TemplateNotFoundError
from engine.migration.impact import BundleImpact, Impact
from engine.migration.matrix import Verdict
from engine.notifications.models import About, Notification, NotificationKind
from engine.notifications.service import call_off, notify
from engine.transaction import Transaction

#: So many bundles are named of those for which a migration means the same.
_MOST = 5
#: What a migration means.
_MEANS = {
    Verdict.SAFE: "A migration takes nothing from what was done already",
    Verdict.DECISION: "A migration asks for decisions",
    Verdict.BLOCKED: "A migration has to wait for an open approval",
}


def tell(tx: Transaction, content: Content, impact: Impact) -> int:
    """Tell owners which of their running bundles a newer template would change; return how many are told.

    All bundles of one template are one notification of their owner, in place of that of an earlier version;
    managers are told where the owner is not there any more. What stays as it is for a bundle is not told.
    """
    revisions = _Revisions(content)
    touched = {
        one.bundle_id: one
        for one in impact.bundles
        if one.verdict is not Verdict.UNAFFECTED and revisions.of(one) is not None
    }
    bundles = [one for one in tx.find(Bundle, bundle_id=sorted(touched)) if one.status is BundleStatus.ACTIVE]
    users = {user.user_id: user for user in tx.find(User)}
    others = actors.managers_among(user for user in users.values() if user.is_active)
    found: dict[tuple[str, str], list[Bundle]] = defaultdict(list)
    for bundle in bundles:
        owner = users.get(bundle.owner_id)
        for user in [owner] if owner and owner.is_active else others:
            found[user.user_id, bundle.template_id].append(bundle)
    for (user_id, _), own in found.items():
        own.sort(key=lambda one: (-touched[one.bundle_id].verdict.rank, one.anchor_date, one.bundle_id))
        _tell(tx, user_id, own, [touched[one.bundle_id] for one in own], revisions)
    return len({user_id for user_id, _ in found})


class _Revisions:
    """Which version of its template each bundle would follow."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def of(self, one: BundleImpact) -> str | None:
        """Return its hash; None where there is no template, or one that cannot be used as it is."""
        try:
            return self._content.resolve(
                one.template, partner=one.partner, campaign=one.campaign
            ).closure_hash
        except (TemplateNotFoundError, ContentError):
            return None

    def name_of(self, template: str) -> str:
        """Return what people call a template."""
        return self._content.templates[template].name

    def digest(self, touched: Iterable[BundleImpact]) -> str:
        """Return the same for the same versions of a template."""
        hashes = sorted({str(self.of(one)) for one in touched})
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16]


def _tell(
    tx: Transaction,
    user_id: str,
    bundles: Sequence[Bundle],
    touched: Sequence[BundleImpact],
    revisions: _Revisions,
) -> None:
    """Tell somebody of all their bundles of one template."""
    template = bundles[0].template_id
    about = f"template_changed:{template}:"
    key = f"{about}{revisions.digest(touched)}"
    for one in tx.find(Notification, user_id=user_id, is_listed=True):
        if one.key.startswith(about) and one.key != key:
            call_off(tx, one)
    name = revisions.name_of(template)
    whose = bundles[0].title if len(bundles) == 1 else f"{len(bundles)} bundles of yours"
    notify(
        tx,
        user_ids=[user_id],
        kind=NotificationKind.TEMPLATE_CHANGED,
        title=f"{whose}: there is a newer version of the template “{name}”",
        lines=[
            *_lines(bundles, touched),
            "All goes on as it was started until somebody migrates it to the newer version.",
        ],
        about=About(bundle_id=bundles[0].bundle_id),
        key=key,
    )


def _lines(bundles: Sequence[Bundle], touched: Sequence[BundleImpact]) -> list[str]:
    """Say for each verdict of which bundles it is."""
    found: dict[Verdict, list[str]] = {}
    for bundle, one in zip(bundles, touched, strict=True):
        found.setdefault(one.verdict, []).append(f"“{bundle.title}”")
    if len(bundles) == 1:
        return [f"{_MEANS[touched[0].verdict]}."]
    return [f"{_MEANS[verdict]}: {_list(titles)}." for verdict, titles in found.items()]


def _list(titles: Sequence[str]) -> str:
    left = len(titles) - _MOST
    return f"{', '.join(titles[:_MOST])} and {left} more" if left > 0 else ", ".join(titles)
