"""QA: a score given after completion; it never delays work."""
