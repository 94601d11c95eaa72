"""What people ask of finished and running work: its story without gaps, and reports over many tasks."""
