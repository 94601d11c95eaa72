"""What waits for somebody: their inbox, what is stuck and why, and the people who can do it."""
