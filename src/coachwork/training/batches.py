"""From a dataset's samples to batches of photos and targets."""

from collections.abc import Iterator, Mapping, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from coachwork.datasets.sample import Entry
from coachwork.geometry.size import Size
from coachwork.models.targets import MASK_STRIDE, Targets, pixel_targets
from coachwork.training.augmentation import Outline, vary_picture
from coachwork.training.mixing import Mixer
from coachwork.training.plan import Plan
from coachwork.training.processes import process_count, process_rank


class TrainingPhotos(Dataset[tuple[Tensor, Targets]]):
    """Augmented photos; the variation of an entry depends on seed, epoch and place alone, never on the worker."""

    def __init__(self, entries: Sequence[Entry], plan: Plan) -> None:
        self.entries = entries
        self.plan = plan
        self.mixer = Mixer(entries, plan)

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.entries)

    def __getitem__(self, key: int) -> tuple[Tensor, Targets]:
        """The photo for an epoch and place, packed in one number by `EpochSampler`."""
        epoch, index = divmod(key, len(self.entries))
        rng = np.random.default_rng((self.plan.seed, epoch, index))
        view = self.mixer.view(index, rng)
        varied = vary_picture(view.pixels, self.plan.augmentation, rng)
        truth = as_targets(view.outlines, view.annotated, self.plan.model.size, damaged=view.damaged)
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
