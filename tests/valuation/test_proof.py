"""None is a claim: it needs parts that were seen well."""

import pytest

from coachwork.assessments.verdict import Verdict
from coachwork.estimates.case_json import CarCase
from coachwork.inspections.coverage import OPTIONAL, PartCoverage, Sight
from coachwork.taxonomy import CarPart, DamageType
from coachwork.valuation.proof import find_proof, untold
from tests.estimates.cards import damage
from tests.valuation.cases import SEEN, value

BUT_ROOF = tuple(one for one in SEEN if one.part is not CarPart.ROOF)
BUT_BONNET = tuple(one for one in SEEN if one.part is not CarPart.BONNET)
POOR_BONNET = (*BUT_BONNET, PartCoverage(part=CarPart.BONNET, sight=Sight.POORLY))


def test_nothing_is_proven_where_nobody_looked() -> None:
    assert not find_proof(CarCase(damages=())).proven
    assert not find_proof(CarCase(damages=(), verdict=Verdict.NONE)).proven


@pytest.mark.parametrize(
    ("case", "proven"),
    [
        (CarCase(damages=(), coverage=SEEN), True),
        (CarCase(damages=(), coverage=BUT_ROOF), True),
        (CarCase(damages=(), coverage=BUT_BONNET), False),
        (CarCase(damages=(), coverage=POOR_BONNET), False),
        (CarCase(damages=(), coverage=SEEN, verdict=Verdict.NONE), True),
        (CarCase(damages=(), coverage=SEEN, verdict=Verdict.UNCERTAIN), False),
        (CarCase(damages=(), coverage=POOR_BONNET, verdict=Verdict.UNCERTAIN), False),
        (CarCase(damages=(damage(DamageType.DENT, None),), coverage=SEEN, verdict=Verdict.DAMAGED), True),
    ],
)
def test_proof_needs_every_part_and_the_inspections_own_none(*, case: CarCase, proven: bool) -> None:
    assert find_proof(case).proven is proven
    assert (value(case=case).deduction is None) is (not proven and not case.damages)


def test_what_was_not_seen_is_named() -> None:
    assert find_proof(CarCase(damages=(), coverage=POOR_BONNET)).why.endswith(": bonnet")


def test_parts_that_the_part_model_does_not_know_are_noted() -> None:
    case = CarCase(damages=(), coverage=BUT_BONNET, verdict=Verdict.NONE)
    assert untold(case) == (CarPart.BONNET,)
    made = value(case=case)
    assert made.proof.proven
    assert any(note.endswith(": bonnet") for note in made.notes)
    assert untold(CarCase(damages=(), coverage=BUT_ROOF)) == ()
    assert CarPart.ROOF in OPTIONAL
