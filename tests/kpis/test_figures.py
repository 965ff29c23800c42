from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.cases.case import DecisionKind, Purpose
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.claims.settlement import Route
from coachwork.kpis.catalogue import KPIS
from coachwork.kpis.costs import Costs
from coachwork.kpis.definition import KpiFigure, Missing, Period, Unit
from coachwork.kpis.model import FALSE_ALARMS, threshold
from coachwork.kpis.money import due, paid
from coachwork.kpis.record import CaseRecord, JudgedDamages
from tests.kpis.records import OPENED, bill, offered, own, record

BY_NAME = {kpi.name: kpi for kpi in KPIS}
COSTS = Costs(
    currency="EUR",
    fixed_a_month=Decimal(300),
    a_photo=Decimal("0.01"),
    a_work_hour=Decimal(36),
    a_handler_hour=Decimal(60),
    handler_minutes=Decimal(10),
)


def stated(name: str, records: list[CaseRecord], **period: Any) -> KpiFigure:
    return BY_NAME[name].figure(records, Period(**period))


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_nothing_is_stated_of_no_cases(kpi: Any) -> None:
    found = kpi.figure([], Period())
    if kpi.name == "inspections":
        assert (found.value, found.missing) == (0.0, None)
    else:
        assert found.value is None
        assert found.missing is not None


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_every_kpi_says_what_it_is(kpi: Any) -> None:
    assert kpi.title
    assert len(kpi.formula) > 20
    assert kpi.needs
    assert sum(one.name == kpi.name for one in KPIS) == 1


def test_claims_that_nobody_touched_went_straight_through() -> None:
    alone = offered(None, by_person=False, kind=None, currency=None)
    records = [record(n, ending=alone) for n in range(6)] + [record(n) for n in range(6, 10)]
    found = stated("straight_through", records)
    assert (found.value, found.count) == (0.6, 10)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.6 < found.high
    corrected = [record(n, ending=alone, corrected=True) for n in range(10)]
    assert stated("straight_through", corrected).value == 0.0


def test_too_few_cases_give_no_share() -> None:
    found = stated("straight_through", [record(n) for n in range(9)])
    assert (found.value, found.count, found.missing) == (None, 9, Missing.TOO_FEW)


def test_cases_without_an_end_and_rentals_do_not_count_as_claims_that_ended() -> None:
    records = [record(n) for n in range(10)] + [record(10, ending=None), record(11, purpose=Purpose.RENTAL)]
    assert stated("straight_through", records).count == 10


def test_cycle_times_are_quantiles_of_hours() -> None:
    records = [record(n, ending=offered(hours=float(n + 1))) for n in range(21)]
    assert stated("cycle_median", records).value == pytest.approx(11.0)
    assert stated("cycle_p90", records).value == pytest.approx(19.0)


@pytest.mark.parametrize(
    ("changed", "overridden"),
    [
        ({}, False),
        ({"corrected": True}, True),
        ({"ending": offered(706)}, False),
        ({"ending": offered(708)}, True),
        ({"ending": offered(None, kind=DecisionKind.DECLINE)}, True),
        ({"ending": offered(None, kind=DecisionKind.DECLINE), "own": own(route=Route.REVIEW)}, False),
        ({"own": own(payout=Decimal(0))}, True),
        ({"own": own(route=None, payout=None)}, False),
    ],
)
def test_what_counts_as_seen_otherwise(changed: dict[str, Any], overridden: bool) -> None:  # noqa: FBT001
    assert stated("overrides", [record(n, **changed) for n in range(10)]).value == float(overridden)


def test_what_a_program_decided_or_closed_is_no_override() -> None:
    records = [record(n, ending=offered(1, by_person=False)) for n in range(10)]
    records += [record(n, ending=offered(None, kind=DecisionKind.CLOSE)) for n in range(10)]
    assert stated("overrides", records).missing is Missing.TOO_FEW


def test_a_bad_photo_and_a_request_for_more_are_retakes() -> None:
    records = [record(n) for n in range(8)] + [record(8, unusable=1), record(9, asked_again=True)]
    assert stated("retakes", [*records, record(10, photos=0)]).value == 0.2


def test_costs_are_shared_by_all_inspections_and_none_are_made_up() -> None:
    records = [record(n) for n in range(9)] + [record(9, ending=None)]
    assert stated("cost", records).missing is Missing.NO_COSTS
    found = stated("cost", records, costs=COSTS, months=0.5)
    # 150 fixed, 60 photos, 200 s of work, 9 cases of 10 minutes
    assert found.value == pytest.approx((150 + 0.6 + 2 + 90) / 10)
    assert (found.currency, found.count) == ("EUR", 10)


