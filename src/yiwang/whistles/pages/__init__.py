"""Pages 页面 of whistles: translation of requests into one read or one service call."""
