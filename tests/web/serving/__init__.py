"""Serving: HTTP with bounds, workers, their supervisor, beginning anew."""
