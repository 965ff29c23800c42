"""The legal changes of a release. Each makes the next one of one that stands; nothing is written here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from coachwork.registry.release import (
    Action,
    BundleVersion,
    IllegalRelease,
    Limits,
    Mode,
    Release,
    ReleaseMoved,
    ReleaseStore,
    Signature,
)

_ATTEMPTS = 5


def start_shadow(
    release: Release, challenger: BundleVersion, signature: Signature, *, limits: Limits | None = None
) -> Release:
    """Lets a challenger run beside the champion, which alone answers.

    Raises:
        IllegalRelease: another one is tried already, or it is the champion.
    """
    _free(release)
    _other(release, challenger)
    fields = {"challenger": challenger, "mode": Mode.SHADOW, "limits": limits or Limits(), **_trial(release)}
    return _next(release, Action.SHADOW, signature, fields)


def start_canary(
    release: Release,
    signature: Signature,
    *,
    share: float = 0.0,
    tenants: Iterable[str] = (),
    challenger: BundleVersion | None = None,
    limits: Limits | None = None,
) -> Release:
    """Lets the challenger answer a share of the cases, and all those of some tenants.

    Args:
        release: that stands.
        signature: who does it, and why.
        share: 0..1 of the cases.
        tenants: whose cases it answers all.
        challenger: where none runs in the shadow yet.
        limits: by default those of the shadow.

    Raises:
        IllegalRelease: no challenger is named, another one is tried already, or it would answer nothing.
    """
    if release.mode is not Mode.SHADOW or challenger not in {None, release.challenger}:
        _free(release)
    tried = challenger or release.challenger
    if tried is None:
        message = "nothing runs in the shadow: name the bundle that is to be tried"
        raise IllegalRelease(message)
    _other(release, tried)
    kept = limits or (release.limits if release.mode is Mode.SHADOW else Limits())
    fields = {"challenger": tried, "mode": Mode.CANARY, **_reach(share, tenants), "limits": kept, **_trial(release)}
    return _next(release, Action.CANARY, signature, fields)


def raise_share(release: Release, signature: Signature, *, share: float, tenants: Iterable[str] = ()) -> Release:
    """Lets the challenger of a canary answer more; no case that it answers goes back to the champion.

    Args:
        release: that stands.
        signature: who does it, and why.
        share: 0..1 of the cases, from now on.
        tenants: those that come to the ones that there are.

    Raises:
        IllegalRelease: there is no canary, or it would not answer more.
    """
    if release.mode is not Mode.CANARY:
        message = "there is no canary whose share could be raised: start one first"
        raise IllegalRelease(message)
    reach = _reach(share, (*release.tenants, *tenants))
    if share < release.share or (share == release.share and reach["tenants"] == release.tenants):
        message = f"the share stands at {release.share:g} and can only be raised: stop the canary to take it back"
        raise IllegalRelease(message)
    return _next(release, Action.SHARE, signature, reach)


def promote(release: Release, signature: Signature) -> Release:
    """Makes the challenger champion.

    Raises:
        IllegalRelease: there is none.
    """
    if release.challenger is None:
        message = "there is no challenger to promote: start a shadow or a canary first, or appoint a champion"
        raise IllegalRelease(message)
    return _next(release, Action.PROMOTED, signature, {"champion": release.challenger, **_NOTHING_TRIED})


def stop(release: Release, signature: Signature) -> Release:
    """Takes the challenger back, as a person or a pipeline decided.

    Raises:
        IllegalRelease: there is none.
    """
    return _without(release, Action.STOPPED, signature)


def reject(release: Release, signature: Signature) -> Release:
    """Takes the challenger back because it passed a limit.

    Raises:
        IllegalRelease: there is none.
    """
    return _without(release, Action.REJECTED, signature)


def appoint(release: Release, champion: BundleVersion | None, signature: Signature) -> Release:
    """Makes a bundle champion at once, without a trial; None stands for each server's own bundle.

    Raises:
        IllegalRelease: it is champion already, or a challenger is tried.
    """
    _free(release)
    if champion == release.champion:
        message = f"{_named(champion)} is champion already"
        raise IllegalRelease(message)
    return _next(release, Action.APPOINTED, signature, {"champion": champion})


def roll_back(release: Release, earlier: BundleVersion | None, signature: Signature) -> Release:
    """Makes an earlier champion champion again, and takes a challenger back that may be there.

    Args:
        release: that stands.
        earlier: see `champion_before`.
        signature: who does it, and why.

    Raises:
        IllegalRelease: it is champion already.
    """
    if earlier == release.champion:
        message = f"{_named(earlier)} is champion already: there is nothing to go back to"
        raise IllegalRelease(message)
    return _next(release, Action.ROLLED_BACK, signature, {"champion": earlier, **_NOTHING_TRIED})


def champion_before(history: Sequence[Release]) -> BundleVersion | None:
    """The champion that the present one displaced, for `roll_back`; after a roll-back the one before that.

    Args:
        history: releases, the newest first, as a store tells it.

    Returns:
        The bundle, or None for each server's own one.

    Raises:
        IllegalRelease: no champion ever came into the place of another one, or all were rolled back.
    """
    displaced: list[BundleVersion | None] = [None]
    for release in reversed(history):
        if release.champion == displaced[-1]:
            continue
        if release.action is Action.ROLLED_BACK and release.champion in displaced:
            while displaced[-1] != release.champion:
                displaced.pop()
        else:
            displaced.append(release.champion)
    if len(displaced) == 1:
        message = "there is no earlier champion to go back to"
        raise IllegalRelease(message)
    return displaced[-2]


def change(store: ReleaseStore, move: Callable[[Release], Release]) -> Release:
    """Reads the release, changes it and writes it; again where somebody else was quicker.

    Args:
        store: of the release.
        move: makes the next one; is called again with what stands then, and may raise.

    Raises:
        IllegalRelease: the change is none from where the release stands.
        ReleaseError: the store does not answer, or others change the release all the time.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        changed = move(store.read())
        try:
            store.write(changed)
        except ReleaseMoved:
            if attempt == _ATTEMPTS:
                raise
        else:
            return changed
    raise AssertionError  # the last attempt returned or raised


