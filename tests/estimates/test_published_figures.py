"""The worked examples and rules that the trade publishes, each named for its source."""

from decimal import Decimal

import pytest

from coachwork.estimates.card_reading import sample_card_path
from coachwork.estimates.damage import Access, RepairDamage
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.line import Line
from coachwork.estimates.money import MoneyRange
from coachwork.estimates.rate_card import RateCard, TotalLossLimit, TotalLossRule
from coachwork.estimates.readings import Reading
from coachwork.estimates.refinish import Coat, PaintJob
from coachwork.estimates.rules import Operation, Rule
from coachwork.estimates.total_loss import TotalLoss, find_total_loss
from coachwork.inspections.vehicle import Body, Paint, Vehicle
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType, Item, Severity
from tests.estimates.cards import THREE_HOURS, D, card_with, damage, hours_of, sample_card, without_taxes

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH


def job(paint: Paint, *, two_tone: bool = False, base: str = "3.0") -> PaintJob:
    times = sample_card().refinish
    return PaintJob(times=times, base=dict.fromkeys(Item, D(base)), paint=paint, two_tone=two_tone)


def lines(card: RateCard, *damages: RepairDamage, vehicle: Vehicle | None = None) -> list[Line]:
    return list(make_estimate(damages, card, vehicle).likely.lines)


def operations(found: list[Line]) -> list[str]:
    return [line.operation.value for line in found]


def test_autobodynews_chess_paint_materials_are_refinish_hours_by_30_beside_labour_by_50() -> None:
    card = without_taxes()
    found = lines(
        card, damage(SCRATCH, CarPart.BONNET, "400", paint_broken=True), vehicle=Vehicle(paint=Paint.SINGLE_STAGE)
    )
    refinish = next(line for line in found if line.operation is Operation.REFINISH)
    assert (refinish.hours, refinish.labour, refinish.materials) == (D("3.0"), D("150.00"), D("90.00"))


def test_collisionblast_13_overlap_three_panels_of_3_hours_take_8_2() -> None:
    assert job(Paint.SINGLE_STAGE).hours(THREE_HOURS) == D("8.2")
    assert [panel.hours for panel in job(Paint.SINGLE_STAGE).panels(THREE_HOURS)] == [D("3.0"), D("2.6"), D("2.6")]


def test_collisionblast_13_overlap_apart_is_0_2() -> None:
    apart = [Item.BONNET, Item.REAR_RIGHT_DOOR]
    assert job(Paint.SINGLE_STAGE).hours(apart) == D("3.0") + D("2.8")


def test_collisionblast_14_clear_coat_first_panel_4_2_next_3_1() -> None:
    assert job(Paint.CLEAR_COAT).hours([Item.BONNET]) == D("4.2")
    first, second = job(Paint.CLEAR_COAT).panels([Item.BONNET, Item.FRONT_LEFT_WING])
    assert (first.hours, second.hours) == (D("4.2"), D("3.1"))
    assert second.coats == {Coat.CLEAR_COAT: D("0.5")}


def test_collisionblast_16_tri_coat_three_panels_take_12_3_without_clear_coat_beside() -> None:
    panels = job(Paint.TRI_COAT).panels(THREE_HOURS)
    hours = [panel.hours for panel in panels if panel.blend is None]
    assert hours == [D("5.1"), D("3.6"), D("3.6")]
    assert sum(hours) == D("12.3")


def test_collisionblast_16_two_tone_adds_50_then_30_percent() -> None:
    first, second = job(Paint.SINGLE_STAGE, two_tone=True).panels([Item.BONNET, Item.FRONT_LEFT_WING])
    assert (first.coats, second.coats) == ({Coat.TWO_TONE: D("1.5")}, {Coat.TWO_TONE: D("0.8")})


def test_motor_degweb_clear_coat_is_capped_at_2_5_hours() -> None:
    many = [Item.BONNET, *THREE_HOURS[1:], Item.FRONT_LEFT_DOOR, Item.FRONT_RIGHT_DOOR, Item.REAR_LEFT_DOOR]
    added = sum((panel.coats[Coat.CLEAR_COAT] for panel in job(Paint.CLEAR_COAT).panels(many)), Decimal(0))
    assert added == D("2.5")


def test_collisionblast_edging_adds_half_an_hour_only_where_a_part_is_replaced() -> None:
    missing = damage(DamageType.MISSING_OR_BROKEN_PART, CarPart.FRONT_LEFT_WING)
    edging = [line for line in lines(sample_card(), missing) if line.operation is Operation.EDGING]
    assert [line.hours for line in edging] == [D("0.5")]
    assert "edging" not in operations(lines(sample_card(), damage(DENT, CarPart.BONNET, "90", paint_broken=True)))


def test_scrs_15320_blend_is_half_the_base_time_split_80_20_without_overlap() -> None:
    blended = [panel for panel in job(Paint.METALLIC, base="2.0").panels([Item.FRONT_LEFT_DOOR]) if panel.blend]
    assert [panel.item for panel in blended] == [Item.FRONT_LEFT_WING, Item.REAR_LEFT_DOOR]
    assert {(panel.hours, panel.blend_clear, panel.overlap) for panel in blended} == {(D("1.0"), D("0.2"), D(0))}


