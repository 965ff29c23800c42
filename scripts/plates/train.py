"""Trains the finder of number plates: `python -m scripts.plates.train SETS LABELS OUT.pt [--from EARLIER.pt]`.

SETS is the folder that the labels' paths start from, such as one with `claims/train`.
"""

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from scripts.plates.crops import Crops
from scripts.plates.labels import read_labels
from scripts.plates.net import PlateNet

_LEARNING_RATE = 2e-3
_WARM_UP = 0.1


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--from", dest="earlier", type=Path)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--rate", type=float, default=_LEARNING_RATE)
    parser.add_argument(
        "--minutes", type=float, default=60, help="the rate falls to nothing at this time at the latest"
    )
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    net = PlateNet()
    if given.earlier:
        net.load_state_dict(torch.load(given.earlier, weights_only=True), strict=False)
    crops = Crops(read_labels(given.labels), given.sets, seed=given.seed)
    _train(net, crops, given)
    torch.save(net.state_dict(), given.out)


def _train(net: PlateNet, crops: Crops, given: argparse.Namespace) -> None:
    net.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW([value for value in net.parameters() if value.requires_grad], weight_decay=0.01)
    start, recent = time.monotonic(), 0.0
    for step in range(given.steps):
        done = max(step / given.steps, (time.monotonic() - start) / 60 / given.minutes)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = given.rate * min(done / _WARM_UP + 0.02, (1 - done) / (1 - _WARM_UP), 1.0)
        images, shares, weights = crops.batch(given.batch)
        loss = plate_loss(net(images), shares, weights)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        recent += 0.05 * (loss.item() - recent) if step else loss.item()
        if step % 20 == 0:
            print(f"step {step} loss {recent:.4f} {time.monotonic() - start:.0f} s", flush=True)


def plate_loss(logits: Tensor, shares: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy, plates counted thrice, and the soft Dice loss over the batch."""
    entropy = functional.binary_cross_entropy_with_logits(logits, shares, reduction="none")
    entropy = (entropy * weights * (1 + 2 * shares)).mean() * 10
    chance = torch.sigmoid(logits) * weights
    shared = (chance * shares).sum()
    dice = 1 - (2 * shared + 1) / (chance.sum() + (shares * weights).sum() + 1)
    return entropy + dice


if __name__ == "__main__":
    main()
