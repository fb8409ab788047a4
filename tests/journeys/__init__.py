"""Journeys: stories of people told through Chromium, on a demo city served by the real processes."""
