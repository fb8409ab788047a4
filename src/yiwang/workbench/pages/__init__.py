"""Pages 页面: translation of requests into one read or one service call, and of results into templates."""
