"""The camera: rays, and what lens, sensor and processing make of the light."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.rendering.noise import Field, lookup, mix, smoothstep
from coachwork.rendering.scene import Camera


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rays:
    """One ray per pixel: `origin` (3,) in m, `directions` (H, W, 3) float32 unit vectors."""

    origin: NDArray[np.float32]
    directions: Field


def cast_rays(camera: Camera, size: Size) -> Rays:
    """Rays through the pixels' centres of a pinhole camera."""
    position, target = np.array(camera.position), np.array(camera.target)
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    roll = np.radians(camera.roll)
    right, up = np.cos(roll) * right + np.sin(roll) * up, np.cos(roll) * up - np.sin(roll) * right
    reach = np.tan(np.radians(camera.field_of_view) / 2)
    across = ((np.arange(size.width) + 0.5) / size.width * 2 - 1) * reach
    down = (1 - (np.arange(size.height) + 0.5) / size.height * 2) * reach * size.height / size.width
    directions = forward + across[None, :, None] * right + down[:, None, None] * up
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    return Rays(origin=position.astype(np.float32), directions=directions.astype(np.float32))


def focus(light: Field, distance: Field, camera: Camera) -> Field:
    """Blurs what lies in front of or behind the target, by the thin lens's circle of confusion."""
    near = float(np.linalg.norm(np.array(camera.position) - np.array(camera.target)))
    confusion = (2 * camera.aperture * np.abs(1 - near / np.maximum(distance, 0.2))).astype(np.float32)
    blurred = light
    for level in (1.0, 2.0, 4.0):
        if camera.aperture * 2 < level * 0.6:
            break
        softer = np.asarray(cv2.GaussianBlur(light, (0, 0), level), dtype=np.float32)
        share = smoothstep(
            level * 0.5, level * 1.0, np.asarray(cv2.GaussianBlur(confusion, (0, 0), level), dtype=np.float32)
        )
        blurred = mix(blurred, softer, share)
    return blurred


def develop(light: Field, camera: Camera, *, seed: int, illuminant: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Turns linear light (H, W, 3) into an 8-bit sRGB photo (H, W, 3): meter, lens, sensor, sharpening, tone curve.

    The camera takes most of the tint of `illuminant` (3,) out, as automatic white balance does.
    """
    generator = np.random.default_rng([seed, 91, camera.shot] if camera.shot else [seed, 91])
    height, width = light.shape[:2]
    luminance = 0.5 * light @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32) + 0.5 * light.max(axis=-1)
    middle = luminance[height // 6 : -height // 6, width // 6 : -width // 6]
    metered = float(np.exp(np.mean(np.log(middle + 1e-3))) * 0.55 + 0.45 * np.mean(np.minimum(middle, 2.0)))
    exposed = light * np.float32(0.22 / metered * 2**camera.exposure)
    exposed = exposed * np.array([camera.white_balance[0], 1, camera.white_balance[1]], dtype=np.float32)
    exposed = exposed * np.power(illuminant.mean() / illuminant, 0.75)
    bloom = np.asarray(cv2.GaussianBlur(np.minimum(exposed, 6), (0, 0), width / 90), dtype=np.float32)
    exposed = 0.965 * exposed + 0.035 * bloom
    exposed = np.asarray(cv2.GaussianBlur(exposed, (0, 0), max(camera.softness, 0.05)), dtype=np.float32)
    rows, columns = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    corner = (rows[:, None] ** 2 + columns[None, :] ** 2) / 2
    exposed = exposed * (1 - camera.vignetting * corner)[..., None].astype(np.float32)
    shot = generator.standard_normal(exposed.shape, dtype=np.float32)
    coloured = np.asarray(cv2.GaussianBlur(shot, (0, 0), 0.7), dtype=np.float32) * np.float32(1.8)
    noisy = exposed + np.float32(camera.noise) * np.sqrt(np.clip(exposed, 0.004, 2) / np.float32(0.2)) * coloured
    display = _tone(np.clip(noisy, 0, None))
    soft = np.asarray(cv2.GaussianBlur(display, (0, 0), 1.2), dtype=np.float32)
    sharp = display + np.float32(0.3) * (display - soft)
    return np.asarray(np.round(np.clip(sharp, 0, 1) * 255), dtype=np.uint8)


def _tone(linear: Field) -> Field:
    """A soft shoulder above 0.7, then the sRGB transfer curve (IEC 61966-2-1)."""
    bright = np.clip(linear - 0.65, 0, None)
    shouldered = np.minimum(linear, 0.65) + 0.35 * (1 - np.exp(-bright / 0.42))
    low = shouldered * 12.92
    high = 1.055 * np.power(np.maximum(shouldered, 1e-6), 1 / 2.4) - 0.055
    return np.asarray(np.where(shouldered <= 0.0031308, low, high), dtype=np.float32)


def shift_colours(pixels: NDArray[np.uint8], amount: float) -> NDArray[np.uint8]:
    """Moves red outwards and blue inwards by `amount` pixels at the corners (lateral chromatic aberration)."""
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = np.float32(amount / np.hypot(width, height) * 2)
    shifted = pixels.copy()
    for channel, sign in ((0, -1), (2, 1)):
        column = columns + sign * reach * (columns - width / 2)
        row = rows + sign * reach * (rows - height / 2)
        plane = lookup(np.asarray(pixels[..., channel], dtype=np.float32), column, row)
        shifted[..., channel] = np.round(plane).astype(np.uint8)
    return shifted
