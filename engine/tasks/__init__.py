"""The Task aggregate: its statuses, its guards, and everything people do with a task."""
