"""Makes a run of another one's last weights, as they were trained instead of averaged: `unaveraged.py RUN NEW`.

The two then stand side by side in `coachwork leaderboard`: what averaging brings, on the same training.
"""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from coachwork.training.checkpoint import read_checkpoint, write_checkpoint


def write_unaveraged(run: Path, to: Path) -> None:
    """Writes plan, events and weights of a run to a new folder, the trained weights in the place of averaged ones.

    Args:
        run: folder of a run.
        to: folder to write; its plan has its name, and states that nothing is averaged.
    """
    last = read_checkpoint(run / "last.pt")
    plan = _renamed(json.loads((run / "plan.json").read_text(encoding="utf-8")), to.name)
    to.mkdir(parents=True, exist_ok=True)
    if (run / "events").is_dir():
        shutil.copytree(run / "events", to / "events", dirs_exist_ok=True)
    (to / "plan.json").write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")
    kept = replace(last, plan=_renamed(last.plan, to.name), averaged=last.weights, averaged_steps=0, optimiser={})
    write_checkpoint(to / "best.pt", kept)


def _renamed(plan: dict[str, Any], name: str) -> dict[str, Any]:
    return plan | {"name": name, "schedule": plan["schedule"] | {"ema": 0.0}}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: unaveraged.py RUN NEW, both folders; RUN holds plan.json and last.pt")
    write_unaveraged(Path(sys.argv[1]), Path(sys.argv[2]))
