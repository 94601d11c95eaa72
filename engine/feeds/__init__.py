"""Feeds: what somebody has to do, as iCalendar, at a secret address that their calendar program reads.

Whoever has the address reads what its person may see at that moment, and nothing more; the address is kept as
a hash, so it is shown once, and it ends when it is revoked or its person's account is closed.
"""
