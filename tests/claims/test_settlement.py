"""Settlements: what is paid, every rule that is held against a claim, and that no claim is denied."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.claims.claim_files import (
    Cause,
    ClaimFileError,
    InsurancePolicy,
    Loss,
    read_insurance,
    read_loss,
    sample_insurance_path,
)
from coachwork.claims.fraud_signals import NOTHING_FOUND, FraudFindings, FraudSignal, SignalKind, Strength
from coachwork.claims.rules import RoutingRule
from coachwork.claims.settlement import Route, Settlement, SettlementError, settle
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.money import ZERO
from coachwork.inspections.vehicle import Paint, Vehicle
from coachwork.taxonomy import CarPart, DamageType
from tests.estimates.cards import D, card_with, damage, sample_card
from tests.estimates.test_laws import several
from tests.valuation.cases import SEEN

CAR = Vehicle(market_value=D(9500), salvage_value=D(2000), currency="USD", paint=Paint.CLEAR_COAT)
LOSS = Loss(on=date(2026, 6, 1), cause=Cause.PARKING, injured=False, drivable=True)
SCRATCH = damage(DamageType.SCRATCH, CarPart.BONNET, "400", paint_broken=True, name="scratch")
RUST = damage(DamageType.RUST, CarPart.BONNET, "20", name="rust")


def policy(**changes: Any) -> InsurancePolicy:
    made = read_insurance(sample_insurance_path())
    routing = {key: changes.pop(key) for key in list(changes) if hasattr(made.routing, key)}
    given_: dict[str, Any] = {"sample": False, "routing": replace(made.routing, **routing)} | changes
    return replace(made, **given_)


def signs(*strengths: Strength) -> FraudFindings:
    kind, sentence = SignalKind.PHOTO_OF_ANOTHER_CLAIM, "a.jpg is the picture b.jpg of claim 7."
    signals = [FraudSignal(kind=kind, strength=one, sentence=sentence) for one in strengths]
    return FraudFindings.of("8", {"a.jpg": "0"}, NOTHING_FOUND.checks, signals)


def settled(*damages: RepairDamage, **changes: Any) -> Settlement:
    given_: dict[str, Any] = {
        "case": CarCase(damages=damages, coverage=SEEN),
        "loss": LOSS,
        "policy": policy(),
        "card": card_with(sample=False),
        "vehicle": CAR,
        "fraud": NOTHING_FOUND,
    } | changes
    return settle(given_.pop("case"), **given_)


def failed(made: Settlement) -> set[RoutingRule]:
    return {one.rule for one in made.findings if not one.holds}


def test_a_small_sure_claim_is_an_offer_less_the_deductible() -> None:
    made = settled(SCRATCH)
    assert failed(made) == set()
    assert made.route is Route.AUTO_OFFER
    assert made.payout.likely == made.estimate.payable.likely - 250


def test_weak_signs_of_fraud_are_listed_and_hold_nothing_up() -> None:
    made = settled(SCRATCH, fraud=signs(Strength.WEAK))
    assert made.route is Route.AUTO_OFFER
    told = next(one for one in made.findings if one.rule is RoutingRule.NO_SIGN_OF_FRAUD)
    assert told.why == "no strong sign; weak signs: 1"


def test_strong_signs_of_fraud_send_to_a_person_with_their_sentences_and_deny_nothing() -> None:
    made = settled(SCRATCH, fraud=signs(Strength.STRONG))
    assert made.route is Route.REVIEW
    assert made.payout == settled(SCRATCH).payout
    told = next(one for one in made.findings if one.rule is RoutingRule.NO_SIGN_OF_FRAUD)
    assert "a.jpg is the picture b.jpg of claim 7" in told.why


def test_no_damage_goes_to_a_person() -> None:
    made = settled()
    assert made.route is Route.REVIEW
    assert made.payout.words == "0 USD"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"loss": replace(LOSS, on=None), "policy": policy(begins=date(2026, 1, 1))}, RoutingRule.IN_FORCE),
        ({"loss": replace(LOSS, cause=None)}, RoutingRule.CAUSE),
        ({"loss": replace(LOSS, injured=True)}, RoutingRule.NO_INJURY),
        ({"loss": replace(LOSS, injured=None)}, RoutingRule.NO_INJURY),
        ({"loss": replace(LOSS, drivable=False)}, RoutingRule.DRIVABLE),
        ({"loss": replace(LOSS, drivable=None)}, RoutingRule.DRIVABLE),
        ({"vehicle": replace(CAR, market_value=None)}, RoutingRule.NO_TOTAL_LOSS),
        ({"case": CarCase(damages=(SCRATCH,))}, RoutingRule.SEEN),
        ({"policy": policy(most_spread=D(0))}, RoutingRule.NARROW),
        ({"policy": policy(most_amount=D(10))}, RoutingRule.SMALL),
        ({"policy": policy(deductible=D(5000))}, RoutingRule.ABOVE_DEDUCTIBLE),
        ({"policy": policy(sample=True)}, RoutingRule.REAL_FIGURES),
        ({"fraud": None}, RoutingRule.NO_SIGN_OF_FRAUD),
        ({"fraud": replace(NOTHING_FOUND, checks=())}, RoutingRule.NO_SIGN_OF_FRAUD),
        ({"fraud": signs(Strength.WEAK, Strength.STRONG)}, RoutingRule.NO_SIGN_OF_FRAUD),
        ({"card": sample_card()}, RoutingRule.REAL_FIGURES),
        ({"card": card_with(sample=False, taxes=None)}, RoutingRule.NOTHING_OPEN),
    ],
)
def test_each_rule_that_does_not_hold_sends_the_claim_to_a_person(changes: dict[str, Any], rule: RoutingRule) -> None:
    made = settled(SCRATCH, **changes)
    assert failed(made) == {rule}
    assert made.route is Route.REVIEW


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        (replace(SCRATCH, name="unsure", confidence=D("0.5")), RoutingRule.SURE),
        (replace(SCRATCH, name="nobody says", confidence=None), RoutingRule.SURE),
        (replace(SCRATCH, name="roof", part=CarPart.ROOF), RoutingRule.NO_GRAVE_DAMAGE),
        (damage(DamageType.BROKEN_GLASS, CarPart.WINDSCREEN), RoutingRule.NO_GRAVE_DAMAGE),
    ],
)
def test_grave_and_unsure_damages_go_to_a_person(more: RepairDamage, rule: RoutingRule) -> None:
    made = settled(SCRATCH, more)
    assert rule in failed(made)
    assert made.route is Route.REVIEW


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"policy": policy(begins=date(2026, 7, 1))}, RoutingRule.IN_FORCE),
        ({"policy": policy(ends=date(2026, 5, 31))}, RoutingRule.IN_FORCE),
        ({"loss": replace(LOSS, cause=Cause.FIRE)}, RoutingRule.CAUSE),
        ({"case": CarCase(damages=(RUST,), coverage=SEEN)}, RoutingRule.COVERED_DAMAGE),
    ],
)
def test_what_is_not_covered_is_left_to_a_person_with_the_reason(changes: dict[str, Any], rule: RoutingRule) -> None:
    made = settled(SCRATCH, **changes)
    assert rule in failed(made)
    assert made.route is Route.NOT_COVERED
    assert "for a person to decide" in made.route.value


def test_the_first_and_last_day_are_covered() -> None:
    for on in (date(2026, 1, 1), date(2026, 12, 31)):
        made = settled(
            SCRATCH, loss=replace(LOSS, on=on), policy=policy(begins=date(2026, 1, 1), ends=date(2026, 12, 31))
        )
        assert made.route is Route.AUTO_OFFER


def test_excluded_damage_is_named_and_not_paid() -> None:
    both, alone = settled(SCRATCH, RUST), settled(SCRATCH)
    assert both.excluded == ("rust",)
    assert both.payout == alone.payout


def test_a_total_loss_pays_the_lesser_of_repair_and_value_less_wreck_and_deductible() -> None:
    car = replace(CAR, market_value=D(400), salvage_value=D(100))
    made = settled(SCRATCH, vehicle=car)
    assert made.route is Route.TOTAL_LOSS
    assert made.payout.likely == 400 - 100 - 250
    assert settled(SCRATCH, vehicle=car, policy=policy(keeps_wreck=False)).payout.likely == 400 - 250


def test_the_limit_caps_the_payout() -> None:
    assert settled(SCRATCH, policy=policy(limit=D(30))).payout.upper == 30


def test_policy_and_card_must_be_in_one_currency() -> None:
    with pytest.raises(SettlementError, match="the policy is in EUR and the rate card in USD"):
        settled(SCRATCH, policy=policy(currency="EUR"))


@settings(max_examples=25, deadline=None)
@given(several(), st.sampled_from([0, 100, 5000]), st.sampled_from([None, 0, 700]), st.sampled_from([None, 300, 9500]))
def test_payouts_are_bounded_add_up_and_are_offered_only_where_every_rule_holds(
    found: list[RepairDamage], deductible: int, limit: int | None, worth: int | None
) -> None:
    terms = policy(deductible=D(deductible), limit=None if limit is None else D(limit))
    made = settled(*found, policy=terms, vehicle=replace(CAR, market_value=None if worth is None else D(worth)))
    payout = made.payout
    assert payout.likely == sum((line.amounts[1] for line in made.lines), ZERO)
    assert 0 <= payout.lower <= payout.likely <= payout.upper
    assert limit is None or payout.upper <= limit
    assert worth is None or payout.upper <= worth
    assert [one.rule for one in made.findings] == list(RoutingRule)
    assert (made.route is Route.AUTO_OFFER) == all(one.holds for one in made.findings)
    dearer = settled(*found, policy=replace(terms, deductible=D(deductible + 50)), vehicle=made.estimate.vehicle)
    assert dearer.payout.upper <= payout.upper
    assert settled(*found[::-1], policy=terms, vehicle=made.estimate.vehicle) == made


def test_every_rule_has_its_words() -> None:
    assert len({rule.words for rule in RoutingRule}) == len(RoutingRule)
    assert all(rule.words and not rule.words.endswith(".") for rule in RoutingRule)


def test_the_policy_that_ships_is_a_sample() -> None:
    assert read_insurance(sample_insurance_path()).sample


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"parking"', '"war"', "cover.causes names 'war', which is none of collision"),
        ("deductible = 250.00", "deductible = -1", "cover.deductible must lie between 0"),
        ("most_amount = 2500.00\n", "", "routing.most_amount is missing: state a number"),
        ("# begins = 2026-01-01", 'begins = "2026"', "cover.begins must be a day without quotes"),
        ("[routing]", "[roads]", "routing is missing: add a table"),
    ],
)
def test_a_malformed_policy_is_told_by_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = sample_insurance_path().read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "cover.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises((ClaimFileError, ExceptionGroup)) as told:
        read_insurance(file)
    problems = told.value.exceptions if isinstance(told.value, ExceptionGroup) else [told.value]
    assert any(message in str(one) for one in problems)


def test_a_loss_is_read(tmp_path: Path) -> None:
    file = tmp_path / "loss.toml"
    file.write_text('[loss]\non = 2026-06-01\ncause = "parking"\ninjured = false\ndrivable = true\n', encoding="utf-8")
    assert read_loss(file) == LOSS
    file.write_text("[loss]\n", encoding="utf-8")
    assert read_loss(file) == Loss()
    file.write_text('[loss]\ncause = "war"\n', encoding="utf-8")
    with pytest.raises(ClaimFileError, match=r"line 2: loss\.cause names 'war'"):
        read_loss(file)
