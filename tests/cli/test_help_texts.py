"""Help texts of every command, as a terminal shows them."""

import click
import pytest

from coachwork.cli.main import coachwork


def commands(group: click.Command, name: str) -> list[tuple[str, click.Command]]:
    """A command and all below it."""
    found = [(name, group)]
    if isinstance(group, click.Group):  # also loads what is loaded when it is asked for
        context = click.Context(group)
        for word in group.list_commands(context):
            command = group.get_command(context, word)
            assert command is not None
            found += commands(command, f"{name} {word}")
    return found


@pytest.mark.parametrize(("name", "command"), commands(coachwork, "coachwork"), ids=lambda one: str(one)[:60])
def test_help_shows_no_marks_of_its_source(name: str, command: click.Command) -> None:
    shown = command.get_help(click.Context(command, info_name=name))
    assert "\\b" not in shown
    assert "\b" not in shown
    assert command.help, f"{name} says nothing of what it does"
