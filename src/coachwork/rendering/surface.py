"""The car's side as a sheet of texels: how far out it stands and what it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.rendering.noise import Field, smoothstep
from coachwork.rendering.outlines import Outline
from coachwork.rendering.scene import Point, Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a coat reflects.

    Attributes:
        colour: diffuse (or, for metal, mirror) reflectance.
        metal: share of light that is mirrored in the colour instead of scattered.
        coat: reflectance of the clear surface at right angles (0.04 plastic and clear coat, 0.6 chrome).
        rough: 0 for a sharp mirror, 1 for a matt one.
    """

    colour: Rgb
    metal: float = 0.0
    coat: float = 0.04
    rough: float = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class Surface:
    """A window onto the side, rows downwards, all arrays float32 of the same height and width.

    Attributes:
        left, top: x and y of the first texel's centre, m.
        texel: m per texel.
        x, y: (H, W) places, m.
        height: (H, W) z of the skin, m.
        colour: (H, W, 3) reflectance.
        metal, coat, rough: (H, W) see `Material`.
        light: (H, W) share of light that reaches the place (0 in a gap).
        body: (H, W) distance into the silhouette, m, negative outside.
        sheet: (H, W) 1 where painted sheet metal or plastic can be dented and scratched.
        glass, lamp, plastic: (H, W) 1 on windows, lamps, black plastic.
    """

    left: float
    top: float
    texel: float
    x: Field
    y: Field
    height: Field
    colour: Field
    metal: Field
    coat: Field
    rough: Field
    light: Field
    body: Field
    sheet: Field
    glass: Field
    lamp: Field
    plastic: Field

    def columns(self, x: Field) -> Field:
        """Texel columns of places x, m."""
        return np.asarray((x - np.float32(self.left)) / np.float32(self.texel), dtype=np.float32)

    def rows(self, y: Field) -> Field:
        """Texel rows of places y, m."""
        return np.asarray((np.float32(self.top) - y) / np.float32(self.texel), dtype=np.float32)

    def coat_with(self, share: Field, material: Material) -> None:
        """Covers the sheet with a material where `share` (H, W) is 1."""
        rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
        if rows.size == 0:
            return
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        some = np.asarray(share[part], dtype=np.float32)
        self.colour[part] += (np.array(material.colour, dtype=np.float32) - self.colour[part]) * some[..., None]
        for field, value in ((self.metal, material.metal), (self.coat, material.coat), (self.rough, material.rough)):
            field[part] += (np.float32(value) - field[part]) * some

    def around(self, points: Sequence[Point], margin: float) -> "Surface":
        """The part within `margin` m of the points' box; its arrays are views, so changes show in the whole."""
        rows, columns = self.span(points, margin)
        arrays = {name: getattr(self, name)[rows, columns] for name in _ARRAYS}
        left, top = self.left + columns.start * self.texel, self.top - rows.start * self.texel
        return Surface(left=left, top=top, texel=self.texel, **arrays)

    def span(self, points: Sequence[Point], margin: float) -> tuple[slice, slice]:
        """Rows and columns of the part that `around` gives; at least two texels each way."""
        places = np.array(points, dtype=np.float64)
        height, width = self.x.shape
        low, high = places.min(axis=0) - margin, places.max(axis=0) + margin
        first_column, last_column = ((x - self.left) / self.texel for x in (low[0], high[0]))
        first_row, last_row = ((self.top - y) / self.texel for y in (high[1], low[1]))
        return _clipped(first_row, last_row, height), _clipped(first_column, last_column, width)

    def within(self, outline: Outline) -> Field:
        """Signed distance (H, W), m, into a closed line, negative outside."""
        pixels = np.stack([(outline[:, 0] - self.left) / self.texel, (self.top - outline[:, 1]) / self.texel], axis=1)
        canvas = np.zeros(self.x.shape, dtype=np.uint8)
        cv2.fillPoly(canvas, [_fixed(pixels)], 1, shift=4)
        return self.distance(canvas.astype(np.bool_))

    def distance(self, inside: NDArray[np.bool_]) -> Field:
        """Signed distance (H, W), m, into a region, negative outside; evened out over a texel."""
        if not inside.any():
            return np.full(inside.shape, -10.0, dtype=np.float32)
        if inside.all():
            return np.full(inside.shape, 10.0, dtype=np.float32)
        one = inside.astype(np.uint8)
        inner = cv2.distanceTransform(one, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        outer = cv2.distanceTransform(1 - one, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        signed = np.where(inside, inner - 0.5, 0.5 - outer).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(signed, (0, 0), 1.6) * np.float32(self.texel), dtype=np.float32)

    def rounded(self, outline: Outline, radius: float) -> Field:
        """Like `within`, with corners rounded to `radius`, m."""
        return self.distance(self.within(outline) > radius) + np.float32(radius)

    def away_from(self, lines: Sequence[Outline]) -> Field:
        """Distance (H, W), m, from open lines (at most half a texel wrong)."""
        canvas = np.ones(self.x.shape, dtype=np.uint8)
        for line in lines:
            pixels = np.stack([(line[:, 0] - self.left) / self.texel, (self.top - line[:, 1]) / self.texel], axis=1)
            cv2.polylines(canvas, [_fixed(pixels)], isClosed=False, color=0, thickness=1, shift=4)
        if canvas.all():
            return np.full(canvas.shape, 10.0, dtype=np.float32)
        away = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(cv2.GaussianBlur(away, (0, 0), 0.7) * np.float32(self.texel), dtype=np.float32)

    def edge(self, signed: Field) -> Field:
        """Coverage (H, W) of a region from its signed distance, one texel soft."""
        return smoothstep(-0.6 * self.texel, 0.6 * self.texel, signed)

    def slopes(self) -> tuple[Field, Field]:
        """Change of z along x and along y (H, W), m per m."""
        down, right = np.gradient(self.height, np.float32(self.texel))
        return np.asarray(right, dtype=np.float32), np.asarray(-down, dtype=np.float32)


def _clipped(first: float, last: float, count: int) -> slice:
    start = min(max(int(first), 0), count - 2)
    return slice(start, max(start + 2, min(int(last) + 1, count)))


_ARRAYS = (
    "x", "y", "height", "colour", "metal", "coat", "rough", "light", "body", "sheet", "glass", "lamp", "plastic",
)  # fmt: skip


def _fixed(pixels: Outline) -> NDArray[np.int32]:
    """Pixel places as 28.4 fixed point, clipped to what OpenCV can draw."""
    return np.asarray(np.round(np.clip(pixels, -30000, 30000) * 16), dtype=np.int32)


def blank_surface(*, left: float, top: float, width: float, height: float, texel: float) -> Surface:
    """A bare flat sheet of the given extent in metres."""
    columns, rows = max(8, round(width / texel)), max(8, round(height / texel))
    x = left + np.arange(columns, dtype=np.float32) * np.float32(texel)
    y = top - np.arange(rows, dtype=np.float32) * np.float32(texel)
    shape = (rows, columns)

    def field(value: float) -> Field:
        return np.full(shape, value, dtype=np.float32)

    return Surface(
        left=left,
        top=top,
        texel=texel,
        x=np.broadcast_to(x[None, :], shape).copy(),
        y=np.broadcast_to(y[:, None], shape).copy(),
        height=field(0.85),
        colour=np.full((*shape, 3), 0.5, dtype=np.float32),
        metal=field(0),
        coat=field(0.04),
        rough=field(0),
        light=field(1),
        body=field(0),
        sheet=field(0),
        glass=field(0),
        lamp=field(0),
        plastic=field(0),
    )
