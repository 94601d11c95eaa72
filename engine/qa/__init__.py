"""QA: a score given after completion, which never delays work."""
