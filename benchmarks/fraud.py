"""How often copies of real photos are known again, how often other photos are taken for copies, and how fast.

    python benchmarks/fraud.py [--photos DIR] [--sample N] [--kept N] [--show DIR]

Real photos (folder in COACHWORK_DATA) are put into a register, each as a claim of its own. Then copies of a sample are
looked up: recall is the share whose original is named as a copy. False matches are counted over all pairs of real
photos. Pairs that the whole-picture fingerprint takes for near-duplicates too are told apart (the sets hold the same
picture twice), and `--show` draws all of them, as nobody should believe a figure unseen. At last the register is filled
up with photos made of real points, and lookups are timed.
"""

import argparse
import json
import multiprocessing
import multiprocessing.pool
import os
import pickle
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.claims.copy_signals import FoundCopy, KeptPhoto
from coachwork.photos.fingerprint import NEAR_DUPLICATE_BITS, fingerprint, hamming, mirrored_fingerprint
from coachwork.photos.listing import list_photos
from coachwork.photos.point_codes import KEPT_POINTS, PointCodes, point_codes
from coachwork.photos.reading import read_photo
from coachwork.reports.fraud_page import side_by_side
from coachwork.storage.photo_register import PhotoRegister

RESULTS = Path(__file__).parent / "results" / "fraud.json"
QUERIES = 200
BOTH = 150
MADE = 10_000_000
IN_CROWD = ("10 % cut off one edge", "10 % off each edge (20 % of a side)", "mirrored, 5 % off each edge, half, q 60")

Pixels = NDArray[np.uint8]


def compressed(pixels: Pixels, quality: int) -> Pixels:
    """Through JPEG and back."""
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def shrunk(pixels: Pixels, scale: float) -> Pixels:
    """By one scale along both sides."""
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def cropped(pixels: Pixels, left: float, top: float, right: float, bottom: float) -> Pixels:
    """Without shares of the sides."""
    height, width = pixels.shape[:2]
    rows = slice(round(top * height), height - round(bottom * height))
    return np.ascontiguousarray(pixels[rows, round(left * width) : width - round(right * width)])


def mirrored(pixels: Pixels) -> Pixels:
    """Left to right."""
    return np.ascontiguousarray(pixels[:, ::-1])


def edge(pixels: Pixels) -> Pixels:
    """A tenth cut away at one edge, another one for each photo."""
    cuts = [0.0] * 4
    cuts[int(pixels.sum()) % 4] = 0.1
    return cropped(pixels, *cuts)


def each(pixels: Pixels, share: float) -> Pixels:
    """A share cut away at each edge."""
    return cropped(pixels, share, share, share, share)


def stamped(pixels: Pixels) -> Pixels:
    """With an orange block where cameras put the date."""
    copy = pixels.copy()
    height, width = copy.shape[:2]
    copy[round(height * 0.92) : round(height * 0.97), round(width * 0.7) : round(width * 0.97)] = (255, 160, 0)
    return copy


