"""A process of its own that runs one variant and tells its peak memory: ``python -m ... BUNDLE VARIANT``."""

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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    sys.stdout.write(json.dumps({"peak_memory_mb": round(peak, 1)}) + "\n")


if __name__ == "__main__":
    main()
