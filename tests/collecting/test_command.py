import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from coachwork.annotations.importing import ImportPlan, import_source
from coachwork.cli.collect import collect_command, user_agent
from coachwork.cli.main import run

from .photo_server import PhotoServer, photo, sends


@pytest.fixture
def listing(server: PhotoServer, tmp_path: Path) -> Path:
    """One photo to take, one that is not open, one that is gone."""
    path = tmp_path / "listing.csv"
    good, gone = server.serve("/a.jpg", sends(photo(1))), server.url + "/gone.jpg"
    path.write_text(f"url,licence,author\n{good},CC BY 4.0,Ada\n{good}?2,CC BY-NC 4.0,Ada\n{gone},CC0,\n")
    return path


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(collect_command, [*map(str, arguments), "--allow-private", "--rate", "50"])
    return result.exit_code, result.output


def test_a_run_says_what_came_and_what_did_not(listing: Path, tmp_path: Path) -> None:
    code, output = call(listing, "--to", tmp_path / "c")
    assert code == 1
    assert "1 photo fetched, 0 there already" in output
    assert "forbids commercial use" in output
    assert "line 4: the host answered 404" in output
    report = json.loads((tmp_path / "c" / "report.json").read_text())
    assert report["reasons"] == {"licence_refused": 1, "gone": 1}


def test_check_fetches_nothing(server: PhotoServer, listing: Path, tmp_path: Path) -> None:
    code, output = call(listing, "--to", tmp_path / "c", "--check")
    assert code == 0
    assert "2 photos would be fetched" in output
    assert not server.requests
    assert not (tmp_path / "c").exists()


def test_json_for_programs(listing: Path, tmp_path: Path) -> None:
    code, output = call(listing, "--to", tmp_path / "c", "--json")
    summary = json.loads(output)
    assert (code, summary["schema"], summary["fetched"]) == (1, "coachwork.collect/1", 1)
    assert [row["reason"] for row in summary["not_collected"]] == ["licence_refused", "gone"]


def test_without_leave_this_machine_is_not_asked(
    server: PhotoServer, listing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["collect", str(listing), "--to", str(tmp_path / "c"), "--rate", "50"]) == 1
    assert "an address of a private network" in " ".join(capsys.readouterr().out.split())
    assert not server.requests


def test_mistakes_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["collect", str(tmp_path / "none.csv"), "--to", str(tmp_path / "c")]) == 1
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err
    assert run(["collect", "http://127.0.0.1:9/list.csv", "--to", str(tmp_path / "c")]) == 1
    assert "private network: allow it" in capsys.readouterr().err


def test_hosts_are_told_who_asks() -> None:
    assert user_agent("ada@photos.example").endswith("(collects photos; ada@photos.example)")
    assert user_agent("").endswith("(collects photos)")
    for contact in ("Ada\r\nX: 1", "Ädä"):
        with pytest.raises(click.BadParameter):
            user_agent(contact)


def test_what_was_collected_is_imported_with_its_attribution(listing: Path, tmp_path: Path) -> None:
    call(listing, "--to", tmp_path / "c")
    report = import_source(ImportPlan(source=tmp_path / "c", to=tmp_path / "d", format="photos"))
    (sample,) = report.dataset.samples
    assert sample.attribution is not None
    assert (sample.attribution.licence, sample.attribution.author) == ("CC-BY-4.0", "Ada")
    assert sample.attribution.url.endswith("/a.jpg")
    assert not report.problems


def test_a_broken_table_is_told_and_the_photos_are_imported(listing: Path, tmp_path: Path) -> None:
    call(listing, "--to", tmp_path / "c")
    (tmp_path / "c" / "photos.jsonl").write_text("{}\n{}\n")
    report = import_source(ImportPlan(source=tmp_path / "c", to=tmp_path / "d", format="photos"))
    assert [problem.code for problem in report.problems] == ["file_unreadable"]
    assert report.dataset.samples[0].attribution is None


class TestListingAtAnAddress:
    def flickr_page(self, server: PhotoServer, page: int) -> dict[str, Any]:
        url = server.serve(f"/{page}.jpg", sends(photo(page)))
        item = {"id": str(page), "owner": "1@N01", "ownername": "Ada", "title": "", "license": "4", "url_o": url}
        return {"photos": {"page": page, "pages": 3, "total": "3", "photo": [item]}, "stat": "ok"}

    def test_all_pages_of_flickrs_answer_are_fetched(self, server: PhotoServer, tmp_path: Path) -> None:
        for page, path in ((1, "/rest/?key=secret&tags=dent"), (2, ""), (3, "")):
            body = json.dumps(self.flickr_page(server, page)).encode()
            path = path or f"/rest/?key=secret&tags=dent&page={page}"  # noqa: PLW2901
            busy = [sends(b"", status=429, Retry_After="0")] if page == 2 else []
            server.serve(path, *busy, sends(body, kind="application/json"))
        code, output = call(f"{server.url}/rest/?key=secret&tags=dent", "--to", tmp_path / "c")
        assert (code, "3 photos fetched" in output) == (0, True)
        written = b"".join(file.read_bytes() for file in (tmp_path / "c").rglob("*.json*"))
        assert b"secret" not in written

    def test_a_csv_at_an_address(self, server: PhotoServer, tmp_path: Path) -> None:
        url = server.serve("/a.jpg", sends(photo(1)))
        text = f"url,licence\n{url},CC0\n".encode()
        code, _ = call(server.serve("/list.csv", sends(text, kind="text/csv")), "--to", tmp_path / "c")
        assert code == 0

    def test_a_listing_that_is_not_there(
        self, server: PhotoServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ["--to", str(tmp_path / "c"), "--allow-private"]
        assert run(["collect", f"{server.url}/none?key=secret", *arguments]) == 1
        said = capsys.readouterr().err
        assert "the host answered 404" in said
        assert "secret" not in said
