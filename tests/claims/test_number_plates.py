"""Signs from plates that differ."""

from coachwork.claims.fraud_signals import Strength
from coachwork.claims.number_plates import plate_signals
from coachwork.inspections.number_plates import PlateReading


def read(name: str, text: str, sureness: float = 0.95) -> PlateReading:
    return PlateReading(name=name, text=text, sureness=sureness)


def test_nothing_read_gives_no_sign() -> None:
    assert list(plate_signals([], "")) == []
    assert list(plate_signals([], "34 LZ 1039")) == []


def test_unsure_and_short_readings_say_nothing() -> None:
    readings = [read("1.jpg", "34LZ1039"), read("2.jpg", "48LP819", 0.3), read("3.jpg", "7ZZ")]
    assert list(plate_signals(readings, "")) == []


def test_two_cars_in_a_claim_are_a_strong_sign_that_names_both_photos() -> None:
    (sign,) = plate_signals([read("1.jpg", "34LZ1039"), read("2.jpg", "48LP819"), read("3.jpg", "34LZ1039")], "")
    assert sign.strength is Strength.STRONG
    assert set(sign.photos) == {"1.jpg", "2.jpg"}
    assert sign.evidence["pairs"] == 2
    assert "34LZ1039" in sign.sentence
    assert "48LP819" in sign.sentence


def test_another_plate_than_the_one_told_is_strong_where_no_photo_shows_that_one() -> None:
    (sign,) = plate_signals([read("1.jpg", "48LP819")], "34 LZ-1039")
    assert sign.strength is Strength.STRONG
    assert sign.photos == ("1.jpg",)


def test_the_other_party_s_car_beside_the_own_is_a_weak_sign() -> None:
    (sign,) = plate_signals([read("1.jpg", "48LP819"), read("2.jpg", "34LZ1039")], "34 LZ 1039")
    assert sign.strength is Strength.WEAK
    assert sign.photos == ("1.jpg",)
