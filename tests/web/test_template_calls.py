"""Templates call functions as they are (P3): none that they are offered may ask for Jinja's context."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2.exceptions import UndefinedError
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy


def offered(names: dict[str, Any], of: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every function by its name, those of namespaces too."""
    for name, found in names.items():
        if type(found) is LocalProxy:  # such as ``request``: what it stands for is no function
            continue
        if isinstance(found, SimpleNamespace):
            yield from offered(vars(found), f"{name}.")
        elif callable(found):
            yield of + name, found


def test_no_function_of_the_templates_asks_for_the_context(app: Flask):
    functions = dict(offered(app.jinja_env.globals))
    assert "fields.ask" in functions
    assert [name for name, found in functions.items() if hasattr(found, "jinja_pass_arg")] == []


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{% macro bold(it) %}<b>{{ it }}</b>{% endmacro %}{{ bold('<') }}", "<b>&lt;</b>"),
        (
            "{% macro box() %}<p>{{ caller() }}</p>{% endmacro %}{% call box() %}{{ '<' }}{% endcall %}",
            "<p>&lt;</p>",
        ),
        ("{% for it in range(2) %}{{ dict(it=it).it }}{% endfor %}", "01"),
        ("{% block all %}{{ range(3) | list | length }}{% endblock %}", "3"),
    ],
    ids=["a macro escapes", "a call block escapes", "in a loop", "in a block"],
)
def test_functions_and_macros_are_called_with_what_the_template_gives(app: Flask, template: str, shown: str):
    assert app.jinja_env.from_string(template).render() == shown


def test_what_is_not_there_says_so_where_it_is_called(app: Flask):
    with pytest.raises(UndefinedError, match="'nothing' is undefined"):
        app.jinja_env.from_string("{{ nothing() }}").render()


class Html:
    """What says itself how it stands in a page."""

    def __html__(self) -> str:
        return "<i>&</i>"


_PLACES = (
    "{{ it }}",
    "{% macro say(it) %}{{ it }}{% endmacro %}{{ say(it) }}",
    "{% set kept %}{{ it }}{% endset %}{{ kept }}",
)
_TEXTS = st.text() | st.text(alphabet="&<>'\"ab ", min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # templates keep nothing
@given(value=_TEXTS | _TEXTS.map(Markup) | st.integers() | st.none() | st.just(Html()))
def test_whatever_a_template_writes_is_escaped_as_markupsafe_does(app: Flask, value: object):
    assert {app.jinja_env.from_string(place).render(it=value) for place in _PLACES} == {str(escape(value))}
