"""Runs: frames of videos, folders and cameras in, people out, every stage at work at the same time."""

from __future__ import annotations

import atexit
import os
import sys
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from sinew import _sinew
from sinew._errors import InvalidArgument
from sinew._model import Maps, Model
from sinew._options import encode_paths, log_line, to_paths, to_size
from sinew._people import People

if TYPE_CHECKING:
    from typing import TextIO

    from sinew._options import PathLike, ResolutionLike

_runs: weakref.WeakSet[Run] = weakref.WeakSet()


class Run(Iterator[People]):
    """The frames of a run, one after the other, in the order of the inputs: `for people in run`, or `async for`.

    The pipeline works ahead by a few frames, and waits while nobody takes them. It ends with the last frame, with
    `close`, at the end of a `with` block, with Ctrl-C, and when the last reference to it goes.
    """

    def __init__(
        self,
        inputs: list[bytes],
        options: dict[str, Any],
        on_result: Callable[[People], object] | None,
        on_progress: Callable[[Run], object] | None,
    ) -> None:
        self._run = _sinew.Run(inputs, options, log_line)
        self._skeleton = self._run.skeleton
        self._on_result, self._on_progress = on_result, on_progress
        self._done = 0
        _runs.add(self)

    @property
    def expected(self) -> int | None:
        """How many frames there will be; None where nobody knows."""
        return self._run.expected

    @property
    def done(self) -> int:
        """How many frames were taken."""
        return self._done

    @property
    def skeleton(self) -> _sinew.Skeleton:
        """The model's."""
        return self._skeleton

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """What lies in folders and is not an input: (path, reason)."""
        return self._run.skipped

    @property
    def report(self) -> dict[str, Any]:
        """Frames, people, failures, seconds, and the seconds of each stage: so far, and of all after the end."""
        return self._run.report

    def __next__(self) -> People:
        try:
            frame = self._run.next()
            if frame is not None:
                return self._take(frame)
        except BaseException:
            self.close()
            raise
        raise StopIteration

    def _take(self, frame: dict[str, Any]) -> People:
        maps = frame.pop("maps", None)
        people = People(skeleton=self._skeleton, maps=None if maps is None else self._split(maps), **frame)
        self._done += 1
        if self._on_result is not None:
            self._on_result(people)
        if self._on_progress is not None:
            self._on_progress(self)
        return people

    def __length_hint__(self) -> int:
        return max(0, (self.expected or 0) - self._done)

    def __aiter__(self) -> AsyncIterator[People]:
        return self._frames()

    async def _frames(self) -> AsyncIterator[People]:
        import asyncio  # it takes longer to import than all of sinew

        loop = asyncio.get_running_loop()
        try:
            while (people := await loop.run_in_executor(None, next, self, None)) is not None:
                yield people
        finally:
            self.close()

    def close(self) -> None:
        """Ends the run: what is in flight is finished, what nobody has taken is dropped. Files are left as far as they
        are, named .part."""
        self._run.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Run: {self._done} of {self.expected if self.expected is not None else 'unknown'} frames>"

    def _split(self, array: Any) -> Maps:
        keypoints, fields = self._run.map_channels
        background = array[..., keypoints] if fields > keypoints else None
        return Maps(array[..., :keypoints], background, array[..., fields:], array)


