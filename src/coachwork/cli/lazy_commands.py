"""Groups of commands that are imported when they are called, so that ``--help`` stays quick."""

import importlib
from collections.abc import Mapping
from typing import Any

import click

Registry = Mapping[str, tuple[str, str]]
"""Name -> where the command lies (``module:attribute``), and its line in ``--help``."""


class LazyCommands(click.Group):
    """A group whose commands are imported when they are called, not before."""

    def __init__(self, *args: Any, registry: Registry, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self.registry = registry

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of the commands, in the order of work."""
        return list(self.registry)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in self.registry:
            return None
        module, attribute = self.registry[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Writes the list of commands from the registry alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.registry.items()])
