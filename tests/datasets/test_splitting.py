from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.splitting import clusters_of, draw, split_again
from coachwork.datasets.version import SplitRule
from coachwork.photos.fingerprint import mirrored_fingerprint
from tests.datasets.conftest import make_sample, make_version

_SPLITS = st.sampled_from(Split)


def crowd(splits: list[tuple[int, Split]]) -> list[Sample]:
    """Photos of given clusters and splits; the clusters' fingerprints are far from each other."""
    return [
        make_sample(f"photo {place}", cluster=f"c{cluster}", split=split, fingerprint=None)
        for place, (cluster, split) in enumerate(splits)
    ]


def test_no_samples_have_no_clusters() -> None:
    assert clusters_of([]) == ()
    assert draw({}, val=0.5) == {}


def test_photos_belong_together_by_bytes_fingerprint_or_known_cluster() -> None:
    chain = [
        make_sample("a", cluster="", fingerprint=0),
        make_sample("b", cluster="x", fingerprint=0b111),
        make_sample("c", cluster="x", fingerprint=None),
        make_sample("c", cluster="", fingerprint=2**64 - 1),
        make_sample("d", cluster="", fingerprint=0xFFFFFFFF),
        make_sample("e", cluster="", fingerprint=None),
    ]
    numbers = clusters_of(chain)
    assert len(set(numbers[:4])) == 1
    assert len(set(numbers)) == 3


@given(
    splits=st.lists(st.tuples(st.integers(0, 6), _SPLITS), max_size=30),
    keep=st.lists(_SPLITS, unique=True, max_size=2).map(tuple),
    seed=st.integers(0, 3),
    val=st.floats(0, 0.6),
    test=st.floats(0, 0.4),
)
def test_a_new_split_does_not_leak_and_loses_nothing(
    splits: list[tuple[int, Split]], keep: tuple[Split, ...], seed: int, val: float, test: float
) -> None:
    version = make_version(*crowd(splits))
    again = split_again(version, SplitRule(val=val, test=test, seed=seed, keep=keep))
    sides = defaultdict(set)
    for sample in again.samples:
        sides[sample.cluster].add(sample.split)
    assert all(len(side) == 1 for side in sides.values())
    assert {sample.sha256 for sample in again.samples} == {sample.sha256 for sample in version.samples}
    assert again.parents == (version.digest,)
    before = {sample.sha256: sample.split for sample in version.samples}
    strictness = list(Split)
    for sample in again.samples:
        if before[sample.sha256] in keep:
            assert strictness.index(sample.split) >= strictness.index(before[sample.sha256])
    drawn = [sample for sample in again.samples if sample.split not in keep]
    if not keep:
        assert sum(sample.split is Split.VAL for sample in drawn) <= round(val * len(splits))
        assert sum(sample.split is Split.TEST for sample in drawn) <= round(test * len(splits))


def test_single_photos_are_drawn_to_the_very_part() -> None:
    version = make_version(*crowd([(number, Split.TRAIN) for number in range(50)]))
    counts = split_again(version, SplitRule(val=0.2, test=0.1, keep=())).counts["splits"]
    assert counts == {"train": 35, "val": 10, "test": 5}


def test_another_seed_draws_others_and_the_same_draws_the_same() -> None:
    version = make_version(*crowd([(number, Split.TRAIN) for number in range(50)]))
    first, again, other = (split_again(version, SplitRule(seed=seed, keep=())).digest for seed in (1, 1, 2))
    assert first == again != other


def test_a_near_duplicate_across_clusters_moves_with_its_twin() -> None:
    twins = [
        make_sample("a", fingerprint=0b1, split=Split.TRAIN),
        make_sample("b", fingerprint=0b11, split=Split.TEST),
    ]
    again = split_again(make_version(*twins), SplitRule(val=0, keep=(Split.TEST,)))
    assert {sample.split for sample in again.samples} == {Split.TEST}
    assert len({sample.cluster for sample in again.samples}) == 1


def test_mirror_images_stay_on_one_side() -> None:
    one = make_sample("a", cluster="", fingerprint=0x123456789ABCDEF0, split=Split.TRAIN)
    turned = mirrored_fingerprint(0x123456789ABCDEF0)
    numbers = clusters_of([one, make_sample("b", cluster="", fingerprint=turned ^ 0b11), make_sample("c", cluster="")])
    assert numbers[0] == numbers[1] != numbers[2]
