"""examples/dask on four local workers, one of which is killed in the middle."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from conftest import LOOSE, noise

import sinew

distributed = pytest.importorskip("distributed", reason="Dask is missing: apt-get install python3-distributed")

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "examples/dask/people.py"
PICTURES = 300
SAME = {key: value for key, value in LOOSE.items() if key != "max_peaks"}  # it has no flag
SETTINGS = [f"--set={name}={value}" for name, value in SAME.items()]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    for index in range(PICTURES):
        sinew.write_picture(folder / f"{index:04}.png", noise(60 + index % 5, 80, index))
    return folder


@pytest.fixture
def cluster():
    with distributed.LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, str(EXAMPLE), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def worker_at_work(cluster):
    """The address of one, once the first results are there."""
    scheduler = cluster.scheduler
    has_results = any(task.state == "memory" for task in list(scheduler.tasks.values()))
    return next((w.address for w in list(scheduler.workers.values()) if w.processing), None) if has_results else None


def test_four_workers_one_killed(cluster, many, artifact, command, tmp_path):
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in SAME.items()]
    command("run", many, "--model", artifact, "--write-jsonl", tmp_path / "one.jsonl", *flags)
    output = tmp_path / "people.jsonl"
    run = start(many, "--model", artifact, "-o", output, "--scheduler", cluster.scheduler_address, *SETTINGS)
    with distributed.Client(cluster) as client:
        before = client.run(os.getpid)
        while run.poll() is None and not (victim := worker_at_work(cluster)):
            time.sleep(0.01)
        assert run.poll() is None, run.communicate()[0]
        os.kill(before[victim], signal.SIGKILL)
        assert not output.exists(), "results appear when they are all there"
        said = run.communicate(timeout=300)[0]
        assert run.returncode == 0, said
        end = time.monotonic() + 60
        while len(cluster.scheduler.workers) < 4 and time.monotonic() < end:
            time.sleep(0.1)
        assert before[victim] not in client.run(os.getpid).values(), "another one came in its place"
    assert output.read_bytes() == (tmp_path / "one.jsonl").read_bytes()
    assert not output.with_name("people.jsonl.part").exists()


def test_a_picture_that_cannot_be_read_is_named(artifact, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/broken.png").write_bytes(b"no picture")
    run = start(tmp_path / "in", "--model", artifact, "-o", tmp_path / "people.jsonl", "--workers", "1")
    said = run.communicate(timeout=300)[0]
    assert run.returncode != 0
    assert "broken.png" in said
    assert not (tmp_path / "people.jsonl").exists()
