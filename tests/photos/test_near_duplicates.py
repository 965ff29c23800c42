"""Near-duplicates in buckets: against comparing all with all."""

from hypothesis import given
from hypothesis import strategies as st

from coachwork.photos.near_duplicates import ONE_BUCKET, NearDuplicate, bucket_keys, near_in_bucket

PRINTS = st.integers(0, 2**64 - 1)
MANY = ONE_BUCKET + 1


@st.composite
def bursts(draw: st.DrawFn) -> list[tuple[str, int]]:
    """Photos of which many look alike: fingerprints a few bits from one of two."""
    centres = draw(st.lists(PRINTS, min_size=2, max_size=2))
    flips = draw(st.lists(st.tuples(st.integers(0, 1), st.lists(st.integers(0, 63), max_size=9)), max_size=20))
    photos = []
    for number, (centre, places) in enumerate(flips):
        print_ = centres[centre]
        for place in places:
            print_ ^= 1 << place
        photos.append((f"{number * 7919 % 101:03d}-{number}", print_))
    return photos


def by_hand(photos: list[tuple[str, int]]) -> set[NearDuplicate]:
    found = set()
    for sha256, print_ in photos:
        near = [(other, (print_ ^ theirs).bit_count()) for other, theirs in photos if other < sha256]
        near = [(other, bits) for other, bits in near if bits <= 10]
        if near:
            of, bits = min(near)
            found.add(NearDuplicate(of=of, sha256=sha256, bits=bits))
    return found


def test_no_photos_have_no_near_duplicates() -> None:
    assert list(near_in_bucket([])) == []


@given(bursts())
def test_a_bucket_gives_what_comparing_all_with_all_gives(photos: list[tuple[str, int]]) -> None:
    found = list(near_in_bucket(photos))
    assert len(found) == len(set(found))
    assert set(found) == by_hand(photos)


@given(PRINTS, st.lists(st.integers(0, 63), max_size=3))
def test_fingerprints_three_bits_apart_always_share_a_bucket(print_: int, places: list[int]) -> None:
    other = print_
    for place in places:
        other ^= 1 << place
    assert set(bucket_keys(print_, photos=MANY)) & set(bucket_keys(other, photos=MANY))


def test_buckets_are_many_and_all_photos_share_one_where_there_are_few() -> None:
    keys = {key for print_ in range(1000) for key in bucket_keys(print_ * 0x9E3779B97F4A7C15 % 2**64, photos=MANY)}
    assert len(keys) > 10_000
    assert bucket_keys(5, photos=ONE_BUCKET) == bucket_keys(2**63, photos=ONE_BUCKET)
