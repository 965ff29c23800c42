"""`coachwork evaluate-estimates`: how good estimates and routes are, against what was settled."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coachwork.claims.claim_files import InsurancePolicy
    from coachwork.estimates.case_json import CarCase
    from coachwork.estimates.rate_card import RateCard
    from coachwork.inspections.vehicle import Vehicle
    from coachwork.settled.case import SettledCase, SettledCaseError
    from coachwork.settled.case_json import SettledFile
    from coachwork.settled.evaluation import EstimateEvaluation
    from coachwork.settled.judging import JudgedCase

_HELP = """Measure estimates against settled cases: what body shops billed, and where people sent the claims.

CASES is a file of JSON Lines, one settled case a line, by the schema coachwork.settled-case/1 (docs/settled-cases.md).
Told are lines, repair or replace, money, how often the interval holds the bill, routes, and all of it by kind of case;
every figure with an interval from drawing whole clusters of cases again and again. Cases that hold photos are inspected
first, so that the whole chain is measured. What cannot be used is told by line.

\b
Examples:
  coachwork evaluate-estimates cases.jsonl --rate-card our-card.toml --policy our-cover.toml
  coachwork evaluate-estimates cases.jsonl --rate-card our-card.toml --json > figures.json
  coachwork evaluate-estimates cases.jsonl --rate-card our-card.toml --html figures.html
  coachwork settled sample --cases 200 --seed 1 > made-up.jsonl
  coachwork evaluate-estimates made-up.jsonl
"""


@click.command("evaluate-estimates", help=_HELP)
@click.argument("cases_file", metavar="CASES", type=click.Path(path_type=Path))
@click.option(
    "--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample, no offer]."
)
@click.option(
    "--policy", "policy_file", type=click.Path(path_type=Path), help="TOML file of cover and routing  [a sample]."
)
@click.option(
    "--promised",
    default=0.9,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of bills that the intervals should hold.",
)
@click.option("--resamples", default=1000, show_default=True, type=click.IntRange(min=20), help="Draws per interval.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draws.")
@click.option("--strict", is_flag=True, help="End where a case cannot be used.")
@click.option("--bundle", type=BundlePath(), help="For photos: folder of the model  [the one that ships].")
@click.option("--parts", type=click.Path(path_type=Path), help="For photos: folder of the part model  [likewise].")
@click.option("--html", "html_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write this HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate_estimates_command(
    cases_file: Path,
    *,
    card_file: Path | None,
    policy_file: Path | None,
    promised: float,
    resamples: int,
    seed: int,
    strict: bool,
    bundle: Path | None,
    parts: Path | None,
    html_file: Path | None,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    import json

    from coachwork.settled.evaluation import evaluate_estimates
    from coachwork.settled.evaluation_json import evaluation_to_json

    judged, problems, found = judged_file(
        cases_file, card_file=card_file, policy_file=policy_file, bundle=bundle, parts=parts
    )
    if strict and problems:
        message = f"{len(problems)} cases cannot be used"
        raise ExceptionGroup(message, problems)
    evaluation = evaluate_estimates(
        judged,
        file=found.file,
        about={"cases": found.file, **_about(card_file, policy_file)},
        problems=problems,
        synthetic=found.synthetic,
        decimals=_figures(card_file, policy_file)[0].decimals,
        promised=promised,
        resamples=resamples,
        seed=seed,
    )
    if html_file is not None:
        _write_page(evaluation, html_file)
    if as_json:
        click.echo(json.dumps(evaluation_to_json(evaluation), ensure_ascii=False, indent=1, allow_nan=False))
        return
    from coachwork.cli.evaluate_estimates_table import print_evaluation

    print_evaluation(evaluation)


def judged_file(
    cases_file: Path,
    *,
    card_file: Path | None,
    policy_file: Path | None,
    bundle: Path | None = None,
    parts: Path | None = None,
) -> "tuple[tuple[JudgedCase, ...], list[SettledCaseError], SettledFile]":
    """The cases of a file, assessed, beside what cannot be used, by line, and the file."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.settled.case_json import read_settled_cases
    from coachwork.settled.judging import judge_cases

    card, policy = _figures(card_file, policy_file)
    found = read_settled_cases(cases_file)
    inspected = _inspector(found.cases, bundle, parts)
    with photo_bar("assessing cases") as bar:
        judged, unusable = judge_cases(
            found.cases, file=found.file, card=card, policy=policy, inspected=inspected, done=bar
        )
    return judged, sorted((*found.problems, *unusable), key=lambda problem: problem.line or 0), found


def _figures(card_file: Path | None, policy_file: Path | None) -> "tuple[RateCard, InsurancePolicy]":
    from coachwork.claims.claim_files import read_insurance, sample_insurance_path
    from coachwork.estimates.card_reading import read_rate_card, sample_card_path

    return read_rate_card(card_file or sample_card_path()), read_insurance(policy_file or sample_insurance_path())


def _about(card_file: Path | None, policy_file: Path | None) -> dict[str, str]:
    card, policy = _figures(card_file, policy_file)
    return {
        "rate card": f"{card.name} {card.version}, sha256 {card.sha256[:12]}",
        "policy": f"{policy.name} {policy.version}, sha256 {policy.sha256[:12]}",
    }


def _inspector(
    cases: "Sequence[SettledCase]", bundle: Path | None, parts: Path | None
) -> "Callable[[Sequence[Path], Vehicle], CarCase] | None":
    """Looks at photos; None where no case holds any, so that no model is loaded."""
    if not any(isinstance(case.evidence, tuple) for case in cases):
        return None
    from coachwork.estimates.case_json import CarCase
    from coachwork.estimates.inspected import repair_damages
    from coachwork.inference.assessing import Assessor
    from coachwork.inference.bundle import shipped_parts_folder
    from coachwork.inference.inspecting import inspect
    from coachwork.inference.severity_file import shipped_severity_path

    assessor = Assessor(bundle, parts=parts or shipped_parts_folder(), severity=shipped_severity_path())

    def look(photos: "Sequence[Path]", vehicle: "Vehicle") -> CarCase:
        inspection = inspect(assessor, photos, vehicle=vehicle)
        return CarCase(
            damages=repair_damages(inspection), coverage=tuple(inspection.coverage), verdict=inspection.verdict
        )

    return look


def _write_page(evaluation: "EstimateEvaluation", path: Path) -> None:
    from coachwork.settled.page import write_evaluation_page

    try:
        write_evaluation_page(evaluation, path)
    except OSError as refused:
        message = f"cannot write {path} ({refused.strerror}): name another place"
        raise click.ClickException(message) from refused
