"""Number plates drawn at random and put onto photos: EU, Turkish, Indian, British and American ones in spirit.

They are no copies of real plates: fonts are those of the machine, numbers are random. What they teach is that dark
characters in a row on a light, framed rectangle are a plate, under any angle, light and blur.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Callable

Pixels = NDArray[np.uint8]
Quad = NDArray[np.float64]
"""(4, 2) corners in pixels: upper left, upper right, lower right, lower left of the plate as it is read."""

_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("C:/Windows/Fonts"))
_WANTED = ("bold", "condensed", "narrow", "mono")
_UNWANTED = ("oblique", "italic", "math")
_LETTERS, _DIGITS = "ABCDEFGHJKLMNPRSTUVYZ", "0123456789"
_HEIGHT = 110


def paste_plate(photo: Pixels, rng: np.random.Generator) -> tuple[Pixels, Quad]:
    """A copy of the photo with a drawn plate somewhere on it, and the plate's corners.

    Args:
        photo: (h, w, 3) uint8 RGB.
        rng: where size, angle, light and blur come from.
    """
    height, width = photo.shape[:2]
    plate = draw_plate(rng)
    quad = _placed(plate.shape[1] / plate.shape[0], width, height, rng)
    source = np.array([[0, 0], [plate.shape[1], 0], [plate.shape[1], plate.shape[0]], [0, plate.shape[0]]])
    shrunk = min(1.0, 1.5 * float(np.ptp(quad[:, 0])) / plate.shape[1])
    small = cv2.resize(plate, None, fx=max(shrunk, 0.05), fy=max(shrunk, 0.05), interpolation=cv2.INTER_AREA)
    scaled = source * [small.shape[1] / plate.shape[1], small.shape[0] / plate.shape[0]]
    turn = cv2.getPerspectiveTransform(scaled.astype(np.float32), quad.astype(np.float32))
    drawn = np.asarray(
        cv2.warpPerspective(small, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )
    cover = np.zeros((height, width), dtype=np.float32)
    cv2.fillPoly(cover, [np.round(quad * 16).astype(np.int32)], 1.0, lineType=cv2.LINE_AA, shift=4)
    shown, cover = _seen(drawn, cover, photo, quad, rng)
    mixed = photo * (1 - cover[..., None]) + shown * cover[..., None]
    return np.clip(mixed, 0, 255).astype(np.uint8), quad


def draw_plate(rng: np.random.Generator) -> Pixels:
    """A plate seen from straight ahead, (110 or 220, w, 3) uint8 RGB."""
    return draw_number(_number(rng), rng)


def draw_line(rng: np.random.Generator) -> tuple[Pixels, str]:
    """A plate, or one line of one, seen from straight ahead, (110, w, 3) uint8 RGB; and its text without spaces."""
    line = str(rng.choice(_number(rng)))
    return draw_number([line], rng), line.replace(" ", "").replace("-", "")


def draw_number(lines: list[str], rng: np.random.Generator) -> Pixels:
    """A plate with these lines, seen from straight ahead, (110 a line, w, 3) uint8 RGB."""
    paper, ink = _colours(rng)
    width = int(rng.uniform(2.6, 5.2) * _HEIGHT) if len(lines) == 1 else int(rng.uniform(2.4, 3.4) * _HEIGHT)
    height = _HEIGHT * len(lines)
    picture = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(picture)
    band = int(width * 0.09) if rng.random() < 0.55 else 0
    for row, text in enumerate(lines):
        font = _font(rng)
        room = (width - band - 16, _HEIGHT - int(rng.uniform(14, 40)))
        tile = _text(text, font, ink, paper, room)
        place = (band + (width - band - tile.width) // 2, row * _HEIGHT + (_HEIGHT - tile.height) // 2)
        picture.paste(tile, place)
    if band:
        draw.rectangle((0, 0, band, height), fill=(20, 60, int(rng.uniform(120, 190))))
    if rng.random() < 0.7:
        edge = ink if rng.random() < 0.7 else (128, 128, 128)
        draw.rectangle((0, 0, width - 1, height - 1), outline=edge, width=int(rng.uniform(2, 7)))
    return np.asarray(picture, dtype=np.uint8)


def _number(rng: np.random.Generator) -> list[str]:
    def some(kinds: str, least: int, most: int) -> str:
        return "".join(rng.choice(list(kinds), int(rng.integers(least, most + 1))))

    letters, digits = _LETTERS, _DIGITS
    makers: list[Callable[[], list[str]]] = [
        lambda: [f"{some(digits, 2, 2)} {some(letters, 1, 3)} {some(digits, 2, 4)}"],
        lambda: [f"{some(letters, 2, 2)} {some(digits, 2, 2)} {some(letters, 1, 2)} {some(digits, 4, 4)}"],
        lambda: [f"{some(letters, 2, 2)}{some(digits, 2, 2)}", f"{some(letters, 1, 2)} {some(digits, 4, 4)}"],
        lambda: [f"{some(letters, 2, 2)}{some(digits, 2, 2)} {some(letters, 3, 3)}"],
        lambda: [f"{some(letters, 1, 3)}-{some(letters, 1, 2)} {some(digits, 2, 4)}"],
        lambda: [f"{some(letters + digits, 3, 4)} {some(digits, 3, 4)}"],
    ]
    return makers[int(rng.choice(len(makers), p=[0.35, 0.25, 0.08, 0.1, 0.12, 0.1]))]()


def _colours(rng: np.random.Generator) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    papers = [(240, 240, 238), (225, 225, 215), (235, 195, 40), (30, 110, 60), (25, 25, 28), (200, 30, 30)]
    place = int(rng.choice(len(papers), p=[0.6, 0.2, 0.12, 0.03, 0.03, 0.02]))
    return papers[place], (20, 20, 24) if place < 3 else (238, 238, 238)


def _text(
    text: str,
    font: ImageFont.FreeTypeFont,
    ink: tuple[int, int, int],
    paper: tuple[int, int, int],
    room: tuple[int, int],
) -> Image.Image:
    left, top, right, bottom = font.getbbox(text)
    tile = Image.new("RGB", (max(int(right - left), 1), max(int(bottom - top), 1)), paper)
    ImageDraw.Draw(tile).text((-left, -top), text, fill=ink, font=font)
    wide = min(room[0], int(tile.width * room[1] / tile.height * 1.15))
    return tile.resize((max(wide, 8), room[1]), Image.Resampling.BILINEAR)


def _font(rng: np.random.Generator) -> ImageFont.FreeTypeFont:
    files = _fonts()
    if not files:
        message = "no fonts found to draw plates with: install some, such as Debian's fonts-dejavu and fonts-liberation"
        raise SystemExit(message)
    return ImageFont.truetype(str(files[int(rng.integers(len(files)))]), 90)


@lru_cache
def _fonts() -> list[Path]:
    files = sorted(file for folder in _FONT_FOLDERS if folder.is_dir() for file in folder.rglob("*.ttf"))
    names = [(file, file.stem.lower()) for file in files]
    return [f for f, n in names if any(w in n for w in _WANTED) and not any(u in n for u in _UNWANTED)]


def _placed(shape: float, width: int, height: int, rng: np.random.Generator) -> Quad:
    """Corners of a plate of a shape (width over height), turned in space and put where most of it is on the photo."""
    wide = max(width, height) * float(np.exp(rng.uniform(np.log(0.07), np.log(0.5))))
    yaw, pitch, roll = rng.uniform(-1.15, 1.15), rng.uniform(-0.45, 0.45), rng.normal(0, 0.16)
    flat = np.array([[-1, -1 / shape, 0], [1, -1 / shape, 0], [1, 1 / shape, 0], [-1, 1 / shape, 0]]) * wide / 2
    flat = flat @ _about(1, yaw).T @ _about(0, pitch).T @ _about(2, roll).T
    distance = wide * rng.uniform(2.5, 8)
    seen = flat[:, :2] * (distance / (distance + flat[:, 2:]))
    seen = seen * [1, rng.uniform(0.8, 1.35)]  # photos are often stretched to a square
    return np.asarray(seen + rng.uniform(0.05, 0.95, 2) * [width, height])


def _about(axis: int, angle: float) -> NDArray[np.float64]:
    matrix, (first, second) = np.eye(3), [place for place in range(3) if place != axis]
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix


def _seen(
    drawn: Pixels, cover: NDArray[np.float32], photo: Pixels, quad: Quad, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The plate in the photo's light, with shade, dirt, blur and noise."""
    height, width = cover.shape
    low = np.clip(quad.min(axis=0).astype(int) - 10, 0, [width - 1, height - 1])
    high = np.clip(quad.max(axis=0).astype(int) + 10, low + 1, [width, height])
    around = photo[low[1] : high[1], low[0] : high[0]].reshape(-1, 3).astype(np.float32)
    light = np.clip(np.percentile(around, 80) / 200, 0.25, 1.25) * rng.uniform(0.6, 1.25)
    tint = around.mean(axis=0) / max(float(around.mean()), 1)
    shown = drawn.astype(np.float32) * light * (0.75 + 0.25 * tint)
    slope = np.linspace(rng.uniform(0.7, 1.1), rng.uniform(0.7, 1.1), width, dtype=np.float32)[None, :, None]
    shown = shown * slope + rng.uniform(-12, 25)
    sigma = float(np.ptp(quad[:, 0])) * rng.uniform(0, 0.012) + rng.uniform(0.2, 0.9)
    shown = np.asarray(cv2.GaussianBlur(shown, (0, 0), sigma), dtype=np.float32)
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.5 + sigma / 2), dtype=np.float32)
    noise = rng.normal(0, rng.uniform(0, 7), shown.shape).astype(np.float32)
    return shown + noise, cover
