"""What `coachwork inspect` works out from an inspection, and the report that it saves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from coachwork.claims.claim_files import InsurancePolicy, Loss
    from coachwork.claims.fraud_signals import FraudFindings
    from coachwork.claims.settlement import Settlement
    from coachwork.estimates.estimate import Estimate
    from coachwork.estimates.rate_card import RateCard
    from coachwork.inspections.inspection import Inspection
    from coachwork.inspections.vehicle import Vehicle
    from coachwork.reports.car.folder import WrittenReport
    from coachwork.reports.car.pictures import Finder
    from coachwork.valuation.scheme import Scheme
    from coachwork.valuation.valuation import Valuation


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMoney:
    """What is to be worked out in money, with the files that it needs, read.

    Attributes:
        card: rate card; None where nothing is worked out.
        estimate: whether the repair is to be estimated.
        policy, loss, fraud: of a claim that is to be settled; the policy is None where none is, and fraud where nobody
            looked for signs of it.
        scheme: by which the car is to be graded and valued; None where it is not.
        on: day of the valuation.
    """

    card: "RateCard | None" = None
    estimate: bool = False
    policy: "InsurancePolicy | None" = None
    loss: "Loss | None" = None
    fraud: "FraudFindings | None" = None
    scheme: "Scheme | None" = None
    on: date


def read_wanted(
    *,
    estimate: bool,
    card_file: Path | None,
    policy_file: Path | None,
    loss_file: Path | None,
    signals_file: Path | None,
    scheme: str | None,
    on: date,
) -> WantedMoney:
    """Reads the files, before any photo is looked at: what is wrong in them is told at once.

    Raises:
        CoachworkError: a file cannot be read or is malformed.
    """
    settled = any(file is not None for file in (policy_file, loss_file, signals_file))
    if not (estimate or settled or scheme):
        return WantedMoney(on=on)
    from coachwork.claims.claim_files import Loss, read_insurance, read_loss, sample_insurance_path
    from coachwork.claims.fraud_json import read_findings
    from coachwork.estimates.card_reading import read_rate_card, sample_card_path
    from coachwork.valuation.scheme_toml import find_scheme

    return WantedMoney(
        card=read_rate_card(card_file or sample_card_path()),
        estimate=estimate,
        policy=read_insurance(policy_file or sample_insurance_path()) if settled else None,
        loss=Loss() if loss_file is None else read_loss(loss_file),
        fraud=None if signals_file is None else read_findings(signals_file),
        scheme=None if scheme is None else find_scheme(scheme),
        on=on,
    )


def check_wanted(wanted: WantedMoney, vehicle: "Vehicle | None") -> None:
    """Tries it on a car without photos, so that nobody waits for photos to learn that currencies differ.

    Raises:
        CoachworkError: vehicle, rate card, policies and scheme do not go together.
    """
    from coachwork.inspections.inspection import inspect_car

    work_out(inspect_car((), {}, vehicle=vehicle), wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedOut:
    """The results in money; None where they were not asked for."""

    estimate: "Estimate | None" = None
    settlement: "Settlement | None" = None
    valuation: "Valuation | None" = None


def work_out(inspection: "Inspection", wanted: WantedMoney) -> WorkedOut:
    """Estimates, settles and values as far as that is wanted.

    Raises:
        CoachworkError: vehicle, rate card and policies do not go together.
    """
    from coachwork.claims.claim_files import Loss
    from coachwork.claims.settlement import settle
    from coachwork.estimates.case_json import CarCase
    from coachwork.estimates.estimate import make_estimate
    from coachwork.estimates.inspected import repair_damages
    from coachwork.valuation.policy_toml import read_policy, sample_policy_path
    from coachwork.valuation.valuation import value_car

    card, vehicle = wanted.card, inspection.vehicle
    if card is None:
        return WorkedOut()
    damages = repair_damages(inspection)
    case = CarCase(damages=damages, coverage=inspection.coverage, verdict=inspection.verdict)
    settlement = valuation = None
    if wanted.policy is not None:
        settlement = settle(
            case,
            loss=wanted.loss or Loss(),
            policy=wanted.policy,
            card=card,
            vehicle=vehicle,
            fraud=wanted.fraud,
        )
    if wanted.scheme is not None:
        policy = read_policy(sample_policy_path())
        valuation = value_car(case, scheme=wanted.scheme, policy=policy, card=card, vehicle=vehicle, on=wanted.on)
    return WorkedOut(
        estimate=make_estimate(damages, card, vehicle) if wanted.estimate else None,
        settlement=settlement,
        valuation=valuation,
    )


def print_money(worked_out: WorkedOut) -> None:
    """Prints the estimate in full, and settlement and valuation as `coachwork settle` and `coachwork value` do."""
    if worked_out.estimate is not None:
        from coachwork.cli.estimate_table import print_estimate

        print_estimate(worked_out.estimate)
    if worked_out.settlement is not None:
        from coachwork.cli.settle import print_settlement

        print_settlement(worked_out.settlement)
    if worked_out.valuation is not None:
        from coachwork.cli.value_table import print_valuation

        print_valuation(worked_out.valuation)


def document_of(inspection: "Inspection", worked_out: WorkedOut, on: date) -> dict[str, Any]:
    """The whole as one JSON document."""
    from coachwork.reports.car.document import inspection_document

    return inspection_document(
        inspection,
        on=on,
        estimate=worked_out.estimate,
        settlement=worked_out.settlement,
        valuation=worked_out.valuation,
    )


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Writes the JSON file.

    Raises:
        ClickException: it cannot be written.
    """
    import json

    from coachwork.reports.pages import write_page

    try:
        write_page(path, json.dumps(document, indent=1, allow_nan=False) + "\n")
    except OSError as refused:
        message = f"cannot write {path} ({refused.strerror}): name another place"
        raise click.ClickException(message) from refused


def save_report(
    document: Mapping[str, Any], folder: Path, photos: Path | None = None, *, show_private: bool = False
) -> "WrittenReport":
    """Writes page, PDF and pictures, and says where they lie and what they lack.

    Args:
        document: of the inspection.
        folder: to write into.
        photos: where photos lie that are no longer where the document says.
        show_private: whether faces and number plates stay as they are.

    Raises:
        ClickException: the folder cannot be written.
    """
    from coachwork.reports.car.folder import write_report

    finder = None if show_private else private_finder()
    try:
        written = write_report(document, folder, lambda told: _photo_path(str(told["file"]), photos), finder=finder)
    except OSError as refused:
        message = f"cannot write {refused.filename or folder} ({refused.strerror}): name another folder"
        raise click.ClickException(message) from refused
    for name, why in written.missing.items():
        click.secho(f"{name} has no picture in the report: {why}", err=True, fg="yellow")
    if written.pdf is None:
        click.secho("no PDF was written: install its maker with  pip install 'coachwork[pdf]'", err=True, fg="yellow")
    click.echo(f"report: {', '.join(str(path) for path in (written.pdf, written.page) if path is not None)}")
    return written


def private_finder() -> "Finder":
    """Finds faces and number plates; says what it cannot find here."""
    from coachwork.inference.private_regions import PrivateRegions

    regions = PrivateRegions()
    for notice in regions.notices:
        click.secho(notice, err=True, fg="yellow")
    return regions.find


def _photo_path(file: str, photos: Path | None) -> Path | None:
    """Where a photo lies: in the folder that is named, else where the document says."""
    places = [] if photos is None else [photos / Path(file).name]
    places.append(Path(file))
    return next((place for place in places if place.is_file()), None)
