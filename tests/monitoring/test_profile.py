import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.inference.bundle import load_bundle
from coachwork.monitoring.profile import make_profile
from coachwork.monitoring.profile_json import (
    PROFILE_FILE,
    ProfileError,
    profile_from_json,
    profile_text,
    read_profile,
    write_profile,
)
from coachwork.monitoring.signals import unreadable
from tests.monitoring.records import DIGEST, profile, records


def test_too_few_photos_make_no_reference() -> None:
    with pytest.raises(ValueError, match="needs 100 photos, there are 99"):
        make_profile(records(99), how="", made="")
    with pytest.raises(ValueError, match="needs 100 photos"):
        make_profile([unreadable()] * 200, how="", made="")


def test_a_reference_is_of_one_model() -> None:
    mixed = [*records(100), *records(100, bundle_digest="b" * 64)]
    with pytest.raises(ValueError, match="several models"):
        make_profile(mixed, how="", made="")


def test_the_sample_is_drawn_by_whole_cases() -> None:
    made = make_profile(records(900), how="", made="", most=200)
    sizes = np.bincount(made.cases)
    assert len(made.records) <= 200 < made.photos == 900
    assert len(made.records) > 190
    assert set(sizes.tolist()) == {3}


def test_nothing_in_a_reference_names_a_photo() -> None:
    text = profile_text(profile())
    assert not any(one.sha256 in text for one in records(600, seed=99))
    assert "2026-03-01T00:0" in text  # when it was made; of no photo
    assert text.count("2026") == 1


@given(st.integers(100, 130), st.integers(0, 5))
def test_files_give_back_what_was_written(count: int, seed: int) -> None:
    made = make_profile([*records(count, seed=seed), unreadable()], how="so", made="then")
    again = profile_from_json(json.loads(profile_text(made)))
    assert (again.bundle, again.bundle_digest, again.how, again.photos) == ("damage", DIGEST, "so", count + 1)
    for first, second in zip(made.records, again.records, strict=True):
        assert (first.case, first.verdict, first.usable, first.readable) == (
            second.case,
            second.verdict,
            second.usable,
            second.readable,
        )
        assert first.counts == second.counts
        assert second.measures == pytest.approx(first.measures, rel=1e-3)
        if first.embedding is not None and second.embedding is not None:
            np.testing.assert_allclose(first.embedding, second.embedding, rtol=2e-3, atol=1e-3)
        else:
            assert first.embedding is second.embedding


def test_a_folder_keeps_its_reference(tmp_path: Path) -> None:
    file = write_profile(tmp_path, profile())
    assert file.name == PROFILE_FILE
    assert read_profile(tmp_path, digests=[DIGEST]).photos == 600
    assert [one.name for one in tmp_path.iterdir()] == [PROFILE_FILE]


def test_a_reference_of_another_model_is_refused(tmp_path: Path) -> None:
    write_profile(tmp_path, profile())
    with pytest.raises(ProfileError, match="made with the model aaaaaaaaaaaa, the bundle's is cccc"):
        read_profile(tmp_path, digests=["c" * 64])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not valid JSON"),
        ("{}", "schema None"),
        ("[]", "no reference"),
        ('{"schema": "coachwork.profile/1"}', "'sample'"),
    ],
)
def test_a_broken_file_is_told(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / PROFILE_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=why) as told:
        read_profile(tmp_path)
    assert "coachwork monitor profile" in str(told.value)


def test_columns_of_other_lengths_are_told(tmp_path: Path) -> None:
    value = json.loads(profile_text(profile()))
    value["sample"]["measures"]["brightness"].pop()
    (tmp_path / PROFILE_FILE).write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ProfileError, match="differ in length"):
        read_profile(tmp_path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        read_profile(tmp_path)


def test_the_shipped_model_has_its_reference() -> None:
    bundle = load_bundle()
    shipped = read_profile(bundle.folder, digests=[bundle.digest, *(one.sha256 for one in bundle.variants)])
    assert shipped.photos >= 500
    assert all(not one.sha256 for one in shipped.records)


def test_empty_records_make_none() -> None:
    with pytest.raises(ValueError, match="needs photos"):
        replace(profile(), records=())
