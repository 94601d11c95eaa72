"""Who leaves, or hands their work over: what is open of theirs, and giving it away in one step."""
