"""What people are told without having to look: what is told, to whom, by which way, and when."""
