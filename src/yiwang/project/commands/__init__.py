"""Commands of the house 组装命令: starting, migrating, backing up; the apps add their own."""

import click

from . import database, defaults, keeping, running


def register_all(cli: click.Group) -> None:
    """Add every command of the house to the root group."""
    for module in (running, database, defaults, keeping):
        module.register(cli)
