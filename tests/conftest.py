import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

from coachwork.assessments.verdict import VerdictCalibration
from coachwork.geometry.size import Size
from coachwork.inference.bundle import write_bundle
from coachwork.inference.card import Card, CardDataset, CardSource
from coachwork.inference.decoding import DecodingKind, DecodingRule
from coachwork.taxonomy import DamageType

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photos, which the repository does not hold."""
    folder = Path(os.environ.get("COACHWORK_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real photos at {folder}; set COACHWORK_DATA")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options that let marked tests run."""
    parser.addoption("--slow", action="store_true", help="run tests that take more than a few seconds")
    parser.addoption(
        "--servers", action="store_true", help="put services on PostgreSQL and an S3 server, see backends.py"
    )
    parser.addoption("--gpu", action="store_true", help="run tests that need a CUDA device")


@pytest.fixture(scope="session", autouse=True)
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """With --servers: where services lie that the tests put together."""
    if not request.config.getoption("--servers"):
        yield
        return
    from tests.backends import on_servers  # noqa: PLC0415

    with on_servers(tmp_path_factory.mktemp("servers")):
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips tests marked `slow` or `gpu` where their option is not given."""
    for item in items:
        if config.getoption("--servers") and item.get_closest_marker("own_folder"):
            item.add_marker(pytest.mark.skip(reason="looks into the folder or file of a service without servers"))
        for mark in ("slow", "gpu"):
            if item.get_closest_marker(mark) and not config.getoption(f"--{mark}"):
                item.add_marker(pytest.mark.skip(reason=f"runs with --{mark} only"))


def pytest_configure(config: pytest.Config) -> None:
    """Sets what holds for all tests: no time limit for one Hypothesis example, as the machine may be busy.

    Hypothesis draws the same examples in every run, so that a run tells of a change, not of chance;
    ``--hypothesis-profile search`` draws others, and many more of them.

    Lets pass the one warning that pycocotools 2.0.11 itself raises under numpy 2 (`_mask.pyx`, decode).
    """
    settings.register_profile("coachwork", deadline=None, derandomize=True)
    settings.register_profile("search", deadline=None, max_examples=1000)
    settings.load_profile(config.getoption("--hypothesis-profile") or "coachwork")
    os.environ["MLFLOW_TRACKING_URI"] = "off"  # a test that tracks names its own place
    config.addinivalue_line(
        "filterwarnings", "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
    )


def _colour_model() -> bytes:
    """An ONNX model (64x64) that takes red for dents and blue for scratches: 16 boxes of 16x16, maps of 16x16 cells.

    A map's cell is the mean over its 4x4 pixels of max(0, red - max(green, blue)) / 255 (of blue for scratches), and a
    box's score is the mean over its cells.
    """
    import onnx  # noqa: PLC0415
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    edges = np.arange(4, dtype=np.float32) * 16
    x, y = np.meshgrid(edges, edges)
    boxes = np.stack([x, y, x + 16, y + 16], axis=-1).reshape(1, 16, 4)
    constants: dict[str, NDArray[np.generic]] = {
        "full": np.array(255, dtype=np.float32),
        "zero": np.array(0, dtype=np.float32),
        "rows": np.array([1, 16, 2], dtype=np.int64),
        "boxes_there": boxes,
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        node("Div", ["real", "full"], ["unit"]),
        node("Transpose", ["unit"], ["planes"], perm=[0, 3, 1, 2]),
        node("Split", ["planes"], ["red", "green", "blue"], axis=1, num_outputs=3),
        node("Max", ["green", "blue"], ["not_red"]),
        node("Max", ["green", "red"], ["not_blue"]),
        node("Sub", ["red", "not_red"], ["redder"]),
        node("Sub", ["blue", "not_blue"], ["bluer"]),
        node("Concat", ["redder", "bluer"], ["both"], axis=1),
        node("Max", ["both", "zero"], ["positive"]),
        node("AveragePool", ["positive"], ["masks"], kernel_shape=[4, 4], strides=[4, 4]),
        node("AveragePool", ["masks"], ["coarse"], kernel_shape=[4, 4], strides=[4, 4]),
        node("Transpose", ["coarse"], ["last"], perm=[0, 2, 3, 1]),
        node("Reshape", ["last", "rows"], ["scores"]),
        node("Identity", ["boxes_there"], ["boxes"]),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, 64, 64, 3])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 16, 4]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 16, 2]),
            helper.make_tensor_value_info("masks", TensorProto.FLOAT, [1, 2, 16, 16]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture(scope="session")
def colour_card() -> Card:
    """The card of `colour_bundle`."""
    return Card(
        name="colours",
        architecture="a graph that reads colours",
        types=(DamageType.DENT, DamageType.SCRATCH),
        input_size=Size(height=64, width=64),
        mean=(0.0, 0.0, 0.0),
        std=(255.0, 255.0, 255.0),
        decoding=DecodingRule(kind=DecodingKind.BOXES_SEMANTIC),
        thresholds={DamageType.DENT: 0.4, DamageType.SCRATCH: 0.3},
        thresholds_how="chosen by hand",
        verdict=VerdictCalibration(
            coefficients={"intercept": 1.0, "best_score": 2.0},
            none_below=0.05,
            damaged_above=0.6,
            promised_miss_rate=0.02,
            how="chosen by hand",
        ),
        dataset=CardDataset(
            name="none",
            digest="0" * 64,
            sources=(CardSource(name="none", licence="CC0", attribution="nobody", weights_may_ship=True),),
        ),
        limits=("cannot see: anything but colours",),
        created="2026-11-21T00:00:00Z",
    )


@pytest.fixture(scope="session")
def colour_bundle(tmp_path_factory: pytest.TempPathFactory, colour_card: Card) -> Path:
    """A bundle that runs at once and whose answers are known: red is a dent, blue is a scratch."""
    folder = tmp_path_factory.mktemp("bundles") / "colours"
    write_bundle(folder, colour_card, _colour_model())
    return folder
