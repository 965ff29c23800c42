from pathlib import Path

import pytest

from coachwork.annotations.text_files import TextFileError, read_text_file


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    assert read_text_file(tmp_path / "a.txt", most_bytes=1) == ""


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfBeule gro\xc3\x9f\r\n")
    assert read_text_file(tmp_path / "a.txt", most_bytes=100) == "Beule groß\r\n"


def test_a_file_may_be_as_large_as_allowed_and_no_larger(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a" * 2048)
    assert len(read_text_file(tmp_path / "a.txt", most_bytes=2048)) == 2048
    with pytest.raises(TextFileError, match=r"^is larger than 1 KiB$"):
        read_text_file(tmp_path / "a.txt", most_bytes=2047)


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(TextFileError, match=r"^is larger than 1 MiB$"):
        read_text_file(Path("/dev/zero"), most_bytes=2**20)


@pytest.mark.parametrize("content", [b"\xff\xfea\x00", "größe".encode("latin-1")])
def test_other_encodings_are_told_with_the_byte(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(TextFileError, match=r"^is not UTF-8 text \(byte \d\)$"):
        read_text_file(tmp_path / "a.txt", most_bytes=100)


@pytest.mark.parametrize("name", ["gone.txt", ".", "a\0b", "a" * 300])
def test_what_cannot_be_opened_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(TextFileError, match=r"\w"):
        read_text_file(tmp_path / name, most_bytes=100)
