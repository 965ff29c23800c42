"""From a scene to a photo with exact masks.

The car's side is a height field. It is built as texels over the window that the camera can see, damages included; every
ray finds it by fixed-point iteration, and the normals of the height field bend the reflection of the surroundings. So a
dent needs no painting: it shows in what the paint mirrors, as on a real car.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.rendering.bodywork import shape_bodywork
from coachwork.rendering.damages import TYPES, inflict
from coachwork.rendering.noise import Field, lookup, mix, noise_at, smoothstep, tile
from coachwork.rendering.optics import Rays, cast_rays, develop, focus, shift_colours
from coachwork.rendering.scene import Damage, Scene
from coachwork.rendering.surface import Surface, blank_surface
from coachwork.rendering.surroundings import Lighting, light_up

SUPERSAMPLING = 2
SMALLEST_SHAPE_PX = 12
"""A damage that covers fewer pixels of the photo is not reported as a shape."""
_SKIN = 0.85
_STEPS = 12
_BRIGHTEST = np.float32(12)
_BAND = 32 * SUPERSAMPLING
_WALL_Z, _WALL_HEIGHT = -2.4, 2.5
_UP = np.array([0, 1, 0], dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RenderedPhoto:
    """A photo and the truth about it.

    Attributes:
        pixels: (H, W, 3) uint8 sRGB.
        shapes: visible damages with their exact masks, in the order of the scene's damages.
        numbers: of each shape its damage's place in the scene, from 0.
    """

    pixels: NDArray[np.uint8]
    shapes: tuple[DamageShape, ...]
    numbers: tuple[int, ...]

    @property
    def size(self) -> Size:
        """Size of the photo."""
        return Size(height=self.pixels.shape[0], width=self.pixels.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Hits:
    """Where rays meet the skin: place (H, W, 3), texel columns and rows, and coverage (H, W) of the body."""

    place: Field
    column: Field
    row: Field
    covered: Field


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Skin:
    """A finished surface, packed for lookups: smoothed height, slopes, colour, and (metal, coat, rough, light)."""

    surface: Surface
    height: Field
    slopes: Field
    traits: Field
    sparkle: Field

    @classmethod
    def of(cls, surface: Surface, seed: int) -> "_Skin":
        return cls(
            surface=surface,
            height=np.asarray(cv2.GaussianBlur(surface.height, (0, 0), 1.0), dtype=np.float32),
            slopes=np.stack(surface.slopes(), axis=-1),
            traits=np.stack([surface.metal, surface.coat, surface.rough, surface.light], axis=-1),
            sparkle=tile(seed + 95, octaves=2, coarsest=256),
        )


def render(scene: Scene) -> RenderedPhoto:
    """Renders a scene; the same scene gives the same pixels and masks."""
    fine = Size(height=scene.size.height * SUPERSAMPLING, width=scene.size.width * SUPERSAMPLING)
    rays = cast_rays(scene.camera, fine)
    surface = _window(scene, rays)
    shape_bodywork(surface, scene.bodywork, scene.paint, seed=scene.seed)
    touched = [inflict(surface, damage) for damage in scene.damages]
    lighting = light_up(scene.surroundings)
    light, distance, shares = _expose(scene, surface, lighting, rays, touched)
    focused = focus(light, distance, scene.camera)
    pixels = shift_colours(develop(focused, scene.camera, seed=scene.seed, illuminant=lighting.daylight), 1.0)
    masks = [_mask(share, mirrored=scene.camera.mirrored) for share in shares]
    if scene.camera.mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    numbers = tuple(number for number, mask in enumerate(masks) if mask.area >= SMALLEST_SHAPE_PX)
    shapes = tuple(_shape(scene.damages[number], masks[number]) for number in numbers)
    return RenderedPhoto(pixels=pixels, shapes=shapes, numbers=numbers)


def _shape(damage: Damage, mask: Mask) -> DamageShape:
    kind = TYPES[type(damage)]
    return DamageShape(type=kind, box=mask.box, rle=mask, label=kind.value)


def _window(scene: Scene, rays: Rays) -> Surface:
    """A blank surface over the part of the side in view, about one texel per pixel of the photo."""
    directions = rays.directions
    rim = np.concatenate([directions[0], directions[-1], directions[:, 0], directions[:, -1]])
    depth = rays.origin[2] - _SKIN
    towards = np.minimum(rim[:, 2], -0.15)
    x, y = (rays.origin[axis] + rim[:, axis] * depth / -towards for axis in (0, 1))
    left, right = max(-0.15, float(x.min()) - 0.25), min(4.35, float(x.max()) + 0.25)
    bottom, top = max(-0.02, float(y.min()) - 0.15), min(1.60, float(y.max()) + 0.15)
    across = 2 * depth * np.tan(np.radians(scene.camera.field_of_view) / 2)
    texel = float(np.clip(0.8 * across / scene.size.width, 0.0003, 0.006))
    return blank_surface(left=left, top=top, width=max(right - left, 0.1), height=max(top - bottom, 0.1), texel=texel)


def _meet(skin: _Skin, rays: Rays) -> _Hits:
    """Follows the rays to the skin by damped fixed-point iteration on the depth."""
    surface = skin.surface
    pace = rays.directions / np.maximum(-rays.directions[..., 2:], np.float32(0.08))
    depth = np.full(pace.shape[:2], rays.origin[2] - _SKIN, dtype=np.float32)
    for _ in range(_STEPS):
        column = surface.columns(np.asarray(rays.origin[0] + pace[..., 0] * depth, dtype=np.float32))
        row = surface.rows(np.asarray(rays.origin[1] + pace[..., 1] * depth, dtype=np.float32))
        depth += np.float32(0.75) * (rays.origin[2] - lookup(skin.height, column, row) - depth)
    place = np.asarray(rays.origin + pace * depth[..., None], dtype=np.float32)
    column, row = surface.columns(place[..., 0]), surface.rows(place[..., 1])
    height, width = surface.x.shape
    framed = (column > -1) & (column < width) & (row > -1) & (row < height) & (rays.directions[..., 2] < -0.08)
    inside = lookup(surface.body, column, row)
    covered = smoothstep(-0.5 * surface.texel, 0.5 * surface.texel, inside) * framed
    return _Hits(place=place, column=column, row=row, covered=np.asarray(covered, dtype=np.float32))


def _look(skin: _Skin, lighting: Lighting, rays: Rays, hits: _Hits) -> tuple[Field, Field]:
    """Light (H, W, 3) and distance (H, W), m, along every ray."""
    behind, far = _background(lighting, rays)
    paint = _shade(skin, lighting, rays, hits)
    near = np.linalg.norm(hits.place - rays.origin, axis=-1).astype(np.float32)
    return mix(behind, paint, hits.covered), mix(far, near, hits.covered)


def _background(lighting: Lighting, rays: Rays) -> tuple[Field, Field]:
    """Ground and dome seen past the car."""
    down = np.minimum(rays.directions[..., 1], np.float32(-1e-3))
    reach = rays.origin[1] / -down
    x = np.clip(rays.origin[0] + rays.directions[..., 0] * reach, -200, 200).astype(np.float32)
    z = np.clip(rays.origin[2] + rays.directions[..., 2] * reach, -200, 200).astype(np.float32)
    haze = smoothstep(12.0, 40.0, reach.astype(np.float32))
    ground = mix(lighting.ground_light(x, z), 0.5 * lighting.seen(rays.directions), haze)
    low = smoothstep(0.0, -0.002, rays.directions[..., 1])
    light = mix(lighting.seen(rays.directions), ground, low)
    distance = mix(np.full_like(low, 30.0), np.minimum(reach, 30).astype(np.float32), low)
    if lighting.wall:
        away = (rays.origin[2] - _WALL_Z) / np.maximum(-rays.directions[..., 2], np.float32(0.05))
        x, y = (np.asarray(rays.origin[axis] + rays.directions[..., axis] * away, dtype=np.float32) for axis in (0, 1))
        share = smoothstep(-0.005, 0.005, y) * smoothstep(_WALL_HEIGHT + 0.01, _WALL_HEIGHT, y) * (away < 40)
        light = mix(light, lighting.wall_light(x, y), share.astype(np.float32))
        distance = mix(distance, away.astype(np.float32), share.astype(np.float32))
    return light, distance


def _shade(skin: _Skin, lighting: Lighting, rays: Rays, hits: _Hits) -> Field:
    """Light (H, W, 3) that leaves the skin towards the camera: base coat under a clear coat."""
    slopes = lookup(skin.slopes, hits.column, hits.row)
    normal = np.concatenate([-slopes, np.ones_like(slopes[..., :1])], axis=-1)
    normal /= np.sqrt(1 + (slopes * slopes).sum(axis=-1, keepdims=True))
    facing = np.clip(-(normal * rays.directions).sum(axis=-1), 0.02, 1).astype(np.float32)
    mirrored = rays.directions + 2 * facing[..., None] * normal
    colour = lookup(skin.surface.colour, hits.column, hits.row)
    traits = lookup(skin.traits, hits.column, hits.row)
    metal, coat, rough, lit = (np.ascontiguousarray(traits[..., channel]) for channel in range(4))
    fresnel = coat + (1 - coat) * (1 - facing) ** 5 * (1 - 0.85 * rough)
    sparkle = noise_at(skin.sparkle, hits.place[..., 0], hits.place[..., 1], period=0.4)
    gloss = lighting.small(lighting.glossy, mirrored)
    flake = gloss * (0.35 + 0.75 * facing[..., None] ** 2) * (1 + np.float32(0.05) * sparkle[..., None])
    scattered = lighting.small(lighting.diffuse, normal)
    base = colour * mix(scattered, flake.astype(np.float32), metal)
    sharp = _reflect(lighting, hits.place, mirrored.astype(np.float32))
    shine = mix(sharp, gloss, rough)
    shaded = _sheltered(hits.place, normal)
    light = base * (shaded * (1 - fresnel))[..., None] + shine * fresnel[..., None]
    return np.asarray(light * lit[..., None], dtype=np.float32)


def _sheltered(place: Field, normal: Field) -> Field:
    """Share (H, W) of scattered light left near the ground, where the car shades what it would get light from."""
    low = smoothstep(0.75, 0.05, place[..., 1])
    downward = np.clip(0.5 - normal[..., 1], 0, 1)
    return np.asarray(1 - 0.75 * low * downward, dtype=np.float32)


def _reflect(lighting: Lighting, place: Field, direction: Field) -> Field:
    """Radiance (H, W, 3) that a sharp mirror at `place` shows along `direction`: the dome above, the ground below."""
    down = np.minimum(direction[..., 1], np.float32(-1e-3))
    reach = np.minimum(place[..., 1] / -down, 60).astype(np.float32)
    x = place[..., 0] + direction[..., 0] * reach
    z = place[..., 2] + direction[..., 2] * reach
    ground = mix(lighting.ground_light(x, z), 0.5 * lighting.seen(direction), smoothstep(15.0, 50.0, reach))
    return mix(lighting.seen(direction), ground, smoothstep(0.004, -0.004, direction[..., 1]))


def _expose(
    scene: Scene, surface: Surface, lighting: Lighting, rays: Rays, touched: list[Field]
) -> tuple[Field, Field, list[Field]]:
    """Light, distance and the damages' coverage per pixel of the photo, traced in bands of rows that fit the caches."""
    skin = _Skin.of(surface, scene.seed)
    lights, distances = [], []
    shares: list[list[Field]] = [[] for _ in touched]
    for start in range(0, rays.directions.shape[0], _BAND):
        band = Rays(origin=rays.origin, directions=rays.directions[start : start + _BAND])
        hits = _meet(skin, band)
        light, distance = _look(skin, lighting, band, hits)
        lights.append(_shrunk(np.clip(light, 0, _BRIGHTEST)))  # grain may take dark ground below 0
        distances.append(_shrunk(distance))
        for bands, cover in zip(shares, touched, strict=True):
            bands.append(_shrunk(lookup(cover, hits.column, hits.row) * hits.covered))
    whole = [np.concatenate(bands) for bands in shares]
    return np.concatenate(lights), np.concatenate(distances), whole


def _shrunk(picture: Field) -> Field:
    """Means over the samples of each pixel."""
    height, width = picture.shape[:2]
    extent = (width // SUPERSAMPLING, height // SUPERSAMPLING)
    return np.asarray(cv2.resize(picture, extent, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _mask(share: Field, *, mirrored: bool) -> Mask:
    """Pixels of the photo of which at least half show the damage."""
    full = share >= 0.5
    return Mask.from_full(np.ascontiguousarray(full[:, ::-1] if mirrored else full))
