"""What the trade publishes on grades and on deductions, each test named for its source."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from coachwork.estimates.case_json import CarCase
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.readings import Reading
from coachwork.inspections.vehicle import Vehicle
from coachwork.taxonomy import CarPart, DamageType
from coachwork.valuation.diminished_value import diminished_value
from coachwork.valuation.policy import ByClass, Method
from tests.estimates.cards import D, damage, sample_card
from tests.valuation.cases import SEEN, grade, policy, scheme, value

DENT, SCRATCH, MISSING = DamageType.DENT, DamageType.SCRATCH, DamageType.MISSING_OR_BROKEN_PART
PANELS = (
    CarPart.BONNET,
    CarPart.FRONT_LEFT_WING,
    CarPart.FRONT_RIGHT_WING,
    CarPart.FRONT_LEFT_DOOR,
    CarPart.FRONT_RIGHT_DOOR,
    CarPart.REAR_LEFT_DOOR,
    CarPart.REAR_RIGHT_DOOR,
    CarPart.BOOT_LID,
)


def dent(size: str, part: CarPart = CarPart.BONNET, *, broken: bool = False, name: str = "") -> RepairDamage:
    return damage(DENT, part, size, paint_broken=broken, name=name or f"dent {part}")


def scratch(size: str, part: CarPart = CarPart.BONNET, *, broken: bool = False, name: str = "") -> RepairDamage:
    return damage(SCRATCH, part, size, paint_broken=broken, name=name or f"scratch {part}")


def mediums(count: int) -> list[RepairDamage]:
    return [scratch("60", part) for part in PANELS[:count]]


def majors(count: int) -> list[RepairDamage]:
    return [dent("200", part) for part in PANELS[:count]]


def missing(count: int) -> list[RepairDamage]:
    return [damage(MISSING, part, name=f"missing {part}") for part in PANELS[:count]]


def minors(count: int) -> list[RepairDamage]:
    return [scratch("10", PANELS[place % 4], name=f"minor {place}") for place in range(count)]


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        (dent("30"), dent("31")),
        (scratch("25"), scratch("26")),
        (scratch("100", CarPart.FRONT_BUMPER), scratch("101", CarPart.FRONT_BUMPER)),
        (damage(DamageType.CRACK, CarPart.WINDSCREEN, "10"), damage(DamageType.CRACK, CarPart.WINDSCREEN, "11")),
    ],
    ids=["dent 30 mm", "scratch 25 mm", "bumper scratch 100 mm", "glass chip 10 mm"],
)
def test_manheim_uk_grade_1_takes_so_many_mm_and_grade_2_one_of_more(
    within: RepairDamage, beyond: RepairDamage
) -> None:
    assert grade("nama", within) == "1"
    assert grade("nama", beyond) == "2"


def test_nama_grade_1_is_minor_repairs_only_and_no_panel_that_requires_paint() -> None:
    assert grade("nama") == "1"
    assert grade("nama", *minors(7)) == "1"
    assert grade("nama", dent("20", broken=True)) == "2"


def test_nama_grade_2_is_one_medium_repair_with_up_to_seven_minor_ones() -> None:
    assert grade("nama", *mediums(1), *minors(7)) == "2"
    assert grade("nama", *mediums(1), *minors(8)) == "3"
    assert grade("nama", *mediums(2)) == "3"


def test_mag_nama_grade_2_counts_repairs_of_a_panel_and_not_its_scratches() -> None:
    assert grade("nama", *(scratch("60", name=f"s{place}") for place in range(3))) == "2"


def test_nama_grade_3_is_up_to_four_medium_or_three_major_repairs() -> None:
    assert grade("nama", *mediums(4)) == "3"
    assert grade("nama", *mediums(5)) == "4"
    assert grade("nama", *majors(3)) == "3"
    assert grade("nama", *majors(4)) == "4"


def test_nama_grade_3_could_require_a_new_bumper_but_not_two() -> None:
    front, rear = (damage(DamageType.CRACK, part, "90") for part in (CarPart.FRONT_BUMPER, CarPart.REAR_BUMPER))
    assert grade("nama", front) == "3"
    assert grade("nama", front, rear) == "4"


def test_nama_grade_4_is_a_replacement_panel_and_nothing_structural() -> None:
    assert grade("nama", *missing(1)) == "4"
    assert grade("nama", *missing(1), *mediums(3)) == "4"
    assert grade("nama", dent("200", CarPart.ROOF)) == "5"
    assert grade("nama", dent("200", CarPart.REAR_LEFT_WING)) == "5"


def test_nama_grade_5_is_more_than_two_major_repairs_and_no_more_than_five() -> None:
    assert grade("nama", *missing(3)) == "5"
    assert grade("nama", *missing(5)) == "5"
    assert grade("nama", *missing(6)) == "U"


def test_nama_grade_5_takes_two_structural_repairs_but_not_with_any_other_damage() -> None:
    two = [dent("200", part) for part in (CarPart.ROOF, CarPart.REAR_LEFT_WING)]
    assert grade("nama", *two) == "5"
    assert grade("nama", *two, *minors(1)) == "U"
    assert grade("nama", *two, dent("200", CarPart.REAR_RIGHT_WING)) == "U"


def test_nama_grade_5_is_capped_at_3500_points() -> None:
    grades = {one.name: one for one in scheme("nama").grades}
    assert grades["5"].points == 3500
    assert grade("nama", *missing(5), damage(MISSING, CarPart.RIGHT_HEADLAMP)) == "U"


@pytest.mark.parametrize(
    ("fair", "beyond"),
    [
        (scratch("25"), scratch("26")),
        (scratch("25"), scratch("25", broken=True)),
        (dent("10"), dent("11")),
        (dent("10"), dent("10", broken=True)),
        (scratch("25", CarPart.WHEEL), scratch("26", CarPart.WHEEL)),
        (scratch("25", CarPart.REAR_BUMPER), scratch("26", CarPart.REAR_BUMPER)),
    ],
    ids=["scratch 25 mm", "base coat", "dent 10 mm", "broken paint", "wheel scuff 25 mm", "bumper scuff 25 mm"],
)
def test_bvrla_economyleasing_amtauto_fair_wear(fair: RepairDamage, beyond: RepairDamage) -> None:
    assert grade("bvrla", fair) == "fair"
    assert grade("bvrla", beyond) == "beyond"


def test_bvrla_contractvehicles_several_dents_on_one_panel_are_not_fair() -> None:
    two = [dent("8", name=name) for name in ("a", "b")]
    assert grade("bvrla", *two) == "fair"
    assert grade("bvrla", *two, dent("8", CarPart.FRONT_LEFT_WING)) == "fair"
    assert grade("bvrla", *two, dent("8", name="c")) == "beyond"
    assert grade("bvrla", replace(two[0], count=3)) == "beyond"


@pytest.mark.parametrize("type_", [DamageType.RUST, DamageType.BROKEN_LAMP, DamageType.CRACK, DamageType.FLAT_TIRE])
def test_bvrla_rust_and_what_is_broken_are_never_fair(type_: DamageType) -> None:
    part = CarPart.LEFT_HEADLAMP if type_ is DamageType.BROKEN_LAMP else CarPart.FRONT_BUMPER
    assert grade("bvrla", damage(type_, part, "2")) == "beyond"


def test_naaa_dautogroup_5_takes_minor_defects_without_body_or_paint_work_and_no_damaged_glass() -> None:
    assert grade("naaa") == "5"
    assert grade("naaa", scratch("20")) == "5"
    assert grade("naaa", damage(DamageType.CRACK, CarPart.WINDSCREEN, "5")) != "5"
    assert grade("naaa", damage(MISSING, CarPart.LEFT_MIRROR)) != "5"


def test_naaa_dautogroup_4_takes_minor_chips_scratches_dents_for_pdr_and_a_minor_broken_part() -> None:
    assert grade("naaa", dent("25")) == "4"
    assert grade("naaa", scratch("80", broken=True)) == "4"
    assert grade("naaa", damage(DamageType.BROKEN_LAMP, CarPart.LEFT_HEADLAMP)) == "4"


def test_naaa_dautogroup_3_takes_normal_wear_with_some_conventional_work() -> None:
    assert grade("naaa", *(dent("60", part, broken=True) for part in PANELS[:3])) == "3"


def test_naaa_dautogroup_the_structure_is_unaltered_through_3() -> None:
    assert grade("naaa", damage(DamageType.CRACK, CarPart.ROOF, "300")) == "1"


def test_adesa_autograde_reductions_can_reach_0() -> None:
    assert grade("naaa", *missing(6), damage(DamageType.DEPLOYED_AIRBAG, None)) == "0"


def reckon(
    method: Method, *, vehicle: Vehicle, repair: str = "0", level: int | None = None, table: ByClass | None = None
) -> Decimal:
    made = policy(method)
    found = diminished_value(
        made if table is None else replace(made, by_class=table),
        vehicle,
        repair=D(repair),
        level=level,
        reading=Reading.LIKELY,
        on=date(2026, 11, 21),
        decimals=2,
    )
    return found.amount


@pytest.mark.parametrize(
    ("registered", "amount"),
    [("2026-01-01", 250), ("2025-01-01", 200), ("2024-01-01", 150), ("2023-01-01", 100), ("2021-01-01", 0)],
)
def test_089_kfz_gutachten_rule_of_thumb_25_20_15_10_percent_of_repair_in_years_1_to_4(
    registered: str, amount: int
) -> None:
    car = Vehicle(registered=date.fromisoformat(registered))
    assert reckon(Method.SHARE_OF_REPAIR, vehicle=car, repair="1000") == amount


def test_minderwert_de_ruhkopf_sahm_8800_and_4485_at_26_months_give_531_40() -> None:
    car = Vehicle(
        registered=date(2024, 9, 1), market_value=D(8800), new_price=D(17_700), mileage_km=D(60_000), currency="EUR"
    )
    assert reckon(Method.RUHKOPF_SAHM, vehicle=car, repair="4485") == D("531.40")


def test_autoleopard_ruhkopf_sahm_25000_and_10000_in_the_second_year_give_1750() -> None:
    car = Vehicle(registered=date(2025, 3, 1), market_value=D(25_000), mileage_km=D(20_000))
    assert reckon(Method.RUHKOPF_SAHM, vehicle=car, repair="10000") == D("1750.00")


@pytest.mark.parametrize(
    "changes",
    [
        {"new_price": D(50_000)},
        {"mileage_km": D(100_001)},
        {"registered": date(2022, 11, 20)},
        {"new_price": D(70_000)},
    ],
    ids=["repair below 10 % of the new price", "beyond 100,000 km", "beyond the 4th year", "value below 40 % of new"],
)
def test_haufe_minderwert_de_ruhkopf_sahm_has_limits(changes: dict[str, object]) -> None:
    car = Vehicle(registered=date(2025, 3, 1), market_value=D(25_000), new_price=D(30_000), mileage_km=D(20_000))
    assert reckon(Method.RUHKOPF_SAHM, vehicle=car, repair="4000") == D("1160.00")
    assert reckon(Method.RUHKOPF_SAHM, vehicle=replace(car, **changes), repair="4000") == 0  # type: ignore[arg-type]


def test_unfallanalyse_hamburg_bvsk_reaches_from_0_to_8_percent_in_7_classes() -> None:
    shares = [one.value_share for one in scheme("bvsk").classes[1:]]
    assert len(shares) == 7
    assert [share.low for share in shares[1:] if share] == [share.high for share in shares[:-1] if share]
    assert shares[0] is not None
    assert shares[-1] is not None
    assert (shares[0].low, shares[-1].high) == (D(0), D("0.08"))


def test_minderwert_de_bvsk_10600_in_class_4_gives_318() -> None:
    assert reckon(Method.BVSK, vehicle=Vehicle(market_value=D(10_600)), level=4) == D("318.00")


def test_arg_gutachter_bvsk_12800_with_bad_marketability_gives_320() -> None:
    """Their 1.5 % is the upper end of class 2; ours is read at its end in the upper reading."""
    table = policy(Method.BVSK).by_class
    assert table is not None
    made = replace(policy(Method.BVSK), by_class=replace(table, marketability=D("0.01")))
    found = diminished_value(
        made,
        Vehicle(market_value=D(12_800)),
        repair=D(0),
        level=2,
        reading=Reading.UPPER,
        on=date(2026, 11, 21),
        decimals=2,
    )
    assert found.amount == D("320.00")


def test_unfallanalyse_hamburg_bvsk_prior_damage_lowers_it() -> None:
    table = policy(Method.BVSK).by_class
    assert table is not None
    halved = replace(table, prior_factor=D("0.5"))
    assert reckon(Method.BVSK, vehicle=Vehicle(market_value=D(10_600)), level=4, table=halved) == D("159.00")


@pytest.mark.parametrize(("miles", "amount"), [(25_000, "1200"), (10_000, "1500"), (45_000, "900"), (100_000, "0")])
def test_calculator_city_17c_30000_with_moderate_damage(miles: int, amount: str) -> None:
    """30,000 x 10 % x 0.50 x 0.80 = 1,200 at 25,000 miles; 0.60 at 45,000 (cfm-calculator.com)."""
    car = Vehicle(market_value=D(30_000), mileage_km=D(miles) * D("1.609344"))
    moderate = [one.name for one in scheme("17c").classes].index("moderate")
    assert reckon(Method.SEVENTEEN_C, vehicle=car, level=moderate) == D(amount)


def test_17c_never_exceeds_10_percent() -> None:
    assert max(one.value_share.high for one in scheme("17c").classes if one.value_share) == D("0.1")


def test_resale_deduction_is_reconditioning_less_fair_wear_with_grade_step_and_diminished_value() -> None:
    made = value([scratch("400", broken=True), scratch("12", CarPart.BOOT_LID)], vehicle=CAR_NEW)
    amounts = {line.kind.value: line.amounts[1] for line in made.lines}
    assert list(amounts) == ["reconditioning", "fair wear", "grade step", "diminished value"]
    assert amounts["reconditioning"] == made.estimate.likely.total
    assert amounts["fair wear"] == -D("15.00")  # polishing the boot lid: 0.3 h of 50
    assert amounts["grade step"] == D("40.00")  # 1 % of 4,000 for grade 2
    assert amounts["diminished value"] > 0
    assert made.deduction is not None
    assert made.deduction.likely == sum(amounts.values())


CAR_NEW = Vehicle(registered=date(2026, 6, 1), mileage_km=D(5000), market_value=D(4000), currency="USD")


def test_resale_none_is_0_with_coverage_evidence_and_never_for_just_no_detection() -> None:
    seen, unseen = value([]), value([], case=replace(CASE, coverage=()))
    assert seen.deduction is not None
    assert (seen.deduction.words, seen.grading.words, seen.is_least) == ("0.00 USD", "1", False)
    assert unseen.deduction is None
    assert not unseen.proof.proven


CASE = CarCase(damages=(), coverage=SEEN)


def test_all_three_schemes_need_mm_and_state_the_uncertainty() -> None:
    unsized = damage(SCRATCH, CarPart.BONNET)
    for name, best, worst in (("nama", "1", "2"), ("bvrla", "fair", "beyond"), ("naaa", "5", "4")):
        found = value([unsized], scheme=scheme(name)).grading
        assert (found.read[Reading.LOWER].grade.name, found.read[Reading.UPPER].grade.name) == (best, worst)
        assert "to" in found.words
    assert sample_card().sizes
