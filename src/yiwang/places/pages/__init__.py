"""Pages of places 空间页面: boundaries for maps, parts, addresses and their import."""
