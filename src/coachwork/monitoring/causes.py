"""Names the cause of a drift in words, as far as the signals that moved allow it."""

from collections.abc import Iterator, Mapping, Sequence

from coachwork.monitoring.drift import Cause, CauseFound, Level, SignalDrift, gravest

_LIGHT = ("brightness", "highlights", "contrast", "glare", "colour_cast")
_BLUR = ("sharpness",)
_CAMERA = ("short_side_px", "noise", "device_mix", "no_exif")
_MIX = ("embedding", "market_mix", "strange")
_MODEL = ("verdict", "types", "damages", "best_score", "damage_probability", "coverage", "latency_ms")
_DATA = ("unreadable", "unusable", "none_usable", "tiny", "duplicates")
_PEOPLE = ("override_rate", "precision")
_BY_LIGHT = frozenset({"sharpness", "noise", "embedding", "strange", "unusable", "none_usable"})
"""What less or more light moves as well."""
_MOST_CLAUSES = 3


def causes_of(signals: Sequence[SignalDrift]) -> tuple[CauseFound, ...]:
    """The causes that the signals which drifted speak for, the gravest first.

    Light explains blur, noise and other looks that come with it: a dark photo has fewer edges. A cause that another one
    explains is left out, unless its signals moved further.
    """
    moved = {one.signal: one for one in signals if one.level.rank >= Level.DRIFT.rank}
    found = list(_found(moved))
    return tuple(sorted(found, key=lambda one: -one.level.rank))


def _found(moved: Mapping[str, SignalDrift]) -> Iterator[CauseFound]:
    light = _of(moved, _LIGHT)
    if light:
        yield _cause(Cause.LIGHT, _light_name(moved), light)
    brightest = max((one.effect for one in light), default=0.0)
    rest = {name: one for name, one in moved.items() if not light or name not in _BY_LIGHT or one.effect > brightest}
    sharpness = _of(rest, _BLUR)
    blur = [one for one in sharpness if _fell(one)]
    if blur:
        yield _cause(Cause.BLUR, "blurred photos", blur)
    camera = [one for one in sharpness if not _fell(one)] + _of(rest, _CAMERA)
    if camera:
        yield _cause(Cause.CAMERA, "other cameras", camera)
    mix = _of(rest, _MIX)
    if mix:
        others = bool(light or blur or camera)
        yield _cause(Cause.MIX, "other scenes besides" if others else "another mix of cars or scenes", mix)
    data = _of(moved if not light else rest, _DATA)
    if data:
        yield _cause(Cause.DATA, "faulty files", data)
    model = _of(moved, _MODEL)
    if model:
        with_photos = bool(light or blur or camera or mix)
        name = "the model answers differently" + (" with them" if with_photos else " though the photos look as before")
        yield _cause(Cause.MODEL, name, model)
    people = _of(moved, _PEOPLE)
    if people:
        yield _cause(Cause.PEOPLE, "people disagree with the model more than before", people)


def _of(moved: Mapping[str, SignalDrift], names: Sequence[str]) -> list[SignalDrift]:
    found = [moved[name] for name in names if name in moved]
    return sorted(found, key=lambda one: -one.level.rank)


def _cause(cause: Cause, name: str, signals: Sequence[SignalDrift]) -> CauseFound:
    clauses = ", ".join(one.words for one in signals[:_MOST_CLAUSES])
    return CauseFound(
        cause=cause,
        level=gravest([one.level for one in signals]),
        words=f"{name}: {clauses}",
        signals=tuple(one.signal for one in signals),
    )


def _light_name(moved: Mapping[str, SignalDrift]) -> str:
    for name in ("brightness", "highlights"):
        if name in moved:
            if not _fell(moved[name]):
                return "brighter light"
            return "poor light" if moved[name].level is Level.BEYOND else "less light"
    if "glare" in moved:
        return "less glare" if _fell(moved["glare"]) else "glare"
    if "colour_cast" in moved and "contrast" not in moved:
        return "another colour of light"
    return "flat light" if _fell(moved["contrast"]) else "harder light"


def _fell(one: SignalDrift) -> bool:
    return one.before is not None and one.now is not None and one.now < one.before
