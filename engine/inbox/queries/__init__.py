"""SQL reads over what waits for somebody; nothing outside this package knows SQL."""
