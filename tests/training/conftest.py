import pytest

from coachwork.models import families
from tests.training.made import TINY


@pytest.fixture
def tiny_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets plans name the family `tiny`."""
    monkeypatch.setitem(families.FAMILIES, "tiny", TINY)
