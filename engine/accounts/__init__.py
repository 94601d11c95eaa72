"""Workspaces and the users who sign in to them."""
