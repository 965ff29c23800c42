"""Signs of fraud: what is one, how strong it is, and what is none."""

import io
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from coachwork.claims.camera_signals import SentPhoto, camera_signals, distance_km
from coachwork.claims.checking import check_photos
from coachwork.claims.claim_files import ClaimFileError, Loss, read_loss
from coachwork.claims.copy_signals import FoundCopy, changed, copy_signal
from coachwork.claims.earlier_damage import signals_of_earlier
from coachwork.claims.fraud_json import FraudFileError, findings_to_json, read_findings
from coachwork.claims.fraud_signals import Check, FraudFindings, FraudSignal, SignalKind, Strength
from coachwork.claims.looking import look_at
from coachwork.photos.copies import Copy, find_copy
from coachwork.photos.exif import CameraNotes
from coachwork.photos.point_codes import point_codes
from coachwork.taxonomy import CarPart, DamageType
from tests.estimates.cards import damage
from tests.photos.test_copies import Pixels, cropped, kept, mirrored, picture
from tests.storage.test_photo_register import kept as kept_photo

LOSS = Loss(on=date(2026, 6, 10), place=(48.86, 2.35))
NOON = datetime(2026, 6, 10, 12, 0)  # noqa: DTZ001 - cameras tell no zone


def sent(name: str = "a.jpg", **notes: object) -> SentPhoto:
    return SentPhoto(name=name, notes=CameraNotes(present=True, **notes))  # type: ignore[arg-type]


def signs(*photos: SentPhoto, loss: Loss = LOSS) -> list[tuple[SignalKind, Strength]]:
    return [(one.kind, one.strength) for one in camera_signals(photos, loss)]


def test_no_photos_give_no_signs() -> None:
    assert signs() == []
    check = check_photos([], claim="", loss=Loss())
    assert check.findings.signals == ()
    assert check.findings.checks == (Check.CAMERA,)


def test_an_honest_photo_gives_none() -> None:
    assert signs(sent(taken=NOON, make="Acme", model="Phone", latitude=48.9, longitude=2.3)) == []


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-4000, [(SignalKind.BEFORE_THE_LOSS, Strength.WEAK)]),
        (-400, [(SignalKind.BEFORE_THE_LOSS, Strength.STRONG)]),
        (-2, [(SignalKind.BEFORE_THE_LOSS, Strength.STRONG)]),
        (-1, [(SignalKind.BEFORE_THE_LOSS, Strength.WEAK)]),
        (0, []),
        (30, []),
        (31, [(SignalKind.LONG_AFTER_THE_LOSS, Strength.WEAK)]),
    ],
)
def test_when_a_photo_was_taken_is_held_against_the_loss(days: int, found: list[tuple[SignalKind, Strength]]) -> None:
    assert signs(sent(taken=NOON + timedelta(days=days))) == found
    assert signs(sent(taken=NOON + timedelta(days=days)), loss=Loss()) == []


def test_a_place_far_away_is_a_weak_sign() -> None:
    london = sent(latitude=51.5, longitude=-0.13)
    assert signs(london) == [(SignalKind.FAR_FROM_THE_LOSS, Strength.WEAK)]
    assert signs(london, loss=replace(LOSS, place=None)) == []
    assert signs(sent(latitude=48.5, longitude=2.0)) == []


def test_three_devices_are_a_weak_sign_and_two_none() -> None:
    photos = [sent(f"{model}.jpg", make="Acme", model=model) for model in "ABC"]
    assert signs(*photos[:2]) == []
    assert signs(*photos) == [(SignalKind.SEVERAL_DEVICES, Strength.WEAK)]


def test_missing_notes_editors_and_screenshots_are_weak_signs() -> None:
    bare = SentPhoto(name="b.png", notes=CameraNotes(), is_png=True)
    assert signs(bare) == [(SignalKind.SCREENSHOT, Strength.WEAK), (SignalKind.NO_CAMERA_NOTES, Strength.WEAK)]
    assert signs(sent(software="Adobe Photoshop 26.1 (Windows)")) == [(SignalKind.EDITED, Strength.WEAK)]
    assert signs(sent(software="HDR+ 1.0.585804376zd")) == []


def test_a_small_picture_of_something_else_is_a_weak_sign() -> None:
    assert signs(replace(sent(), thumbnail_likeness=0.2)) == [(SignalKind.OTHER_THUMBNAIL, Strength.WEAK)]
    assert signs(replace(sent(), thumbnail_likeness=0.95)) == []


