"""The public holidays of countries and their regions, as the package ``holidays`` knows them.

It is imported when the first calendar asks for it: most commands read none, and it takes a tenth of a second.
What it says may be another in each of its releases, so whatever must stay keeps what it said
(``Calendar.written_out``).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

#: The years whose holidays are known, so that a calendar says the same whenever it is read. Anchor dates lie
#: near the present; what moves these years gives templates another closure hash, as new holidays do.
YEARS = range(2020, 2041)


@lru_cache(maxsize=128)
def find(country: str, region: str | None, language: str | None) -> Mapping[date, str]:
    """Return the names of a country's public holidays, or of a region's of it, by day, in ``YEARS``.

    Raises:
        ValueError: there is no such country, region or language; names those that there are.
    """
    import holidays  # noqa: PLC0415 - most commands read no calendar
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - as above

    known = {codes[1]: codes[0] for codes in COUNTRIES.values()}
    if country not in known:
        raise ValueError(_unknown("country", country, known))
    one = getattr(holidays, known[country])
    if region is not None and region not in one.subdivisions:
        raise ValueError(_unknown(f"region of {country}", region, one.subdivisions))
    if language is not None and language not in one.supported_languages:
        raise ValueError(
            _unknown(f"language of the holidays of {country}", language, one.supported_languages)
        )
    # Without a language, the environment of whoever reads it would choose one.
    found = one(subdiv=region, years=YEARS, language=language or one.default_language, expand=False)
    return dict(sorted(found.items()))


def _unknown(what: str, given: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(given, known, n=1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    choices = f"known are {', '.join(sorted(known))}" if known else "none are known"
    return f"{given!r} is no {what}{meant}; {choices}"
