"""The API under ``/api``: programs act by bearer tokens, never by cookies."""
