"""The language in which tasks are searched: how it is read, and what its fields mean (web/QUERY.md)."""
