"""Settled cases assessed again as if they were new: the estimate and the route that Coachwork would have proposed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from coachwork.claims.claim_files import InsurancePolicy
from coachwork.claims.rules import RoutingRule
from coachwork.claims.settlement import Route, Settlement, settle
from coachwork.errors import CoachworkError
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.estimate import Estimate, EstimateError, make_estimate
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.rules import Operation
from coachwork.inspections.vehicle import Vehicle
from coachwork.settled.case import SettledCase, SettledCaseError
from coachwork.taxonomy import Item

_NOT_TOLD = {RoutingRule.REAL_FIGURES, RoutingRule.NO_SIGN_OF_FRAUD}
"""Rules that a settled case cannot tell of."""
Inspected = Callable[[Sequence[Path], Vehicle], CarCase]
"""Makes a car's case of its photos; what it raises of `CoachworkError` spoils that case alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is held against the outcome of a case: what Coachwork would have proposed, or another person's answer.

    Attributes:
        lines: item and operation of each; None where none are told.
        lower, likely, upper: total with tax; None where none is told.
        payout: the likely one to the customer; None where the case is no claim.
        route: None where the case is not routed.
        open: whether something could not be priced.
    """

    lines: tuple[tuple[Item, Operation], ...] | None
    lower: Decimal | None
    likely: Decimal | None
    upper: Decimal | None
    payout: Decimal | None
    route: Route | None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCase:
    """A settled case beside what was proposed on the same evidence.

    Attributes:
        case: as it was settled.
        proposal: to be held against it.
        damages: how many the evidence tells of; None where nobody looked.
    """

    case: SettledCase
    proposal: Proposal
    damages: int | None


def judge_cases(
    cases: Sequence[SettledCase],
    *,
    file: str,
    card: RateCard,
    policy: InsurancePolicy,
    inspected: Inspected | None = None,
    done: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[tuple[JudgedCase, ...], tuple[SettledCaseError, ...]]:
    """Assesses every case; those that cannot be assessed are told by line.

    Routes leave two rules out, which would send every case to a person: that figures are no samples, and that nothing
    points to fraud, which is sought in photos of other claims.

    Args:
        cases: of one file.
        file: as errors call it.
        card: by which repairs are priced; cases in another currency cannot be used.
        policy: by which claims are routed.
        inspected: for cases that hold photos.
        done: told how many cases are done, of how many.
    """
    judged: list[JudgedCase] = []
    problems: list[SettledCaseError] = []
    for place, case in enumerate(cases, start=1):
        try:
            judged.append(_judged(case, card=card, policy=policy, inspected=inspected))
        except ExceptionGroup as errors:
            known, others = errors.split(CoachworkError)
            if others is not None or known is None:
                raise
            problems.append(_of_line(file, case, str(known.exceptions[0])))
        except CoachworkError as error:
            problems.append(_of_line(file, case, str(error)))
        done(place, len(cases))
    return tuple(judged), tuple(problems)


def _of_line(file: str, case: SettledCase, why: str) -> SettledCaseError:
    return SettledCaseError(file=file, line=case.line, where="", why=f"{case.name} cannot be assessed: {why}")


def _judged(case: SettledCase, *, card: RateCard, policy: InsurancePolicy, inspected: Inspected | None) -> JudgedCase:
    if case.currency != card.currency:
        message = f"it is in {case.currency} and the rate card in {card.currency}: give a card in its currency"
        raise EstimateError(message)
    seen = case.evidence if isinstance(case.evidence, CarCase) else _looked_at(case.evidence, case.vehicle, inspected)
    settlement = None
    if case.loss is not None and policy.currency == card.currency:
        settlement = settle(seen, loss=case.loss, policy=policy, card=card, vehicle=case.vehicle)
    covers_all = settlement is not None and not settlement.excluded
    whole = settlement.estimate if settlement and covers_all else make_estimate(seen.damages, card, case.vehicle)
    return JudgedCase(case=case, proposal=_proposal(whole, settlement), damages=len(seen.damages))


def _proposal(estimate: Estimate, settlement: Settlement | None) -> Proposal:
    total = estimate.total
    return Proposal(
        lines=tuple((line.item, line.operation) for line in estimate.likely.lines),
        lower=total.lower,
        likely=total.likely,
        upper=total.upper,
        payout=None if settlement is None else settlement.payout.likely,
        route=None if settlement is None else _route(settlement),
        open=bool(estimate.open),
    )


def _route(settlement: Settlement) -> Route:
    told = [one for one in settlement.findings if one.rule not in _NOT_TOLD]
    sent_back = settlement.route is Route.REVIEW and all(one.holds for one in told)
    return Route.AUTO_OFFER if sent_back else settlement.route


def _looked_at(photos: Iterable[Path], vehicle: Vehicle, inspected: Inspected | None) -> CarCase:
    if inspected is None:
        message = "it holds photos, and nothing here looks at photos: give damages or an inspection"
        raise EstimateError(message)
    return inspected(tuple(photos), vehicle)