@given(
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
)
def test_distances_are_the_same_there_and_back_and_end_at_half_the_earth(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    away = distance_km(here, there)
    assert 0 <= away <= 20_016
    assert away == pytest.approx(distance_km(there, here), abs=1e-6)
    assert distance_km(here, here) == pytest.approx(0, abs=1e-6)


def found(photo: Pixels, other: Pixels) -> Copy:
    copy = find_copy(point_codes(photo), kept(other))
    assert copy is not None
    return copy


def test_a_picture_of_another_claim_is_strong_and_says_what_was_done_to_it() -> None:
    copy = found(cropped(mirrored(picture(1))), picture(1))
    sign = copy_signal(kept_photo(1, claim="C-1"), FoundCopy(photo=kept_photo(2, claim="C-2"), copy=copy))
    assert (sign.kind, sign.strength) == (SignalKind.PHOTO_OF_ANOTHER_CLAIM, Strength.STRONG)
    assert sign.sentence.startswith("1.jpg is the picture 2.jpg of claim C-2, mirrored, cut to 6")
    assert sign.evidence["other_claim"] == "C-2"
    assert changed(found(picture(1), picture(1))) == ()


def test_a_picture_twice_in_a_claim_is_weak_and_strong_where_it_is_mirrored() -> None:
    here, there = kept_photo(1, claim="C-1"), kept_photo(2, claim="C-1")
    for change, strength in ((cropped, Strength.WEAK), (mirrored, Strength.STRONG)):
        sign = copy_signal(here, FoundCopy(photo=there, copy=found(change(picture(1)), picture(1))))
        assert sign.strength is strength
    scene = replace(found(picture(1), picture(1)), likeness=0.3)
    assert scene.is_scene
    sign = copy_signal(here, FoundCopy(photo=kept_photo(2, claim="C-2"), copy=scene))
    assert (sign.kind, sign.strength) == (SignalKind.SCENE_OF_ANOTHER_CLAIM, Strength.WEAK)


def test_a_damage_that_was_there_before_is_strong_and_unknown_parts_are_none() -> None:
    now = [damage(DamageType.DENT, CarPart.BONNET, name="now"), damage(DamageType.DENT, None, name="nowhere")]
    before = [damage(DamageType.DENT, CarPart.BONNET, name="then"), damage(DamageType.DENT, None, name="somewhere")]
    signs_ = list(signals_of_earlier(now, before))
    assert [(one.kind, one.strength) for one in signs_] == [(SignalKind.EARLIER_DAMAGE, Strength.STRONG)]
    assert "(dent) on the bonnet as well: then." in signs_[0].sentence
    assert list(signals_of_earlier(now, [])) == []
    assert list(signals_of_earlier(now, [damage(DamageType.SCRATCH, CarPart.BONNET)])) == []


def with_thumbnail(folder: Path, *, same: bool) -> Path:
    """A photo whose camera put a small picture with black bars into it."""
    large = Image.fromarray(picture(5, (480, 720)))
    small = Image.new("RGB", (160, 120))
    small.paste((large if same else Image.fromarray(picture(6, (480, 720)))).resize((160, 107)), (0, 6))
    file = io.BytesIO()
    small.save(file, "JPEG")
    thumbnail = file.getvalue()
    head = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + b"\x00\x00" + (14).to_bytes(4, "little")
    entries = b"".join(
        tag.to_bytes(2, "little") + (4).to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, value in ((0x0201, 44), (0x0202, len(thumbnail)))
    )
    exif = head + (2).to_bytes(2, "little") + entries + bytes(4)
    path = folder / f"{same}.jpg"
    large.save(path, "JPEG", exif=exif + thumbnail)
    return path


def test_the_camera_s_own_small_picture_is_compared_without_its_bars(tmp_path: Path) -> None:
    alike = look_at(with_thumbnail(tmp_path, same=True), claim="").sent.thumbnail_likeness
    other = look_at(with_thumbnail(tmp_path, same=False), claim="").sent.thumbnail_likeness
    assert alike is not None
    assert other is not None
    assert alike > 0.95
    assert other < 0.5


FINDINGS = FraudFindings.of(
    "C-1",
    {"a.jpg": "0" * 64},
    [Check.CAMERA, Check.COPIES],
    [
        FraudSignal(kind=SignalKind.EDITED, strength=Strength.WEAK, sentence="weak."),
        FraudSignal(
            kind=SignalKind.PHOTO_MIRRORED, strength=Strength.STRONG, sentence="strong.", evidence={"points": 9}
        ),
    ],
)


def test_findings_survive_their_json_and_stand_strong_ones_first(tmp_path: Path) -> None:
    file = tmp_path / "signals.json"
    file.write_text(json.dumps(findings_to_json(FINDINGS)), encoding="utf-8")
    assert read_findings(file) == FINDINGS
    assert [one.strength for one in FINDINGS.signals] == [Strength.STRONG, Strength.WEAK]
    assert FINDINGS.checks == (Check.COPIES, Check.CAMERA)
    assert FINDINGS.unsought == (Check.PLATES, Check.COLOUR, Check.EARLIER)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "null", '{"schema": "coachwork.fraud/1"}', '{"schema": "coachwork.damages/1"}', "[" * 9999],
)
def test_a_file_of_something_else_is_told_in_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "signals.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(FraudFileError, match="`coachwork fraud check --json` w"):
        read_findings(file)
    with pytest.raises(FraudFileError, match="check the path"):
        read_findings(tmp_path / "none.json")


def test_the_place_of_a_loss_is_read_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "loss.toml"
    file.write_text("[loss]\nplace = [48.86, 2.35]\n", encoding="utf-8")
    assert read_loss(file).place == (48.86, 2.35)
    for wrong in ("[1]", "[91, 0]", '["a", "b"]', "[1, 2, 3]"):
        file.write_text(f"[loss]\nplace = {wrong}\n", encoding="utf-8")
        with pytest.raises(ClaimFileError, match="must be latitude and longitude in degrees"):
            read_loss(file)
