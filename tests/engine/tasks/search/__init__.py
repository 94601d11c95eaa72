"""Tests of the language in which tasks are searched."""
