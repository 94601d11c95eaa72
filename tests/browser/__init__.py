"""Real Chromium against a real server: journeys, keyboard, live views, accessibility, weight."""
