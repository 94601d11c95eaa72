"""Which kinds of events webhooks send: all that is no matter of one person alone (pure)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from engine.audit.models import Action
from engine.changes.queries.visibility import RULES, Rule
from engine.errors import bad_field

#: The kind of a message that somebody asked for to try a webhook out.
TEST = "webhook.test"
#: What happens in drafts, which only their author reads.
_DRAFTS = frozenset({Action.PROPOSAL_BEGUN, Action.PROPOSAL_CHANGED})
#: Every kind that can be sent, in the order of the actions.
OFFERED: tuple[Action, ...] = tuple(
    action for action in Action if RULES.get(action) is not Rule.OWNER and action not in _DRAFTS
)


def checked(asked: Sequence[Action]) -> list[str]:
    """Return the words of kinds that can be sent, each once, in the order of the actions.

    Raises:
        BadRequestError: one of them is of what concerns one person alone.
    """
    for kind in asked:
        if kind not in OFFERED:
            raise bad_field("kinds", f"{kind.value} is a matter of one person alone, and is not sent")
    return [kind.value for kind in OFFERED if kind in asked]


def is_sent(kind: Action, wanted: Collection[str]) -> bool:
    """Whether an event of a kind is sent by a webhook that wants these; all where it names none."""
    return kind in OFFERED and (not wanted or kind.value in wanted)
