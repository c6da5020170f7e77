"""Fixtures: a made-up pose network in miniature, pictures, a folder for what the library keeps."""

import os
import pathlib
import subprocess

import numpy as np
import pytest

import sinew

# With untrained weights, peaks are many and low: these options make people of them.
LOOSE = {"threshold": 0.01, "paf_threshold": 0.0, "min_score": 0.0, "min_parts": 1, "max_peaks": 8}


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory):
    """Nothing of the user's is read or written."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        os.environ.setdefault(f"SINEW_TEST_{name}", os.environ.get(name, ""))
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))


@pytest.fixture(scope="session")
def graph(tmp_path_factory):
    """A frozen graph with 57 channels at an eighth of the input, as tf-pose-estimation's have."""
    maker = os.environ.get("SINEW_MAKE_MODEL")
    if not maker:
        pytest.fail("SINEW_MAKE_MODEL does not name make_model: use `make test-python`")
    path = tmp_path_factory.mktemp("graph") / "tiny.pb"
    subprocess.run([maker, str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def artifact(graph, tmp_path_factory):
    path = tmp_path_factory.mktemp("artifact") / "tiny.sinew"
    sinew.compile(graph, path, ["96x80", "64x48"], name="tiny")
    return path


@pytest.fixture
def model(artifact):
    with sinew.load(artifact, threads=1, **LOOSE) as loaded:
        yield loaded


def noise(height=90, width=120, seed=0):
    """A picture of soft noise: something for the network to be moved by."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (height // 6 + 1, width // 6 + 1, 3), np.uint8)
    return np.repeat(np.repeat(coarse, 6, axis=0), 6, axis=1)[:height, :width].copy()


@pytest.fixture
def picture():
    return noise()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of pictures of several sizes and formats."""
    folder = tmp_path_factory.mktemp("pictures")
    for index in range(6):
        ending = ("png", "jpg")[index % 2]
        sinew.write_picture(folder / f"p{index}.{ending}", noise(80 + 10 * index, 110, index))
    return folder


@pytest.fixture(scope="session")
def video(pictures, artifact, tmp_path_factory):
    """A video of 25 frames, if the module for videos can be loaded here."""
    folder = tmp_path_factory.mktemp("frames")
    for index in range(25):
        sinew.write_picture(folder / f"{index:02}.png", noise(96, 128, index // 5))
    path = tmp_path_factory.mktemp("video") / "walk.avi"
    try:
        with sinew.run(folder, model=artifact, write_video=path, video_fps=25) as run:
            for _ in run:
                pass
    except sinew.Unavailable as error:
        pytest.skip(str(error))
    return path


@pytest.fixture(scope="session")
def command():
    """Runs the package's program."""
    from sinew._command import program

    def run(*arguments, code=0, **options):
        line = [str(program()), *map(str, arguments)]
        result = subprocess.run(line, capture_output=True, text=True, check=False, **options)
        assert result.returncode == code, result.stderr
        return result

    return run


@pytest.fixture(scope="session")
def demo_data():
    """Debian's sample pictures, where `make demo` or `make test` has fetched them."""
    folder = pathlib.Path(os.environ.get("SINEW_DEMO_DATA", "/nonexistent"))
    if not (folder / "messi5.jpg").exists():
        pytest.skip("no sample pictures: scripts/fetch_samples.sh")
    return folder


def resident_bytes():
    """Memory of this process that is in use."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
