"""What a browser sends of a form that a page shows, so that a test sends just that (EDT-08)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import lxml.html

#: Inputs whose value a browser keeps as the page says it; all others have one line.
_KEPT = ("hidden", "checkbox", "radio")


@dataclass
class ShownForm:
    """A form of a page, as a browser would send it untouched."""

    action: str
    #: (name, value), in the order of the page.
    sent: list[tuple[str, str]]

    def with_values(self, changed: dict[str, str | list[str]] | None = None) -> dict[str, list[str]]:
        """Return what is sent once these were typed instead."""
        data: dict[str, list[str]] = {}
        for name, value in self.sent:
            data.setdefault(name, []).append(value)
        for name, value in (changed or {}).items():
            values = value if isinstance(value, list) else [value]
            data[name] = [_ended(one) for one in values]
        return data


def form_of(html: str, name: str) -> ShownForm:
    """Return a form of a page by its id, with what a browser sends of it as it stands."""
    form: Any = lxml.html.fromstring(html).get_element_by_id(name)
    return ShownForm(
        form.get("action"),
        [
            (one.name, _ended(value))
            for one in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]")
            if (value := _value(one)) is not None
        ],
    )


def _value(one: Any) -> str | None:
    if one.tag == "textarea":
        return (one.text or "").removeprefix("\n")
    if one.tag == "select":
        return one.value if one.value is not None else one.value_options[0]
    kind = one.get("type", "text")
    if kind in ("checkbox", "radio") and not one.checked:
        return None
    value = one.get("value", "on" if kind in ("checkbox", "radio") else "")
    return value if kind in _KEPT else re.sub(r"[\r\n]", "", value)


def _ended(text: str) -> str:
    """Return a text with the line ends that a browser sends."""
    return re.sub(r"\r\n|\r|\n", "\r\n", text)
