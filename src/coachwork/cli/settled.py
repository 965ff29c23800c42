"""`coachwork settled`: settled cases made up to try the evaluation, and how many real ones it takes."""

from pathlib import Path

import click

_HELP = """Make up settled cases to try `coachwork evaluate-estimates` with, or find how many real ones it takes.

docs/settled-cases.md says how real ones are gathered.
"""
_SAMPLE_HELP = """Print made-up settled cases, one JSON object a line.

Random cars, damages and claims; what is billed and where a claim goes comes from a simulated body shop and handler that
differ from the rate card in planted ways. Figures on such cases say nothing on real accuracy: they show that the
evaluation finds what was planted. --exact plants nothing: then every estimate must be right.

\b
Examples:
  coachwork settled sample --cases 200 --seed 1 > made-up.jsonl
  coachwork settled sample --cases 200 --exact --plant price_level=0.9259 --out made-up.jsonl
  coachwork settled sample --cases 200 --plant swaps=0.2 --plant hidden=0 --rate-card our-card.toml > made-up.jsonl
"""
_AGREEMENT_HELP = """Hold two files of the same cases against each other: two people who translated the same bills.

Told is what `coachwork evaluate-estimates` tells, the second person standing where Coachwork stands otherwise. No
figure of Coachwork can be better than what two people agree on.

\b
Example:
  coachwork settled agreement anna.jsonl ben.jsonl
"""
_NEEDED_HELP = """Say how many settled cases it takes for figures that are known to 10, 5, 3 and 2 points.

Without CASES for shares (such as totals within 10 %) of independent cases. With a first batch of CASES for all figures,
by what its own interval there is.

\b
Examples:
  coachwork settled needed
  coachwork settled needed first-hundred.jsonl --rate-card our-card.toml
"""


@click.group("settled", help=_HELP)
def settled_group() -> None:
    """See `_HELP`."""


@settled_group.command("sample", help=_SAMPLE_HELP, short_help="Print made-up settled cases, to try the evaluation.")
@click.option("--cases", "count", default=200, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal cases.")
@click.option("--plant", "planted", multiple=True, metavar="NAME=VALUE", help="How shops and sight differ; repeatable.")
@click.option("--exact", is_flag=True, help="Begin with nothing planted.")
@click.option("--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample].")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="TOML file of cover  [a sample].")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write this file instead of printing.")
def sample_command(
    *,
    count: int,
    seed: int,
    planted: tuple[str, ...],
    exact: bool,
    card_file: Path | None,
    policy_file: Path | None,
    out: Path | None,
) -> None:
    """See `_SAMPLE_HELP`."""
    import json

    from coachwork.claims.claim_files import read_insurance, sample_insurance_path
    from coachwork.estimates.card_reading import read_rate_card, sample_card_path
    from coachwork.settled.case_json import write_settled_cases
    from coachwork.settled.planted import EXACT, PlantedFacts, planted_facts
    from coachwork.settled.synthetic_cases import synthetic_cases

    made = synthetic_cases(
        count,
        seed=seed,
        card=read_rate_card(card_file or sample_card_path()),
        policy=read_insurance(policy_file or sample_insurance_path()),
        facts=planted_facts(planted, EXACT if exact else PlantedFacts()),
    )
    if out is not None:
        click.echo(f"{write_settled_cases(out, made)} made-up cases in {out}", err=True)
        return
    for case in made:
        click.echo(json.dumps(case, ensure_ascii=False, allow_nan=False))


@settled_group.command(
    "agreement", help=_AGREEMENT_HELP, short_help="Hold two people's answers on the same cases together."
)
@click.argument("first_file", metavar="FIRST", type=click.Path(path_type=Path))
@click.argument("second_file", metavar="SECOND", type=click.Path(path_type=Path))
@click.option("--resamples", default=1000, show_default=True, type=click.IntRange(min=20), help="Draws per interval.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def agreement_command(first_file: Path, second_file: Path, *, resamples: int, as_json: bool) -> None:
    """See `_AGREEMENT_HELP`."""
    import json

    from coachwork.settled.agreement import pair_cases
    from coachwork.settled.case_json import read_settled_cases
    from coachwork.settled.evaluation import evaluate_estimates
    from coachwork.settled.evaluation_json import evaluation_to_json

    first, second = (read_settled_cases(file) for file in (first_file, second_file))
    paired, alone = pair_cases(first.cases, second.cases, file=first.file)
    evaluation = evaluate_estimates(
        paired,
        file=first.file,
        about={"taken for settled": first.file, "taken for proposed": second.file},
        problems=[*first.problems, *second.problems, *alone],
        synthetic=first.synthetic,
        resamples=resamples,
    )
    if as_json:
        click.echo(json.dumps(evaluation_to_json(evaluation), ensure_ascii=False, indent=1, allow_nan=False))
        return
    from coachwork.cli.evaluate_estimates_table import print_evaluation

    print_evaluation(evaluation)


@settled_group.command("needed", help=_NEEDED_HELP, short_help="Say how many settled cases it takes.")
@click.argument("cases_file", metavar="[CASES]", required=False, type=click.Path(path_type=Path))
@click.option("--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample].")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="TOML file of cover  [a sample].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def needed_command(cases_file: Path | None, *, card_file: Path | None, policy_file: Path | None, as_json: bool) -> None:
    """See `_NEEDED_HELP`."""
    import json

    from coachwork.settled.sample_size import HALF_WIDTHS, SHARES, cases_for_share

    if cases_file is None:
        rows = {
            f"a share of {100 * share:g} %": {w: cases_for_share(share, w) for w in HALF_WIDTHS} for share in SHARES
        }
        about = "independent cases"
    else:
        rows, about = _of_first_batch(cases_file, card_file, policy_file)
    if as_json:
        told = {name: {f"{width:g}": count for width, count in row.items()} for name, row in rows.items()}
        click.echo(json.dumps({"schema": "coachwork.cases-needed/1", "basis": about, "cases": told}, indent=1))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Cases needed, {about}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("known to")
    for width in HALF_WIDTHS:
        table.add_column(f"\N{PLUS-MINUS SIGN} {100 * width:g} points", justify="right")
    for name, row in rows.items():
        table.add_row(name, *(f"{count:,}" for count in row.values()))
    Console(highlight=False).print(table)


def _of_first_batch(
    cases_file: Path, card_file: Path | None, policy_file: Path | None
) -> "tuple[dict[str, dict[float, int]], str]":
    """Words of each figure -> half width -> cases, and what they rest on."""
    from coachwork.cli.evaluate_estimates import judged_file
    from coachwork.settled.evaluation import evaluate_estimates
    from coachwork.settled.figures import MEASURES
    from coachwork.settled.sample_size import cases_needed

    judged, _, found = judged_file(cases_file, card_file=card_file, policy_file=policy_file)
    evaluation = evaluate_estimates(judged, file=found.file, about={})
    rows = {MEASURES[name].words: dict(row) for name, row in cases_needed(evaluation).items()}
    return rows, f"by the intervals of {evaluation.cases} cases in {evaluation.clusters} clusters"
