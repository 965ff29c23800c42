"""All KPIs, in the order in which they are shown."""

from coachwork.cases.outcome import OutcomeKind
from coachwork.kpis import handling, model, money
from coachwork.kpis.definition import Direction, Group, Kpi, Unit

_LEAKAGE = (
    "Claims leakage as the trade has it, found by reviewing closed files: the difference between what was spent and"
    " what should have been spent (IRMI, glossary). Assumes that the bill is right, that nothing but deductible and"
    " limit reduces it, and that cases with a recorded bill are like the others; total losses are left out. It is an"
    " estimate, not an audit"
)

KPIS: tuple[Kpi, ...] = (
    Kpi(
        name="inspections",
        title="Inspections",
        formula="cases that were opened in the month",
        group=Group.BUSINESS,
        unit=Unit.COUNT,
        direction=Direction.NONE,
        needs="nothing",
        month=handling.opened,
        compute=handling.inspections,
        least=0,
    ),
    Kpi(
        name="straight_through",
        title="Straight-through share",
        formula="claims that ended with no correction and no decision by a person / claims that ended in the month",
        group=Group.BUSINESS,
        unit=Unit.SHARE,
        direction=Direction.UP,
        needs="claims that ended: a decision that stands, or an offer that the customer accepted",
        month=handling.ended,
        compute=handling.straight_through,
        least=10,
    ),
    Kpi(
        name="auto_offers",
        title="Proposed without a person",
        formula=(
            "claims whose proposal, before any correction, is an automatic offer / claims with first results in"
            " the month"
        ),
        group=Group.BUSINESS,
        unit=Unit.SHARE,
        direction=Direction.UP,
        needs="claims with results",
        month=handling.ready,
        compute=handling.auto_offers,
        least=10,
    ),
    Kpi(
        name="cycle_median",
        title="Cycle time, median",
        formula=(
            "hours from opening to the first decision that stands or the accepted offer: half of the cases that"
            " ended in the month took no longer"
        ),
        group=Group.BUSINESS,
        unit=Unit.HOURS,
        direction=Direction.DOWN,
        needs="cases that ended",
        month=handling.ended,
        compute=handling.cycle_median,
        least=5,
    ),
    Kpi(
        name="cycle_p90",
        title="Cycle time, 90 %",
        formula="the same: nine of ten cases that ended in the month took no longer",
        group=Group.BUSINESS,
        unit=Unit.HOURS,
        direction=Direction.DOWN,
        needs="cases that ended",
        month=handling.ended,
        compute=handling.cycle_p90,
        least=20,
    ),
    Kpi(
        name="overrides",
        title="Override rate",
        formula=(
            "cases in which the person corrected a damage, offered another amount (by more than 1 %), or did not"
            " offer where the program would have / cases with results that a person decided in the month"
        ),
        group=Group.BUSINESS,
        unit=Unit.SHARE,
        direction=Direction.DOWN,
        needs="offers, refusals and surveys by people",
        month=handling.ended,
        compute=handling.overrides,
        least=10,
    ),
    Kpi(
        name="acceptances",
        title="Offers accepted",
        formula=(
            "cases whose customer accepted / cases whose customer accepted or objected, by the last answer, of"
            " those opened in the month"
        ),
        group=Group.BUSINESS,
        unit=Unit.SHARE,
        direction=Direction.UP,
        needs="customers' answers",
        month=handling.opened,
        compute=handling.acceptances,
        least=10,
    ),
    Kpi(
        name="retakes",
        title="Retake rate",
        formula=(
            "cases with a photo that is not good enough, or in which a person asked for more photos / cases with"
            " photos that were opened in the month"
        ),
        group=Group.BUSINESS,
        unit=Unit.SHARE,
        direction=Direction.DOWN,
        needs="cases with photos",
        month=handling.opened,
        compute=handling.retakes,
        least=10,
    ),
    Kpi(
        name="cost",
        title="Cost per inspection",
        formula=(
            "(fixed costs + photos + hours of work on cases + handlers' time on cases that a person touched) /"
            " cases opened in the month"
        ),
        group=Group.BUSINESS,
        unit=Unit.MONEY,
        direction=Direction.DOWN,
        needs="a file of costs, COACHWORK_COSTS",
        source="Costs are what the file tells; time that work waits in the queue counts as work",
        month=handling.opened,
        compute=money.cost,
    ),
    Kpi(
        name="repair_error",
        title="Pricing error, repair",
        formula="median of |likely repair before corrections - billed| / billed, of bills of the month",
        group=Group.BUSINESS,
        unit=Unit.RELATIVE,
        direction=Direction.DOWN,
        needs="recorded bills of repairs in the estimate's currency",
        month=money.outcome_month(OutcomeKind.REPAIR),
        compute=money.repair_error,
        least=10,
    ),
    Kpi(
        name="repair_bias",
        title="Pricing bias, repair",
        formula=(
            "median of (likely repair before corrections - billed) / billed, of bills of the month: below 0 is"
            " too cheap"
        ),
        group=Group.BUSINESS,
        unit=Unit.RELATIVE,
        direction=Direction.ZERO,
        needs="recorded bills of repairs in the estimate's currency",
        month=money.outcome_month(OutcomeKind.REPAIR),
        compute=money.repair_bias,
        least=10,
    ),
    Kpi(
        name="sale_error",
        title="Pricing error, sale",
        formula=(
            "median of |market value - likely repair before corrections - sold for| / sold for, of sales of the month"
        ),
        group=Group.BUSINESS,
        unit=Unit.RELATIVE,
        direction=Direction.DOWN,
        needs="recorded sales of cars whose market value was told, in one currency",
        source="Takes the price of a damaged car as that of an undamaged one less its repair; what a market takes off"
        " beyond that counts as error",
        month=money.outcome_month(OutcomeKind.SALE),
        compute=money.sale_error,
        least=10,
    ),
    Kpi(
        name="leakage",
        title="Leakage, estimated",
        formula=(
            "sum of max(0, paid - due) / sum of paid, of bills of the month; due is the bill less the deductible,"
            " at most the limit; paid is what the record tells, else the offer"
        ),
        group=Group.BUSINESS,
        unit=Unit.RELATIVE,
        direction=Direction.DOWN,
        needs="recorded bills of claims that were paid",
        source=_LEAKAGE,
        month=money.outcome_month(OutcomeKind.REPAIR),
        compute=money.leakage,
        least=10,
    ),
    Kpi(
        name="underpayment",
        title="Underpaid, estimated",
        formula="sum of max(0, due - paid) / sum of paid, of the same bills: what customers did not get",
        group=Group.BUSINESS,
        unit=Unit.RELATIVE,
        direction=Direction.DOWN,
        needs="recorded bills of claims that were paid",
        source="The other side of leakage, stated beside it: paying everybody too little is no cure",
        month=money.outcome_month(OutcomeKind.REPAIR),
        compute=money.underpayment,
        least=10,
    ),
    Kpi(
        name="recall",
        title="Recall at 0.1 false alarms a photo",
        formula=(
            "damages that the model found at the probability from which on 0.1 damages a photo are none / damages"
            " that it found or a person added, of corrected cases with first results in the month"
        ),
        group=Group.MODEL,
        unit=Unit.SHARE,
        direction=Direction.UP,
        needs="cases whose damages a person corrected",
        source="A damage counts as real where a person confirmed or changed it, or left it standing at a probability of"
        " at least 0.5; what was deleted is a false alarm. People correct cases that look wrong, so it is"
        " rather lower than on all cases",
        counted="damages",
        month=handling.ready,
        compute=model.recall,
        least=20,
    ),
    Kpi(
        name="drift",
        title="Drift level",
        formula="the worst level that monitoring raised in the month: 0 ok, 1 drift, 2 beyond threshold",
        group=Group.MODEL,
        unit=Unit.LEVEL,
        direction=Direction.DOWN,
        needs="signals of photos and a reference profile: see monitoring",
        counted="photos",
        month=handling.opened,
        compute=model.drift,
        least=0,
    ),
    Kpi(
        name="work_p90",
        title="Work on a case, 90 %",
        formula=(
            "seconds from handing over to results, waiting in the queue included: nine of ten times took no"
            " longer, of cases opened in the month"
        ),
        group=Group.MODEL,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        needs="cases with results",
        counted="times",
        month=handling.opened,
        compute=handling.work_p90,
        least=20,
    ),
    Kpi(
        name="work_failures",
        title="Work without results",
        formula="times that work ended without results / times that it ended, of cases opened in the month",
        group=Group.MODEL,
        unit=Unit.SHARE,
        direction=Direction.DOWN,
        needs="cases that were handed over",
        counted="times",
        month=handling.opened,
        compute=handling.work_failures,
        least=10,
    ),
)
