"""The proposal of a settlement: what would be paid, and whether a person must look at it first.

Every rule is held against every claim, and stands in the result with what it found. A claim is never denied here: what
seems not to be covered goes to a person, with the reasons, and so does a claim in which nobody looked for signs of
fraud.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coachwork.claims.claim_files import InsurancePolicy, Loss
from coachwork.claims.fraud_signals import Check, FraudFindings
from coachwork.claims.rules import RoutingRule
from coachwork.errors import CoachworkError
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.estimate import Estimate, make_estimate
from coachwork.estimates.items import is_welded, item_of
from coachwork.estimates.money import ZERO, MoneyRange, rounded
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.readings import Reading, counts
from coachwork.estimates.total_loss import TotalLoss
from coachwork.estimates.work_changes import WorkChange
from coachwork.inspections.coverage import unseen
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import Reason, clauses, said


class SettlementError(CoachworkError):
    """Policy and rate card do not go together."""


class Route(StrEnum):
    """Where a claim goes; all but the offer go to a person."""

    AUTO_OFFER = "auto offer"
    REVIEW = "review"
    TOTAL_LOSS = "total loss"
    NOT_COVERED = "not covered, for a person to decide"


_OF_COVER = {RoutingRule.IN_FORCE, RoutingRule.CAUSE, RoutingRule.COVERED_DAMAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFinding:
    """A rule held against a claim.

    Attributes:
        rule: which.
        holds: None where what is known does not tell.
        why: with its figures, one sentence without its full stop.
    """

    rule: RoutingRule
    holds: bool | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """One step from the repair to the payout.

    Attributes:
        what: the step.
        amounts: in the order of readings, signed, rounded.
    """

    what: str
    amounts: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A proposal; never edited, made again instead.

    Attributes:
        policy: by which it was made.
        loss: what the customer tells.
        estimate: of the damages that the policy does not exclude.
        excluded: names of those that it does.
        lines: from the repair to the payout.
        findings: every rule, in its order.
        route: where the claim goes.
        fraud: the signs that were found; None where nobody looked.
    """

    policy: InsurancePolicy
    loss: Loss
    estimate: Estimate
    excluded: tuple[str, ...]
    lines: tuple[PayoutLine, ...]
    findings: tuple[RuleFinding, ...]
    route: Route
    fraud: FraudFindings | None = None

    @property
    def payout(self) -> MoneyRange:
        """The sum of the lines: what would be paid if the claim is covered."""
        return _payout(self.lines, self.policy.currency)


def settle(
    case: CarCase,
    *,
    loss: Loss,
    policy: InsurancePolicy,
    card: RateCard,
    vehicle: Vehicle | None = None,
    fraud: FraudFindings | None = None,
    holds: Sequence[str] = (),
    changes: Sequence[WorkChange] = (),
) -> Settlement:
    """Proposes a settlement.

    Args:
        case: the damages, and what was looked at.
        loss: what the customer tells.
        policy: cover and routing.
        card: of the repair.
        vehicle: with its values, for total loss.
        fraud: what was found in the photos; None where nobody looked.
        holds: why offers on photos like these are held back at the moment, a clause each.
        changes: what people decided about single lines of the estimate.

    Raises:
        SettlementError: policy and rate card are in different currencies.
        EstimateError: see `make_estimate`.
    """
    if policy.currency != card.currency:
        message = f"the policy is in {policy.currency} and the rate card in {card.currency}: state both in one currency"
        raise SettlementError(message)
    covered = [one for one in case.damages if one.type not in policy.excluded]
    estimate = make_estimate(covered, card, vehicle, changes=changes)
    lines = tuple(_lines(estimate, policy))
    findings = tuple(
        RuleFinding(rule=rule, holds=holds, why=why)
        for rule, holds, why in (
            *_of_cover(case, loss, policy, estimate),
            *_of_claim(case, loss, policy, estimate),
            *_of_amounts(policy, estimate, _payout(lines, policy.currency)),
            *_of_fraud(fraud),
            (RoutingRule.NO_HOLD, not holds, clauses(*holds) or said("settlement.nothing_held")),
            *_of_figures(policy, estimate),
        )
    )
    return Settlement(
        policy=policy,
        loss=loss,
        estimate=estimate,
        excluded=tuple(sorted(one.name for one in case.damages if one.type in policy.excluded)),
        lines=lines,
        findings=findings,
        route=_route(findings, estimate.total_loss.outcome),
        fraud=fraud,
    )


