"""Tests of what takes back what was done."""
