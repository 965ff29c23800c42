"""False alarms a month on undisturbed streams of real photos, and photos to detection for darkened ones.

    benchmarks/drift/environment                                        once: evidently and alibi-detect, by themselves
    python -m benchmarks.drift.photos STORE/claims --cache CACHE        once: takes the signals of the photos
    python -m benchmarks.drift.streams --cache CACHE                    draws streams, prints and keeps the table

A stream is drawn by whole clusters from the photos' signals, its reference likewise, both with replacement: so nothing
but chance differs between them until the light goes. A month is 3,000 photos; every 30 of them the stream is checked.
What is darkened are the pixels' values, before quality, model and signals see them. Alternatives see the same streams
as numbers (`_COLUMNS`), the last 250 photos against the same reference, with their defaults.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.drift.photos import DARKENINGS
from coachwork.monitoring.blocks import case_numbers
from coachwork.monitoring.checking import latest_findings
from coachwork.monitoring.drift import Level
from coachwork.monitoring.photo_record import PhotoRecord
from coachwork.monitoring.profile import Profile, make_profile
from coachwork.monitoring.record_json import read_records
from coachwork.monitoring.thresholds import Thresholds, read_thresholds

HERE = Path(__file__).parent
PYTHONS = {"evidently": ".cache/drift-evidently/bin/python", "alibi-detect": ".cache/drift-alibi/bin/python"}
RESULTS = HERE.parent / "results" / "drift.json"
MONTH, EVERY, BEFORE = 3000, 30, 990
_REFERENCE = 450
_COLUMNS = ("brightness", "highlights", "contrast", "sharpness", "noise", "colour_cast", "glare")
_COLUMNS += ("damages", "best_score", "damage_probability", "coverage")
_LONGEST = 1500
"""Photos after which a darkening counts as not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A reference and what came after it."""

    reference: list[PhotoRecord]
    photos: list[PhotoRecord]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=1e9, help="no further month is begun after so many")
    parser.add_argument("--streams", type=int, default=20, help="darkened streams of each level")
    parser.add_argument("--rival-months", type=int, default=3)
    parser.add_argument("--rival-streams", type=int, default=10)
    parser.add_argument("--rival-every", type=int, default=EVERY, help="photos between the checks of their months")
    parser.add_argument("--rival-longest", type=int, default=_LONGEST, help="photos after which they are given up")
    parser.add_argument("--only", choices=("coachwork", *PYTHONS), help="leave what the others gave before")
    options = parser.parse_args()
    pools = {level: read_records(options.cache / f"signals-{level:02d}.jsonl") for level in DARKENINGS}
    found = {}
    if options.only in {None, "coachwork"}:
        found["coachwork"] = coachwork(pools, months=options.months, streams=options.streams, minutes=options.minutes)
    for name, python in PYTHONS.items():
        if options.only in {None, name} and (HERE.parent.parent / python).exists():
            rhythm = options.rival_months, options.rival_streams, options.rival_every, options.rival_longest
            found |= rival(name, python, pools, rhythm=rhythm)
    told = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    told |= {
        "photos": len(pools[0]),
        "photos_a_month": MONTH,
        "check_every": EVERY,
        "promised_false_alarms_a_month": limits().false_alarms_a_month,
        "cost": json.loads((options.cache / "cost.json").read_text(encoding="utf-8")),
        "detectors": told.get("detectors", {}) | found,
    }
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(table(told["detectors"]))


def limits() -> Thresholds:
    """The shipped thresholds at this benchmark's rhythm."""
    return replace(read_thresholds(), checks_a_month=MONTH // EVERY)


def coachwork(
    pools: dict[int, list[PhotoRecord]], *, months: int, streams: int, minutes: float = 1e9
) -> dict[str, object]:
    """Our own figures."""
    seen: dict[str, list[int | None]] = {}
    words: dict[str, str] = {}
    for level in DARKENINGS[1:]:
        seen[str(level)] = []
        for one in range(streams):
            stream = drawn(pools, level, seed=1000 + one, length=BEFORE + _LONGEST)
            profile = profile_of(stream)
            ends = range(BEFORE + EVERY, BEFORE + _LONGEST + 1, EVERY)
            first = next((end for end in ends if alarmed(profile, stream.photos[:end])), None)
            seen[str(level)].append(None if first is None else first - BEFORE)
            if first is not None and str(level) not in words:
                causes = latest_findings(profile, stream.photos[:first], limits()).slices[0].causes
                words[str(level)] = "; ".join(cause.words for cause in causes)
        print(f"{level} % darker: {seen[str(level)]} {words.get(str(level))}", flush=True)
    alarms: list[int] = []
    begun, checks = time.perf_counter(), 0
    for month in range(months):
        stream = drawn(pools, 0, seed=month, length=BEFORE + MONTH)
        profile = profile_of(stream)
        told = [alarmed(profile, stream.photos[:end]) for end in range(BEFORE + EVERY, BEFORE + MONTH + 1, EVERY)]
        checks += len(told)
        alarms.append(episodes(told))
        print(f"month {month}: {alarms[-1]} alarms, {(time.perf_counter() - begun) / checks:.2f} s a check", flush=True)
        if time.perf_counter() - begun > 60 * minutes:
            break
    seconds = (time.perf_counter() - begun) / max(checks, 1)
    return figures(alarms, seen) | {"seconds_a_check": round(seconds, 3), "said": words}


def alarmed(profile: Profile, photos: Sequence[PhotoRecord]) -> bool:
    """Whether a check tells drift."""
    return latest_findings(profile, photos[-1000:], limits()).level.rank >= Level.DRIFT.rank


def profile_of(stream: Stream) -> Profile:
    """The stream's own reference."""
    return make_profile(stream.reference, how="benchmark", made="2026-01-01T00:00:00Z")


def drawn(pools: dict[int, list[PhotoRecord]], level: int, *, seed: int, length: int) -> Stream:
    """A reference and a stream whose photos are darkened from `BEFORE` on."""
    random = np.random.default_rng(seed)
    blocks = _clusters(pools[0])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    sides = []
    for side, count in (("reference", _REFERENCE), ("stream", length)):
        records = []
        for at, (place, cluster) in enumerate(_places(blocks, count, random)):
            pool = pools[level if side == "stream" and at >= BEFORE else 0]
            moment = day + timedelta(minutes=14 * at)
            records.append(replace(pool[place], at=moment, sha256="", market="", case=f"{side}-{cluster}"))
        sides.append(records)
    return Stream(reference=sides[0], photos=sides[1])


def rival(
    name: str, python: str, pools: dict[int, list[PhotoRecord]], *, rhythm: tuple[int, int, int, int]
) -> dict[str, dict[str, object]]:
    """The figures of another package's detectors on the same streams.

    Args:
        name: of the package.
        python: of its environment.
        pools: darkening -> records.
        rhythm: months, darkened streams of each level, photos between the checks of the months, photos
            after which a darkening is given up.
    """
    months, streams, every, longest = rhythm
    jobs = [(level, 1000 + one, BEFORE + longest) for level in DARKENINGS[1:] for one in range(streams)]
    jobs += [(0, seed, BEFORE + MONTH) for seed in range(months)]
    worker = subprocess.Popen(
        [str(HERE.parent.parent / python), str(HERE / "rival.py"), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if worker.stdin is None or worker.stdout is None:
        sys.exit("no pipes")
    alarms: dict[str, list[int]] = {}
    seen: dict[str, dict[str, list[int | None]]] = {}
    cost = []
    for level, seed, length in jobs:
        stream = drawn(pools, level, seed=seed, length=length)
        job = {
            "reference": _matrix(stream.reference).tolist(),
            "photos": _matrix(stream.photos).tolist(),
            "ends": list(range(BEFORE + EVERY, length + 1, EVERY if level else every)),
            "until_alarm": bool(level),
        }
        worker.stdin.write(json.dumps(job) + "\n")
        worker.stdin.flush()
        answer = json.loads(worker.stdout.readline())
        cost.append(answer["seconds_a_check"])
        for detector, told in answer["told"].items():
            if level:
                first = next((end for end, alarm in zip(job["ends"], told, strict=False) if alarm), None)
                rows = seen.setdefault(detector, {}).setdefault(str(level), [])
                rows.append(None if first is None else int(first) - BEFORE)
            else:
                alarms.setdefault(detector, []).append(episodes(told))
        print(name, level, seed, {detector: sum(told) for detector, told in answer["told"].items()}, flush=True)
    worker.stdin.close()
    worker.wait()
    return {
        detector: figures(alarms[detector], seen.get(detector, {}))
        | {"seconds_a_check": round(float(np.mean(cost)), 3)}
        for detector in alarms
    }


def episodes(told: Sequence[bool]) -> int:
    """Alarms that the check before did not tell yet."""
    return sum(now and not before for before, now in zip([False, *told], told, strict=False))


def figures(alarms: Sequence[int], seen: dict[str, list[int | None]]) -> dict[str, object]:
    """False alarms a month, months without any, and the median and 9th decile of the photos to detection."""
    rows = {}
    for level, counts in seen.items():
        values = np.sort([_LONGEST * 10 if one is None else one for one in counts])
        middle, late = (float(np.quantile(values, share, method="higher")) for share in (0.5, 0.9))
        rows[level] = {
            "streams": len(counts),
            "seen": sum(one is not None for one in counts),
            "median": None if middle > _LONGEST else middle,
            "nine_of_ten": None if late > _LONGEST else late,
        }
    return {
        "months": len(alarms),
        "false_alarms_a_month": round(float(np.mean(alarms)), 3),
        "months_with_a_false_alarm": sum(one > 0 for one in alarms),
        "photos_to_detection": rows,
    }


def table(found: dict[str, dict[str, object]]) -> str:
    """The table of the documentation, in Markdown."""
    heads = ["detector", "false alarms a month", *(f"{level} % darker" for level in DARKENINGS[1:]), "s a check"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, told in found.items():
        rows = told["photos_to_detection"]
        cells = [name, f"{told['false_alarms_a_month']} ({told['months']} months)"]
        for level in DARKENINGS[1:]:
            row = rows.get(str(level), {})
            late = row.get("nine_of_ten")
            middle = row.get("median")
            cells.append("not seen" if middle is None else f"{middle:g} ({'-' if late is None else f'{late:g}'})")
        lines.append("| " + " | ".join([*cells, str(told["seconds_a_check"])]) + " |")
    return "\n".join(lines)


def _matrix(records: Sequence[PhotoRecord]) -> NDArray[np.float64]:
    return np.array([[one.measures.get(name, 0.0) for name in _COLUMNS] for one in records])


def _clusters(records: Sequence[PhotoRecord]) -> list[NDArray[np.intp]]:
    numbers = case_numbers([one.case for one in records])
    order = np.argsort(numbers, kind="stable")
    return list(np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1))


def _places(blocks: Sequence[NDArray[np.intp]], count: int, random: np.random.Generator) -> list[tuple[int, int]]:
    """Places of photos, each with the number of the draw of its cluster."""
    found: list[tuple[int, int]] = []
    draw = 0
    while len(found) < count:
        found += [(int(place), draw) for place in blocks[int(random.integers(len(blocks)))]]
        draw += 1
    return found[:count]


if __name__ == "__main__":
    main()
