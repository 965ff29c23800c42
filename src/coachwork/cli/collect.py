"""`coachwork collect`: openly licensed photos of a listing come into a folder, with their attribution."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from coachwork.collecting.collecting import CollectPlan
    from coachwork.collecting.fetching import Fetcher
    from coachwork.collecting.listed import Listing
    from coachwork.collecting.pace import Pace
    from coachwork.collecting.results import Collected

_HELP = """Fetch the openly licensed photos of a listing, with their licence and author.

LISTING is a CSV, JSON or JSON lines file with url, licence, author (and title, page), an answer of Flickr's
flickr.photos.search or a folder of its pages, or the http(s) address of any of these. Photos whose licence is not open
are left out. Run the same command again to go on; what is there is not fetched again.

\b
Examples:
  coachwork collect listing.csv --to collected --contact you@example.org
  coachwork collect listing.csv --to collected --check
  coachwork collect flickr-pages/ --to collected --rate 0.5 --count 500
  coachwork import collected --format photos --to datasets/collected
"""


@click.command("collect", help=_HELP)
@click.argument("listing")
@click.option("--to", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the photos.")
@click.option("--contact", envvar="COACHWORK_CONTACT", default="", help="Mail or web address that hosts are told.")
@click.option(
    "--rate",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True, max=50),
    help="Requests a second to one host.",
)
@click.option("--allow", multiple=True, metavar="LICENCE", help="Take photos of this licence too; may be repeated.")
@click.option("--count", type=click.IntRange(min=1), help="Fetch at most so many photos in this run.")
@click.option(
    "--max-mb", default=64.0, show_default=True, type=click.FloatRange(0.01, 64), help="Largest file to fetch."
)
@click.option(
    "--min-side", default=160, show_default=True, type=click.IntRange(min=1), help="Shortest side to keep, pixels."
)
@click.option(
    "--attempts", default=4, show_default=True, type=click.IntRange(1, 20), help="For a photo whose host is busy."
)
@click.option("--retry-failed", is_flag=True, help="Try the photos again that failed for good in earlier runs.")
@click.option("--allow-private", is_flag=True, help="Fetch from private networks too, such as this machine.")
@click.option("--check", is_flag=True, help="Read the listing and say what would be fetched; fetch no photo.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.pass_context
def collect_command(
    context: click.Context,
    listing: str,
    to: Path,
    *,
    contact: str,
    rate: float,
    allow: tuple[str, ...],
    count: int | None,
    max_mb: float,
    min_side: int,
    attempts: int,
    retry_failed: bool,
    allow_private: bool,
    check: bool,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from rich.console import Console

    from coachwork.collecting.collecting import CollectPlan
    from coachwork.collecting.fetching import Fetcher, FetchLimits
    from coachwork.collecting.pace import Pace

    plan = CollectPlan(
        allowed=allow, interval_s=1 / rate, attempts=attempts, min_short_side_px=min_side, count=count, max_mb=max_mb
    )
    console = Console(stderr=True)
    pace = Pace(plan.interval_s)
    limits = FetchLimits(max_bytes=plan.max_bytes)
    agent = user_agent(contact)
    with Fetcher(
        user_agent=agent, limits=limits, allow_private=allow_private, before_request=pace.await_turn
    ) as fetcher:
        read = _read(listing, fetcher, pace)
        if check:
            result = _checked(read, allow)
        else:
            result = _collected(read, to, fetcher, plan, pace=pace, console=console, retry=retry_failed)
    if as_json:
        import json

        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        _print(result, to, Console(), check=check)
    context.exit(1 if result.failed else 0)


def user_agent(contact: str) -> str:
    """What hosts are told of us: name, version, and how to reach who runs it."""
    from coachwork import __version__

    shown = contact.strip()
    if not (shown.isascii() and (shown.isprintable() or not shown)):
        message = "write it in ASCII letters, such as you@example.org or https://example.org/photos"
        raise click.BadParameter(message, param_hint="--contact")
    return f"Coachwork/{__version__} (collects photos{f'; {shown}' if shown else ''})"


def _read(listing: str, fetcher: "Fetcher", pace: "Pace") -> "Listing":
    from coachwork.collecting.listing import read_listing
    from coachwork.collecting.remote_listing import fetch_listing

    if listing.lower().startswith(("http://", "https://")):
        return fetch_listing(listing, fetcher, pace=pace)
    return read_listing(Path(listing))


def _checked(listing: "Listing", allowed: tuple[str, ...]) -> "Collected":
    from coachwork.collecting.results import Collected, wanted_photos

    wanted, refused = wanted_photos(listing, allowed)
    return Collected(left=len(wanted), not_collected=refused, notes=listing.notes)


def _collected(
    listing: "Listing",
    to: Path,
    fetcher: "Fetcher",
    plan: "CollectPlan",
    *,
    pace: "Pace",
    console: "Console",
    retry: bool,
) -> "Collected":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachwork.collecting.collecting import collect
    from coachwork.collecting.folder import opened_folder, write_report
    from coachwork.collecting.results import wanted_photos

    total = len(wanted_photos(listing, plan.allowed)[0])
    columns = (TextColumn("fetching photos"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        opened_folder(to) as folder,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        if retry:
            folder.forget_passed_over()
        task = progress.add_task("photos", total=total)
        result = collect(listing, folder, fetcher, plan, pace=pace, done=lambda: progress.advance(task))
        write_report(to, result.as_json())
    return result


def _print(result: "Collected", to: Path, console: "Console", *, check: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    for note in result.notes:
        console.print(escape(note), style="yellow", soft_wrap=True)
    if result.not_collected:
        table = Table(header_style="bold", box=None, pad_edge=False)
        table.add_column("not collected", no_wrap=True)
        table.add_column("count", justify="right")
        table.add_column("examples", overflow="fold")
        for reason, rows in result.by_reason().items():
            shown = [f"{row.place}: {row.explanation}" for row in rows[:3]]
            more = [f"… {len(rows) - 3} more" + ("" if check else " in report.json")] if len(rows) > 3 else []
            table.add_row(reason, str(len(rows)), escape("\n".join(shown + more)))
        console.print(table)
    if check:
        console.print(f"{_photos(result.left)} would be fetched, as far as not in {escape(str(to))} already")
        return
    copies = f" ({result.copies} of them copies of others)" if result.copies else ""
    console.print(
        escape(f"{_photos(result.fetched)} fetched{copies}, {result.there} there already, in {to}"), soft_wrap=True
    )
    if result.left:
        console.print(f"{_photos(result.left)} left for the next run")


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
