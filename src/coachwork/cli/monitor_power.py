"""`coachwork monitor power`: how many photos it takes until a shift is seen."""

from pathlib import Path

import click

from coachwork.cli.bundle_path import BundlePath

_HELP = """Say how many photos it takes until a shift of a given size is told as drift, in 4 of 5 windows.

Windows are drawn from the model's reference, shifted, and checked by the rule of `coachwork monitor check` with its
promise of few false alarms. It takes about a minute.

\b
Examples:
  coachwork monitor power
  coachwork monitor power --bundle models/new --share 0.95 --json
"""


@click.command("power", help=_HELP)
@click.option("--bundle", "bundle_folder", type=BundlePath(), help="The model  [the one that ships].")
@click.option("--profile", "profile_file", type=click.Path(path_type=Path), help="The reference  [the bundle's].")
@click.option(
    "--thresholds", "thresholds_file", type=click.Path(path_type=Path), help="TOML file  [the one that ships]."
)
@click.option("--share", default=0.8, show_default=True, type=click.FloatRange(0.5, 0.99), help="Of windows that tell.")
@click.option("--draws", default=100, show_default=True, type=click.IntRange(20, 10_000), help="Windows of each size.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def power_command(
    *,
    bundle_folder: Path | None,
    profile_file: Path | None,
    thresholds_file: Path | None,
    share: float,
    draws: int,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    import json
    from dataclasses import asdict

    from coachwork.cli.monitor import bundle_profile
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.inference.bundle import load_bundle
    from coachwork.monitoring.power import power_table
    from coachwork.monitoring.thresholds import read_thresholds

    thresholds = read_thresholds(thresholds_file)
    bundle = load_bundle(bundle_folder)
    profile = bundle_profile(bundle, profile_file)
    with photo_bar("shifts") as bar:
        found = power_table(profile, thresholds, share=share, draws=draws, seen=bar)
    if as_json:
        value = {
            "schema": "coachwork.drift-power/1",
            "bundle": profile.bundle,
            "bundle_digest": profile.bundle_digest,
            "share": share,
            "alpha": thresholds.alpha,
            "shifts": [asdict(one) for one in found],
        }
        click.echo(json.dumps(value, ensure_ascii=False, indent=1))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from coachwork.monitoring.page import signal_words

    title = (
        f"Photos until {share:.0%} of windows tell the shift, {thresholds.false_alarms_a_month:g} false alarms a month"
    )
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("signal")
    table.add_column("shift")
    table.add_column("photos", justify="right")
    for one in found:
        told = f"{one.photos:,}" if one.photos is not None else ("too small" if one.too_small else "over 3,000")
        table.add_row(signal_words(one.signal), one.shift, told)
    Console(highlight=False).print(table)
