"""`coachwork rate-card`: rate cards checked and begun."""

from pathlib import Path

import click

_HELP = """Check a rate card, or begin one of your own from the sample.

\b
Examples:
  coachwork rate-card sample > our-card.toml
  coachwork rate-card check our-card.toml
"""


_CHECK_HELP = """Read the card in FILE; say what is wrong (by line), what it lacks, and where its figures come from.

What is wrong ends with exit code 1. What is missing does not: estimates price the rest and name it as open.

\b
Example:
  coachwork rate-card check our-card.toml
"""


@click.group("rate-card", help=_HELP)
def rate_card_group() -> None:
    """See `_HELP`."""


@rate_card_group.command("sample")
def sample_command() -> None:
    """Print the sample card: copy it, put in your own figures, and state their sources."""
    from coachwork.estimates.card_reading import sample_card_path

    click.echo(sample_card_path().read_text(encoding="utf-8"), nl=False)


@rate_card_group.command("check", help=_CHECK_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check_command(file: Path, *, as_json: bool) -> None:
    """See `_CHECK_HELP`."""
    import json

    from coachwork.estimates.card_coverage import gaps_of
    from coachwork.estimates.card_reading import read_rate_card

    card = read_rate_card(file)
    gaps = gaps_of(card)
    if as_json:
        found = {
            "schema": "coachwork.rate-card-check/1",
            "name": card.name,
            "version": card.version,
            "region": card.region,
            "currency": card.currency,
            "sample": card.sample,
            "sha256": card.sha256,
            "missing": [{"what": gap.what, "why": gap.why, "table": gap.table} for gap in gaps],
            "sources": dict(card.sources),
        }
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo(f"{card.name} {card.version}, {card.region}, {card.currency}, sha256 {card.sha256[:12]}")
    if card.sample:
        click.secho("a sample: its figures are no offer", fg="yellow")
    click.echo("\nwhere its figures come from")
    for table, source in card.sources.items():
        click.echo(f"  {table}: {source}")
    click.echo(f"\nmissing, left open in estimates: {len(gaps) or 'nothing'}")
    for gap in gaps:
        click.echo(f"  {gap.what}: {gap.why}")