_NOTHING_TRIED: dict[str, Any] = {"challenger": None, "mode": Mode.OFF, "share": 0.0, "tenants": (), "trial": 0}


def _next(release: Release, action: Action, signature: Signature, fields: Mapping[str, Any]) -> Release:
    by, why, at = signature.by, signature.why, signature.at
    return replace(release, revision=release.revision + 1, action=action, by=by, why=why, at=at, **fields)


def _without(release: Release, action: Action, signature: Signature) -> Release:
    if release.challenger is None:
        message = "there is no challenger to take back"
        raise IllegalRelease(message)
    return _next(release, action, signature, _NOTHING_TRIED)


def _free(release: Release) -> None:
    if release.challenger is not None:
        message = f"{release.challenger.words} is tried already ({release.mode}): promote or stop it first"
        raise IllegalRelease(message)


def _other(release: Release, challenger: BundleVersion) -> None:
    if challenger == release.champion:
        message = f"{challenger.words} is champion already, and cannot be its own challenger"
        raise IllegalRelease(message)


def _trial(release: Release) -> dict[str, int]:
    return {"trial": release.trial or release.revision + 1}


def _reach(share: float, tenants: Iterable[str]) -> dict[str, Any]:
    if not 0 <= share <= 1:
        message = f"the share of a canary must lie in 0..1, is {share}"
        raise IllegalRelease(message)
    named = tuple(sorted(set(tenants)))
    if not share and not named:
        message = "a canary needs a share above 0 or tenants: without, the challenger would answer nothing"
        raise IllegalRelease(message)
    return {"share": share, "tenants": named}


def _named(bundle: BundleVersion | None) -> str:
    return "each server's own bundle" if bundle is None else bundle.words
