"""What every answer says about itself: what the browser may load, keep and pass on."""

from __future__ import annotations

from flask import Flask, Response, make_response

from web import secret_addresses

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-cache",
}


def with_own_frames(page: str, status: int = 200) -> Response:
    """Return a page that may show files of this board in frames."""
    response = make_response(page, status)
    allow_own_frames(response)
    return response


def allow_own_frames(response: Response) -> None:
    """Let a page show files of this board in frames."""
    response.headers["Content-Security-Policy"] = f"{_POLICY}; frame-src 'self'"


def with_own_styles(page: str, nonce: str, status: int = 200) -> Response:
    """Return a page on which a script of ours may make styles, marked with this one-time word."""
    response = make_response(page, status)
    policy = _POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    """Add the headers to every answer of ``app``; pages are private and checked again before reuse."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        if secret_addresses.is_secret():
            response.headers.update(secret_addresses.HEADERS)
        # Looked up one by one, each that is absent would cost an exception: a twentieth of a page (P3).
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend([pair for pair in _HEADERS.items() if pair[0].lower() not in present])
        return response
