"""What the product needs to know and nobody is to read: passwords and addresses, sealed in the store.

The key that opens them lies in a file beside the store (``sealing``), so that a copy of the store alone gives
nothing away. No event, no export, no log and no page ever holds a value; who set or removed which, and when,
is told.
"""
