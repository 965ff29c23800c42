import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.place import DatasetError, DatasetPlace
from coachwork.datasets.sample import Split
from coachwork.datasets.source import Source, join_sources, label_map_digest
from coachwork.datasets.version import SplitRule, Version, read_version
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, identity_label_map
from tests.datasets.conftest import SOURCE, make_sample, make_shape, make_version

OTHER = Source(name="other", licence="CC0", label_maps=("ab", "cd"))


def test_no_samples_are_a_version_too() -> None:
    version = Version.of([], [], rule=None)
    again = read_version(version.manifest, version.lines, digest=version.digest, where="d")
    assert (again.samples, again.sources, again.counts["photos"]) == ((), (), 0)


@given(
    rule=st.none()
    | st.builds(
        SplitRule,
        val=st.floats(0, 1),
        test=st.floats(0, 1),
        seed=st.integers(0, 9),
        keep=st.lists(st.sampled_from(Split), unique=True).map(tuple),
    ),
    parents=st.lists(st.sampled_from(["aa", "bb", "cc"])),
)
def test_a_version_survives_its_files(rule: SplitRule | None, parents: list[str]) -> None:
    version = Version.of([make_sample("one", shapes=(make_shape(),))], [SOURCE, OTHER], rule=rule, parents=parents)
    again = read_version(version.manifest, version.lines, digest=version.digest, where="d")
    assert (again.rule, again.sources, again.parents) == (rule, version.sources, tuple(sorted(set(parents))))
    assert Version.of(again.samples, again.sources, rule=again.rule, parents=again.parents).digest == version.digest


def test_the_order_of_sources_and_parents_does_not_count() -> None:
    samples = [make_sample("one")]
    first = Version.of(samples, [SOURCE, OTHER], rule=None, parents=["a", "b"])
    second = Version.of(samples, [OTHER, SOURCE], rule=None, parents=["b", "a", "b"])
    assert first.digest == second.digest


def test_all_that_a_version_says_is_in_its_digest() -> None:
    sample = make_sample("one")
    versions = [
        make_version(sample),
        make_version(make_sample("one", split=Split.VAL)),
        make_version(make_sample("one", shapes=(make_shape(),))),
        make_version(sample, parents=("ab",)),
        make_version(sample, rule=SplitRule()),
        make_version(sample, rule=SplitRule(seed=1)),
        Version.of([sample], [Source(name="set", licence="other")], rule=None),
        Version.of([sample], [Source(name="set", label_maps=("ab",))], rule=None),
    ]
    assert len({version.digest for version in versions}) == len(versions)


def test_a_digest_stays_what_it_was() -> None:
    """Whoever changes how versions are written must know it: every dataset then gets new digests."""
    version = make_version(make_sample("one", shapes=(make_shape(),)), rule=SplitRule())
    assert version.digest[:16] == "ef2fd86914e55731"


def test_samples_of_unknown_sources_are_refused() -> None:
    with pytest.raises(DatasetError, match="unknown sources set"):
        Version.of([make_sample("one")], [OTHER], rule=None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schema": "coachwork.dataset/9"}, "has the schema coachwork.dataset/9"),
        ({"sources": [{"colour": 1}]}, "is broken"),
        ({"splits": {"val": 1}}, "is broken"),
        ({"samples": "00"}, "samples.jsonl of version .* was changed"),
    ],
)
def test_a_broken_manifest_says_what_is_wrong(change: dict[str, object], why: str) -> None:
    version = make_version(make_sample("one"))
    manifest = json.dumps(json.loads(version.manifest) | change).encode()
    with pytest.raises(DatasetError, match=why):
        read_version(manifest, version.lines, digest=hashlib.sha256(manifest).hexdigest(), where="d")


def test_a_label_map_is_known_by_what_it_does() -> None:
    plain = identity_label_map()
    renamed = LabelMap(name="other", rules=plain.rules, annotates=plain.annotates, licence="CC0")
    narrower = LabelMap(name="coachwork", rules=plain.rules, annotates=frozenset({DamageType.DENT}))
    other = LabelMap(name="coachwork", rules={"dent": LabelRule(type=DamageType.RUST)}, annotates=plain.annotates)
    assert label_map_digest(plain) == label_map_digest(renamed)
    assert len({label_map_digest(one) for one in (plain, narrower, other)}) == 3
    assert Source.of(plain).label_maps == (label_map_digest(plain),)


def test_sources_are_joined_by_name() -> None:
    mine, yours = Source(name="a", label_maps=("x",)), Source(name="a", label_maps=("y", "x"))
    assert join_sources([], where="d") == ()
    assert join_sources([[OTHER, mine], [yours]], where="d") == (Source(name="a", label_maps=("x", "y")), OTHER)
    with pytest.raises(DatasetError, match="disagree about the source 'a'"):
        join_sources([[mine], [Source(name="a", licence="CC0")]], where="d")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (SplitRule(), "stated splits stand; of other photos 20 % to val, seed 0"),
        (SplitRule(val=0.1, test=0.05, seed=3, keep=()), "drawn by cluster: 10 % to val and 5 % to test, seed 3"),
        (SplitRule(keep=(Split.TEST,)), "test stand; drawn by cluster: 20 % to val, seed 0"),
        (SplitRule(val=0.0), "stated splits stand; all other photos are for training"),
    ],
)
def test_a_rule_can_be_read(rule: SplitRule, words: str) -> None:
    assert str(rule) == words


@pytest.mark.parametrize(
    ("text", "store", "name", "version"),
    [
        ("datasets/damage", "datasets", "damage", ""),
        ("datasets/damage/", "datasets", "damage", ""),
        ("datasets/damage@spring", "datasets", "damage", "spring"),
        ("/damage", "/", "damage", ""),
        ("me@home/damage", "me@home", "damage", ""),
        ("gs://bucket/a/b@12ab", "gs://bucket/a", "b", "12ab"),
    ],
)
def test_places_are_read(text: str, store: str, name: str, version: str) -> None:
    place = DatasetPlace.of(text)
    assert (place.store, place.name, place.version) == (store, name, version)
    assert DatasetPlace.of(str(place)) == place
