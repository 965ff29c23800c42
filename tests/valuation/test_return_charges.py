"""Charges at the end of a lease: the published ones, what is fair wear, what a list does not speak of."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.readings import Reading
from coachwork.taxonomy import CarPart, DamageType
from coachwork.valuation.charges_json import bill_to_json
from coachwork.valuation.charges_toml import ChargesFileError, UnknownCharges, find_charges, read_charges
from coachwork.valuation.return_charges import ReturnBill, charge_return
from tests.estimates.cards import D, damage, sample_card
from tests.estimates.test_laws import several, some_damage

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH


def bill(*damages: RepairDamage) -> ReturnBill:
    return charge_return(damages, find_charges("uk-typical"), sample_card())


def test_no_damage_costs_nothing() -> None:
    assert bill().total.words == "0 GBP"
    assert not bill().lines


@pytest.mark.parametrize(
    ("one", "amount"),
    [
        (damage(DENT, CarPart.FRONT_BUMPER, "60", paint_broken=False), "160.00"),
        (damage(DENT, CarPart.FRONT_LEFT_DOOR, "30", paint_broken=False), "195.00"),
        (damage(SCRATCH, CarPart.BONNET, "80", paint_broken=True), "135.00"),
        (damage(SCRATCH, CarPart.WHEEL, "60"), "50.00"),
    ],
    ids=["bumper dent", "small dent", "deep scratch", "wheel"],
)
def test_moneyshake_bvrla_typical_charges_are_160_195_135_and_50_gbp(one: RepairDamage, amount: str) -> None:
    found = bill(one)
    assert found.total.words == f"{amount} GBP"
    assert not found.open


@pytest.mark.parametrize(
    "fair",
    [damage(DENT, CarPart.BONNET, "10", paint_broken=False), damage(SCRATCH, CarPart.WHEEL, "25")],
)
def test_fair_wear_and_what_was_there_before_are_not_charged(fair: RepairDamage) -> None:
    assert not bill(fair).lines
    assert not bill(replace(damage(DENT, CarPart.BONNET, "60", paint_broken=False), prior=True)).lines


def test_what_the_list_does_not_speak_of_is_open() -> None:
    large = damage(DENT, CarPart.BONNET, "300", paint_broken=False, name="large")
    lost = damage(DENT, None, "60", paint_broken=True, name="lost")
    found = bill(large, lost)
    assert [entry.what for entry in found.open] == ["large: dent on the bonnet", "lost: dent on an unknown part"]
    assert found.total.upper == 0


def test_doubt_gives_an_interval() -> None:
    found = bill(damage(SCRATCH, CarPart.BONNET, "80", name="s"))  # whether the paint is broken is not known
    assert (found.total.lower, found.total.upper) == (D(0), D("135.00"))
    assert found.open


@settings(max_examples=40)
@given(several(), some_damage("more"))
def test_one_more_damage_never_costs_less_and_the_order_does_not_matter(
    found: list[RepairDamage], more: RepairDamage
) -> None:
    before, after = bill(*found), bill(*found, more)
    for less, then in zip(_totals(before), _totals(after), strict=True):
        assert less >= 0
        assert less <= then or len(after.open) > len(before.open)
    assert bill(more, *reversed(found)) == after
    for reading in Reading:
        assert _totals(after)[reading.place] == sum(line.amounts[reading.place] for line in after.lines)


def _totals(found: ReturnBill) -> list[Decimal]:
    return [sum((line.amounts[reading.place] for line in found.lines), D(0)) for reading in Reading]


def test_the_list_says_where_its_amounts_come_from_and_what_is_assumed() -> None:
    charges = find_charges("uk-typical")
    assert "moneyshake.com" in charges.source
    assert "assumption" in charges.source
    told = bill_to_json(bill(damage(SCRATCH, CarPart.WHEEL, "60", name="w")))
    assert told["total"] == {"lower": "50.00", "likely": "50.00", "upper": "50.00", "currency": "GBP"}
    assert told["lines"][0]["entries"]["likely"] == "wheel"


def test_an_unknown_list_is_told() -> None:
    with pytest.raises(UnknownCharges, match="name uk-typical, or a TOML file"):
        find_charges("ours")


def test_a_malformed_list_is_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(
        '[charges]\nname = "ours"\ntitle = "Ours"\nsource = "us"\ncurrency = "GBP"\nfair_wear = "none"\n'
        '[entries.a]\nwords = "a"\namount = "12"\ntypes = ["dint"]\n',
        encoding="utf-8",
    )
    with pytest.raises(ExceptionGroup) as raised:
        read_charges(file)
    told = [(error.line, error.where) for error in raised.value.exceptions if isinstance(error, ChargesFileError)]
    assert told == [(6, "charges.fair_wear"), (9, "entries.a.amount"), (10, "entries.a.types")]
