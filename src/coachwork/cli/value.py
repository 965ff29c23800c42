"""`coachwork value`: the condition grade of a car, and what its damages take off its price."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

_HELP = """Grade a car by its damages, and say what they take off its price.

CASE is what `coachwork inspect --json` writes, or a list of damages as `coachwork estimate` reads it. The grade is by
a published scheme: nama (UK auctions, 1 to 5 and U), naaa (North America, 5 to 0), bvrla (fair wear at lease return),
or a TOML file of your own. Printed are the rule that decided for every damage, the deduction line by line with its
formula and sources, and what is open. What is unknown gives an interval; no damage gives 0 only where every part was
seen well.

\b
  deduction = reconditioning x channel - fair wear + grade step x market value + diminished value

\b
Examples:
  coachwork value inspection.json --vehicle vehicle.toml --scheme nama
  coachwork value damages.json --vehicle vehicle.toml --scheme naaa --rate-card our-card.toml --policy our-policy.toml
  coachwork value damages.json --vehicle vehicle.toml --diminished-value 17c --json > valuation.json
  coachwork value damages.json --scheme bvrla --charges uk-typical
  coachwork value --sample-policy > our-policy.toml
"""


def _print_sample(context: click.Context, _option: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    if asked and not context.resilient_parsing:
        from coachwork.valuation.policy_toml import sample_policy_path

        click.echo(sample_policy_path().read_text(encoding="utf-8"), nl=False)
        context.exit()


@click.command("value", help=_HELP)
@click.argument("case_file", metavar="CASE", type=click.Path(path_type=Path))
@click.option(
    "--vehicle",
    "vehicle_file",
    type=click.Path(path_type=Path),
    help="TOML file with a table [vehicle]  [what the inspection names].",
)
@click.option("--scheme", "scheme_name", default="nama", show_default=True, help="Name or TOML file of the grades.")
@click.option("--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample].")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="TOML file of deductions  [a sample].")
@click.option(
    "--diminished-value",
    "method",
    type=click.Choice(["none", "share_of_repair", "ruhkopf_sahm", "bvsk", "17c"]),
    help="Method, instead of the policy's.",
)
@click.option(
    "--charges", metavar="NAME|FILE", help="Also list what a leasing firm charges: uk-typical, or a TOML file."
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the valuation, such as 2026-11-30  [today].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with all readings and the estimate.")
@click.option(
    "--sample-policy", is_flag=True, is_eager=True, expose_value=False, callback=_print_sample, help="Print the sample."
)
def value_command(
    case_file: Path,
    *,
    vehicle_file: Path | None,
    scheme_name: str,
    card_file: Path | None,
    policy_file: Path | None,
    method: str | None,
    charges: str | None,
    on: "datetime | None",
    as_json: bool,
) -> None:
    """See `_HELP`."""
    import json
    from datetime import UTC, datetime

    from coachwork.estimates.card_reading import read_rate_card, sample_card_path
    from coachwork.estimates.case_json import read_case
    from coachwork.inspections.vehicle_toml import read_vehicle
    from coachwork.valuation.charges_json import bill_to_json
    from coachwork.valuation.charges_toml import find_charges
    from coachwork.valuation.policy import Method
    from coachwork.valuation.policy_toml import read_policy, sample_policy_path
    from coachwork.valuation.return_charges import charge_return
    from coachwork.valuation.scheme_toml import find_scheme
    from coachwork.valuation.valuation import value_car
    from coachwork.valuation.valuation_json import valuation_to_json

    case = read_case(case_file)
    valuation = value_car(
        case,
        scheme=find_scheme(scheme_name),
        policy=read_policy(policy_file or sample_policy_path(), method=None if method is None else Method(method)),
        card=read_rate_card(card_file or sample_card_path()),
        vehicle=case.vehicle if vehicle_file is None else read_vehicle(vehicle_file),
        on=(on or datetime.now(UTC)).date(),
    )
    estimate = valuation.estimate
    bill = None if charges is None else charge_return(estimate.damages, find_charges(charges), estimate.card)
    if as_json:
        told = valuation_to_json(valuation) | ({} if bill is None else {"return_charges": bill_to_json(bill)})
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    from coachwork.cli.value_table import print_bill, print_valuation

    print_valuation(valuation)
    if bill is not None:
        print_bill(bill)
