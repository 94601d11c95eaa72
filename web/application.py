"""Builds the board: the Flask application around one running Workbench."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from types import CodeType
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import Environment as JinjaEnvironment
from jinja2 import Template
from jinja2.runtime import Context
from markupsafe import Markup, escape

from engine import budgets
from engine.app import Workbench
from web import (
    assets,
    auth,
    bodies,
    cards,
    chips,
    common,
    compiled_templates,
    compression,
    csrf,
    errors,
    fields,
    form_shapes,
    forms,
    headers,
    live,
    markdown,
    navigation,
    observing,
    openid,
    pagination,
    readable_text,
    task_fields,
    wording,
)
from web import format as formats
from web.api import auth as api_auth
from web.api import blueprint, rates
from web.context import hold_workbench
from web.views import BLUEPRINTS

#: What is written otherwise in markup.
_SPECIAL = re.compile("[&<>'\"]")


def build(workbench: Workbench, *, secret_key: str | bytes | None = None) -> Flask:
    """Return the application. Without ``secret_key`` the store's own signs cookies, made on first use."""
    app = _Board("web", static_folder=None)
    app.jinja_environment = _Environment
    app.request_class = bodies.BoundedRequest
    hold_workbench(app.extensions, workbench)
    app.config["MAX_CONTENT_LENGTH"] = workbench.settings.max_upload_bytes + 64 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = int(budgets.BYTES_OF_FIELDS)
    app.config["MAX_FORM_PARTS"] = int(budgets.FIELDS_OF_A_FORM)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    observing.hold(app, workbench)
    observing.register(app)
    assets.register(app)
    headers.register(app)
    rates.register(app, api_auth.is_asked)
    api_auth.register(app)
    live.register(app)
    compression.register(app)
    errors.register(app)
    app.before_request(readable_text.check_address)
    auth.register(app, workbench.settings, secret_key)
    csrf.register(app)
    app.before_request(readable_text.check_form)
    for module in (
        cards,
        chips,
        common,
        formats,
        fields,
        form_shapes,
        forms,
        navigation,
        openid,
        pagination,
        task_fields,
        wording,
    ):
        module.register(app)
    app.add_template_filter(markdown.render, "markdown")
    for one in (*BLUEPRINTS, blueprint.bp):
        app.register_blueprint(one)
    return app


class _Board(Flask):
    """The board, whose views and hooks are functions as they are."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function as it is: Flask would look at each of them at every request; none is ``async``."""
        return func


class _Context(Context):
    """What a template runs in; it calls functions as they are.

    Jinja looks at each whether it asks for the context, which takes a sixth of a page's rendering; none of
    ours does (P3).
    """

    def call(
        self,
        function: Callable[..., Any],
        /,
        *args: Any,
        _loop_vars: object = None,
        _block_vars: object = None,
        **named: Any,
    ) -> Any:
        """Call a function or a macro; the variables of loops and blocks are for what asks for the context."""
        return function(*args, **named)


def _escaped(value: object) -> str:
    """Return what stands in a page for a value: as ``escape`` does, without making markup of each text."""
    if type(value) is str:
        return value if _SPECIAL.search(value) is None else escape(value)
    return value if type(value) is Markup else escape(value)


class _Template(Template):
    """A compiled template; what it writes is escaped by ``_escaped``.

    It joins what it writes and makes markup of the whole, so that the parts need not be: a fifteenth of a
    task page's time (P3).
    """

    @classmethod
    def from_code(
        cls,
        environment: JinjaEnvironment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja's name
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Make a template of compiled code."""
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = _escaped
        return made


class _Environment(Environment):
    """Templates that know their globals in one dict.

    Jinja chains two, and compares all their names at every import: a tenth of a task page's time (P3).
    Nothing adds globals once templates are loaded.
    """

    context_class = _Context
    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Merge the globals of the environment with those of a template."""
        return {**self.globals, **(d or {})}


def warm(app: Flask, workbench: Workbench) -> None:
    """Do before the first request what it would wait for: compile the templates, read the content.

    Processes that are forked afterwards share both. No connection to the store is opened.
    """
    compiled_templates.load_all(app.jinja_env, workbench.settings.data_folder / "templates")
    workbench.content()
