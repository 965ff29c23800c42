import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coachwork.annotations.rle_pack import pack, pack_mask, unpack, unpack_mask
from tests.annotations.golden.label_studio import BRUSH


def expected() -> np.ndarray:
    mask = np.zeros((30, 40), dtype=np.bool_)
    mask[0, 0] = True
    mask[4:12, 8:20] = True
    return mask


def test_what_label_studios_converter_packs_is_unpacked_and_packed_alike() -> None:
    assert np.array_equal(unpack_mask(BRUSH, 30, 40), expected())
    assert pack_mask(expected()) == BRUSH


@given(arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_what_is_packed_is_unpacked(mask: np.ndarray) -> None:
    assert np.array_equal(unpack_mask(pack_mask(mask), *mask.shape), mask)


def test_runs_longer_than_a_count_are_split() -> None:
    mask = np.ones((300, 300), dtype=np.bool_)
    assert np.array_equal(unpack_mask(pack_mask(mask), 300, 300), mask)


def test_words_that_do_not_repeat_are_unpacked_and_alpha_alone_counts() -> None:
    header = f"{8:032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in (3, 4, 8, 16))
    words = "".join(f"{value:08b}" for value in (255, 7, 0, 0, 1, 2, 3, 128))
    bits = header + "0" + "00" + f"{7:03b}" + words
    bits += "0" * (-len(bits) % 8)
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
    assert unpack(packed, limit=8).tolist() == [255, 7, 0, 0, 1, 2, 3, 128]
    assert unpack_mask(packed, 1, 2).tolist() == [[False, True]]


def test_nothing_is_packed_in_a_header() -> None:
    assert unpack(pack([]), limit=0).tolist() == []


@pytest.mark.parametrize(
    ("packed", "match"),
    [
        (b"", "break off"),
        (b"\0" * 6, "break off"),
        (BRUSH[:-8], "break off"),
        (b"\xff" * 40, "at most"),
        (pack([(4800, 0)])[:-2] + b"\xff\xff", "break off|behind the picture"),
        (pack([(400, 0)]), "the brush covers 100 pixels"),
    ],
)
def test_broken_runs_are_refused(packed: bytes, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        unpack_mask(packed, 30, 40)


@given(st.binary(max_size=60))
def test_any_bytes_are_unpacked_or_refused(packed: bytes) -> None:
    try:
        assert len(unpack(packed, limit=5000)) <= 5000
    except ValueError:
        return
