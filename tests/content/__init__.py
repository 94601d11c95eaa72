"""Tests of the shipped content: every file, the guide and the real workflows."""
