"""What the feed reads of the store."""
