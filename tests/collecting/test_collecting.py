"""Collecting from a photo host on this machine."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coachwork.collecting.collecting import CollectPlan, collect
from coachwork.collecting.fetching import Fetcher, FetchLimits
from coachwork.collecting.folder import CollectionError, opened_folder
from coachwork.collecting.listed import BadRow, ListedPhoto, Listing
from coachwork.collecting.pace import Pace
from coachwork.collecting.results import Collected
from coachwork.datasets.photo_table import read_photo_table

from .photo_server import PhotoServer, photo, redirects, sends


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def listed(url: str, licence: str = "CC BY 4.0", author: str = "Ada", place: str = "line 2") -> ListedPhoto:
    return ListedPhoto(place=place, url=url, licence=licence, author=author)


def run(
    folder: Path, *photos: ListedPhoto, plan: CollectPlan | None = None, clock: Clock | None = None, retry: bool = False
) -> Collected:
    plan = plan or CollectPlan(interval_s=0.5, min_short_side_px=100)
    clock = clock or Clock()
    pace = Pace(plan.interval_s, clock=clock, sleep=clock.sleep)
    limits = FetchLimits(max_bytes=2**20, max_seconds=20, idle_seconds=5)
    with (
        Fetcher(user_agent="t", limits=limits, allow_private=True, before_request=pace.await_turn) as fetcher,
        opened_folder(folder) as opened,
    ):
        if retry:
            opened.forget_passed_over()
        return collect(Listing(photos=photos), opened, fetcher, plan, pace=pace)


def reasons(result: Collected) -> list[str]:
    return [row.reason for row in result.not_collected]


def test_a_listing_of_nothing_leaves_an_empty_folder(tmp_path: Path) -> None:
    assert run(tmp_path / "c") == Collected()
    assert read_photo_table(tmp_path / "c") == ()


def test_a_photo_comes_with_its_attribution(server: PhotoServer, tmp_path: Path) -> None:
    body = photo(1)
    url = server.serve("/a.jpg", sends(body))
    wanted = ListedPhoto(
        place="line 2", url=url, licence="by-sa 2.0", author="Ada L.", title="Dent", page="https://a.example/1"
    )
    result = run(tmp_path, wanted)
    assert (result.fetched, result.there, result.not_collected) == (1, 0, [])
    (row,) = read_photo_table(tmp_path)
    assert (tmp_path / row.file).read_bytes() == body
    assert row.sha256 == hashlib.sha256(body).hexdigest() == Path(row.file).stem
    assert (row.licence, row.licence_stated, row.author) == ("CC-BY-SA-2.0", "by-sa 2.0", "Ada L.")
    assert row.licence_url == "https://creativecommons.org/licenses/by-sa/2.0/"
    assert (row.width, row.height, row.bytes) == (320, 240, len(body))
    assert (row.attribution.licence, row.attribution.author) == ("CC-BY-SA-2.0", "Ada L.")
    assert row.attribution.url == "https://a.example/1"
    assert not (tmp_path / "incoming").exists()


def test_a_second_run_asks_the_host_nothing(server: PhotoServer, tmp_path: Path) -> None:
    photos = [
        listed(server.serve("/a.jpg", sends(photo(1)))),
        listed(server.serve("/gone.jpg", sends(b"", status=410))),
        listed(server.serve("/page.jpg", sends(b"<html>no photo</html>"))),
    ]
    first = run(tmp_path, *photos)
    assert (first.fetched, reasons(first)) == (1, ["gone", "not_usable"])
    asked = len(server.requests)
    again = run(tmp_path, *photos)
    assert len(server.requests) == asked == 3
    assert (again.fetched, again.there, reasons(again)) == (0, 1, ["passed_over", "passed_over"])
    run(tmp_path, *photos, retry=True)
    assert server.paths[3:] == ["/gone.jpg", "/page.jpg"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"licence": "CC BY-NC 4.0"}, "licence_refused"),
        ({"licence": "All Rights Reserved"}, "licence_refused"),
        ({"author": ""}, "author_missing"),
    ],
)
def test_what_may_not_be_used_is_not_even_asked_for(
    server: PhotoServer, tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    assert reasons(run(tmp_path, listed(server.serve("/a.jpg", sends(photo())), **change))) == [reason]
    assert not server.requests


def test_public_domain_needs_no_author_and_the_user_may_allow_more(server: PhotoServer, tmp_path: Path) -> None:
    photos = [
        listed(server.serve("/a.jpg", sends(photo(1))), licence="CC0", author=""),
        listed(server.serve("/b.jpg", sends(photo(2))), licence="our contract"),
    ]
    plan = CollectPlan(allowed=("Our Contract",), interval_s=0.1)
    assert run(tmp_path, *photos, plan=plan).fetched == 2
    assert [row.licence for row in read_photo_table(tmp_path)] == ["CC0-1.0", "our contract"]


def test_bad_rows_are_reported(tmp_path: Path) -> None:
    with Fetcher(user_agent="t", limits=FetchLimits()) as fetcher, opened_folder(tmp_path) as opened:
        listing = Listing(bad_rows=(BadRow(place="line 3", why="the row states no licence"),))
        result = collect(listing, opened, fetcher, CollectPlan(), pace=Pace(1.0))
    (row,) = result.failed
    assert (row.place, row.reason, row.explanation) == ("line 3", "row_broken", "the row states no licence")


def test_an_address_listed_twice_is_fetched_once(server: PhotoServer, tmp_path: Path) -> None:
    url = server.serve("/a.jpg", sends(photo()))
    result = run(tmp_path, listed(url), listed(url, licence="CC0", place="line 9"))
    assert (result.fetched, reasons(result), result.failed) == (1, ["listed_twice"], [])
    assert server.paths == ["/a.jpg"]


def test_the_same_bytes_from_two_addresses_are_one_file_with_two_lines(server: PhotoServer, tmp_path: Path) -> None:
    first, second = (server.serve(path, sends(photo())) for path in ("/a.jpg", "/b.jpg"))
    result = run(tmp_path, listed(first), listed(second))
    assert (result.fetched, result.copies) == (2, 1)
    assert len(list(tmp_path.glob("photos/*/*"))) == 1
    assert len({row.file for row in read_photo_table(tmp_path)}) == 1


@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [
        (b"", "not_usable", "empty"),
        (b"<html>sorry</html>", "not_usable", "web page"),
        (photo()[: len(photo()) // 2], "not_usable", "cut off"),
        (photo(height=80, width=320), "too_small", "80 pixels"),
        (b"\xff\xd8\xff" + b"x" * 2**21, "too_many_bytes", "larger than 2 MB"),
    ],
)
def test_what_is_no_usable_photo_is_passed_over_for_good(
    server: PhotoServer, tmp_path: Path, body: bytes, reason: str, words: str
) -> None:
    plan = CollectPlan(interval_s=0.1, min_short_side_px=100, max_mb=1)
    (row,) = run(tmp_path, listed(server.serve("/a.jpg", sends(body))), plan=plan).not_collected
    assert row.reason == reason
    assert row.for_good
    assert words.replace("2 MB", "1 MB") in row.explanation
    assert not list(tmp_path.glob("photos/*/*"))
    assert not (tmp_path / "incoming").exists()


class TestPace:
    def test_requests_to_one_host_keep_their_distance_in_real_time(self, server: PhotoServer, tmp_path: Path) -> None:
        photos = [listed(server.serve(f"/{number}.jpg", sends(photo(number)))) for number in range(4)]
        pace = Pace(0.15)
        with (
            Fetcher(user_agent="t", limits=FetchLimits(), allow_private=True) as fetcher,
            opened_folder(tmp_path) as opened,
        ):
            collect(Listing(photos=tuple(photos)), opened, fetcher, CollectPlan(min_short_side_px=1), pace=pace)
        moments = [moment for _, _, moment in server.requests]
        assert len(moments) == 4
        assert moments[-1] - moments[0] >= 3 * 0.15 - 0.05

    def test_redirects_count_as_requests(self, server: PhotoServer, tmp_path: Path) -> None:
        server.serve("/b.jpg", sends(photo()))
        clock = Clock()
        run(tmp_path, listed(server.serve("/a.jpg", redirects("/b.jpg"))), clock=clock)
        assert sum(clock.slept) == pytest.approx(0.5)

    def test_a_host_that_asks_to_wait_is_left_alone_for_so_long(self, server: PhotoServer, tmp_path: Path) -> None:
        busy = sends(b"", status=429, Retry_After="42")
        clock = Clock()
        photos = listed(server.serve("/a.jpg", busy, sends(photo(1)))), listed(server.serve("/b.jpg", sends(photo(2))))
        result = run(tmp_path, *photos, clock=clock)
        assert (result.fetched, result.not_collected) == (2, [])
        assert clock.slept[0] == pytest.approx(42)
        assert server.paths == ["/a.jpg", "/b.jpg", "/a.jpg"]

    def test_other_hosts_go_on_meanwhile(self, server: PhotoServer, tmp_path: Path) -> None:
        server.serve("/a.jpg", sends(b"", status=503, Retry_After="100"), sends(photo(1)))
        server.serve("/b.jpg", sends(photo(2)))
        server.serve("/c.jpg", sends(photo(3)))
        port = server.url.rsplit(":", 1)[1]
        other = f"http://localhost:{port}"
        clock = Clock()
        result = run(
            tmp_path, listed(f"{server.url}/a.jpg"), listed(f"{other}/b.jpg"), listed(f"{other}/c.jpg"), clock=clock
        )
        assert result.fetched == 3
        assert server.paths == ["/a.jpg", "/b.jpg", "/c.jpg", "/a.jpg"]

    def test_waits_grow_where_the_host_does_not_say_and_end_after_the_attempts(
        self, server: PhotoServer, tmp_path: Path
    ) -> None:
        clock = Clock()
        result = run(tmp_path, listed(server.serve("/a.jpg", sends(b"", status=503))), clock=clock)
        assert clock.slept == pytest.approx([5, 10, 20])
        (row,) = result.not_collected
        assert (row.reason, row.for_good) == ("busy", False)
        assert "4 attempts" in row.explanation
        run(tmp_path, listed(server.serve("/a.jpg", sends(photo()))))
        assert server.paths[4:] == ["/a.jpg"]

    def test_a_host_that_asks_to_wait_for_hours_is_left_for_another_run(
        self, server: PhotoServer, tmp_path: Path
    ) -> None:
        busy = sends(b"", status=429, Retry_After="7200")
        photos = [listed(server.serve(f"/{number}.jpg", busy)) for number in range(3)]
        clock = Clock()
        result = run(tmp_path, *photos, clock=clock)
        assert reasons(result) == ["busy"] * 3
        assert all("7200 seconds" in row.explanation for row in result.not_collected)
        assert server.paths == ["/0.jpg"]
        assert not clock.slept

    def test_a_cut_off_body_is_fetched_again(self, server: PhotoServer, tmp_path: Path) -> None:
        short = sends(photo()[:700], declared=len(photo()))
        assert run(tmp_path, listed(server.serve("/a.jpg", short, sends(photo())))).fetched == 1
        assert server.paths == ["/a.jpg", "/a.jpg"]

    def test_a_run_of_so_many_photos_leaves_the_rest(self, server: PhotoServer, tmp_path: Path) -> None:
        photos = [listed(server.serve(f"/{number}.jpg", sends(photo(number)))) for number in range(5)]
        result = run(tmp_path, *photos, plan=CollectPlan(interval_s=0.1, count=2))
        assert (result.fetched, result.left, len(server.requests)) == (2, 3, 2)
        assert run(tmp_path, *photos, plan=CollectPlan(interval_s=0.1)).fetched == 3


class TestAfterAKill:
    def test_bytes_that_arrived_are_not_fetched_again(self, server: PhotoServer, tmp_path: Path) -> None:
        url = server.serve("/a.jpg", sends(photo(1)))
        with opened_folder(tmp_path) as opened:
            opened.keep(url, photo(1))
        assert run(tmp_path, listed(url)).fetched == 1
        assert not server.requests

    def test_a_photo_whose_line_is_written_gets_its_place(self, server: PhotoServer, tmp_path: Path) -> None:
        url = server.serve("/a.jpg", sends(photo(1)))
        run(tmp_path, listed(url))
        (row,) = read_photo_table(tmp_path)
        (tmp_path / row.file).unlink()
        with opened_folder(tmp_path) as opened:
            opened.keep(url, photo(1))
        result = run(tmp_path, listed(url))
        assert (result.fetched, result.there) == (0, 1)
        assert (tmp_path / row.file).read_bytes() == photo(1)

    def test_a_line_that_was_cut_off_is_forgotten(self, server: PhotoServer, tmp_path: Path) -> None:
        first, second = (server.serve(f"/{number}.jpg", sends(photo(number))) for number in (1, 2))
        run(tmp_path, listed(first), listed(second))
        table = tmp_path / "photos.jsonl"
        table.write_bytes(table.read_bytes()[:-40])
        assert [row.url for row in read_photo_table(tmp_path)] == [first]
        result = run(tmp_path, listed(first), listed(second))
        assert (result.fetched, result.there) == (1, 1)
        assert [row.url for row in read_photo_table(tmp_path)] == [first, second]

    def test_a_lost_file_is_fetched_again(self, server: PhotoServer, tmp_path: Path) -> None:
        url = server.serve("/a.jpg", sends(photo(1)))
        run(tmp_path, listed(url))
        (row,) = read_photo_table(tmp_path)
        (tmp_path / row.file).unlink()
        assert run(tmp_path, listed(url)).fetched == 1
        assert len(read_photo_table(tmp_path)) == 1

    def test_a_killed_process_loses_nothing_that_it_had(self, server: PhotoServer, tmp_path: Path) -> None:
        rows = [{"url": server.serve(f"/{n}.jpg", sends(photo(n))), "licence": "CC0"} for n in range(12)]
        listing = tmp_path / "listing.json"
        listing.write_text(json.dumps(rows), encoding="utf-8")
        arguments = ["collect", str(listing), "--to", str(tmp_path / "c"), "--rate", "10", "--allow-private", "--json"]
        command = [sys.executable, "-m", "coachwork.cli.main", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        deadline = time.monotonic() + 60
        while len(server.requests) < 5 and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
        before = len(server.requests)
        assert 5 <= before < 12
        there = len(read_photo_table(tmp_path / "c"))
        assert there >= before - 1  # the one in flight
        after = subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603
        summary = json.loads(after.stdout)
        assert summary["there"] + summary["fetched"] == 12
        assert len(server.requests) <= 13
        table = read_photo_table(tmp_path / "c")
        assert sorted(row.url for row in table) == sorted(row["url"] for row in rows)
        for row in table:
            assert hashlib.sha256((tmp_path / "c" / row.file).read_bytes()).hexdigest() == row.sha256


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with opened_folder(tmp_path), pytest.raises(CollectionError, match="another run"), opened_folder(tmp_path):
        pass


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CollectionError, match="choose another folder"), opened_folder(tmp_path / "file" / "c"):
        pass


def test_a_table_that_somebody_broke_is_told(tmp_path: Path) -> None:
    (tmp_path / "photos.jsonl").write_text('{"url": 1}\n{"url": 2}\n')
    with pytest.raises(CollectionError, match="line 1 is broken"), opened_folder(tmp_path):
        pass
