"""From a dataset's samples to batches of photos and targets."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.size import Size
from coachwork.models.targets import MASK_STRIDE, UNKNOWN, Targets, pixel_targets
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import DamageType
from coachwork.training.augmentation import Matrix, Outline, move_outlines, move_photo, vary_picture, view_matrix
from coachwork.training.plan import Plan
from coachwork.training.processes import process_count, process_rank

Entry = tuple[Path, Sample]
"""A dataset's folder and one of its samples."""


class TrainingPhotos(Dataset[tuple[Tensor, Targets]]):
    """Augmented photos; the variation of an entry depends on seed, epoch and place alone, never on the worker."""

    def __init__(self, entries: Sequence[Entry], plan: Plan) -> None:
        self.entries = entries
        self.plan = plan

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.entries)

    def __getitem__(self, key: int) -> tuple[Tensor, Targets]:
        """The photo for an epoch and place, packed in one number by `EpochSampler`."""
        epoch, index = divmod(key, len(self.entries))
        folder, sample = self.entries[index]
        plan, target = self.plan, self.plan.model.size
        rng = np.random.default_rng((plan.seed, epoch, index))
        pixels = read_photo(folder / sample.photo, min_side=2 * target.longest).pixels
        outlines = [o for o in (as_outline(shape, sample.size, plan.types) for shape in sample.shapes) if o is not None]
        matrix = view_matrix(sample.size, target, outlines, plan.augmentation, rng)
        reduced = np.diag([sample.size.width / pixels.shape[1], sample.size.height / pixels.shape[0]])
        moved = move_photo(pixels, np.column_stack((matrix[:, :2] @ reduced, matrix[:, 2])), target)
        varied = vary_picture(moved, plan.augmentation, rng)
        kept = move_outlines(outlines, matrix, target)
        damaged = view_damage(sample, matrix, target, kept=len(kept))
        truth = as_targets(kept, annotated_types(sample, plan.types), target, damaged=damaged)
        return torch.from_numpy(np.ascontiguousarray(varied)), truth


class EpochSampler(Sampler[int]):
    """A new order each epoch, told to the workers as epoch * count + place: a resumed run sees the same photos."""

    def __init__(self, count: int, *, seed: int) -> None:
        self.count = count
        self.seed = seed
        self.epoch = 0
        self.skip = 0

    def __len__(self) -> int:
        """Photos an epoch, in this process."""
        return self.count // process_count()

    def __iter__(self) -> Iterator[int]:
        """This process's keys in this epoch's order, after those that a resumed run has already seen."""
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.count)
        own = order[process_rank() :: process_count()][: len(self)][self.skip :]
        return iter((own + self.epoch * self.count).tolist())


def training_batches(entries: Sequence[Entry], plan: Plan) -> tuple[DataLoader[tuple[Tensor, Targets]], EpochSampler]:
    """Batches over the entries, and the sampler that must be told the epoch."""
    sampler = EpochSampler(len(entries), seed=plan.seed)
    loader = DataLoader(
        TrainingPhotos(entries, plan),
        batch_size=plan.schedule.batch // process_count(),
        sampler=sampler,
        num_workers=plan.data.workers,
        collate_fn=collate,
        drop_last=len(entries) >= plan.schedule.batch,  # a last batch of one photo has no statistics
        prefetch_factor=3 if plan.data.workers else None,
        persistent_workers=plan.data.workers > 0,
        multiprocessing_context="spawn" if plan.data.workers else None,  # a forked OpenCV can hang
        worker_init_fn=_one_thread,
    )
    return loader, sampler


def collate(items: Sequence[tuple[Tensor, Targets]]) -> tuple[Tensor, list[Targets]]:
    """Stacks photos to (B, H, W, 3) uint8 and lists their targets."""
    return torch.stack([photo for photo, _ in items]), [truth for _, truth in items]


def repeated(entries: Sequence[Entry], repeats: Mapping[str, int]) -> list[Entry]:
    """Entries with those of a source as often as the plan says."""
    return [entry for entry in entries for _ in range(repeats.get(entry[1].source, 1))]


