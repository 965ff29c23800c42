"""Measures finding and reading together: `python -m scripts.plate_reading.measure SETS LABELS TEXTS [--bundle DIR]`.

TEXTS tells of each labelled plate what a person reads there, one JSON object a line with photo, plate (its place in
LABELS) and text, null where nobody could tell. Prints how many are read, and how surely and how often pairs of photos
are told apart.
"""

import argparse
import json
from itertools import combinations
from pathlib import Path

from coachwork.inference.plate_reader import PlateReader
from coachwork.inference.reading_plates import MainPlates
from coachwork.inspections.number_plates import PlateReading, are_two_plates, is_told
from coachwork.photos.reading import read_photo
from scripts.plates.labels import read_labels


def main() -> None:
    """Parses the command line and measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--bundle", type=Path)
    given = parser.parse_args()
    told = [json.loads(line) for line in given.texts.read_text(encoding="utf-8").splitlines()]
    quads = {one.photo: one.plates for one in read_labels(given.labels)}
    reader, main_plates = PlateReader(given.bundle), MainPlates()
    exact = near = legible = sure = sure_right = 0
    found: list[tuple[PlateReading, str]] = []
    for one in told:
        photo = read_photo(given.sets / one["photo"])
        if one["text"]:
            reading = reader.read(photo.pixels, quads[one["photo"]][one["plate"]])
            text = "" if reading is None else reading.text
            legible += 1
            exact += text == one["text"]
            near += not are_two_plates(text, one["text"]) and len(text) >= len(one["text"]) - 1
            if reading is not None and is_told(PlateReading(name="", text=text, sureness=reading.sureness)):
                sure += 1
                sure_right += text == one["text"]
            print(one["text"], text, "" if reading is None else f"{reading.sureness:.2f}")
            found += [(read, one["text"]) for read in main_plates.of(one["photo"], photo)]
    print(f"{legible} legible plates: {exact} read exactly, {near} but for one character or so")
    print(f"{sure} read surely, {sure_right} of them exactly")
    _pairs(found)


def _pairs(found: list[tuple[PlateReading, str]]) -> None:
    """Prints how pairs of photos are told apart, each photo's plate found and read by the models alone."""
    sure = [(read, text) for read, text in found if is_told(read)]
    same = [are_two_plates(a.text, b.text) for (a, one), (b, two) in combinations(sure, 2) if one == two]
    other = [
        are_two_plates(a.text, b.text)
        for (a, one), (b, two) in combinations(sure, 2)
        if are_two_plates(one, two)  # parts of one plate are no two plates to a person either
    ]
    print(f"{len(sure)} of {len(found)} main plates are sure; {len(same)} pairs of one plate: {sum(same)} told as two")
    print(f"{len(other)} pairs of two plates: {sum(other)} told as two")


if __name__ == "__main__":
    main()
