"""`coachwork settle`: a proposal of what to pay for a claim, or the way to a person."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.claims.settlement import Settlement

_HELP = """Propose a settlement of a small claim, or say why a person must look at it.

CASE is what `coachwork inspect --json` writes, or a list of damages as `coachwork estimate` reads it. Every rule of the
routing is printed with what it found. An offer goes out without a person only where all rules hold; what seems not to
be covered goes to a person as well: no claim is denied here. Signs of fraud come from `coachwork fraud check --json`;
without --signals nobody looked for them, and the claim goes to a person.

\b
Examples:
  coachwork settle inspection.json --policy our-cover.toml --loss loss.toml --vehicle vehicle.toml --rate-card card.toml
  coachwork settle inspection.json --loss loss.toml --signals signals.json
  coachwork settle damages.json --loss loss.toml --json > settlement.json
  coachwork settle --sample-policy > our-cover.toml
"""


def _print_sample(context: click.Context, _option: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    if asked and not context.resilient_parsing:
        from coachwork.claims.claim_files import sample_insurance_path

        click.echo(sample_insurance_path().read_text(encoding="utf-8"), nl=False)
        context.exit()


@click.command("settle", help=_HELP)
@click.argument("case_file", metavar="CASE", type=click.Path(path_type=Path))
@click.option(
    "--policy", "policy_file", type=click.Path(path_type=Path), help="TOML file of cover and routing  [a sample]."
)
@click.option(
    "--loss", "loss_file", type=click.Path(path_type=Path), help="TOML file with [loss]: on, cause, injured, drivable."
)
@click.option("--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample].")
@click.option(
    "--vehicle",
    "vehicle_file",
    type=click.Path(path_type=Path),
    help="TOML file with a table [vehicle]  [what the inspection names].",
)
@click.option(
    "--signals", "signals_file", type=click.Path(path_type=Path), help="What `coachwork fraud check --json` wrote."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with all readings and the estimate.")
@click.option(
    "--sample-policy", is_flag=True, is_eager=True, expose_value=False, callback=_print_sample, help="Print the sample."
)
def settle_command(
    case_file: Path,
    *,
    policy_file: Path | None,
    loss_file: Path | None,
    card_file: Path | None,
    vehicle_file: Path | None,
    signals_file: Path | None,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    import json

    from coachwork.claims.claim_files import Loss, read_insurance, read_loss, sample_insurance_path
    from coachwork.claims.fraud_json import read_findings
    from coachwork.claims.settlement import settle
    from coachwork.claims.settlement_json import settlement_to_json
    from coachwork.estimates.card_reading import read_rate_card, sample_card_path
    from coachwork.estimates.case_json import read_case
    from coachwork.inspections.vehicle_toml import read_vehicle

    case = read_case(case_file)
    settlement = settle(
        case,
        loss=Loss() if loss_file is None else read_loss(loss_file),
        policy=read_insurance(policy_file or sample_insurance_path()),
        card=read_rate_card(card_file or sample_card_path()),
        vehicle=case.vehicle if vehicle_file is None else read_vehicle(vehicle_file),
        fraud=None if signals_file is None else read_findings(signals_file),
    )
    if as_json:
        click.echo(json.dumps(settlement_to_json(settlement), ensure_ascii=False, indent=2))
    else:
        print_settlement(settlement)


def print_settlement(settlement: "Settlement") -> None:
    """Prints route, rules and the way to the payout."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from coachwork.estimates.readings import Reading

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    policy, decimals = settlement.policy, settlement.estimate.card.decimals
    console.print(escape(f"{policy.name} {policy.version}, amounts in {policy.currency}"))
    console.print(f"\n[bold]{settlement.route.value}[/bold]")
    rules = Table(title="Rules", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("holds", "rule", "found"):
        rules.add_column(name)
    for one in settlement.findings:
        said = {True: "yes", False: "[red]no[/red]", None: "[yellow]not known[/yellow]"}[one.holds]
        rules.add_row(said, f"{one.rule.value}: {one.rule.words}", escape(one.why))
    console.print(rules)
    for sign in () if settlement.fraud is None else settlement.fraud.signals:
        console.print(f"{sign.strength.value} sign of fraud: {escape(sign.sentence)}", soft_wrap=True)
    lines = Table(title="From the repair to the payout", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    lines.add_column("step")
    for reading in Reading:
        lines.add_column(reading.value, justify="right", no_wrap=True)
    for line in settlement.lines:
        lines.add_row(escape(line.what), *(f"{amount:,.{decimals}f}" for amount in line.amounts))
    console.print(lines)
    console.print(f"[bold]payout, if covered: {settlement.payout.words}[/bold]")
    console.print("the repair line by line: coachwork estimate", style="dim")
