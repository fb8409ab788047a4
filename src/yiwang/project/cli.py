"""Console script 命令行: `yiwang`, and how the apps add their commands to it.

An app adds commands in a module `commands.py` with one function::

    def register(cli: click.Group) -> None:
        cli.commands["evaluate"].add_command(deadlines)

The root group has the sub-groups `import`, `export`, `evaluate` and `check`. Everything heavy is imported
inside a command. Before a command of an app runs, the database is reachable (an embedded one is started, and
migrated when it is new) and Django is set up; a command that needs neither carries
`callback.needs_nothing = True`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import click

from .. import __version__
from ..kernel.errors import YiwangError
from .parentage import die_with_parent

#: Apps that may have a `commands` module, lowest floor first.
APPS_WITH_COMMANDS = (
    "interface",
    "ledger",
    "accounts",
    "orgs",
    "clocks",
    "files",
    "catalog",
    "places",
    "cases",
    "triage",
    "intake",
    "workbench",
    "simulate",
)
#: Commands of apps that run until they are stopped; they log as the web does, others speak to a person.
LONG_RUNNING = frozenset({"relay", "clock", "intake", "triage"})
GROUPS = {
    "import": "导入：区划边界、诉求、事项等。",
    "export": "导出：列表、存证等。",
    "evaluate": "试算：时限等，不改动数据。",
    "check": "核对：存证、配置等，不改动数据。",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="yiwang")
def cli() -> None:
    """一网：城市运行平台的命令行（Yiwang's command line）。"""


def main() -> None:
    """Entry of the console script."""
    die_with_parent()
    try:
        assemble()(prog_name="yiwang")
    except YiwangError as error:
        raise SystemExit(f"yiwang: {error}") from error
    except Exception as error:
        from django.core.exceptions import ImproperlyConfigured

        from .embedded import EmbeddedError

        if not isinstance(error, ImproperlyConfigured | EmbeddedError):
            raise
        raise SystemExit(f"yiwang: {error}") from error


@functools.cache
def assemble() -> click.Group:
    """The root group with every command of the project and of the apps."""
    from .commands import register_all

    for name, help_text in GROUPS.items():
        cli.add_command(click.Group(name, help=help_text, no_args_is_help=True))
    register_all(cli)
    own = set(_walk(cli))
    for app in APPS_WITH_COMMANDS:
        name = f"yiwang.{app}.commands"
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name).register(cli)
    for command in set(_walk(cli)) - own:
        _prepare_first(command)
    return cli


def _walk(group: click.Group) -> list[click.Command]:
    """Every command under a group, sub-groups left out."""
    found: list[click.Command] = []
    for command in group.commands.values():
        found += _walk(command) if isinstance(command, click.Group) else [command]
    return found


def _prepare_first(command: click.Command) -> None:
    """Make a command prepare database and Django before its own callback."""
    original: Callable[..., Any] | None = command.callback
    if original is None or getattr(original, "needs_nothing", False):
        return

    @functools.wraps(original)
    def prepared(*args: Any, **kwargs: Any) -> Any:
        from .instance import prepare

        prepare()
        if command.name in LONG_RUNNING:
            from .logs import configure

            configure()
        return original(*args, **kwargs)

    command.callback = prepared
