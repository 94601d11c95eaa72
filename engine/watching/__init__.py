"""What somebody wants to hear of, though it is not their own work; and what they do not want to hear of."""
