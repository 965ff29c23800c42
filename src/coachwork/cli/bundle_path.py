"""Arguments that name a bundle: a folder, or the word `shipped` for the damage model in the package."""

from pathlib import Path
from typing import Any

import click


class BundlePath(click.Path):
    """The folder of a bundle that is read; `shipped` is that of the damage model in the package.

    A folder of one's own that has that name is given as `./shipped`.
    """

    def __init__(self, **checks: Any) -> None:
        super().__init__(path_type=Path, **checks)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder as a path, checked as click does."""
        from coachwork.inference.bundle import bundle_folder

        return super().convert(bundle_folder(str(value)), param, ctx)


def own_folder(place: Path | str) -> Path:
    """The folder of a bundle that is to be written.

    Raises:
        UsageError: the bundle in the package is meant.
    """
    from coachwork.inference.bundle import SHIPPED, shipped_bundle_folder

    if str(place) == SHIPPED:
        why = f"{SHIPPED} lies in the installed package, into which nothing is written"
        message = f"{why}: name a folder of your own, such as a copy of {shipped_bundle_folder()}"
        raise click.UsageError(message)
    return Path(place)
