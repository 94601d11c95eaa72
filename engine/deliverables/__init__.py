"""What tasks hand over, version by version, and what is said and decided about it."""
