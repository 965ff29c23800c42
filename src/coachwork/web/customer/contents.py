"""What a customer is shown of the results: what was found, what it comes to, and why; never what is suspected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from coachwork.assessments.verdict import Verdict
from coachwork.cases.case import CaseResult
from coachwork.cases.damage_numbers import number_of
from coachwork.claims.rules import RoutingRule
from coachwork.reasons import pruned, said
from coachwork.reports.car.damage_contents import LIKELY_FROM
from coachwork.taxonomy import DamageType

_READINGS = ("lower", "likely", "upper")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDamage:
    """A damage.

    Attributes:
        number: as in the pictures, and wherever else it is called by one.
        kind: its type.
        part: `CarPart` value; None where it is not known.
        severity: levels that are left open, mildest and worst; empty where none is told.
        likely: whether it is rather there than not.
        corrected: whether a person spoke of it.
        views: where it is seen.
    """

    number: int
    kind: DamageType
    part: str | None
    severity: tuple[str, ...]
    likely: bool
    corrected: bool
    views: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPayout:
    """Amounts as texts.

    Attributes:
        lower, likely, upper: of the payout.
        currency: of all amounts.
        lines: (last part of the sentence's key, amount) of the likely reading; only steps that change something.
    """

    lower: str
    likely: str
    upper: str
    currency: str
    lines: tuple[tuple[str, str], ...]

    @property
    def decimals(self) -> int:
        """How many of them the amounts are written with."""
        amounts = (self.lower, self.likely, self.upper, *(amount for _, amount in self.lines))
        return max(-int(Decimal(amount).as_tuple().exponent) for amount in amounts)

    @property
    def is_one(self) -> bool:
        """Whether there is no range."""
        return self.lower == self.upper


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownResult:
    """All of it.

    Attributes:
        verdict: of the car, after what people corrected.
        damages: in the order of their numbers.
        unseen: parts that must be seen better before "none" may be said.
        payout: None where the case is no claim, or there is nothing to price.
        rules: (rule, whether it holds) of the proposal, those that do not hold first.
        route: of the settlement; None without one.
        excluded: whether some damage is not covered.
        sample: whether prices or policy are samples, by which nothing is offered.
    """

    verdict: Verdict
    damages: tuple[ShownDamage, ...]
    unseen: tuple[str, ...]
    payout: ShownPayout | None
    rules: tuple[tuple[str, bool | None], ...]
    route: str | None
    excluded: bool
    sample: bool

    @property
    def likely(self) -> tuple[ShownDamage, ...]:
        """Damages that are rather there than not."""
        return tuple(one for one in self.damages if one.likely)

    @property
    def possible(self) -> tuple[ShownDamage, ...]:
        """Damages that are rather not there than there, for a person to look at."""
        return tuple(one for one in self.damages if not one.likely)

    @property
    def open_rules(self) -> tuple[tuple[str, bool | None], ...]:
        """Rules for which a person looks at the case."""
        return tuple(one for one in self.rules if one[1] is not True)


def shown_result(result: CaseResult) -> ShownResult:
    """What a customer is shown of results."""
    inspection, settlement = result.inspection, result.settlement
    corrected = result.damages is not None
    told = inspection["damages"] if result.damages is None else result.damages
    damages = tuple(_damage(number_of(one, place), one, corrected=corrected) for place, one in enumerate(told))
    rules = () if settlement is None else tuple((one["rule"], one["holds"]) for one in settlement["rules"])
    return ShownResult(
        verdict=_verdict(Verdict(inspection["verdict"]), damages, corrected=corrected),
        damages=damages,
        unseen=tuple(inspection.get("unseen", ())),
        payout=None if settlement is None or not damages else _payout(settlement),
        rules=tuple(sorted(rules, key=lambda one: {False: 0, None: 1, True: 2}[one[1]])),
        route=None if settlement is None else settlement["route"],
        excluded=bool(settlement and settlement["excluded"]),
        sample=any(rule == RoutingRule.REAL_FIGURES.value and holds is False for rule, holds in rules),
    )


def result_for_customer(result: CaseResult) -> CaseResult:
    """The results without what was found or sought as signs of fraud: a suspicion is for people to look into."""
    if result.settlement is None:
        return result
    neutral = {"holds": None, "why": said("settlement.neutral")}
    rules = [
        one | neutral if one["rule"] == RoutingRule.NO_SIGN_OF_FRAUD.value else one
        for one in result.settlement["rules"]
    ]
    return replace(result, settlement=pruned({**result.settlement, "rules": rules, "fraud": None}))


def _verdict(verdict: Verdict, damages: Sequence[ShownDamage], *, corrected: bool) -> Verdict:
    """The models' verdict, but for damages that a person added or took away; "none" is then claimed by nobody."""
    if not corrected:
        return verdict
    return Verdict.DAMAGED if damages else Verdict.UNCERTAIN


def _damage(number: int, told: Mapping[str, Any], *, corrected: bool) -> ShownDamage:
    levels, probability = list(told["severity"]), told["probability"]
    return ShownDamage(
        number=number,
        kind=DamageType(told["type"]),
        part=told["part"],
        severity=tuple(dict.fromkeys((levels[0], levels[-1]))) if levels else (),
        likely=probability is None or probability >= LIKELY_FROM,
        corrected=corrected and bool(told.get("corrected_by")),
        views=tuple(dict(view) for view in told["views"]),
    )


def _payout(settlement: Mapping[str, Any]) -> ShownPayout:
    payout = settlement["payout"]
    return ShownPayout(
        **{reading: payout[reading] for reading in _READINGS},
        currency=payout["currency"],
        lines=tuple((_step(line["what"]), line["likely"]) for line in settlement["lines"]),
    )


def _step(what: str) -> str:
    """Last part of the key of a step's sentence."""
    for beginning, key in (("repair", "repair"), ("no more than the car", "value"), ("deductible", "deductible")):
        if what.startswith(beginning):
            return key
    return "limit"