def annotated_types(sample: Sample, types: Sequence[DamageType]) -> NDArray[np.bool_]:
    """(C,) bool, types whose absence in the sample means "not there"."""
    return np.array([kind in sample.annotated for kind in types])


def view_damage(sample: Sample, matrix: Matrix, target: Size, *, kept: int) -> int:
    """Whether a view of a photo shows damage: 1, 0, or UNKNOWN.

    A view without any marked shape shows none where the photo's source marks dents and scratches, the commonest types;
    one with no more than the edge of a shape, or with a shape that the model does not learn, says nothing.

    Args:
        sample: the photo.
        matrix: (2, 3) from photo to view pixels.
        target: size of the view.
        kept: shapes that the view teaches.
    """
    if kept:
        return 1
    for shape in sample.shapes:
        x_min, y_min, x_max, y_max = shape.box.xyxy
        corners = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]])
        moved = corners @ matrix[:, :2].T + matrix[:, 2]
        if (moved.max(axis=0) > 0).all() and (moved.min(axis=0) < (target.width, target.height)).all():
            return UNKNOWN
    return 0 if {DamageType.DENT, DamageType.SCRATCH} <= sample.annotated else UNKNOWN


def as_outline(shape: DamageShape, frame: Size, types: Sequence[DamageType]) -> Outline | None:
    """The shape in the form augmentation moves; None for a crowd, an unstated type or one the model does not learn."""
    if shape.crowd or shape.type is None or shape.type not in types:
        return None
    label = types.index(shape.type)
    if shape.polygons:
        return Outline(label=label, parts=shape.polygons, has_mask=True)
    mask = shape.mask(frame)
    if mask is None:
        box = shape.box
        corners = [(box.x_min, box.y_min), (box.x_max, box.y_min), (box.x_max, box.y_max), (box.x_min, box.y_max)]
        return Outline(label=label, parts=(np.array(corners, dtype=np.float64),), has_mask=False)
    crop = mask.crop.astype(np.uint8)
    contours, _ = cv2.findContours(crop, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    parts = tuple(contour[:, 0] + np.array([mask.x + 0.5, mask.y + 0.5]) for contour in contours if len(contour) > 2)
    return Outline(label=label, parts=parts, has_mask=True) if parts else None


def as_targets(outlines: Sequence[Outline], annotated: NDArray[np.bool_], size: Size, *, damaged: int) -> Targets:
    """Targets of outlines in model pixels; `damaged` as in `Targets`."""
    height, width = size.height // MASK_STRIDE, size.width // MASK_STRIDE
    boxes = torch.tensor(
        [[*np.concatenate(o.parts).min(axis=0), *np.concatenate(o.parts).max(axis=0)] for o in outlines],
        dtype=torch.float32,
    ).reshape(-1, 4)
    masks = np.zeros((len(outlines), height, width), dtype=np.uint8)
    for mask, outline in zip(masks, outlines, strict=True):
        if outline.has_mask:
            _draw(mask, outline.parts)
    labels = torch.tensor([o.label for o in outlines], dtype=torch.int64)
    has_mask = torch.tensor([o.has_mask for o in outlines], dtype=torch.bool)
    known = torch.from_numpy(annotated)
    drawn = torch.from_numpy(masks)
    return Targets(
        boxes=boxes,
        labels=labels,
        masks=drawn,
        has_mask=has_mask,
        annotated=known,
        pixels=pixel_targets(labels, boxes, drawn, has_mask, known),
        damaged=torch.tensor(damaged, dtype=torch.uint8),
    )


def _draw(mask: NDArray[np.uint8], parts: Sequence[NDArray[np.float64]]) -> None:
    """Fills the outlines (model pixels) into a mask at `MASK_STRIDE`; cell centres lie at half strides."""
    fixed = [np.round((part / MASK_STRIDE - 0.5) * 16).astype(np.int32) for part in parts]
    for part in fixed:  # one by one: fillPoly of many parts at once takes their symmetric difference
        cv2.fillPoly(mask, [part], 1, lineType=cv2.LINE_8, shift=4)


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
