"""Trains the reader of number plates: `python -m scripts.plate_reading.train OUT.pt [--real SETS LABELS TEXTS]`.

Drawn plates need no photos. SETS is the folder that the paths in LABELS start from, LABELS tells where plates lie on
photos (`scripts/plates/labelled`), TEXTS what they say: one JSON object a line with photo, plate, text. Texts of real
plates are personal data, and are not part of the project.
"""

import argparse
import time
from pathlib import Path

import torch
from torch.nn import functional

from scripts.plate_reading.lines import Lines, real_plates
from scripts.plate_reading.net import ReaderNet

_WARM_UP = 0.05


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--real", type=Path, nargs=3, metavar=("SETS", "LABELS", "TEXTS"))
    parser.add_argument("--from", dest="earlier", type=Path)
    parser.add_argument("--share", type=float, default=0.25, help="of real plates in a batch")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument(
        "--minutes", type=float, default=60, help="the rate falls to nothing at this time at the latest"
    )
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    real = real_plates(*given.real) if given.real else []
    net = ReaderNet()
    if given.earlier:
        net.load_state_dict(torch.load(given.earlier, weights_only=True))
    _train(net, Lines(real, share=given.share, seed=given.seed), given)
    torch.save(net.state_dict(), given.out)


def _train(net: ReaderNet, lines: Lines, given: argparse.Namespace) -> None:
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    start, recent = time.monotonic(), 0.0
    for step in range(given.steps):
        done = max(step / given.steps, (time.monotonic() - start) / 60 / given.minutes)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = given.rate * min(done / _WARM_UP + 0.02, (1 - done) / (1 - _WARM_UP), 1.0)
        pictures, places, lengths = lines.batch(given.batch)
        chances = functional.log_softmax(net(pictures), dim=-1).transpose(0, 1)
        along = torch.full((given.batch,), chances.shape[0])
        loss = functional.ctc_loss(chances, places, along, lengths, zero_infinity=True)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        recent += 0.02 * (loss.item() - recent) if step else loss.item()
        if step % 50 == 0:
            print(f"step {step} loss {recent:.4f} {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
