"""Where the controls of a page stand, before and after a deed (D2)."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

Places = dict[str, tuple[float, float]]

#: What changes with each deed on the page of a task.
_CHANGES = ".just-said, #blockers, #timeline"


def top(one: Locator) -> float:
    """Say how far down the window something stands."""
    box = one.bounding_box()
    assert box is not None
    return box["y"]


def moved(
    before: Places, after: Places, both: set[str]
) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    """Say of those that are there before and after which moved, from where to where."""
    return {name: (before[name], after[name]) for name in both if before[name] != after[name]}


def places(page: Page, but: str = _CHANGES) -> Places:
    """Say where each control that one sees stands in the window, by the words or the id that name it.

    What is inside ``but`` changes with each deed, and nobody goes on pressing there.
    """
    found: Places = page.evaluate(
        """(but) => {
          const nameOf = (one) => one.closest(".thumb") ? "the step forward"
            : one.id || `${one.closest("[data-item]")?.id ?? ""} ${one.tagName} ${one.textContent.trim()}`;
          const controls = document.querySelectorAll("main :is(a, button, summary, input, textarea)");
          return Object.fromEntries([...controls]
            .filter((one) => one.checkVisibility() && !one.closest(but))
            .map((one) => [nameOf(one), one.getBoundingClientRect()])
            .map(([name, box]) => [name, [box.left, box.top]]));
        }""",
        but,
    )
    return found


def expect_same(page: Page, before: Places, deed: str, *, at_least: int = 11, but: str = _CHANGES) -> None:
    """What was there and is still there stands where it stood."""
    after = places(page, but)
    both = before.keys() & after.keys()
    assert len(both) >= at_least
    assert moved(before, after, both) == {}, f"{deed}: {moved(before, after, both)}"
