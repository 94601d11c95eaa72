"""Whatever a form changes of whatever text, all else of it stays byte by byte (EDT-08)."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from engine.catalog.yaml_reader import Path, YamlDocument, read_yaml
from engine.errors import ContentError
from engine.proposals.editing import Editable, editable, edited, identity_of
from tests.web.template_texts import FILE, template_texts
from web.pages.editing import reading, sections
from web.pages.editing.reading import Sent
from web.pages.editing.sections import Section
from web.pages.editing.shapes import Control
from web.pages.editing.showing import NEW, ROWS, Field, Known, shown

Form = dict[str, list[str]]
_KNOWN = Known(options={"assignee": [("role:writer", "a writer")], "due": [("anchor", "the anchor date")]})
_IN_LINES = (Control.AREA, Control.LINES, Control.YAML)
_TYPED = ["Other words", "With: a colon", "Two\nlines", "  spaces  ", "{{ topic }}", "yes", "#1", "ü"]


def as_browser(field: Field) -> Form:
    """Return what a browser sends of a field that nobody touched."""
    control, name = field.shape.control, field.name
    sent: Form = {}
    if field.rows:
        sent[f"{name}.{ROWS}"] = [row.token for row in field.rows]
    for part in [*field.parts, *(part for row in field.rows for part in row.parts)]:
        sent |= as_browser(part)
    if control is Control.PICKS:
        sent |= {
            f"{name}.{ROWS}": ["shown"],
            name: [one for one, _ in field.options if one in field.picked],
        }
    elif field.texts:
        sent |= {f"{name}.{key}": [text] for key, text in field.texts.items()}
    elif control is Control.YES_NO:
        sent[name] = ["false", "true"] if field.value == "true" else ["false"]
    elif not (field.parts or field.rows):
        sent[name] = [typed(field, field.value)]
    return sent


def typed(field: Field, text: str) -> str:
    """Return a text as a browser sends it from that input."""
    if field.shape.control in _IN_LINES:
        return re.sub(r"\r\n|\r|\n", "\r\n", text.removeprefix("\n"))
    return re.sub(r"[\r\n]", "", text)


def fields_of(now: Editable, section: Section) -> list[Field]:
    holder = sections.holder_of(section, now.data)
    assert holder is not None
    return [shown(shape, holder, _KNOWN) for shape in section.fields]


def sent_untouched(fields: list[Field]) -> Form:
    return {name: values for field in fields for name, values in as_browser(field).items()}


def saved(now: Editable, section: Section, form: Form) -> tuple[dict[str, Any], str]:
    """Return what the section says once a form of it was sent, and the text then."""
    holder = sections.holder_of(section, now.data) or {}
    sent = Sent(MultiDict(form))
    wanted = reading.with_conditions(reading.read(section.fields, holder, sent), now.data.get("parameters"))
    assert sent.faults == []
    parts = [sections.as_part(section, one) for one in (holder, wanted)]
    return wanted, edited(now, FILE, *parts)


def every_field(fields: list[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from every_field([*field.parts, *(part for row in field.rows for part in row.parts)])


@st.composite
def edits(draw: st.DrawFn, fields: list[Field]) -> tuple[str, Form]:
    """Draw one thing that somebody does in a form: its kind, and what is sent then."""
    form = sent_untouched(fields)
    offered = [one for one in every_field(fields) if one.shape.control is not Control.RECORD]
    wanted = draw(st.sampled_from(sorted({one.shape.control for one in offered})))
    field = draw(st.sampled_from([one for one in offered if one.shape.control is wanted]))
    control, name, kind = field.shape.control, field.name, str(field.shape.control)
    if control in (Control.ROWS, Control.PARAMETERS):
        old = [row.token for row in field.rows if row.token != NEW]
        verbs = ["remove", "up", "down", "copy"] if control is Control.ROWS else ["remove"]
        verb = draw(st.sampled_from([*verbs, "add"])) if old else "add"
        kind = f"{kind} {verb}"
        if verb == "add":
            for part in field.rows[-1].parts:
                if part.shape.control is Control.LINE or part.shape.name == "type":
                    form[part.name] = [draw(st.sampled_from(["One more", "And: this"]))]
        else:
            form["do"] = [f"{name}.{draw(st.sampled_from(old))}.{verb}"]
    elif control is Control.PICKS:
        form[name] = []
    elif control is Control.DUE:
        form |= {f"{name}.number": [str(draw(st.integers(0, 30)))], f"{name}.side": ["after"]}
    elif control is Control.WHEN:
        form |= {f"{name}.name": [draw(st.sampled_from(["", "topic"]))], f"{name}.is": ["tents"]}
    elif control is Control.YES_NO:
        form[name] = ["false"] if field.value == "true" else ["false", "true"]
    elif control is Control.NUMBER:
        form[name] = [draw(st.sampled_from(["", "7", "120"]))]
    elif control is Control.YAML:
        form[name] = [draw(st.sampled_from(["", "a: 1\r\nb: [x, 'y: z']", "- one\r\n- two"]))]
    elif field.options:
        form[name] = [draw(st.sampled_from([value for value, _ in field.options]))]
    else:
        form[name] = [typed(field, draw(st.sampled_from(["", *_TYPED])))]
    return kind, form


def changed_paths(old: Any, new: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the places of the old data that say something else in the new, or where something is new."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            if name in old and name in new:
                yield from changed_paths(old[name], new[name], (*path, name))
            else:
                yield (*path, name)
    elif isinstance(old, list) and isinstance(new, list) and (name := identity_of(old, new)):
        before, after = [one[name] for one in old], [one[name] for one in new]
        if len(old) == len(new) and before != after:
            yield path  # in another order, or called something else
            return
        yield from ((*path, index) for index, key in enumerate(before) if key not in after)
        yield from ((*path, len(old)) for key in after if key not in before)
        for index, key in enumerate(before):
            if key in after:
                yield from changed_paths(old[index], new[after.index(key)], (*path, index))
    elif old != new:
        yield path


def own_lines(document: YamlDocument, text: str, paths: list[Path]) -> set[int]:
    """Return the lines that an edit may change: from the first to the last of each place that is there; of
    what is new, those of the brackets that it comes into.
    """
    lines, found = text.splitlines(), set[int]()
    for path in paths:
        if path in document.places:
            found |= set(_inside(document, path))
        else:
            found |= {n for n in _inside(document, path[:-1]) if "{" in lines[n - 1] or "[" in lines[n - 1]}
    return found


def _inside(document: YamlDocument, path: Path) -> range:
    lines = [place[0] for other, place in document.places.items() if other[: len(path)] == path]
    lines += [last for other, last in document.last_lines.items() if other[: len(path)] == path]
    return range(min(lines), max(lines) + 1)


def comments_of(lines: Iterable[str]) -> Counter[str]:
    found = (re.findall(r"# (?:about \w+ \d|entry \d|remark|short)", line) for line in lines)
    return Counter(one for several in found for one in several)


@pytest.mark.wide
@given(st.data())
def test_one_edit_of_a_form_changes_its_own_lines_and_what_is_saved_untouched_nothing(data: st.DataObject):
    says, text = data.draw(template_texts())
    document = read_yaml(text.encode(), FILE)
    assert document.data == says, document.problems
    now = editable(text, FILE, None)
    known = [*sections.of_template(is_override=False), *map(sections.of_task, sections.tasks_of(now.data))]
    for section in known:
        assert saved(now, section, sent_untouched(fields_of(now, section)))[1] == text, section.key
    tasks = [one for one in known if one.key.startswith(sections.TASK)]
    section = data.draw(st.one_of(st.sampled_from(known), st.sampled_from(tasks)))
    kind, form = data.draw(edits(fields_of(now, section)))
    try:
        wanted, made = saved(now, section, form)
    except ContentError:
        event(f"{kind}: refused")
        return
    if made == text:
        event(f"{kind}: the same")
        return
    event(kind)
    after = editable(made, FILE, None)
    assert sections.holder_of(section, after.data) == wanted, "it is read as it was meant"
    paths = list(changed_paths(now.data, after.data))
    own, lines = own_lines(document, text, paths), text.splitlines()
    matcher = difflib.SequenceMatcher(a=lines, b=made.splitlines(), autojunk=False)
    gone = {n for tag, a, b, *_ in matcher.get_opcodes() if tag in ("replace", "delete") for n in range(a, b)}
    assert {lines[n] for n in gone if n + 1 not in own and lines[n].strip()} == set(), (
        f"{kind}: {paths}\n{made}"
    )
    others = comments_of(line for n, line in enumerate(lines, 1) if n not in own)
    assert others <= comments_of(made.splitlines()), "the comments of others stay"
    again = next(one for one in known if one.key == section.key)
    assert saved(after, again, sent_untouched(fields_of(after, again)))[1] == made, (
        "it is the same when reopened"
    )
    assert saved(now, section, form)[1] == made, "the same save comes to the same"


@pytest.mark.parametrize("text", ["", "x", "a\nb", "a\n", "\na", "  a", "a\r\nb"])
def test_a_text_that_a_browser_sends_back_is_the_text_that_was(text: str):
    """A text area drops a first line end, and sends each as two characters."""
    now = editable(f"key: recap\nname: R\ndescription: {text!r}\ntasks: []\n".replace("'", '"'), FILE, None)
    section = sections.of_template(is_override=False)[0]
    assert saved(now, section, sent_untouched(fields_of(now, section)))[1] == now.text
