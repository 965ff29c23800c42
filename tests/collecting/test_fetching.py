from datetime import UTC, datetime

import pytest

from coachwork import public_network
from coachwork.collecting.fetching import Fetcher, FetchError, FetchLimits, FetchProblem, retry_after

from .photo_server import Answer, PhotoServer, drips, photo, pours, redirects, sends


def fetched(url: str, *, limits: FetchLimits | None = None, allow_private: bool = True) -> bytes:
    limits = limits or FetchLimits(max_bytes=2**20, max_seconds=20, idle_seconds=5)
    with Fetcher(user_agent="Coachwork/test (a@b.example)", limits=limits, allow_private=allow_private) as fetcher:
        return fetcher.fetch(url)


def failure(url: str, **how: object) -> FetchError:
    with pytest.raises(FetchError) as raised:
        fetched(url, **how)  # type: ignore[arg-type]
    return raised.value


def test_a_file_arrives_as_it_is_and_hosts_are_told_who_asks(server: PhotoServer) -> None:
    body = photo()
    assert fetched(server.serve("/a.jpg", sends(body))) == body
    _, headers, _ = server.requests[0]
    assert headers["User-Agent"] == "Coachwork/test (a@b.example)"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["Host"] == server.url.removeprefix("http://")


def test_redirects_are_followed(server: PhotoServer) -> None:
    server.serve("/b.jpg", sends(photo()))
    assert fetched(server.serve("/a.jpg", redirects("/b.jpg", 301))) == photo()
    assert server.paths == ["/a.jpg", "/b.jpg"]


@pytest.mark.parametrize(
    ("answer", "problem", "passing"),
    [
        (sends(b"", status=404), FetchProblem.GONE, False),
        (sends(b"", status=403), FetchProblem.REFUSED, False),
        (sends(b"", status=500), FetchProblem.BUSY, True),
        (sends(b"", status=429), FetchProblem.BUSY, True),
        (sends(photo()[:500], declared=len(photo())), FetchProblem.CUT_OFF, True),
        (sends(b"<html>", kind="text/html; charset=utf-8"), FetchProblem.WRONG_TYPE, False),
        (sends(b"x", Content_Encoding="gzip"), FetchProblem.WRONG_TYPE, False),
        (sends(b"x", declared=10**9), FetchProblem.TOO_MANY_BYTES, False),
        (pours(4 * 2**20), FetchProblem.TOO_MANY_BYTES, False),
        (redirects("/a.jpg"), FetchProblem.BAD_REDIRECT, False),
        (redirects("ftp://photos.example/a.jpg"), FetchProblem.BAD_REDIRECT, False),
        (redirects("file:///etc/passwd"), FetchProblem.BAD_REDIRECT, False),
        (redirects("http://me:secret@photos.example/"), FetchProblem.BAD_REDIRECT, False),
        (redirects(""), FetchProblem.BAD_REDIRECT, False),
        (redirects("/images/photo_unavailable_l.png"), FetchProblem.GONE, False),
    ],
)
def test_what_goes_wrong_is_named(server: PhotoServer, answer: Answer, problem: FetchProblem, passing: bool) -> None:  # noqa: FBT001
    found = failure(server.serve("/a.jpg", answer))
    assert (found.problem, found.passing) == (problem, passing)
    assert found.explanation[0].islower() or found.explanation[0].isdigit()
    assert not found.explanation.endswith(".")


def test_a_body_without_an_end_is_left_at_the_limit(server: PhotoServer) -> None:
    assert failure(server.serve("/a.jpg", pours(64 * 2**20))).problem is FetchProblem.TOO_MANY_BYTES


def test_a_host_that_drips_is_left_at_the_deadline(server: PhotoServer) -> None:
    limits = FetchLimits(max_seconds=0.3, idle_seconds=5)
    found = failure(server.serve("/a.jpg", drips(0.05)), limits=limits)
    assert found.problem is FetchProblem.TOO_SLOW
    assert found.passing


def test_a_host_that_says_nothing_is_left_when_it_idles(server: PhotoServer) -> None:
    limits = FetchLimits(max_seconds=20, idle_seconds=0.2)
    assert failure(server.serve("/a.jpg", drips(2)), limits=limits).problem is FetchProblem.UNREACHABLE


def test_a_host_that_is_not_there_is_unreachable() -> None:
    found = failure("http://127.0.0.1:9/a.jpg")
    assert found.problem is FetchProblem.UNREACHABLE
    assert found.passing
    assert failure("http://no-such-host.invalid/a.jpg").problem is FetchProblem.UNREACHABLE


def test_private_networks_are_out_of_reach_also_by_redirects(server: PhotoServer) -> None:
    url = server.serve("/a.jpg", sends(photo()))
    assert failure(url, allow_private=False).problem is FetchProblem.PRIVATE_ADDRESS
    assert not server.requests
    named = failure(url.replace("127.0.0.1", "localhost"), allow_private=False)
    assert named.problem is FetchProblem.PRIVATE_ADDRESS
    assert not server.requests


def test_a_redirect_from_a_public_host_into_a_private_network_is_not_followed(
    server: PhotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine counts as public here, 10.0.0.1 does not."""
    monkeypatch.setattr(public_network, "is_public", lambda address: address == "127.0.0.1")
    port = server.url.rsplit(":", 1)[1]
    server.serve("/a.jpg", redirects(f"http://private.example:{port}/secret"))
    hosts = {"public.example": ["127.0.0.1"], "private.example": ["10.0.0.1"]}
    with (
        Fetcher(user_agent="t", limits=FetchLimits(), resolve=lambda host, _: hosts[host]) as fetcher,
        pytest.raises(FetchError) as raised,
    ):
        fetcher.fetch(f"http://public.example:{port}/a.jpg")
    assert raised.value.problem is FetchProblem.PRIVATE_ADDRESS
    assert server.paths == ["/a.jpg"]


def test_hosts_are_asked_in_turn_before_a_redirect_is_followed(server: PhotoServer) -> None:
    asked: list[str] = []
    server.serve("/b.jpg", sends(photo()))
    with Fetcher(user_agent="t", limits=FetchLimits(), allow_private=True, before_request=asked.append) as fetcher:
        fetcher.fetch(server.serve("/a.jpg", redirects("/b.jpg")))
    assert asked == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 90 ", 90),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        (None, None),
        ("-5", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_states_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, datetime(2026, 11, 21, 12, tzinfo=UTC)) == seconds
