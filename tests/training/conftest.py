import pytest

from coachwork.models import family
from tests.training.made import TinyNet


@pytest.fixture
def tiny_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets plans name the family `tiny`."""
    monkeypatch.setitem(family.FAMILIES, "tiny", TinyNet)
