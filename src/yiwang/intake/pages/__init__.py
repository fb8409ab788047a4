"""Pages of intake: translation of requests into one read or one service call."""
