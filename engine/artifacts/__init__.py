"""Supporting material and outputs: metadata in the store, bytes in files by hash."""