class _ProgressLine:
    """One line on a terminal: frames done, their rate, people found."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._start, self._last, self._people = stream, time.monotonic(), 0.0, 0

    def __call__(self, run: Run) -> None:
        now = time.monotonic()
        last_one = run.expected is not None and run.done >= run.expected
        if now - self._last < 0.1 and not last_one:
            return
        self._last = now
        rate = run.done / max(now - self._start, 1e-9)
        of = "" if run.expected is None else f"/{run.expected} ({100 * run.done / max(run.expected, 1):.0f} %)"
        self._stream.write(f"\r{run.done}{of} frames, {rate:.1f} frames/s, {run.report['people']} people ")
        if last_one:
            self._stream.write("\n")
        self._stream.flush()


def run(
    inputs: PathLike | Iterable[PathLike],
    *,
    model: str | os.PathLike | Model = "mobilenet_thin",
    resolution: ResolutionLike | None = None,
    track: bool = False,
    smooth: bool = False,
    track_look_ahead: int | None = None,
    pictures: bool = False,
    maps: bool = False,
    cores: int = 0,
    threads: int = 0,
    device: str | None = None,
    keypoints: Literal["model", "body_25"] = "model",
    on_result: Callable[[People], object] | None = None,
    on_progress: Callable[[Run], object] | bool = False,
    recursive: bool = False,
    frame_first: int = 0,
    frame_step: int = 1,
    frame_last: int | None = None,
    rotate: Literal[0, 90, 180, 270] = 0,
    flip: bool = False,
    region: tuple[int, int, int, int] | None = None,
    real_time: bool = False,
    fail_fast: bool = False,
    **options: Any,
) -> Run:
    """Finds the people in pictures, videos, folders, and from cameras, frame by frame.

        for people in sinew.run("walk.mp4", track=True):
            print(people.seconds, people.ids, people.keypoints.shape)

    Inputs are those of `sinew run`: paths, folders, patterns, @lists, cameras ("camera:0"), streams, one or several.
    Frames overlap in a pipeline, and come in order. A frame that cannot be read comes with its `error`, and the others
    follow; with `fail_fast`, the first one ends the run.

    model             a name, a path, or a `Model`, whose options are taken over
    track             people get ids that stay the same; `smooth` then removes jitter of the keypoints
    track_look_ahead  frames wait for so many others, so that new people have their id from the first frame on
    pictures, maps    keep each frame's picture, and the network's maps, with its people
    cores, threads    networks side by side, and threads of each; 0: chosen by what is run
    device            "cpu", "cuda", "cuda:1", "auto"; with precision="fp16", ..., and streams=3 pictures in flight
    keypoints         "body_25": people with those of OpenPose's BODY_25; else the model's
    on_result         called with the people of each frame
    on_progress       called with the run after each frame: `run.done`, `run.expected`, `run.report`; True: a line on
                      standard error
    frame_...         which frames of videos
    region            (x, y, width, height): only this part of each picture is looked at
    real_time         cameras and live streams: frames are dropped rather than late

    Further keywords: fit, scale_number, scale_gap, flip_average, skeleton, prototxt, and those of `load` for decoding;
    max_pixels, max_rate, reconnect, timeout; part_candidates, which also fills `People.candidates`; for files, as the
    flags of `sinew run`: output_dir, write_json, write_jsonl, write_csv, write_coco_json, write_heatmaps, write_images,
    write_video, image_format, heatmaps_format, keypoint_scale, render, render_threshold, background, line_width,
    limb_opacity, boxes, labels, show_rate, video_fps, audio, fsync. Files get their names when the run is complete.
    """
    if isinstance(model, Model):
        model, size, own = model._reveal()
        options = {**{key: value for key, value in own.items() if key != "threads"}, **options}
        resolution = size if resolution is None else resolution
    options = encode_paths(options)
    paths = to_paths(inputs)
    if not paths:
        raise InvalidArgument("inputs: name at least one picture, video, folder or camera")
    options.update(
        model=os.fsencode(model), track=track, smooth=smooth, track_look_ahead=track_look_ahead, pictures=pictures, maps=maps,
        cores=cores, threads=threads, keypoints=keypoints, recursive=recursive, frame_first=frame_first, frame_step=frame_step,
        frame_last=frame_last, rotate=rotate, flip=flip, region=region, real_time=real_time, fail_fast=fail_fast,
    )
    if device is not None:
        options["device"] = device
    if resolution is not None:
        options["resolution"] = to_size(resolution)
    if on_progress is True:
        on_progress = _ProgressLine(sys.stderr)
    return Run(paths, options, on_result, on_progress or None)


@atexit.register
def _close_all() -> None:
    for running in list(_runs):
        running.close()
