"""`coachwork fraud`: photos that were seen before, and other signs that a claim is not as it is told."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.lazy_commands import LazyCommands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coachwork.claims.looking import LookedAt

COMMANDS = {
    "add": ("coachwork.cli.fraud:add_command", "Add the photos of a claim to the register."),
    "check": ("coachwork.cli.fraud_check:check_command", "Look for signs of fraud in the photos of a claim."),
    "tidy": ("coachwork.cli.fraud:tidy_command", "Make the register's tables anew, as after losing one."),
    "forget": ("coachwork.cli.fraud:forget_command", "Remove the photos of a claim from the register."),
}


@click.group("fraud", cls=LazyCommands, registry=COMMANDS)
def fraud_group() -> None:
    """Look for signs that a claim is not as it is told; a person judges them.

    \b
    Examples:
      coachwork fraud check photos/ --claim C-1042 --register register/ --loss loss.toml --page check.html
      coachwork fraud add photos/ --claim C-1042 --register register/
      coachwork settle inspection.json --signals signals.json
    """  # noqa: D301 - \b is click's
    return


@click.command("add")
@click.argument("photos", metavar="PHOTO|DIR|GLOB...", nargs=-1, required=True)
@click.option("--claim", required=True, help="Number of the claim that the photos belong to.")
@click.option("--register", "folder", required=True, type=click.Path(path_type=Path), help="Folder; made if missing.")
@click.pass_context
def add_command(context: click.Context, photos: tuple[str, ...], *, claim: str, folder: Path) -> None:
    """Add the PHOTOS of a claim, so that they are known when they come again.

    Kept are codes of a photo's points, a grey picture of 32 x 32 pixels, its name and digest; not the photo itself.
    What was added is on disk when this ends; the same photos of the same claim are added once.

    \b
    Example:
      coachwork fraud add photos/ --claim C-1042 --register register/
    """  # noqa: D301 - \b is click's
    from coachwork.storage.photo_register import PhotoRegister

    failures: list[str] = []
    with PhotoRegister(folder, make=True) as register:
        seen = list(looked_at(photos, claim, failures))
        added = register.add(one.kept for one in seen)
        total = len(register)
    for failure in failures:
        click.secho(failure, err=True, fg="red")
    click.echo(f"{added} photos of claim {claim} were added; the register has {total:,}")
    context.exit(1 if failures else 0)


@click.command("forget")
@click.option("--claim", required=True, help="Number of the claim.")
@click.option("--register", "folder", required=True, type=click.Path(path_type=Path), help="Folder of the register.")
def forget_command(*, claim: str, folder: Path) -> None:
    """Remove all photos of a claim, as when its data must be erased.

    \b
    Example:
      coachwork fraud forget --claim C-1042 --register register/
    """  # noqa: D301 - \b is click's
    from coachwork.storage.photo_register import PhotoRegister

    with PhotoRegister(folder) as register:
        click.echo(f"{register.forget(claim)} photos of claim {claim} were removed; the register has {len(register):,}")


@click.command("tidy")
@click.option("--register", "folder", required=True, type=click.Path(path_type=Path), help="Folder of the register.")
def tidy_command(*, folder: Path) -> None:
    """Make the tables that photos are looked up in anew, from what the register keeps.

    \b
    Example:
      coachwork fraud tidy --register register/
    """  # noqa: D301 - \b is click's
    from coachwork.storage.photo_register import PhotoRegister

    with PhotoRegister(folder) as register:
        register.tidy(anew=True)
        click.echo(f"the register has {len(register):,} photos")


def looked_at(arguments: tuple[str, ...], claim: str, failures: list[str]) -> "Iterator[LookedAt]":
    """The photos that arguments name, each looked at; what cannot be read is told in `failures`."""
    from coachwork.claims.looking import look_at
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.cli.photo_paths import find_photos
    from coachwork.photos.problems import PhotoError

    found = find_photos(arguments)
    with photo_bar("looking") as bar:
        for done, one in enumerate(found, start=1):
            try:
                if one.problem is not None:
                    raise one.problem
                yield look_at(Path(one.file), claim=claim)
            except PhotoError as problem:
                failures.append(str(problem))
            bar(done, len(found))