def _route(findings: Sequence[RuleFinding], loss: TotalLoss) -> Route:
    if any(one.holds is False for one in findings if one.rule in _OF_COVER):
        return Route.NOT_COVERED
    if loss is TotalLoss.YES:
        return Route.TOTAL_LOSS
    return Route.AUTO_OFFER if all(one.holds for one in findings) else Route.REVIEW


def _payout(lines: Sequence[PayoutLine], currency: str) -> MoneyRange:
    sums = [sum((line.amounts[reading.place] for line in lines), ZERO) for reading in Reading]
    return MoneyRange.around(sums, currency)


def _lines(estimate: Estimate, policy: InsurancePolicy) -> Iterator[PayoutLine]:
    """Repair, or the value on a total loss, less what the customer bears; each step leaves at least 0."""
    car, decimals = estimate.vehicle, estimate.card.decimals
    payable = estimate.payable
    left = [payable.lower, payable.likely, payable.upper]
    yield PayoutLine(what=said("payout.repair"), amounts=tuple(left))
    steps: list[tuple[Reason, list[Decimal]]] = []
    if car.market_value is not None:
        kept = car.salvage_value if policy.keeps_wreck else None
        most = rounded(max(ZERO, car.market_value - (kept or ZERO)), decimals)
        what = said("payout.value_less_wreck" if kept else "payout.value")
        steps.append((what, [max(ZERO, amount - most) for amount in left]))
    after = [amount - taken for amount, taken in zip(left, steps[0][1] if steps else [ZERO] * 3, strict=True)]
    deductible = rounded(policy.deductible, decimals)
    steps.append((said("payout.deductible"), [min(amount, deductible) for amount in after]))
    after = [amount - taken for amount, taken in zip(after, steps[-1][1], strict=True)]
    if policy.limit is not None:
        limit = rounded(policy.limit, decimals)
        steps.append((said("payout.limit", limit=limit), [max(ZERO, amount - limit) for amount in after]))
    for what, taken in steps:
        if any(taken):
            yield PayoutLine(what=what, amounts=tuple(-amount for amount in taken))


_Found = Iterator[tuple[RoutingRule, bool | None, str]]


def _of_cover(case: CarCase, loss: Loss, policy: InsurancePolicy, estimate: Estimate) -> _Found:
    if loss.on is None:
        open_ended = policy.begins is None and policy.ends is None
        yield RoutingRule.IN_FORCE, True if open_ended else None, said("settlement.day_untold")
    else:
        early = policy.begins is not None and loss.on < policy.begins
        late = policy.ends is not None and loss.on > policy.ends
        begins, ends = (day or said("settlement.any_day") for day in (policy.begins, policy.ends))
        told = said("settlement.in_force", on=loss.on, begins=begins, ends=ends)
        yield RoutingRule.IN_FORCE, not (early or late), told
    covered = sorted(policy.causes)
    if loss.cause is None:
        yield RoutingRule.CAUSE, None, said("settlement.cause_untold", covered=covered)
    else:
        told = said("settlement.cause", cause=loss.cause, covered=covered)
        yield RoutingRule.CAUSE, loss.cause in policy.causes, told
    left_out = sorted(one.name for one in case.damages if one.type in policy.excluded)
    told = said("settlement.covered", covered=len(estimate.damages), all=len(case.damages))
    told = said("settlement.covered_but", told=told, excluded=left_out) if left_out else told
    yield RoutingRule.COVERED_DAMAGE, bool(estimate.damages) if case.damages else None, told


