import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photos, which the repository does not hold."""
    folder = Path(os.environ.get("COACHWORK_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real photos at {folder}; set COACHWORK_DATA")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Lets pass the one warning that pycocotools 2.0.11 itself raises under numpy 2 (`_mask.pyx`, decode)."""
    config.addinivalue_line(
        "filterwarnings", "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
    )
