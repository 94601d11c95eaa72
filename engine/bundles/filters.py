"""What somebody asks of the bundle list: filters, order and page, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.bundles.models import BundleStatus
from engine.errors import bad_fields, lines_of
from engine.inputs import whole_number

#: The word of the filter -> the column it sorts by.
SORTS = {
    "anchor_date": "anchor_date",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "title": "search_text",
}
DEFAULT_LIMIT, MAX_LIMIT = 50, 100
_MAX_OFFSET = 1_000_000_000


class Place(NamedTuple):
    """Where a bundle stands in a list: what follows it is found again by that."""

    #: What it is sorted by, as it is compared.
    value: str
    bundle_id: str


@dataclass(frozen=True, kw_only=True)
class BundleFilter:
    """Which bundles, in which order, which page."""

    #: Any of these; empty is every status.
    status: tuple[BundleStatus, ...] = ()
    #: A template's key.
    template_id: str | None = None
    #: A key, a name or an id.
    partner: str | None = None
    campaign: str | None = None
    #: Part of the title, in any case.
    text: str | None = None
    #: One of ``SORTS``, with ``-`` in front for descending.
    sort: str = "-anchor_date"
    limit: int = DEFAULT_LIMIT
    offset: int = 0

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> BundleFilter:
        """Return the filter that the texts of a form or a command line mean; empty ones are left out.

        Raises:
            BadRequestError: an unknown filter, or a value it cannot have; one detail for each.
        """
        given = {name: str(value).strip() for name, value in values.items() if str(value).strip()}
        read = {**_READERS, "template": _READERS["template_id"]}
        faults: list[tuple[str, str]] = []
        fields: dict[str, Any] = {}
        for name, text in given.items():
            try:
                if name not in read:
                    raise ValueError(f"there is no such filter; use {', '.join(_READERS)}")
                fields["template_id" if name == "template" else name] = read[name](text)
            except ValueError as error:
                faults.append((name, str(error)))
        if faults:
            raise bad_fields(faults, f"The list cannot be shown. {lines_of(faults)}")
        return cls(**fields)

    @property
    def sort_column(self) -> str:
        """The promoted column to sort by."""
        return SORTS[self.sort.removeprefix("-")]

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")


def _statuses(text: str) -> tuple[BundleStatus, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in set(BundleStatus)]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a status of a bundle; use {', '.join(BundleStatus)}")
    return tuple(BundleStatus(word) for word in words)


def _sort(text: str) -> str:
    if text.removeprefix("-") not in SORTS:
        raise ValueError(
            f"{text!r} is not a sort order; use {', '.join(SORTS)}, with - in front for descending"
        )
    return text


def _limit(text: str) -> int:
    return _number(text, 1, MAX_LIMIT)


def _offset(text: str) -> int:
    return _number(text, 0, _MAX_OFFSET)


def _number(text: str, least: int, most: int) -> int:
    number = whole_number(text, least, most)
    if number is None:
        raise ValueError(f"{text!r} is not a whole number from {least} to {most}")
    return number


_READERS: dict[str, Any] = {
    "status": _statuses,
    "template_id": str,
    "partner": str,
    "campaign": str,
    "text": str,
    "sort": _sort,
    "limit": _limit,
    "offset": _offset,
}
