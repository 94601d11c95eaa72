"""Which of a campaign's material belongs to which work (ATT-05, ATT-06)."""

from __future__ import annotations

from collections.abc import Collection

from engine.reference.models import CampaignAttachment

#: What a file may say for material that every kind of work needs, besides nothing.
ALL = "all"


def category_of(written: str | None, known: Collection[str] = ()) -> str | None:
    """Return the category that is meant, spelled like the ``known`` one; None means all of them.

    Case and spaces around do not matter. A word that is not known stays as it is written.
    """
    words = (written or "").strip()
    spellings = {category.casefold(): category for category in known}
    return spellings.get(words.casefold(), words) if words.casefold() not in ("", ALL) else None


def is_internal(kind: str | None) -> bool:
    """Whether a type of material says that it is not for whoever does the work: ``internal_fyi``."""
    words = (kind or "").casefold().replace("-", " ").replace("_", " ").split()
    return words in (["internal", "fyi"], ["internal"], ["fyi"])


def belongs_to(attachment: CampaignAttachment, category: str) -> bool:
    """Whether the material is for work of a type of this category; never what is internal.

    Stores hold what earlier releases loaded: other spellings, and internal material.
    """
    meant = category_of(attachment.category)
    return not is_internal(attachment.type) and (meant is None or meant.casefold() == category.casefold())
