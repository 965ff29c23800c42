"""What the commands that read annotation files share: the progress bar, and how a strict run ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def photos_progress(source: Path, console: "Console") -> Iterator[Callable[[Path], None]]:
    """A bar over the photos of a source; gives what is to be called for each photo that was opened."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachwork.annotations.photo_lookup import photo_files

    folder = source if source.is_dir() else source.parent
    total = len(photo_files(folder)) if folder.is_dir() else None
    columns = (TextColumn("reading photos"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("photos", total=total)
        yield lambda _: progress.advance(task)


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
