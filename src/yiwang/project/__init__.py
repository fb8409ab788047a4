"""Project 组装: settings, root URLs, API root, navigation, command line: composition and nothing else."""
