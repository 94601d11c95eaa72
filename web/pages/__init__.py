"""What each page shows, loaded in one snapshot and put into words; templates only lay it out."""