def screen(pixels: Pixels) -> Pixels:
    """As a screenshot of a phone held upright shows it: with bars above and below."""
    bar = np.full((pixels.shape[1] // 2, pixels.shape[1], 3), 20, dtype=np.uint8)
    return np.vstack([bar, pixels, bar])


COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "half size, quality 60": lambda p: compressed(shrunk(p, 0.5), 60),
    "quarter size, quality 50": lambda p: compressed(shrunk(p, 0.25), 50),
    "quality 30": lambda p: compressed(p, 30),
    "mirrored": mirrored,
    "10 % cut off one edge": edge,
    "5 % off each edge (10 % of a side)": lambda p: each(p, 0.05),
    "10 % off each edge (20 % of a side)": lambda p: each(p, 0.1),
    "mirrored, half size, quality 60": lambda p: compressed(shrunk(mirrored(p), 0.5), 60),
    "mirrored, 10 % off one edge": lambda p: edge(mirrored(p)),
    "mirrored, 10 % off each edge": lambda p: each(mirrored(p), 0.1),
    "10 % off one edge, half size, quality 60": lambda p: compressed(shrunk(edge(p), 0.5), 60),
    "10 % off each edge, half size, quality 60": lambda p: compressed(shrunk(each(p, 0.1), 0.5), 60),
    "mirrored, 5 % off each edge, half, q 60": lambda p: compressed(shrunk(each(mirrored(p), 0.05), 0.5), 60),
    "date stamp": stamped,
    "screenshot": screen,
    "30 % off one edge": lambda p: cropped(p, 0.3, 0, 0, 0),
}
ASKED = 13
"""The first so many are what a register must know again; the others are beyond that."""


def codes_of(path: Path) -> tuple[PointCodes, int]:
    """Codes and fingerprint of a photo's file."""
    cv2.setNumThreads(1)
    pixels = read_photo(path).pixels
    return point_codes(pixels), fingerprint(pixels)


def copies_of(path: Path) -> list[PointCodes]:
    """Codes of a photo's copies, in the order of `COPIES`."""
    cv2.setNumThreads(1)
    pixels = read_photo(path).pixels
    return [point_codes(copy(pixels)) for copy in COPIES.values()]


def main() -> None:
    """Measures, prints the table and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(os.environ.get("COACHWORK_DATA", "../shared/data")))
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--kept", type=int, default=1_000_000)
    parser.add_argument("--stage", choices=("all", "copies", "crowd"), default="all", help="what is measured anew")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--codes", type=Path, help="file to keep the photos' codes in between runs")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--show", type=Path, help="folder for pictures of misses and false matches")
    options = parser.parse_args()
    paths = [path for path in list_photos([options.photos]) if "masks" not in path.parts]
    sample = random.Random(options.seed).sample(range(len(paths)), min(options.sample, len(paths)))
    if options.codes and options.codes.exists():
        every, copies = pickle.loads(options.codes.read_bytes())  # noqa: S301 - written by this script
    else:
        with multiprocessing.Pool(options.processes) as pool:
            every = pool.map(codes_of, paths, chunksize=8)
            copies = dict(zip(sample, pool.map(copies_of, [paths[row] for row in sample], chunksize=4), strict=True))
        if options.codes:
            options.codes.write_bytes(pickle.dumps((every, copies)))
    codes = [one for one, _ in every]
    result: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    result |= {"photos": len(paths), "sample": len(sample)}
    with tempfile.TemporaryDirectory(dir=RESULTS.parent) as folder, PhotoRegister(Path(folder), make=True) as register:
        register.add(kept_photo(row, one, paths[row]) for row, one in enumerate(codes))
        if options.stage != "crowd":
            with multiprocessing.Pool(options.processes, opened, (Path(folder),)) as pool:
                result["recall"] = recall(pool, copies, paths, options.show)
                prints = [print_ for _, print_ in every]
                result["false"] = false_matches(pool, codes, prints, paths, options.show)
            result["both_copies"] = both_copies(copies)
        if options.stage != "copies":
            result["crowd"] = crowd(register, codes, copies, options.kept, Path(folder))
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print_table(result)


_OPENED: list[PhotoRegister] = []


def opened(folder: Path) -> None:
    """Opens the register in a worker."""
    cv2.setNumThreads(1)
    _OPENED.append(PhotoRegister(folder))


def found_by(codes: PointCodes) -> tuple[FoundCopy, ...]:
    """What a worker's register finds."""
    return tuple(one for one in _OPENED[0].find(codes) if one.copy.is_copy or one.copy.is_scene)


def kept_photo(row: int, codes: PointCodes, path: Path) -> KeptPhoto:
    """A photo as a claim of its own."""
    return KeptPhoto(claim=str(row), name=path.name, file=str(path), sha256=f"{row:064x}", codes=codes)


def recall(
    pool: multiprocessing.pool.Pool, copies: dict[int, list[PointCodes]], paths: Sequence[Path], show: Path | None
) -> dict[str, float]:
    """Share of each kind of copy whose original is named as one."""
    shares: dict[str, float] = {}
    for place, name in enumerate(COPIES):
        found = pool.map(found_by, [ones[place] for ones in copies.values()], chunksize=8)
        missed = [
            row
            for row, ones in zip(copies, found, strict=True)
            if not any(one.photo.claim == str(row) and one.copy.is_copy for one in ones)
        ]
        shares[name] = round(1 - len(missed) / len(copies), 4)
        for row in missed:
            draw_miss(show, name, paths[row])
    return shares


def named(register: PhotoRegister, codes: PointCodes) -> dict[str, FoundCopy]:
    """The claims whose photo is taken for a copy."""
    return {one.photo.claim: one for one in register.find(codes) if one.copy.is_copy}


def both_copies(copies: dict[int, list[PointCodes]]) -> dict[str, float]:
    """Recall where the kept photo is a copy as well: sample photos cut at one edge, asked for by other copies."""
    names = list(COPIES)
    kept = names.index("10 % off one edge, half size, quality 60")
    copies = dict(list(copies.items())[:BOTH])
    with tempfile.TemporaryDirectory() as folder, PhotoRegister(Path(folder), make=True) as register:
        register.add(kept_photo(row, ones[kept], Path(str(row))) for row, ones in copies.items())
        return {
            name: round(sum(str(row) in named(register, ones[place]) for row, ones in copies.items()) / len(copies), 4)
            for place, name in enumerate(names[:ASKED])
            if place != kept
        }


def false_matches(
    pool: multiprocessing.pool.Pool,
    codes: Sequence[PointCodes],
    prints: Sequence[int],
    paths: Sequence[Path],
    show: Path | None,
) -> dict[str, Any]:
    """Pairs of real photos taken for copies, and for the same scene."""
    copied: dict[tuple[int, int], FoundCopy] = {}
    scenes: set[tuple[int, int]] = set()
    for row, ones in enumerate(pool.imap(found_by, codes, chunksize=16)):
        for found in ones:
            other = int(found.photo.claim)
            pair = min(row, other), max(row, other)
            if other != row and found.copy.is_copy:
                copied.setdefault(pair, found)
                draw_pair(show, paths, row, found)
            elif other != row and found.copy.is_scene:
                scenes.add(pair)
    near = {pair for pair in copied if near_duplicates(prints[pair[0]], prints[pair[1]])}
    pairs = len(codes) * (len(codes) - 1) // 2
    return {
        "pairs": pairs,
        "copies": len(copied),
        "near_duplicates_by_fingerprint": len(near),
        "other_copies": sorted([paths[a].name, paths[b].name] for a, b in set(copied) - near),
        "others_in_10000": round((len(copied) - len(near)) / pairs * 1e4, 5),
        "scenes": len(scenes - set(copied)),
    }


def near_duplicates(first: int, second: int) -> bool:
    """Whether whole-picture fingerprints say so, mirrored or not."""
    return min(hamming(first, second), hamming(first, mirrored_fingerprint(second))) <= NEAR_DUPLICATE_BITS


def crowd(
    register: PhotoRegister,
    codes: Sequence[PointCodes],
    copies: dict[int, list[PointCodes]],
    count: int,
    folder: Path,
) -> dict[str, Any]:
    """Times among many photos: made of real points, drawn at random, with one bit in twelve turned."""
    started = time.perf_counter()
    register.add(one for batch in made_photos(codes, count - len(codes)) for one in batch)
    filled = time.perf_counter() - started
    started = time.perf_counter()
    register.add([kept_photo(count + 1, codes[0], Path("last"))])
    append_ms = (time.perf_counter() - started) * 1e3
    places = [list(COPIES).index(name) for name in IN_CROWD]
    rows = list(copies)[:QUERIES]
    asked = [copies[row][places[row % len(places)]] for row in rows]
    for one in asked:
        register.candidates(one)
    lookups, whole = [], []
    for one in asked:
        at = time.perf_counter()
        register.candidates(one)
        lookups.append((time.perf_counter() - at) * 1e3)
        at = time.perf_counter()
        register.find(one)
        whole.append((time.perf_counter() - at) * 1e3)
    return {
        "photos": len(register),
        "fill_s": round(filled, 1),
        "append_ms": round(append_ms, 2),
        "lookup_ms": spread(lookups),
        "lookup_and_compare_ms": spread(whole),
        "disk_mb": round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20),
        "tables_mb": round(sum(file.stat().st_size for file in folder.rglob("*.npy")) / 2**20),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10,
        "recall": {
            name: round(sum(str(row) in named(register, copies[row][place]) for row in rows) / len(rows), 4)
            for place, name in zip(places, IN_CROWD, strict=True)
        },
        "made_photos_named": sum(int(claim) >= MADE for row in rows for claim in named(register, codes[row])),
    }