def test_plain_colours_are_not_blended() -> None:
    assert all(panel.blend is None for panel in job(Paint.CLEAR_COAT).panels([Item.FRONT_LEFT_DOOR]))


@pytest.mark.parametrize(
    ("size", "low", "high"),
    [("21", "100", "150"), ("25", "150", "225"), ("43", "250", "375"), ("100", "400", "600")],
    ids=["nickel", "quarter", "golf", "crease"],
)
def test_promastersautocc_pdr_by_coin(size: str, low: str, high: str) -> None:
    estimate = make_estimate([damage(DENT, CarPart.BONNET, size, paint_broken=False)], sample_card())
    pushed = [
        line.sublet for reading in Reading for line in estimate.plans[reading].lines if line.operation is Operation.PDR
    ]
    assert pushed[0] == D(low)
    assert D(low) <= pushed[1] <= D(high)


def test_cdmhailrepair_aluminium_adds_15_to_30_percent_to_pdr() -> None:
    dent = damage(DENT, CarPart.BONNET, "25", paint_broken=False, access=Access.EASY)
    card = sample_card()
    plain = make_estimate([dent], card, Vehicle(paint=Paint.CLEAR_COAT))
    light = make_estimate([dent], card, Vehicle(paint=Paint.CLEAR_COAT, aluminium=frozenset({Item.BONNET})))
    for reading, factor in zip(Reading, ("1.15", "1.225", "1.30"), strict=True):
        before, after = (each.plans[reading].lines[0].sublet for each in (plain, light))
        assert after == (before * D(factor)).quantize(D("0.01"), rounding="ROUND_HALF_UP")


def test_cdmhailrepair_pdr_of_a_panel_that_is_hard_to_reach_costs_more_and_r_and_i_stands_apart() -> None:
    found = {
        access: make_estimate([damage(DENT, CarPart.BONNET, "25", paint_broken=False, access=access)], sample_card())
        for access in (Access.EASY, Access.HARD)
    }
    easy, hard = (list(found[access].likely.lines) for access in (Access.EASY, Access.HARD))
    assert operations(easy) == operations(hard) == ["PDR", "R&I"]
    assert hard[0].sublet == (easy[0].sublet * D("1.125")).quantize(D("0.01"), rounding="ROUND_HALF_UP")
    assert hard[1] == easy[1]


def test_cdmhailrepair_broken_paint_rules_pdr_out() -> None:
    assert "PDR" not in operations(lines(sample_card(), damage(DENT, CarPart.BONNET, "25", paint_broken=True)))
    assert "PDR" in operations(lines(sample_card(), damage(DENT, CarPart.BONNET, "25", paint_broken=False)))


def test_hail_is_counted_in_buckets_of_15_30_and_50_a_panel() -> None:
    def price(count: int) -> Decimal:
        hail = damage(DENT, CarPart.ROOF, "15", paint_broken=False, count=count)
        return next(line.sublet for line in lines(sample_card(), hail) if line.operation is Operation.PDR)

    assert price(5) == price(15) < price(16) == price(30) < price(31) == price(50)


@pytest.mark.parametrize(
    ("type_", "part", "item"),
    [
        (DamageType.BROKEN_GLASS, CarPart.WINDSCREEN, Item.WINDSCREEN),
        (DamageType.BROKEN_GLASS, CarPart.FRONT_LEFT_DOOR, Item.FRONT_LEFT_DOOR_GLASS),
        (DamageType.BROKEN_LAMP, CarPart.LEFT_HEADLAMP, Item.LEFT_HEADLAMP),
        (DamageType.CRACK, CarPart.FRONT_BUMPER, Item.FRONT_BUMPER),
        (DamageType.MISSING_OR_BROKEN_PART, CarPart.LEFT_MIRROR, Item.LEFT_MIRROR),
        (DamageType.FLAT_TIRE, CarPart.WHEEL, Item.TYRE),
        (DamageType.DEPLOYED_AIRBAG, None, Item.AIRBAGS),
    ],
)
def test_cardd_types_merged_by_repair_action_replace(type_: DamageType, part: CarPart | None, item: Item) -> None:
    found = lines(sample_card(), damage(type_, part, "100"))
    assert (found[0].item, found[0].operation) == (item, Operation.REPLACE)
    assert Rule.NOT_REPAIRABLE in found[0].rules


@pytest.mark.parametrize(
    ("type_", "more", "operation"),
    [
        (DENT, {"paint_broken": False}, "PDR"),
        (DENT, {"paint_broken": True}, "repair"),
        (SCRATCH, {"severity": (Severity.MINOR,)}, "polish"),
        (SCRATCH, {"severity": (Severity.MODERATE,)}, "repair"),
    ],
)
def test_cardd_types_merged_by_repair_action_repair(type_: DamageType, more: dict[str, object], operation: str) -> None:
    assert operations(lines(sample_card(), damage(type_, CarPart.BONNET, "20", **more)))[0] == operation


