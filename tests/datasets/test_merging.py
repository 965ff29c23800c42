import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.merging import merge
from coachwork.datasets.place import DatasetError
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.version import Version
from coachwork.taxonomy import DamageType
from tests.datasets.conftest import make_sample, make_shape, make_version


@st.composite
def versions(draw: st.DrawFn) -> Version:
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=5))
    return make_version(
        *(
            make_sample(
                name,
                split=draw(st.sampled_from(Split)),
                shapes=tuple(make_shape(x) for x in draw(st.lists(st.integers(0, 9), max_size=2))),
            )
            for name in names
        )
    )


def test_a_merge_of_nothing_is_empty() -> None:
    assert merge({}).version.samples == ()


@given(versions(), versions())
def test_the_order_of_a_merge_does_not_matter_and_nothing_is_lost(one: Version, other: Version) -> None:
    merged = merge({"one": one, "other": other}).version
    assert merged.digest == merge({"other": other, "one": one}).version.digest
    assert merged.parents == tuple(sorted({one.digest, other.digest}))
    photos = [sample.sha256 for sample in merged.samples]
    assert len(photos) == len(set(photos))
    assert set(photos) == {sample.sha256 for version in (one, other) for sample in version.samples}


@given(versions())
def test_a_merge_with_itself_changes_no_sample(version: Version) -> None:
    ordered = merge({"a": version}).version
    again = merge({"a": ordered, "b": ordered}).version
    assert again.lines == ordered.lines


def test_the_stricter_split_stands_and_is_told() -> None:
    train, val = (make_version(make_sample("a", split=split)) for split in (Split.TRAIN, Split.VAL))
    merged = merge({"train": train, "val": val})
    assert [sample.split for sample in merged.version.samples] == [Split.VAL]
    assert [leak.moved_to for leak in merged.joined.leaks] == [Split.VAL]
    assert len(merged.joined.copies) == 1


def test_what_one_version_knows_of_further_types_is_added() -> None:
    dents = make_sample("a", shapes=(make_shape(),), annotated=frozenset({DamageType.DENT}))
    rust = make_sample("a", shapes=(make_shape(20, DamageType.RUST),), annotated=frozenset({DamageType.RUST}))
    merged = merge({"a": make_version(dents), "b": make_version(rust)}).version
    (sample,) = merged.samples
    assert sample.annotated == {DamageType.DENT, DamageType.RUST}
    assert {shape.type for shape in sample.shapes} == {DamageType.DENT, DamageType.RUST}


def test_licences_that_contradict_each_other_stop_a_merge() -> None:
    def of(licence: str, sample: Sample) -> Version:
        return Version.of([sample], [Source(name="set", licence=licence)], rule=None)

    with pytest.raises(DatasetError, match="disagree about the source 'set'"):
        merge({"a": of("CC0", make_sample("a")), "b": of("CC BY 4.0", make_sample("b"))})
