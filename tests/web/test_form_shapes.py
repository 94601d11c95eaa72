"""Forms whose text is made once: what is filled in, what they depend on, and what is never kept (P3)."""

from __future__ import annotations

import re

import pytest
from flask import Flask, session
from jinja2 import nodes
from markupsafe import Markup, escape

from engine.app import Workbench
from engine.errors import WorkbenchError
from tests.factories import make_task
from tests.web.conftest import Visitor
from web import csrf, fields, form_shapes, forms
from web.form_shapes import filled
from web.forms import FormState

_TOKEN = re.compile('name="csrf_token" value="[^"]*"')
_EVIL = '"><script>alert(1)</script>'
#: What a form that is kept may use beside its arguments: what is the same for everybody, for ever.
_SAME_FOR_ALL = {
    "dict",
    "asked",
    "chips",
    "fields",
    "form_state",
    "limits_of",
    "refused_form",
}


class Form:
    """A macro in Python: says a form of its arguments alone, and counts how often it is asked to."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, state: FormState, task_id: object, text: object, *facts: str) -> Markup:
        self.calls += 1
        line = fields.line(state, "body", "Remark", text)
        said = Markup().join(facts)
        return (
            Markup('<form id="{}" action="/{}">').format(state.name, task_id)
            + fields.opening(state, 7)
            + line
            + said
        )


def test_a_form_is_made_once_for_the_same_facts_and_filled_in_each_time(app: Flask):
    form = Form()
    with app.test_request_context("/"):
        first, second = (filled(form, f"note-{n}", (f"t{n}", f"text {n}"), "fact") for n in (1, 2))
        for n, said in ((1, first), (2, second)):
            assert said == Form()(FormState(f"note-{n}"), f"t{n}", f"text {n}", "fact")
        assert form.calls == 1
        assert "other" in filled(form, "note-1", ("t1", ""), "other")
        assert form.calls == 2


def test_whatever_is_filled_in_is_text_unless_it_is_markup(app: Flask):
    form = Form()
    with app.test_request_context("/"):
        for _ in range(2):
            said = filled(form, _EVIL, (_EVIL, _EVIL), _EVIL)
            assert "<script" not in said
            assert str(escape(_EVIL)) in said
        assert "<b>made</b>" in filled(form, "note", (Markup("<b>made</b>"), ""), "fact")


def test_text_that_looks_like_markup_made_before_is_text(app: Flask):
    form = Form()
    with app.test_request_context("/"):
        filled(form, "note", ("", ""), Markup("<b>fact</b>"))
        assert "<b>" not in filled(form, "note", ("", ""), "<b>fact</b>")


def test_each_session_has_its_own_token_in_a_form_that_was_kept(app: Flask):
    form = Form()
    for token in ("a" * 43, "b" * 43):
        with app.test_request_context("/"):
            session[csrf.FIELD] = token
            assert f'value="{token}"' in filled(form, "note", ("", ""), "fact")
    assert form.calls == 1


def test_what_a_refused_form_shows_is_not_kept_and_not_made_of_what_was(app: Flask):
    form = Form()
    with app.test_request_context("/"):
        untouched = filled(form, "note", ("t1", "as it was"))
    with app.test_request_context("/", method="POST", data={"form": "note", "body": "typed"}):
        forms.refuse(WorkbenchError("Too long"))
        assert "typed" in filled(form, "note", ("t1", "as it was"))
        assert "as it was" in filled(form, "other", ("t1", "as it was"))
        assert form.calls == 3
    with app.test_request_context("/"):
        again = filled(form, "note", ("t1", "as it was"))
    assert form.calls == 3
    assert _TOKEN.sub("", again) == _TOKEN.sub("", untouched)


def test_the_forms_of_another_task_are_those_that_were_made_already(workbench: Workbench, mara: Visitor):
    pages = [f"/tasks/{make_task(workbench, title=title).task_id}" for title in ("One", "Two")]
    mara.get(pages[0])
    made = form_shapes._shape.cache_info().misses
    text = mara.get(pages[1]).text
    assert form_shapes._shape.cache_info().misses == made
    assert text.count(f'action="{pages[1]}/') > 8
    assert pages[0] not in text


def _macros(app: Flask) -> list[tuple[str, nodes.Macro]]:
    """List the macros that templates give to ``filled``, each with its template."""
    found = []
    for name in app.jinja_env.list_templates():
        source, *_ = app.jinja_env.loader.get_source(app.jinja_env, name)  # type: ignore[union-attr]
        tree = app.jinja_env.parse(source)
        known = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "filled":
                found.append((name, known[call.args[0].name]))  # type: ignore[attr-defined]
    return found


@pytest.mark.wide
def test_a_form_that_is_kept_depends_on_its_arguments_alone(app: Flask):
    found = _macros(app)
    assert len(found) > 10
    for template, macro in found:
        others = _names_of(macro) - _SAME_FOR_ALL - _constants(app, template)
        assert not others, (template, macro.name)


def _names_of(macro: nodes.Macro) -> set[str]:
    """Name what a macro looks at that it is neither given nor sets."""
    names = list(macro.find_all(nodes.Name))
    given = {argument.name for argument in macro.args}
    return (
        {one.name for one in names if one.ctx == "load"}
        - {one.name for one in names if one.ctx == "store"}
        - given
    )


def _constants(app: Flask, template: str) -> set[str]:
    """Name what a template sets once for all, and what it imports and defines."""
    source, *_ = app.jinja_env.loader.get_source(app.jinja_env, template)  # type: ignore[union-attr]
    body = app.jinja_env.parse(source).body
    return {
        *(node.target.name for node in body if isinstance(node, nodes.Assign)),  # type: ignore[attr-defined]
        *(node.target for node in body if isinstance(node, nodes.Import)),
        *(node.name for node in body if isinstance(node, nodes.Macro)),
    }


@pytest.mark.parametrize("name", ["page", "task", "request", "today"])
def test_a_form_that_looks_at_the_page_would_be_found(app: Flask, name: str):
    tree = app.jinja_env.parse(f"{{% macro form(state) %}}{{{{ {name}.x }}}}{{{{ state }}}}{{% endmacro %}}")
    assert _names_of(next(tree.find_all(nodes.Macro))) == {name}
    assert name not in _SAME_FOR_ALL
