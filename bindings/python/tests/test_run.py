"""Runs: order, back-pressure, endings, callbacks, async, errors."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from conftest import LOOSE, noise

import sinew


def own_threads():
    """Threads of this process that the operating system knows of."""
    return len(os.listdir("/proc/self/task"))


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)


def test_folder_in_order(pictures, artifact):
    frames = list(sinew.run(pictures, model=artifact, **LOOSE))
    assert [os.path.basename(people.source) for people in frames] == [f"p{i}.{('png', 'jpg')[i % 2]}" for i in range(6)]
    assert [people.height for people in frames] == [80 + 10 * i for i in range(6)]
    assert all(people.seconds is None and people.ids is None and not people.error for people in frames)
    with sinew.load(artifact, threads=1, **LOOSE) as model:
        for people in frames:
            alone = model(people.source)
            assert np.array_equal(alone.keypoints, people.keypoints) and np.array_equal(alone.scores, people.scores)


def test_a_model_and_its_options(pictures, model):
    frames = list(sinew.run(sorted(pictures.iterdir()), model=model, cores=2))
    assert [people.to_json() for people in frames] == [model(people.source).to_json() for people in frames]


def test_video(video, artifact):
    with sinew.run(video, model=artifact, track=True, smooth=True, frame_first=2, frame_step=3, **LOOSE) as run:
        assert run.expected == 8
        frames = list(run)
        assert run.done == 8 and run.report["frames"] == 8 and run.report["failed"] == 0
    assert [people.frame for people in frames] == list(range(2, 25, 3))
    assert frames[1].seconds == pytest.approx(5 / 25)
    for people in frames:
        assert people.ids.dtype == np.int64 and people.ids.shape == (len(people),)
        assert people.found_keypoints is None or people.found_keypoints.shape == people.keypoints.shape
    assert {i for people in frames for i in people.ids} - {-1}, "nobody was followed"


def test_pictures_and_maps(pictures, artifact):
    for people in sinew.run(pictures, model=artifact, pictures=True, maps=True, **LOOSE):
        assert np.array_equal(people.picture, sinew.read_picture(people.source))
        assert people.maps.array.shape == (10, 12, 57) and people.maps.heat_maps.shape[2] == 18
        assert np.array_equal(people.draw(), people.draw(people.picture))


def test_pictures_are_as_they_were_before_drawing(pictures, artifact, tmp_path):
    run = sinew.run(pictures, model=artifact, pictures=True, write_images=tmp_path, **LOOSE)
    for people in run:
        assert np.array_equal(people.picture, sinew.read_picture(people.source))
        stem = os.path.splitext(os.path.basename(people.source))[0]
        if len(people):
            assert np.array_equal(sinew.read_picture(tmp_path / f"{stem}_rendered.png"), people.draw())


def test_files(pictures, artifact, tmp_path):
    lines = tmp_path / "people.jsonl"
    frames = list(sinew.run(pictures, model=artifact, write_jsonl=lines, write_json=tmp_path / "json", **LOOSE))
    assert lines.read_text() == "".join(people.to_json() for people in frames)
    assert (tmp_path / "json" / "p0_keypoints.json").read_text() == frames[0].to_openpose_json()


def test_what_cannot_be_read_has_its_error(pictures, artifact, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0")
    inputs = [pictures / "p0.png", bad, tmp_path / "missing.jpg", pictures / "p1.jpg"]
    run = sinew.run(inputs, model=artifact, **LOOSE)
    frames = list(run)
    assert [bool(people.error) for people in frames] == [False, True, True, False]
    assert "bad.jpg" in frames[1].error and len(frames[1]) == 0 and "bad.jpg" in repr(frames[1])
    assert run.report["failed"] == 2
    assert len(list(sinew.run(inputs, model=artifact, fail_fast=True))) <= 2


def test_skipped_files(artifact, tmp_path):
    sinew.write_picture(tmp_path / "p.png", noise())
    (tmp_path / "notes.txt").write_text("no picture")
    run = sinew.run(tmp_path, model=artifact)
    assert len(list(run)) == 1
    assert [(os.path.basename(path), reason) for path, reason in run.skipped] == [("notes.txt", "is text")]


def test_callbacks(pictures, artifact):
    results, progress = [], []
    run = sinew.run(
        pictures,
        model=artifact,
        on_result=results.append,
        on_progress=lambda run: progress.append((run.done, run.expected)),
    )
    frames = list(run)
    assert results == frames and progress == [(i + 1, 6) for i in range(6)]


def test_a_callback_that_raises_ends_the_run(pictures, artifact):
    before = own_threads()

    def fail(people):
        raise RuntimeError("enough")

    run = sinew.run([pictures] * 10, model=artifact, on_result=fail)
    with pytest.raises(RuntimeError, match="enough"):
        next(run)
    wait_until(lambda: own_threads() <= before)


def test_progress_line(pictures, artifact, capsys):
    list(sinew.run(pictures, model=artifact, on_progress=True))
    assert "6/6 (100 %) frames" in capsys.readouterr().err


def test_closing_stops_the_threads(pictures, artifact):
    before = own_threads()
    run = sinew.run([pictures] * 50, model=artifact)
    next(run)
    assert own_threads() > before
    run.close()
    assert own_threads() <= before
    assert list(run) == []
    run.close()


def test_letting_go_stops_the_threads(pictures, artifact):
    before = own_threads()
    for _ in sinew.run([pictures] * 50, model=artifact):
        break
    gc.collect()
    wait_until(lambda: own_threads() <= before)


def test_back_pressure(pictures, artifact):
    """Nobody takes frames: a handful are worked ahead, not thousands."""
    with sinew.run([pictures] * 500, model=artifact, cores=1) as run:
        next(run)
        time.sleep(0.5)
        before = run.report["frames"]
        time.sleep(0.3)
        assert run.report["frames"] == before < 60


def test_closing_from_another_thread(pictures, artifact):
    run = sinew.run([pictures] * 500, model=artifact)
    threading.Timer(0.3, run.close).start()
    assert len(list(run)) < 3000


def test_async(pictures, artifact):
    async def collect():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        frames = [people async for people in sinew.run(pictures, model=artifact, **LOOSE)]
        ticking.cancel()
        return frames, ticks

    frames, ticks = asyncio.run(collect())
    expected = [people.to_json() for people in sinew.run(pictures, model=artifact, **LOOSE)]
    assert [people.to_json() for people in frames] == expected
    assert ticks > 6, "the event loop stood still"


def test_leaving_an_async_loop_stops_the_threads(pictures, artifact):
    before = own_threads()

    async def first():
        frames = sinew.run([pictures] * 100, model=artifact).__aiter__()
        async for people in frames:
            break
        await frames.aclose()

    asyncio.run(first())
    wait_until(lambda: own_threads() <= before)


def test_ctrl_c(pictures, artifact):
    """In a process of its own: an interrupt reaches the program in the middle of a run, which ends at once."""
    program = textwrap.dedent(
        f"""
        import sinew
        run = sinew.run([{str(pictures)!r}] * 2000, model={str(artifact)!r})
        try:
            for index, people in enumerate(run):
                if index == 3:
                    print("running", flush=True)
        except KeyboardInterrupt:
            print("interrupted", list(run))
        """
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert out == "interrupted []\n" and process.returncode == 0


def test_an_unfinished_run_does_not_hold_up_the_end_of_the_program(pictures, artifact):
    program = f"import sinew; run = sinew.run([{str(pictures)!r}] * 2000, model={str(artifact)!r}); next(run)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


@pytest.mark.parametrize(
    "options, kind, message",
    [
        ({"smooth": True}, ValueError, "track"),
        ({"cores": -1}, ValueError, "cores"),
        ({"streams": 2}, ValueError, "use cores"),
        ({"device": "tpu"}, ValueError, "tpu"),
        ({"frame_step": 0}, ValueError, "step"),
        ({"rotate": 45}, ValueError, "45"),
        ({"region": (0, 0, 0, 0)}, ValueError, "region"),
        ({"region": "all"}, TypeError, "region"),
        ({"tracks": True}, TypeError, "tracks"),
        ({"render": "quads"}, ValueError, "quad"),
        ({"resolution": "1x"}, ValueError, "1x"),
        ({"write_video": "people.xyz"}, sinew.Error, "xyz"),
        ({"write_jsonl": "/dev/null/people.jsonl"}, sinew.Error, "/dev/null"),
    ],
)
def test_refuses(pictures, artifact, options, kind, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=message):
        list(sinew.run(pictures, model=artifact, **options))


def test_no_inputs(artifact):
    with pytest.raises(sinew.InvalidArgument, match="at least one"):
        sinew.run([], model=artifact)
