"""Reads of reminders that the columns of their tables answer."""