def test_pricing_error_is_relative_to_the_bill_and_bias_keeps_its_sign() -> None:
    records = [record(n, outcomes={OutcomeKind.REPAIR: bill("1250")}) for n in range(10)]
    assert stated("repair_error", records).value == pytest.approx(0.2)
    assert stated("repair_bias", records).value == pytest.approx(-0.2)
    other = [record(n, outcomes={OutcomeKind.REPAIR: bill("1250", currency="CHF")}) for n in range(10)]
    assert stated("repair_error", other).value is None


def test_a_sale_is_held_against_the_value_less_the_repair() -> None:
    sale = CaseOutcome(kind=OutcomeKind.SALE, amount=Decimal(8000), currency="EUR", on=OPENED.date())
    cars = [record(n, outcomes={OutcomeKind.SALE: sale}, market_value=(Decimal(10000), "EUR")) for n in range(10)]
    assert stated("sale_error", cars).value == pytest.approx(0.125)


@pytest.mark.parametrize(
    ("changed", "owed"),
    [
        ({}, Decimal(900)),
        ({"own": own(limit=Decimal(500))}, Decimal(500)),
        ({"own": own(deductible=Decimal(2000))}, Decimal(0)),
        ({"own": own(total_loss=True)}, None),
        ({"own": own(currency="CHF")}, None),
        ({"own": own(deductible=None)}, None),
        ({"own": None}, None),
        ({"outcomes": {}}, None),
    ],
)
def test_what_is_due_by_the_bill(changed: dict[str, Any], owed: Decimal | None) -> None:
    assert due(record(**{"outcomes": {OutcomeKind.REPAIR: bill("1200")}, **changed})) == owed


def test_what_was_paid_is_told_or_offered_or_accepted() -> None:
    assert paid(record(outcomes={OutcomeKind.REPAIR: bill("1", paid="650")})) == 650
    assert paid(record()) == 700
    assert paid(record(ending=offered(None, kind=None, currency=None, by_person=False))) == 700
    assert paid(record(ending=offered(None, kind=DecisionKind.DECLINE))) is None
    assert paid(record(ending=None)) is None


def test_leakage_and_underpayment_are_stated_apart() -> None:
    high = [record(n, outcomes={OutcomeKind.REPAIR: bill("900")}) for n in range(5)]  # due 600, paid 700
    low = [record(n, outcomes={OutcomeKind.REPAIR: bill("1200")}) for n in range(5)]  # due 900, paid 700
    found = stated("leakage", high + low)
    assert found.value == pytest.approx(500 / 7000)
    assert stated("underpayment", high + low).value == pytest.approx(1000 / 7000)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 500 / 7000 <= found.high


def test_recall_is_stated_at_the_fixed_false_alarms() -> None:
    judged = JudgedDamages(photos=10, found=((0.9, True), (0.8, False), (0.7, False), (0.6, True)), missed=1)
    found = stated("recall", [record(n, judged=judged) for n in range(10)])
    # 100 photos allow 10 false alarms: those of 0.8, but not those of 0.7
    assert found.value == pytest.approx(1 / 3)
    assert found.count == 30


@given(
    st.lists(st.tuples(st.integers(0, 8), st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=12)), max_size=8)
)
def test_there_are_never_more_false_alarms_than_allowed(cases: list[tuple[int, list[tuple[float, bool]]]]) -> None:
    judged = [JudgedDamages(photos=photos, found=tuple(found), missed=0) for photos, found in cases]
    level = threshold(judged)
    alarms = sum(not real and probability >= level for one in judged for probability, real in one.found)
    assert alarms <= FALSE_ALARMS * sum(one.photos for one in judged) + 1e-9


@given(
    st.lists(
        st.builds(
            record,
            st.integers(0, 9),
            corrected=st.booleans(),
            photos=st.integers(0, 5),
            unusable=st.integers(0, 5),
            accepted=st.none() | st.booleans(),
            failures=st.integers(0, 3),
            ending=st.none() | st.builds(offered, st.integers(0, 2000), by_person=st.booleans()),
        ),
        max_size=40,
    )
)
def test_shares_lie_within_their_intervals_and_these_within_0_and_1(records: list[CaseRecord]) -> None:
    for kpi in KPIS:
        found = kpi.figure(records, Period(costs=COSTS))
        if found.value is not None and kpi.unit is Unit.SHARE:
            assert found.low is not None
            assert found.high is not None
            assert 0 <= found.low <= found.value <= found.high <= 1


def test_drift_is_what_monitoring_told() -> None:
    assert stated("drift", []).missing is Missing.NO_SIGNALS
    assert stated("drift", [], drift=2, watched=900).value == 2


def test_work_is_counted_by_the_time_not_by_the_case() -> None:
    records = [record(n, work_s=(10.0, 30.0), failures=n % 2) for n in range(10)]
    assert stated("work_failures", records).count == 25
    assert stated("work_p90", records).value == pytest.approx(30.0)
    assert record(ending=offered(hours=3)).hours == timedelta(hours=3) / timedelta(hours=1)
