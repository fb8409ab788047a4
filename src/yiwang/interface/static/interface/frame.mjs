// Entry module of every page: what the frame itself does. Components load their own modules.
