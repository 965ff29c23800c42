"""The release and its legal changes, played at random against what must always hold."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.registry.release import (
    Action,
    BundleVersion,
    IllegalRelease,
    Limits,
    Mode,
    Release,
    ReleaseError,
    ReleaseMoved,
    Signature,
)
from coachwork.registry.release_moves import (
    appoint,
    champion_before,
    change,
    promote,
    raise_share,
    reject,
    roll_back,
    start_canary,
    start_shadow,
    stop,
)

SIGNED = Signature(by="test", why="because", at=datetime(2026, 11, 21, tzinfo=UTC))


def bundle(number: int) -> BundleVersion:
    return BundleVersion(name="damage", version=str(number), digest=f"{number:064x}", place="/srv/bundles")


Move = Callable[[Release], Release]
_bundles = st.integers(1, 4).map(bundle)
_shares = st.sampled_from([0.0, 0.01, 0.25, 0.5, 1.0])
_tenants = st.lists(st.sampled_from(["north", "south"]), max_size=2)


def _moves() -> st.SearchStrategy[Move]:
    return st.one_of(
        st.builds(lambda one: lambda release: start_shadow(release, one, SIGNED), _bundles),
        st.builds(
            lambda one, share, who: (
                lambda release: start_canary(release, SIGNED, share=share, tenants=who, challenger=one)
            ),
            st.none() | _bundles,
            _shares,
            _tenants,
        ),
        st.builds(
            lambda share, who: lambda release: raise_share(release, SIGNED, share=share, tenants=who), _shares, _tenants
        ),
        st.builds(lambda one: lambda release: appoint(release, one, SIGNED), st.none() | _bundles),
        st.builds(lambda one: lambda release: roll_back(release, one, SIGNED), st.none() | _bundles),
        st.sampled_from([lambda release: promote(release, SIGNED), lambda release: stop(release, SIGNED)]),
        st.just(lambda release: reject(release, SIGNED)),
    )


@given(st.lists(_moves(), max_size=30))
def test_any_row_of_changes_keeps_one_champion_and_at_most_one_challenger(moves: list[Move]) -> None:
    release, history = Release(), [Release()]
    for move in moves:
        try:
            following = move(release)
        except IllegalRelease:
            continue
        assert following.revision == release.revision + 1
        assert (following.challenger is None) == (following.mode is Mode.OFF)
        assert (following.mode is Mode.CANARY) == (following.share > 0 or following.tenants != ())
        assert following.champion != following.challenger or following.champion is None
        if following.champion != release.champion:
            assert following.action in {Action.PROMOTED, Action.APPOINTED, Action.ROLLED_BACK}
        if following.action is Action.PROMOTED:
            assert following.champion == release.challenger
        if following.action is Action.SHARE:
            assert following.share >= release.share
            assert set(following.tenants) >= set(release.tenants)
        release = following
        history.append(release)
    _check_way_back(history)


def _check_way_back(history: Sequence[Release]) -> None:
    """Going back again and again ends at the beginning, and never stays where it is."""
    newest_first = list(reversed(history))
    for _ in range(len(history) + 1):
        try:
            earlier = champion_before(newest_first)
        except IllegalRelease:
            return
        newest_first.insert(0, roll_back(newest_first[0], earlier, SIGNED))
    pytest.fail("going back never ends")


def test_the_usual_way_of_a_challenger() -> None:
    shadowed = start_shadow(Release(), bundle(2), SIGNED, limits=Limits(min_photos=7))
    tried = start_canary(shadowed, SIGNED, share=0.1)
    more = raise_share(tried, SIGNED, share=0.5, tenants=["north"])
    done = promote(more, SIGNED)
    assert [one.trial for one in (shadowed, tried, more, done)] == [1, 1, 1, 0]
    assert (tried.share, tried.challenger, tried.limits.min_photos) == (0.1, bundle(2), 7)
    assert (more.share, more.tenants) == (0.5, ("north",))
    assert (done.champion, done.challenger, done.mode, done.share, done.tenants) == (
        bundle(2),
        None,
        Mode.OFF,
        0.0,
        (),
    )
    assert [one.revision for one in (shadowed, tried, more, done)] == [1, 2, 3, 4]


def test_what_cannot_be_done_is_said_with_what_to_do() -> None:
    shadowed = start_shadow(Release(champion=bundle(1)), bundle(2), SIGNED)
    with pytest.raises(IllegalRelease, match="promote or stop it first"):
        start_shadow(shadowed, bundle(3), SIGNED)
    with pytest.raises(IllegalRelease, match="promote or stop it first"):
        start_canary(shadowed, SIGNED, share=0.1, challenger=bundle(3))
    with pytest.raises(IllegalRelease, match="would answer nothing"):
        start_canary(shadowed, SIGNED)
    with pytest.raises(IllegalRelease, match="start one first"):
        raise_share(shadowed, SIGNED, share=0.5)
    with pytest.raises(IllegalRelease, match="promote or stop it first"):
        appoint(shadowed, bundle(3), SIGNED)
    with pytest.raises(IllegalRelease, match="no challenger to promote"):
        promote(Release(), SIGNED)
    with pytest.raises(IllegalRelease, match="no challenger to take back"):
        stop(Release(), SIGNED)
    with pytest.raises(IllegalRelease, match="name the bundle"):
        start_canary(Release(), SIGNED, share=0.5)
    with pytest.raises(IllegalRelease, match="champion already"):
        appoint(Release(champion=bundle(1)), bundle(1), SIGNED)
    with pytest.raises(IllegalRelease, match="its own challenger"):
        start_shadow(Release(champion=bundle(1)), bundle(1), SIGNED)
    canary = start_canary(shadowed, SIGNED, share=0.5)
    for share in (0.4, 0.5):
        with pytest.raises(IllegalRelease, match="only be raised"):
            raise_share(canary, SIGNED, share=share)


def test_going_back_takes_the_champion_before_and_a_challenger_with_it() -> None:
    first = appoint(Release(), bundle(1), SIGNED)
    second = appoint(first, bundle(2), SIGNED)
    tried = start_shadow(second, bundle(3), SIGNED)
    history = [tried, second, first]
    back = roll_back(tried, champion_before(history), SIGNED)
    assert (back.champion, back.challenger, back.mode) == (bundle(1), None, Mode.OFF)
    assert champion_before([back, *history]) is None
    with pytest.raises(IllegalRelease, match="no earlier champion"):
        champion_before([])


@pytest.mark.parametrize(
    "fields",
    [
        {"error_rate": 1.5},
        {"disagreement": -0.1},
        {"false_alarm": 0.0},
        {"false_alarm": 0.5},
        {"min_photos": 0},
        {"latency_ratio": 0.5},
        {"latency_ratio": float("nan")},
        {"error_rate": float("nan")},
    ],
)
def test_limits_that_are_none_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ReleaseError):
        Limits(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("fields", [{"name": ""}, {"version": ""}, {"place": ""}, {"digest": "AB" * 32}])
def test_bundles_that_are_none_are_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ReleaseError):
        replace(bundle(1), **fields)


class _Kept:
    """A store in memory; the first writes meet somebody who was quicker."""

    def __init__(self, quicker: int) -> None:
        self.releases, self.quicker = [Release()], quicker

    def read(self) -> Release:
        return self.releases[-1]

    def write(self, release: Release) -> None:
        if self.quicker:
            self.quicker -= 1
            self.releases.append(appoint(self.read(), bundle(10 + self.quicker), SIGNED))
        if release.revision != self.read().revision + 1:
            raise ReleaseMoved(revision=release.revision)
        self.releases.append(release)

    def history(self, *, limit: int | None = None) -> Sequence[Release]:
        return self.releases[::-1][:limit]


def test_a_change_is_made_again_of_what_stands_then() -> None:
    store = _Kept(quicker=2)
    changed = change(store, lambda release: start_shadow(release, bundle(2), SIGNED))
    assert changed.revision == 3
    assert (changed.champion, store.read()) == (bundle(10), changed)
    with pytest.raises(ReleaseMoved):
        change(_Kept(quicker=99), lambda release: start_shadow(release, bundle(2), SIGNED))
