"""Builds the board: the Flask application around one running Workbench."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, current_app

from engine.app import Workbench
from web import (
    auth,
    cards,
    chips,
    compression,
    csrf,
    errors,
    forms,
    headers,
    live,
    markdown,
    navigation,
    pagination,
    uploads,
    wording,
)
from web import format as formats
from web.context import hold_workbench
from web.keys import SHORTCUTS
from web.views import BLUEPRINTS


def build(workbench: Workbench, *, secret_key: str | bytes | None = None) -> Flask:
    """Return the application. Without ``secret_key`` it is kept in the data folder, made on first use."""
    app = Flask("web")
    hold_workbench(app.extensions, workbench)
    app.config["MAX_CONTENT_LENGTH"] = workbench.settings.max_upload_bytes + 64 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 512 * 1024
    app.config["ASSET_VERSION"] = _asset_version(Path(app.static_folder or ""))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    headers.register(app)
    live.register(app)
    compression.register(app)
    errors.register(app)
    auth.register(app, workbench.settings, secret_key)
    csrf.register(app)
    for part in (cards, chips, formats, forms, navigation, pagination, wording):
        part.register(app)
    app.add_template_filter(markdown.render, "markdown")
    app.jinja_env.globals.update(
        asset=_asset,
        shortcuts=SHORTCUTS,
        upload_limit=uploads.limit,
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _asset(name: str) -> str:
    """Return the address of a static file; it changes with the release, so browsers may keep it."""
    return navigation.fixed_address("static", filename=name, v=current_app.config["ASSET_VERSION"])


def _asset_version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
