"""The house: settings, database, supervisor, health, live feed, lock files."""
