from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.readings import Reading
from coachwork.estimates.rules import Operation
from coachwork.estimates.work_changes import WorkChange, WorkDeed
from coachwork.taxonomy import CarPart, DamageType, Item, Severity
from coachwork.valuation.deduction import LineKind
from coachwork.valuation.valuation import Valuation
from tests.estimates.cards import D, damage, sample_card
from tests.estimates.test_laws import several
from tests.valuation.cases import CAR, policy, value

DENT = damage(DamageType.DENT, CarPart.FRONT_LEFT_DOOR, "120", severity=(Severity.MODERATE,), paint_broken=True)
CHIP = damage(DamageType.PAINT_CHIP, CarPart.BONNET, "2", name="chip", severity=(Severity.MINOR,))
MIRROR = WorkChange(
    deed=WorkDeed.ADD, item=Item.RIGHT_MIRROR, operation=Operation.REPLACE, net=D(500), reason="hangs loose"
)


def hours(told: str) -> WorkChange:
    return WorkChange(
        deed=WorkDeed.CHANGE, item=Item.FRONT_LEFT_DOOR, operation=Operation.REPAIR, hours=D(told), reason="thick panel"
    )


def likely(valuation: Valuation, kind: LineKind) -> object:
    return next((line.amounts[Reading.LIKELY.place] for line in valuation.lines if line.kind is kind), None)


def valued(*changes: WorkChange, damages: Sequence[RepairDamage] = (DENT,)) -> Valuation:
    return value(damages, changes=changes)


def test_without_changes_nothing_is_different() -> None:
    assert valued() == value([DENT])


def test_hours_by_hand_change_what_is_taken_off_and_not_the_grade() -> None:
    before, after = valued(), valued(hours("9"))
    share = policy().recon_share
    assert after.estimate == make_estimate([DENT], sample_card(), CAR, changes=[hours("9")])
    assert likely(after, LineKind.RECONDITIONING) == round(after.estimate.likely.total * share, 2)
    assert after.deduction is not None
    assert before.deduction is not None
    assert after.deduction.likely > before.deduction.likely
    assert {one: read.grade for one, read in after.grading.read.items()} == {
        one: read.grade for one, read in before.grading.read.items()
    }


def test_a_line_that_a_person_added_is_no_fair_wear() -> None:
    before, after = (valued(*changes, damages=[CHIP]) for changes in ((), (MIRROR,)))
    assert after.condition.fair(Reading.LIKELY) == ("chip",)
    assert after.sums[Reading.LIKELY.place] >= before.sums[Reading.LIKELY.place] + 500
    assert likely(after, LineKind.FAIR_WEAR) == likely(before, LineKind.FAIR_WEAR)


def test_a_change_of_a_line_that_is_not_there_is_told() -> None:
    gone = replace(hours("3"), item=Item.ROOF)
    assert any("roof: repair by hand does not apply" in note for note in valued(gone).notes)


@given(several(), st.decimals("0", "40", places=1))
def test_the_deduction_rests_on_the_estimate_as_people_left_it(found: list[RepairDamage], told: Decimal) -> None:
    changes = [hours(str(told)), MIRROR]
    estimate = make_estimate(found, sample_card(), CAR, changes=changes)
    valuation = value(found, changes=changes)
    assert valuation.estimate == estimate
    assert all(amount >= 0 for amount in valuation.sums)
