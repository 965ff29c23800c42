"""A client of the service for Python programs: photos in, results out, through networks that fail now and then.

    from coachwork.client import Coachwork

    with Coachwork("https://coachwork.example.org", key) as coachwork:
        inspection = coachwork.open(reference="claim 7", loss={"cause": "parking"})
        inspection.add(Path("front.jpg"), Path("door.jpg"))
        result = inspection.finish()
        result["settlement"]["route"], inspection.report()

Requests that fail on the way, or that the service asks to repeat, are repeated; none of them is done twice by it.
"""

from coachwork.client.comparison import RemoteComparison
from coachwork.client.connection import ServiceError
from coachwork.client.inspection import RemoteInspection
from coachwork.client.service import Coachwork

__all__ = ["Coachwork", "RemoteComparison", "RemoteInspection", "ServiceError"]
