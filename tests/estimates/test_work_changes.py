import json
from decimal import Decimal
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.claims.claim_files import Loss, read_insurance, sample_insurance_path
from coachwork.claims.settlement import settle
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.estimate import Estimate, make_estimate
from coachwork.estimates.estimate_json import change_of_json, change_to_json, estimate_to_json
from coachwork.estimates.items import LabourClass
from coachwork.estimates.line import Line, taxed
from coachwork.estimates.rate_card import Charge
from coachwork.estimates.readings import Reading
from coachwork.estimates.rules import Operation, Rule
from coachwork.estimates.work_changes import WAY_OF, WorkChange, WorkChangeError, WorkDeed
from coachwork.taxonomy import CarPart, DamageType, Item, Severity
from tests.estimates.cards import D, damage, sample_card
from tests.estimates.test_laws import several

DENT = damage(DamageType.DENT, CarPart.FRONT_LEFT_DOOR, "120", severity=(Severity.MODERATE,), paint_broken=True)
DOOR = Item.FRONT_LEFT_DOOR


def change(deed: WorkDeed = WorkDeed.CHANGE, operation: Operation = Operation.REPAIR, **more: object) -> WorkChange:
    told: dict[str, object] = {"item": DOOR, "reason": "seen in the shop", "by": "anna"} | more
    return WorkChange(deed=deed, operation=operation, **told)  # type: ignore[arg-type]


def line(estimate: Estimate, operation: Operation, reading: Reading = Reading.LIKELY) -> Line | None:
    found = [one for one in estimate.plans[reading].lines if one.operation is operation and one.item is DOOR]
    assert len(found) < 2
    return found[0] if found else None


def made(*changes: WorkChange, damages: list[RepairDamage] | None = None) -> Estimate:
    return make_estimate([DENT] if damages is None else damages, sample_card(), changes=changes)


def test_without_changes_nothing_is_different() -> None:
    assert made() == make_estimate([DENT], sample_card())
    assert "changes" not in estimate_to_json(made())


def test_hours_by_hand_are_priced_by_the_card_in_every_reading() -> None:
    card = sample_card()
    estimate = made(change(hours=D("4.5")))
    for reading in Reading:
        repair = line(estimate, Operation.REPAIR, reading)
        assert repair is not None
        assert repair.hours == D("4.5")
        assert repair.labour == card.labour[LabourClass.BODY] * D("4.5")
        assert repair.tax == taxed(card, Charge.LABOUR, repair.labour)
        assert Rule.BY_HAND in repair.rules
        assert "4.5 h instead of" in repair.why
        assert repair.why.endswith("seen in the shop")
        assert "anna" not in repair.why  # reports go to customers
    before = line(made(), Operation.REPAIR)
    after = line(estimate, Operation.REPAIR)
    assert before is not None
    assert after is not None
    assert estimate.likely.total - made().likely.total == after.amount - before.amount


def test_another_operation_brings_what_belongs_to_it() -> None:
    repaired = made()
    assert line(repaired, Operation.REPAIR) is not None
    replaced = made(change(instead=Operation.REPLACE))
    assert line(replaced, Operation.REPAIR) is None
    new, edging = line(replaced, Operation.REPLACE), line(replaced, Operation.EDGING)
    assert new is not None
    assert new.parts == sample_card().part_prices[DOOR]
    assert edging is not None
    assert line(replaced, Operation.REFINISH) is not None
    assert Rule.BY_HAND in new.rules


def test_what_the_rules_do_not_allow_is_open_until_a_person_tells_the_price() -> None:
    pushed = made(change(instead=Operation.PDR))
    assert line(pushed, Operation.REFINISH) is None
    assert [one.what for one in pushed.open] == ["front left door: PDR"]
    priced = made(change(instead=Operation.PDR, net=D(180)))
    found = line(priced, Operation.PDR)
    assert priced.open == ()
    assert found is not None
    assert (found.sublet, found.net) == (D("180.00"), D("180.00"))