def _of_claim(case: CarCase, loss: Loss, policy: InsurancePolicy, estimate: Estimate) -> _Found:
    found, card = estimate.total_loss, estimate.card
    safe = {TotalLoss.NO: True, TotalLoss.YES: False}.get(found.outcome)
    yield RoutingRule.NO_TOTAL_LOSS, safe, said("settlement.total_loss", outcome=found.outcome, why=found.why)
    injured = None if loss.injured is None else not loss.injured
    yield RoutingRule.NO_INJURY, injured, said("settlement.injured", told=_answer(loss.injured))
    yield RoutingRule.DRIVABLE, loss.drivable, said("settlement.drivable", told=_answer(loss.drivable))
    there = [one for one in estimate.damages if counts(one, card, Reading.UPPER)]
    grave = [one for one in there if one.type in policy.routing.never_types or _on_welded(one)]
    yield RoutingRule.NO_GRAVE_DAMAGE, not grave, _listed([one.words for one in grave], "none")
    least = policy.routing.least_confidence
    unsure = [
        one for one in there if one.confidence is None or one.confidence < least or item_of(one.type, one.part) is None
    ]
    names = [one.name for one in unsure] or said("settlement.none")
    yield RoutingRule.SURE, not unsure, said("settlement.unsure", least=least, names=names)
    yield RoutingRule.NOTHING_OPEN, not estimate.open, _listed([one.what for one in estimate.open], "nothing_open")
    lacking = unseen(case.coverage)
    seen = (list(lacking) or said("settlement.none")) if case.coverage else said("settlement.seen_untold")
    yield RoutingRule.SEEN, bool(case.coverage) and not lacking, said("settlement.unseen", parts=seen)


def _of_amounts(policy: InsurancePolicy, estimate: Estimate, payout: MoneyRange) -> _Found:
    routing, total = policy.routing, estimate.total
    wide = total.upper - total.likely
    narrow = wide <= routing.most_spread * total.likely
    told = said("settlement.spread", wide=wide, likely=total.likely, most=routing.most_spread)
    yield RoutingRule.NARROW, narrow, told
    small = payout.upper <= routing.most_amount
    yield RoutingRule.SMALL, small, said("settlement.upper", upper=payout.upper, most=routing.most_amount)
    yield RoutingRule.ABOVE_DEDUCTIBLE, payout.likely > 0, said("settlement.likely", likely=payout.likely)


def _of_fraud(fraud: FraudFindings | None) -> _Found:
    rule = RoutingRule.NO_SIGN_OF_FRAUD
    if fraud is None:
        yield rule, None, said("settlement.nobody_looked")
        return
    strong = [one.sentence for one in fraud.strong]
    told = clauses(
        said("joined.clause", parts=strong) if strong else said("settlement.no_strong_sign"),
        said("settlement.weak_signs", count=len(fraud.signals) - len(strong)),
        *(said("settlement.unsought", check=check.words) for check in fraud.unsought),
    )
    enough = {Check.COPIES, Check.CAMERA} <= set(fraud.checks)
    yield rule, False if fraud.strong else (True if enough else None), told


def _of_figures(policy: InsurancePolicy, estimate: Estimate) -> _Found:
    samples = [name for name, sample in (("rate card", estimate.card.sample), ("policy", policy.sample)) if sample]
    yield RoutingRule.REAL_FIGURES, not samples, said("settlement.samples", names=samples or said("settlement.none"))


def _on_welded(damage: RepairDamage) -> bool:
    item = item_of(damage.type, damage.part)
    return item is not None and is_welded(item)


def _answer(holds: bool | None) -> str:  # noqa: FBT001  # an answer, not a switch
    return "not told" if holds is None else "yes" if holds else "no"


def _listed(words: Sequence[str], else_: str) -> Reason:
    return said("joined.listed", parts=words) if words else said(f"settlement.{else_}")
