"""`coachwork estimate`: what repairing the damages of a car costs."""

from pathlib import Path

import click

_HELP = """Estimate what repairing the damages in DAMAGES costs, by the rates of a card.

DAMAGES is a JSON file: an object with "schema": "coachwork.damages/1" and a list "damages", each with a type and what
is known of its part, size_mm, severity, count, paint_broken, access, confidence, prior. What is unknown is left out,
and widens the figure: every total is a likely one, with a lower and an upper one. Printed are the lines with their
reasons, the rules and the sources of the figures. What the card has no figure for is listed as open. What `coachwork
inspect --json` writes is read as well.

\b
Examples:
  coachwork estimate damages.json
  coachwork estimate damages.json --rate-card our-card.toml --vehicle vehicle.toml
  coachwork estimate damages.json --rate-card our-card.toml --json > estimate.json
  coachwork estimate inspection.json --rate-card our-card.toml
"""


@click.command("estimate", help=_HELP)
@click.argument("damages", type=click.Path(path_type=Path))
@click.option(
    "--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample, no offer]."
)
@click.option(
    "--vehicle",
    "vehicle_file",
    type=click.Path(path_type=Path),
    help="TOML file with a table [vehicle]: paint, two_tone, aluminium, market_value, wear, ...  [what the inspection "
    "names].",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with all three plans line by line.")
def estimate_command(damages: Path, *, card_file: Path | None, vehicle_file: Path | None, as_json: bool) -> None:
    """See `_HELP`."""
    import json

    from coachwork.estimates.card_reading import read_rate_card, sample_card_path
    from coachwork.estimates.case_json import read_case
    from coachwork.estimates.estimate import make_estimate
    from coachwork.estimates.estimate_json import estimate_to_json
    from coachwork.inspections.vehicle_toml import read_vehicle

    card = read_rate_card(card_file or sample_card_path())
    case = read_case(damages)
    vehicle = case.vehicle if vehicle_file is None else read_vehicle(vehicle_file)
    estimate = make_estimate(case.damages, card, vehicle)
    if as_json:
        click.echo(json.dumps(estimate_to_json(estimate), ensure_ascii=False, indent=2))
        return
    from coachwork.cli.estimate_table import print_estimate

    print_estimate(estimate)
