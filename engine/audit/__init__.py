"""The append-only, numbered and hash-chained record of everything that happened."""
