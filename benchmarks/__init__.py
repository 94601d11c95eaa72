"""Programs that measure Workbench and its peers side by side; nothing in here is a test."""