def test_a_line_goes_and_another_one_comes() -> None:
    gone = made(change(WorkDeed.REMOVE, Operation.REMOVE_INSTALL))
    assert line(gone, Operation.REMOVE_INSTALL) is None
    more = made(change(WorkDeed.ADD, Operation.EXTRA, hours=D("0.5"), parts=D(20)))
    found = line(more, Operation.EXTRA)
    assert found is not None
    assert found.parts == D("20.00")
    assert more.likely.total == made().likely.total + found.amount
    assert made(change(WorkDeed.ADD, Operation.EXTRA, net=D(90)), damages=[]).likely.total == D(90)


def test_the_last_word_counts_and_words_about_nothing_are_told() -> None:
    estimate = made(change(hours=D(9)), change(hours=D(2)), change(operation=Operation.POLISH, hours=D(1)))
    repair = line(estimate, Operation.REPAIR)
    assert repair is not None
    assert repair.hours == D(2)
    assert any("front left door: polish by hand does not apply" in note for note in estimate.notes)


def test_the_settlement_rests_on_the_changed_estimate() -> None:
    policy = read_insurance(sample_insurance_path())
    case = CarCase(damages=(DENT,))
    plain = settle(case, loss=Loss(), policy=policy, card=sample_card())
    more = settle(case, loss=Loss(), policy=policy, card=sample_card(), changes=[change(hours=D(12))])
    assert more.payout.likely > plain.payout.likely


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": D(-1)},
        {"hours": D("NaN")},
        {"parts": D("1e9")},
        {},
        {"instead": Operation.REPAIR},
        {"instead": Operation.BLEND},
        {"hours": D(1), "place": "x" * 101},
    ],
)
def test_changes_that_say_nothing_or_too_much_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WorkChangeError):
        change(**wrong)


FIGURES = st.none() | st.decimals(0, 1000, places=2)


@st.composite
def some_change(draw: st.DrawFn) -> WorkChange:
    deed = draw(st.sampled_from(WorkDeed))
    instead = draw(st.none() | st.sampled_from(sorted(WAY_OF))) if deed is WorkDeed.CHANGE else None
    operation = draw(st.sampled_from(sorted(WAY_OF) if instead else list(Operation)))
    return WorkChange(
        deed=deed,
        item=draw(st.sampled_from([Item(part.value) for part in CarPart])),
        operation=operation,
        instead=None if instead is operation else instead,
        hours=draw(st.decimals(0, 1000, places=1)),
        parts=draw(FIGURES),
        net=draw(FIGURES),
    )


@given(several(most=4), st.lists(some_change(), max_size=4))
def test_amounts_stay_sums_of_their_lines_and_never_fall_below_nothing(
    damages: list[RepairDamage], changes: list[WorkChange]
) -> None:
    estimate = make_estimate(damages, sample_card(), changes=changes)
    assert 0 <= estimate.payable.lower <= estimate.payable.likely <= estimate.payable.upper
    for plan in estimate.plans.values():
        for one in plan.lines:
            assert min(one.labour, one.parts, one.materials, one.sublet, one.tax) >= 0
            if Rule.BY_HAND in one.rules:
                net = sum((getattr(one, charge.value) for charge in Charge), Decimal(0))
                assert one.amount == net + one.tax
    assert [change_of_json(change_to_json(one)) for one in changes] == changes


def test_removing_and_adding_twice_changes_what_is_there_alone() -> None:
    added = change(WorkDeed.ADD, Operation.EXTRA, net=D(50))
    assert made(added, added).likely.total == made(added).likely.total
    assert made(added, change(WorkDeed.REMOVE, Operation.EXTRA)).likely.total == made().likely.total


def test_the_json_fits_its_schema() -> None:
    schema = json.loads((resources.files("coachwork") / "schemas" / "estimate-1.schema.json").read_text("utf-8"))
    told = estimate_to_json(
        made(change(instead=Operation.PDR, net=D(180)), change(WorkDeed.ADD, Operation.EXTRA, hours=D(1)))
    )
    assert len(told["changes"]) == 2
    jsonschema.validate(told, schema)
    told["changes"][0]["net"] = 180.0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, schema)
