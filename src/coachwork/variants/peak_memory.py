"""A process of its own that runs one variant and tells its peak memory: ``python -m ... BUNDLE VARIANT``."""

import contextlib
import json
import resource
import sys
from pathlib import Path

import numpy as np

from coachwork.inference.bundle import load_bundle
from coachwork.inference.session import Session


def main() -> None:
    """Runs the variant three times on a grey photo and prints one JSON object."""
    bundle = load_bundle(Path(sys.argv[1]), variant=sys.argv[2])
    size = bundle.card.input_size
    session = Session(bundle, threads=1)
    for _ in range(3):
        session.run(np.full((size.height, size.width, 3), 114, dtype=np.uint8))
    sys.stdout.write(json.dumps({"peak_memory_mb": round(peak_mb(), 1)}) + "\n")


def peak_mb() -> float:
    """Largest resident memory of this process, MB.

    Linux hands `ru_maxrss` on from the process that started this one, so the high-water mark of its own memory counts.
    """
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
