"""Content from Git: its format, reading, checking and resolution (content-format.md)."""
