"""Pages of `orgs` 岗位页面: areas, units, posts and their holders, rosters, one's own posts."""
