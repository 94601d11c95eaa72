"""The API: every command of the registry and every record, as JSON under ``/api`` (``web/API.md``).

It is another reading of the registry and has no rule of its own: what the board and the command line refuse,
it refuses with the same code and words. Bearer tokens say who asks; cookies are not looked at.
"""
