"""The bar that shows how many photos are done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def photo_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, where that is a terminal; gives the function to tell how many photos are done, of how many."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("photos", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
