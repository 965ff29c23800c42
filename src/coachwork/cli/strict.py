"""How commands end that stop at the problems of annotation files."""

from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console


def stop_strict(group: ExceptionGroup, console: "Console", *, nothing: str) -> NoReturn:
    """Shows the problems of a strict run and ends the command.

    Args:
        group: what a strict reading raised.
        console: where the table goes.
        nothing: what was not done, and what to do; the end of the sentence.

    Raises:
        click.ClickException: always, unless an error of another kind is in the group, which is then raised itself.
    """
    from coachwork.annotations.problems import AnnotationError, problems_table

    problems = [error.problem for error in group.exceptions if isinstance(error, AnnotationError)]
    if len(problems) != len(group.exceptions):
        raise group
    console.print(problems_table(problems, examples=10, rest="of this kind"))
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    message = f"{count}, {nothing}"
    raise click.ClickException(message)
