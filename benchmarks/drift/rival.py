"""Runs the detectors of another package, in its own environment: a line of JSON in, a line of JSON out.

python rival.py evidently | alibi-detect
"""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

WINDOW = 250
COLUMNS = 11

Detectors = Callable[[Any], Callable[[Any], dict[str, bool]]]
"""A reference -> a window -> what each detector says."""


def main() -> None:
    """Answers until stdin ends."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not reach the answers
    detectors = {"evidently": evidently, "alibi-detect": alibi_detect}[sys.argv[1]]
    for line in sys.stdin:
        job = json.loads(line)
        check = detectors(job["reference"])
        told: dict[str, list[bool]] = {}
        begun, checks = time.perf_counter(), 0
        for end in job["ends"]:
            checks += 1
            for name, alarm in check(job["photos"][end - WINDOW : end]).items():
                told.setdefault(name, []).append(alarm)
            if job["until_alarm"] and all(any(one) for one in told.values()):
                break
        seconds = (time.perf_counter() - begun) / checks
        answers.write(json.dumps({"told": told, "seconds_a_check": seconds}) + "\n")
        answers.flush()


def evidently(reference: list[list[float]]) -> Callable[[list[list[float]]], dict[str, bool]]:
    """Its preset by default: a dataset drifts where half of the columns do. Beside it: any column."""
    import pandas as pd  # noqa: PLC0415  each package has an environment of its own
    from evidently import Report  # noqa: PLC0415
    from evidently.presets import DataDriftPreset  # noqa: PLC0415

    names = [f"c{place}" for place in range(COLUMNS)]
    before = pd.DataFrame(reference, columns=names)

    def check(window: list[list[float]]) -> dict[str, bool]:
        found = Report([DataDriftPreset()]).run(pd.DataFrame(window, columns=names), before).dict()
        counts = next(one["value"] for one in found["metrics"] if "DriftedColumnsCount" in json.dumps(one))
        return {"evidently, half of the columns": counts["share"] >= 0.5, "evidently, any column": counts["count"] >= 1}

    return check


def alibi_detect(reference: list[list[float]]) -> Callable[[list[list[float]]], dict[str, bool]]:
    """Its Kolmogorov-Smirnov detector by default: p below 0.05, corrected for the columns."""
    import numpy as np  # noqa: PLC0415
    from alibi_detect.cd import KSDrift  # noqa: PLC0415

    detector = KSDrift(np.array(reference, dtype=np.float32), p_val=0.05)

    def check(window: list[list[float]]) -> dict[str, bool]:
        told = detector.predict(np.array(window, dtype=np.float32))
        return {"alibi-detect, Kolmogorov-Smirnov": bool(told["data"]["is_drift"])}

    return check


if __name__ == "__main__":
    main()
