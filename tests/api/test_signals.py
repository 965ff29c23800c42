"""What the service assesses is remembered; whoever asks does not wait for it."""

from fastapi.testclient import TestClient

from coachwork.casework.service import Service
from coachwork.monitoring.photo_record import MEASURES, Channel
from coachwork.storage.signal_store import SignalStore
from tests.api.test_inspections import DAMAGED, finished, opened


def test_photos_of_cases_and_single_ones_are_remembered(client: TestClient, service: Service) -> None:
    assert client.post("/v1/assess", files={"photo": ("a.jpg", DAMAGED.read_bytes())}).status_code == 200
    assert client.post("/v1/assess", files={"photo": ("b.jpg", b"no photo")}).status_code == 422
    case = opened(client)
    client.post(f"/v1/inspections/{case}/photos", files=[("photo", ("a.jpg", DAMAGED.read_bytes()))])
    assert client.post(f"/v1/inspections/{case}/complete").status_code == 202
    finished(client, case)
    service.signals.close()
    found = SignalStore(service.database).records()
    assert sorted((one.channel, one.readable) for one in found) == [
        (Channel.API, False),
        (Channel.API, True),
        (Channel.CASE, True),
    ]
    ours = next(one for one in found if one.channel is Channel.CASE)
    assert (ours.case, ours.market) == (case, "default")
    assert set(ours.measures) == set(MEASURES)
    single = next(one for one in found if one.channel is Channel.API and one.readable)
    assert (single.case, single.sha256) == ("", "")
    assert (service.signals.written, service.signals.dropped) == (3, 0)
