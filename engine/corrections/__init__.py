"""Taking back what was done: undo of a slip, and correction of what was closed by mistake."""