def made_photos(codes: Sequence[PointCodes], count: int) -> Iterator[list[KeptPhoto]]:
    """Photos that nobody took, in batches."""
    pool = np.concatenate([one.codes for one in codes])
    rng = np.random.default_rng(0)
    size, made = 5000, 0
    while made < count:
        taken = min(size, count - made)
        drawn = pool[rng.integers(0, len(pool), (taken, KEPT_POINTS))]
        turned = np.full(drawn.shape, np.uint64(2**64 - 1))
        for _ in range(3):
            turned &= rng.integers(0, 2**64, drawn.shape, dtype=np.uint64)
        turned &= rng.integers(0, 2**64, drawn.shape, dtype=np.uint64) | rng.integers(0, 2**64, drawn.shape, np.uint64)
        drawn ^= turned  # one bit in 8 * 4/3
        places = rng.integers(0, 65536, (taken, KEPT_POINTS, 2), dtype=np.uint16)
        yield [
            kept_photo(
                MADE + made + row,
                PointCodes(
                    places=places[row],
                    codes=drawn[row],
                    turned=np.zeros(KEPT_POINTS, dtype=np.bool_),
                    doubtful=codes[0].doubtful,
                    thumbnail=codes[(made + row) % len(codes)].thumbnail,
                ),
                Path("made"),
            )
            for row in range(taken)
        ]
        made += taken


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, nineteen in twenty, and the longest."""
    return {
        "median": round(float(np.median(values)), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
        "max": round(float(max(values)), 2),
    }


def draw_pair(folder: Path | None, paths: Sequence[Path], row: int, found: FoundCopy) -> None:
    """Keeps a picture of two photos that were taken for copies."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    drawn = side_by_side(read_photo(paths[row]).pixels, read_photo(Path(found.photo.file)).pixels, found)
    name = f"match-{min(row, int(found.photo.claim))}-{max(row, int(found.photo.claim))}.jpg"
    cv2.imwrite(str(folder / name), drawn[:, :, ::-1])


