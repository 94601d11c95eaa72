"""What waits for somebody: their inbox, what is stuck and why, and who there is to do it."""
