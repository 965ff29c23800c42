import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from coachwork.photos.fingerprint import (
    MIRRORED_BITS,
    NEAR_DUPLICATE_BITS,
    cluster_near_duplicates,
    fingerprint,
    hamming,
    mirrored_fingerprint,
)
from coachwork.photos.reading import read_photo

from .pictures import encode

hashes = st.integers(0, 2**64 - 1)
close_hashes = st.lists(st.sampled_from([0, 1, 3, 7, 2**63, 2**63 + 1, 2**64 - 1]), max_size=12)


def scene(seed: int, height: int = 300, width: int = 400) -> NDArray[np.uint8]:
    """A smooth random scene, as different from the next as photos are."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


@given(first=hashes, second=hashes, third=hashes)
def test_hamming_is_a_distance(first: int, second: int, third: int) -> None:
    assert hamming(first, first) == 0
    assert hamming(first, second) == hamming(second, first) <= 64
    assert (hamming(first, second) == 0) is (first == second)
    assert hamming(first, third) <= hamming(first, second) + hamming(second, third)


@pytest.mark.parametrize("seed", range(5))
def test_copies_have_nearly_the_same_fingerprint(seed: int) -> None:
    photo = scene(seed)
    original = fingerprint(photo)
    assert 0 <= original < 2**64
    copies = {
        "compressed": read_photo(encode(photo, "JPEG", quality=30)).pixels,
        "smaller": cv2.resize(photo, (133, 100), interpolation=cv2.INTER_AREA),
        "larger": cv2.resize(photo, (1600, 1200), interpolation=cv2.INTER_CUBIC),
        "stretched": cv2.resize(photo, (300, 300), interpolation=cv2.INTER_AREA),
        "brighter": np.clip(photo * 1.15 + 8, 0, 255).astype(np.uint8),
        "darker": (photo * 0.7).astype(np.uint8),
    }
    for name, copy in copies.items():
        assert hamming(original, fingerprint(np.asarray(copy, dtype=np.uint8))) <= NEAR_DUPLICATE_BITS, name


@pytest.mark.parametrize("seed", range(5))
def test_a_mirror_image_comes_near_the_turned_fingerprint_alone(seed: int) -> None:
    photo = scene(seed)
    turned = np.ascontiguousarray(photo[:, ::-1])
    image = fingerprint(read_photo(encode(turned, "JPEG", quality=60)).pixels)
    assert hamming(mirrored_fingerprint(fingerprint(photo)), image) <= MIRRORED_BITS
    assert hamming(fingerprint(photo), image) > NEAR_DUPLICATE_BITS
    other = fingerprint(scene(seed + 1))
    prints = [fingerprint(photo), other, image]
    assert cluster_near_duplicates(prints, mirrored=True) == (0, 1, 0)
    assert cluster_near_duplicates(prints) == (0, 1, 2)


@given(prints=st.lists(hashes, max_size=8))
def test_mirror_images_only_ever_join_clusters(prints: list[int]) -> None:
    apart = cluster_near_duplicates(prints)
    together = cluster_near_duplicates([*prints, *map(mirrored_fingerprint, prints)], mirrored=True)
    assert together[: len(prints)] == together[len(prints) :]
    pairs = list(zip(apart, together[: len(prints)], strict=True))
    assert all(one == other for number, one in pairs for again, other in pairs if number == again)


def test_different_photos_lie_far_apart() -> None:
    prints = [fingerprint(scene(seed)) for seed in range(40)]
    assert min(hamming(one, two) for i, one in enumerate(prints) for two in prints[:i]) > NEAR_DUPLICATE_BITS


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (20000, 10, 3), (31, 33, 3)])
def test_any_shape_has_a_fingerprint(shape: tuple[int, ...]) -> None:
    assert 0 <= fingerprint(np.full(shape, 90, dtype=np.uint8)) < 2**64


def test_nothing_has_no_clusters() -> None:
    assert cluster_near_duplicates([]) == ()


def test_a_chain_is_one_cluster_and_numbers_follow_the_order() -> None:
    chain = [0b0, 0b11, 0b1111]
    far = 0xFFFF0000
    assert cluster_near_duplicates([far, *chain, far ^ 1], max_distance=2) == (0, 1, 1, 1, 0)
    assert cluster_near_duplicates([far, *chain, far ^ 1], max_distance=1) == (0, 1, 2, 3, 0)
    assert cluster_near_duplicates([5, 5, 7], max_distance=0) == (0, 0, 1)


@given(prints=st.one_of(close_hashes, st.lists(hashes, max_size=12)), limit=st.integers(0, 12))
def test_clusters_are_the_connected_groups(prints: list[int], limit: int) -> None:
    """Against joining group by group, the slow and obvious way."""
    groups = [{place} for place in range(len(prints))]
    for one in range(len(prints)):
        for two in range(one):
            if hamming(prints[one], prints[two]) <= limit:
                first, second = (next(group for group in groups if place in group) for place in (one, two))
                if first is not second:
                    groups.remove(second)
                    first |= second
    groups.sort(key=min)
    expected = tuple(next(n for n, group in enumerate(groups) if place in group) for place in range(len(prints)))
    assert cluster_near_duplicates(prints, max_distance=limit) == expected


def test_ten_thousand_photos_are_clustered() -> None:
    rng = np.random.default_rng(0)
    singles = rng.integers(0, 2**64, 9_000, dtype=np.uint64).tolist()
    copies = [int(one) ^ 1 << int(rng.integers(64)) for one in singles[:1_000]]
    clusters = cluster_near_duplicates([*singles, *copies])
    assert clusters[9_000:] == clusters[:1_000]
    assert len(set(clusters)) == pytest.approx(9_000, abs=5)
