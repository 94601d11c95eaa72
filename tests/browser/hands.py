"""How a person works a page: by mouse, by touch or by keyboard alone, all with the same methods."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.chromium import PHONE, Window

#: More stops than any page of the journeys has.
_MOST_STOPS = 150


class Mouse:
    """Points and clicks; types only into fields."""

    def __init__(self, window: Window) -> None:
        self.page: Page = window.page

    def use(self, what: Locator) -> None:
        """Follow a link or press a button."""
        what.click()

    def write(self, label: str, text: str) -> None:
        """Fill in a field."""
        self.page.get_by_label(label).click()
        self.page.keyboard.type(text)

    def fill_in(self, field: Locator, text: str) -> None:
        """Put a text into a field, in place of what stands there."""
        field.click()
        field.fill(text)

    def tick(self, box: Locator) -> None:
        """Tick a box."""
        box.click()

    def choose(self, choice: Locator, words: str) -> None:
        """Choose from a list."""
        choice.select_option(words)

    def open_gallery(self) -> None:
        """Go to what can be started."""
        self.use(self.page.get_by_role("link", name="Start something"))

    def choose_recipe(self, name: str) -> None:
        """Open the form of a recipe."""
        self.use(self.page.get_by_role("link", name=name))

    def send(self, button: Locator) -> None:
        """Send the form that was just filled in."""
        self.use(button)


class Touch(Mouse):
    """Taps; what is under something else is not reached."""

    def use(self, what: Locator) -> None:
        what.tap()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label).tap()
        self.page.keyboard.type(text)

    def fill_in(self, field: Locator, text: str) -> None:
        field.tap()
        field.fill(text)

    def tick(self, box: Locator) -> None:
        box.tap()


class Keyboard(Mouse):
    """Never touches the mouse: Tab, Enter, the shortcuts of the ``?`` dialog."""

    def use(self, what: Locator) -> None:
        self._go_to(what)
        self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        self._go_to(self.page.get_by_label(label))
        self.page.keyboard.type(text)

    def fill_in(self, field: Locator, text: str) -> None:
        self._go_to(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        self._go_to(box)
        self.page.keyboard.press("Space")

    def choose(self, choice: Locator, words: str) -> None:
        self._go_to(choice)
        self.page.keyboard.type(words)

    def open_gallery(self) -> None:
        self._press_shortcut("n")

    def choose_recipe(self, name: str) -> None:
        recipe = self.page.get_by_role("link", name=name)
        recipe.wait_for()
        for _ in range(_MOST_STOPS):
            self.page.keyboard.press("j")
            if _has_focus(recipe):
                break
        self.page.keyboard.press("Enter")

    def send(self, button: Locator) -> None:  # noqa: ARG002 - no button is needed
        self._press_shortcut("Control+Enter")

    def _press_shortcut(self, keys: str) -> None:
        self.page.wait_for_load_state()  # shortcuts are the script's, which runs when the page is read
        self.page.keyboard.press(keys)

    def _go_to(self, what: Locator) -> None:
        what.wait_for()
        for _ in range(_MOST_STOPS):
            if _has_focus(what):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {what}")


class Way(NamedTuple):
    """How somebody works: with which hands, in which window."""

    hands: type[Mouse]
    options: dict[str, Any]

    @property
    def has_script(self) -> bool:
        """Whether the page's script runs."""
        return bool(self.options.get("java_script_enabled", True))


_NO_SCRIPT = {"java_script_enabled": False}
_PHONE = {"viewport": PHONE, "has_touch": True}
#: The five ways in which every job of a day is done.
WAYS = {
    "mouse": Way(Mouse, {}),
    "keyboard": Way(Keyboard, {}),
    "no script": Way(Mouse, _NO_SCRIPT),
    "phone": Way(Touch, _PHONE),
    "phone without script": Way(Touch, {**_PHONE, **_NO_SCRIPT}),
}


def in_ways(default: str, *others: str) -> pytest.MarkDecorator:
    """Run a test in each way, in all five where no others are named; only the default one is not ``wide``."""
    names = (default, *others) if others else tuple(WAYS)
    marked = [
        pytest.param(WAYS[one], id=one, marks=[] if one == default else pytest.mark.wide) for one in names
    ]
    return pytest.mark.parametrize("way", marked)


def _has_focus(what: Locator) -> bool:
    return bool(what.evaluate("element => element === document.activeElement"))
