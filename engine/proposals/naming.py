"""Names of templates, tasks and steps for what people wrote, and where templates lie; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LONGEST = 40


def path_of(template: str, scope: tuple[str, str] | None = None) -> str:
    """Return where a template lies, or its override of a scope such as ``("partner", "acme")``."""
    below = "" if scope is None else f"{scope[0]}s/{scope[1]}/"
    return f"content/task_templates/{below}{template}.yaml"


def name_for(text: str, taken: Iterable[str] = ()) -> str:
    """Return a key or ref for a text, none that is taken: ``Write it!`` is ``write_it``."""
    plain = unicodedata.normalize("NFKD", re.sub(r"\{\{.*?\}\}|\[\w+\]", "", text).replace("ß", "ss"))
    words = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode().lower())
    found = re.sub(r"^[^a-z]+", "", words)[:_LONGEST].strip("_") or "item"
    known, number, name = set(taken), 2, found
    while name in known:
        name, number = f"{found}_{number}", number + 1
    return name