@pytest.mark.parametrize("share", ["0.60", "0.70", "0.80"])
def test_repair_hours_beyond_60_to_80_percent_of_replacing_mean_replacing(share: str) -> None:
    base = sample_card()
    choices = base.choices.__class__(
        polish_up_to_mm=D(1), touch_up_up_to_mm=D(1), glass_repair_up_to_mm=D(1), replace_share=D(share)
    )
    wing = Item.FRONT_LEFT_WING
    dent = damage(DENT, CarPart.FRONT_LEFT_WING, "100", paint_broken=True)  # 2.0 h of 50 = 100
    replacing = D(20) + D("1.0") * 50 + D("1.0") * 80  # 150 with fitting and refinish
    card = card_with(
        choices=choices, part_prices={wing: D(20)}, hours=hours_of({wing: "1.0"}), taxes=without_taxes().taxes
    )
    found = lines(card, dent, vehicle=Vehicle(paint=Paint.SINGLE_STAGE))
    beyond = D(100) > D(share) * replacing
    assert (found[0].operation is Operation.REPLACE) == beyond or Rule.CHEAPEST in found[0].rules
    assert (Rule.REPAIR_OR_REPLACE in found[0].rules) == beyond


@pytest.mark.parametrize("share", ["0.70", "0.75", "1.00"])
def test_alphacalculator_total_loss_threshold_of_70_to_100_percent(share: str) -> None:
    rule = TotalLossLimit(rule=TotalLossRule.THRESHOLD, share=D(share))
    limit = D(share) * 10_000
    for amount, outcome in ((limit - D("0.01"), TotalLoss.NO), (limit, TotalLoss.YES)):
        repair = MoneyRange(lower=amount, likely=amount, upper=amount, currency="USD")
        assert find_total_loss(repair, rule, D(10_000), None).outcome is outcome
    wide = MoneyRange(lower=D(0), likely=D(1), upper=limit, currency="USD")
    assert find_total_loss(wide, rule, D(10_000), None).outcome is TotalLoss.POSSIBLE


def test_winenfood_total_loss_formula_is_repair_and_salvage_reaching_the_value() -> None:
    rule = TotalLossLimit(rule=TotalLossRule.FORMULA, share=D(1))
    repair = MoneyRange(lower=D(7000), likely=D(7000), upper=D(7000), currency="USD")
    assert find_total_loss(repair, rule, D(10_000), D(3000)).outcome is TotalLoss.YES
    assert find_total_loss(repair, rule, D(10_000), D(2999)).outcome is TotalLoss.NO
    assert find_total_loss(repair, rule, D(10_000), None).outcome is TotalLoss.UNKNOWN


def test_wear_parts_are_paid_for_less_their_wear() -> None:
    flat = damage(DamageType.FLAT_TIRE, CarPart.WHEEL)
    estimate = make_estimate([flat], without_taxes(), Vehicle(wear={Item.TYRE: D("0.5")}))
    assert estimate.betterment == (D("54.00"), D("60.00"), D("69.00"))  # half of 120.00, 10 % less to 15 % more
    assert estimate.payable.likely == estimate.total.likely - 60


def test_prior_damage_is_taken_off_with_what_it_would_cost_alone() -> None:
    old = damage(SCRATCH, CarPart.BONNET, "200", paint_broken=True, name="old", prior=True)
    new = damage(DamageType.BROKEN_LAMP, CarPart.LEFT_HEADLAMP, name="new")
    both, alone, fresh = (make_estimate(some, sample_card()) for some in ([old, new], [old], [new]))
    assert both.payable == fresh.total
    assert alone.payable.upper == 0
    again = damage(SCRATCH, CarPart.BONNET, "100", paint_broken=True, name="again")
    assert make_estimate([old, again], sample_card()).payable.upper < make_estimate([again], sample_card()).total.lower


def test_the_card_that_ships_says_that_it_is_a_sample_and_where_each_table_comes_from() -> None:
    card = sample_card()
    assert card.sample
    assert "NO OFFER" in sample_card_path().read_text(encoding="utf-8")
    assert {"labour", "materials", "refinish", "pdr", "total_loss", "hours", "part_prices"} <= set(card.sources)
    assert card.pdr is not None
    assert card.pdr.aluminium == Span(low=D("0.15"), high=D("0.30"))


def test_a_car_has_a_boot_lid_or_a_tailgate() -> None:
    wing = damage(SCRATCH, CarPart.REAR_LEFT_WING, "400", paint_broken=True)
    for body, there, absent in (
        (Body.HATCHBACK, Item.TAILGATE_OR_LOAD_BED, Item.BOOT_LID),
        (Body.SALOON, Item.BOOT_LID, Item.TAILGATE_OR_LOAD_BED),
    ):
        items = {line.item for line in lines(sample_card(), wing, vehicle=Vehicle(body=body, paint=Paint.PEARL))}
        assert there in items
        assert absent not in items