def draw_miss(folder: Path | None, name: str, path: Path) -> None:
    """Keeps a picture of a photo whose copy was not known again."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"miss-{name.replace(' ', '_')}-{path.stem}.jpg"), read_photo(path).pixels[:, :, ::-1])


def print_table(result: dict[str, Any]) -> None:
    """What a person wants to see of it."""
    print(f"{result['sample']} of {result['photos']} photos copied; originals kept in a register of all")
    crowd_, both_ = result.get("crowd"), result.get("both_copies", {})
    print(
        f"  {'copy':44s}{'known again':>12s}{'if the kept one is a copy too':>32s}"
        + ("  in the crowd" if crowd_ else "")
    )
    for name, share in result.get("recall", {}).items():
        both = both_.get(name)
        more = f"{crowd_['recall'][name]:14.1%}" if crowd_ and name in crowd_["recall"] else ""
        print(f"  {name:44s}{share:12.1%}{'' if both is None else format(both, '.1%'):>32s}{more}")
    false = result.get("false")
    if false:
        print_false(false)
    if crowd_:
        print(json.dumps({key: value for key, value in crowd_.items() if key != "recall"}, indent=1))


def print_false(false: dict[str, Any]) -> None:
    """The line on false matches."""
    print(
        f"of {false['pairs']:,} pairs of real photos {false['copies']} are taken for copies, "
        f"{false['near_duplicates_by_fingerprint']} of them by the whole-picture fingerprint as well; "
        f"the others are {false['others_in_10000']} in 10,000. {false['scenes']} pairs are taken for one scene."
    )


if __name__ == "__main__":
    main()
