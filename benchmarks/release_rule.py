"""The rule that takes challengers back: how often for nothing, and after how many photos for a reason.

    python benchmarks/release_rule.py [--runs N] [--photos N]

Trials are drawn at random with the usual limits (`coachwork.registry.release.Limits`) and judged after every photo. The
table is printed, and kept in benchmarks/results/release_rule.json.
"""

import argparse
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.registry.release import Limits
from coachwork.registry.trial import log_evidence

RESULTS = Path(__file__).parent / "results" / "release_rule.json"
USUAL = Limits()
CASES = {
    "fails": (USUAL.error_rate, (0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1.0)),
    "other verdict": (USUAL.disagreement, (0.2, 0.25, 0.3, 0.4, 0.6, 1.0)),
    "slower than the ratio": (0.5, (0.5, 0.55, 0.6, 0.7, 0.9, 1.0)),
}


def main() -> None:
    """Measures, prints the table and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--photos", type=int, default=10_000)
    options = parser.parse_args()
    rng, rows = np.random.default_rng(7), list[dict[str, Any]]()
    for what, (limit, rates) in CASES.items():
        for rate in rates:
            ends = [end(rng, rate, limit, options.photos) for _ in range(options.runs)]
            found = sorted(one for one in ends if one is not None)
            half, most = (
                found[int(share * options.runs)] if len(found) > share * options.runs else None for share in (0.5, 0.9)
            )
            row = {"what": what, "limit": limit, "rate": rate, "taken_back": len(found) / options.runs}
            rows.append(row | {"median_photos": half, "photos_for_90_percent": most})
            print(
                f"{what:<22} limit {limit:<5} true {rate:<5} taken back {row['taken_back']:.1%}",
                f" half after {half}, 90 % after {most}",
            )
    result = {"runs": options.runs, "photos": options.photos, "false_alarm": USUAL.false_alarm, "rows": rows}
    RESULTS.write_text(json.dumps(result | {"min_photos": USUAL.min_photos}, indent=2) + "\n")


def end(rng: np.random.Generator, rate: float, limit: float, photos: int) -> int | None:
    """After which photo a trial ends; None where it does not."""
    happened = np.cumsum(rng.random(photos) < rate)
    enough = np.array([needed(count, limit) for count in range(USUAL.min_photos, photos + 1)])
    over = np.flatnonzero(happened[USUAL.min_photos - 1 :] >= enough)
    return int(over[0]) + USUAL.min_photos if len(over) else None


@cache
def needed(photos: int, limit: float) -> int:
    """The least count that passes a limit after so many photos."""
    enough, low, high = math.log(3 / USUAL.false_alarm), 0, photos + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if log_evidence(middle, photos, limit) >= enough else (middle + 1, high)
    return low


if __name__ == "__main__":
    main()
