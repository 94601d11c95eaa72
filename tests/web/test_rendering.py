"""Page data is complete before a template renders: nothing asks the store meanwhile (H9)."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import DictLoader

import web
from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.transaction import Transaction
from web import pages
from web.rendering import render


@pytest.fixture
def asking(app: Flask, workbench: Workbench) -> Iterator[Flask]:
    """The application, with a template that asks the store for its own data."""
    outer = app.jinja_env.loader
    app.jinja_env.loader = DictLoader({"asks.html": "{{ ask() }}", "plain.html": "{{ frame.waiting }}"})
    yield app
    app.jinja_env.loader = outer
    app.jinja_env.cache.clear()


def _users(workbench: Workbench, actor: Actor) -> int:
    with workbench.reading(actor) as tx:
        return len(tx.find(User))


def test_a_template_that_asks_the_store_is_refused_by_its_name(
    asking: Flask, workbench: Workbench, people: dict[str, Actor]
):
    with (
        asking.test_request_context("/"),
        pytest.raises(RuntimeError, match=r"template asks\.html renders and asks the store"),
    ):
        render("asks.html", ask=lambda: _users(workbench, people["mara"]))
    assert _users(workbench, people["mara"]) > 1  # outside of templates the store answers again


def test_a_transaction_that_outlived_its_block_answers_no_template(
    asking: Flask, workbench: Workbench, people: dict[str, Actor]
):
    with workbench.reading(people["mara"]) as tx:
        pass
    with asking.test_request_context("/"), pytest.raises(RuntimeError, match=r"asks\.html"):
        render("asks.html", ask=lambda: tx.find(User))


def test_no_page_is_rendered_while_the_store_is_read(
    asking: Flask, workbench: Workbench, people: dict[str, Actor]
):
    with (
        asking.test_request_context("/"),
        workbench.reading(people["mara"]),
        pytest.raises(RuntimeError, match=r"plain\.html renders inside a transaction"),
    ):
        render("plain.html")


def _page_modules() -> list[Any]:
    found = pkgutil.iter_modules(pages.__path__)
    return [importlib.import_module(f"web.pages.{module.name}") for module in found]


def test_no_page_holds_a_transaction():
    holding = [
        f"{module.__name__}.{name}.{field.name}"
        for module in _page_modules()
        for name, found in vars(module).items()
        if isinstance(found, type) and dataclasses.is_dataclass(found) and found.__module__ == module.__name__
        for field in dataclasses.fields(found)
        if Transaction.__name__ in str(field.type)
    ]
    assert holding == []


def test_every_page_takes_the_one_way_to_its_template():
    folder = Path(web.__file__).parent
    others = [
        str(file.relative_to(folder))
        for file in sorted(folder.rglob("*.py"))
        if "render_template" in file.read_text(encoding="utf-8") and file.name != "rendering.py"
    ]
    assert others == []


def test_a_template_knows_its_globals_in_one_dict_and_an_import_sees_them(app: Flask):
    template = app.jinja_env.from_string("{{ asset.__name__ }}")
    assert type(template.globals) is dict
    assert template.render() == "address"
