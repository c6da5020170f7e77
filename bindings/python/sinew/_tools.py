"""What the command line has besides `run`, returning data: compile, verify, export, profile, bench, cost, evaluate."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sinew import _sinew
from sinew._command import run_json
from sinew._errors import InvalidArgument
from sinew._model import Model
from sinew._options import log_line, to_paths, to_size, to_sizes

if TYPE_CHECKING:
    import pandas

    from sinew._options import PathLike, ResolutionLike


@dataclass(frozen=True)
class CompileReport:
    """What a compilation did."""

    nodes_read: int
    """Of the source graph."""
    steps: int
    """Of the first resolution's plan."""
    weight_bytes: int
    error: float
    """Relative RMS of the outputs against double precision, as measured."""
    artifact_bytes: int
    arena_bytes: list[int]
    """Memory for tensors, by resolution."""
    seconds: float


@dataclass(frozen=True)
class VerifyReport:
    """How far a compiled model is from double precision."""

    max_difference: float
    relative_rms_difference: float
    within_tolerance: bool
    first_failing_step: str


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote."""

    nodes_read: int
    nodes_written: int
    bytes: int


def compile(
    graph: PathLike,
    output: PathLike,
    resolutions: ResolutionLike | Iterable[ResolutionLike],
    *,
    log: Callable[[str], object] | None = None,
    **options: Any,
) -> CompileReport:
    """Compiles a graph, or a name of the zoo, for one or several resolutions, to a .sinew file.

    Options are those of `sinew compile`: name, target, outputs, skip_passes, precision,
    max_error, exact, tuning_file, dump_ir, prototxt.
    `log` gets its lines; by default the logger "sinew".
    """
    for name in ("tuning_file", "dump_ir", "prototxt"):
        if name in options:
            options[name] = os.fsencode(options[name])
    report = _sinew.compile(os.fsencode(graph), os.fsencode(output), to_sizes(resolutions), options, log or log_line)
    return CompileReport(**report)


def verify(
    model: PathLike, graph: PathLike, *, resolution: ResolutionLike | None = None, tolerance: float = 1e-3, threads: int = 0
) -> VerifyReport:
    """Compares a compiled model with its graph in double precision, on a random picture."""
    handle, _, _ = _sinew.load(os.fsencode(model), [], "cpu", log_line)
    return VerifyReport(**_sinew.verify(handle, os.fsencode(graph), to_size(resolution), tolerance, threads))


def export(
    graph: PathLike,
    output: PathLike,
    *,
    resolution: ResolutionLike | None = None,
    batch: int | None = 1,
    outputs: Iterable[str] = (),
) -> ExportReport:
    """Writes a graph, or a name of the zoo, as ONNX. Without a resolution for any; `batch=None`: any number."""
    if batch is not None and batch < 1:
        raise InvalidArgument(f"batch: {batch}, give a number of pictures, or None for any")
    report = _sinew.export(os.fsencode(graph), os.fsencode(output), to_size(resolution), batch or 0, list(outputs))
    return ExportReport(**report)


class Document(Mapping[str, Any]):
    """What a command prints with --json: a mapping, which `sinew.cost` and `sinew report` read."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self):
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def to_json(self) -> str:
        """As a file of results has it."""
        return json.dumps(self._fields, indent=2)

    def save(self, path: PathLike) -> None:
        """Writes it, for `sinew.cost`, `sinew cost` and `sinew report`."""
        Path(os.fsdecode(path)).write_text(self.to_json() + "\n", encoding="utf-8")


class Profile(Document):
    """Where the time goes: `stages` of a call, `steps` of the network, and the `tree` of their scopes.

    Printed, it is the tree; in a notebook, too.
    """

    def __init__(self, fields: dict[str, Any], tree: dict[str, Any]) -> None:
        super().__init__(fields)
        self.tree = tree

    @property
    def seconds(self) -> float:
        """Of a call: the median."""
        return self["wall_ms_p50"] / 1e3

    @property
    def stages(self) -> list[dict[str, Any]]:
        return self["pipeline"]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return self["steps"]

    def to_pandas(self, *, of: Literal["steps", "stages"] = "steps") -> pandas.DataFrame:
        """The steps, or the stages, as a table."""
        import pandas

        return pandas.DataFrame(self.stages if of == "stages" else self.steps)

    def to_text(self, *, depth: int = 0) -> str:
        """A line of the call, its parts, and the tree of scopes down to a depth (0: all of it)."""
        lines = [
            f"{self['model']} {self['resolution']} for {self['target']}, {self['threads']} "
            f"thread{'' if self['threads'] == 1 else 's'}, {self['repeats']} calls: {self['wall_ms_p50']:.3f} ms (median)",
            "",
            f"{'mean ms':>10} {'share':>8}  part of a call",
        ]
        lines += [f"{s['mean_ms']:>10.3f} {100 * s['share']:>6.1f} %  {s['stage']}" for s in self.stages]
        lines += ["", f"{'mean ms':>10} {'share':>8} {'GFLOP/s':>9} {'params':>12}  scope"]
        lines += self._scope_lines(self.tree, 0, depth)
        return "\n".join(lines)

    def _scope_lines(self, scope: dict[str, Any], level: int, depth: int) -> list[str]:
        name = scope["name"] if level else f"(all {scope['steps']} steps)"
        gflops = f"{scope['direct_gflops']:.1f}" if scope["direct_gflops"] > 0 else "-"
        share = 100 * scope["mean_ms"] / self["wall_ms_mean"]
        lines = [f"{scope['mean_ms']:>10.3f} {share:>6.1f} % {gflops:>9} {scope['parameters']:>12,}  {'  ' * level}{name}"]
        if depth == 0 or level < depth:
            for child in scope["children"]:
                lines += self._scope_lines(child, level + 1, depth)
        return lines

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__


def profile(
    model: str | os.PathLike | Model,
    pictures: PathLike | Iterable[PathLike] = (),
    *,
    resolution: ResolutionLike | None = None,
    threads: int = 0,
    warmup: int = 2,
    repeats: int = 20,
    trace: PathLike | None = None,
    **decode: Any,
) -> Profile:
    """Where the time goes, step by step: of the network, or with pictures of their whole way from file to file.

        print(sinew.profile("mobilenet_thin", "photo.jpg").to_text(depth=2))

    `trace` writes what every thread did, for ui.perfetto.dev. Further keywords: device,
    precision, fit, and those of `load` for decoding.
    """
    handle, size, _, own = _handle(model, resolution, decode.get("device"))
    document, tree = _sinew.profile(
        handle,
        size,
        to_paths(pictures),
        threads,
        {**own, **decode, "warmup": warmup, "repeats": repeats},
        b"" if trace is None else os.fsencode(trace),
    )
    return Profile(json.loads(document), json.loads(tree))


class Bench(Document):
    """How fast a model is here, in one configuration. Printed, it begins with the line of the case study."""

    @property
    def seconds_per_image(self) -> float:
        """The median of a call, for a picture."""
        return self["p50_ms"] / 1e3 / self["batch"]

    @property
    def images_per_second(self) -> float:
        """Of all networks side by side."""
        return self["pictures_per_second"]

    def percentile(self, percent: float) -> float:
        """Seconds of a call that so many per cent do not exceed."""
        if not 0 <= percent <= 100:
            raise InvalidArgument(f"percent: {percent}, must be 0 to 100")
        quantiles = self["quantiles_ms"]
        low = min(int(percent), 99)
        return (quantiles[low] + (percent - low) * (quantiles[low + 1] - quantiles[low])) / 1e3

    def __str__(self) -> str:
        first = (
            f"{self['repeats'] * self['batch']} times inference on image: {self['picture']} at "
            f"{self.seconds_per_image:.6f} seconds/image"
        )
        rest = ", ".join(f"{name} {self[f'{name}_ms']:.3f}" for name in ("p50", "p90", "p95", "p99"))
        return f"{first}\n  a call: {rest} ms; {self.images_per_second:.2f} images/second"

    __repr__ = __str__


def bench(
    model: str | os.PathLike | Model,
    pictures: PathLike | Iterable[PathLike] = (),
    *,
    network_only: bool = False,
    resolution: ResolutionLike | None = None,
    threads: int = 0,
    cores: int = 1,
    repeats: int = 20,
    **options: Any,
) -> Bench:
    """Measures from the encoded pictures to people: repeats, seconds an image, percentiles, throughput.

    Without pictures on a synthetic one; `network_only` measures the network on random pictures. `cores` networks run
    side by side. Further keywords: batch, warmup, duration, rate, seed, device, precision, fit, and those of `load` for
    decoding.
    """
    if network_only and pictures:
        raise InvalidArgument("network_only: measures on random pictures: leave yours out")
    handle, size, load_seconds, own = _handle(model, resolution, options.get("device"))
    options = {**own, **options, "cores": cores, "repeats": repeats}
    document = _sinew.bench(handle, load_seconds, size, to_paths(pictures), not network_only, threads, options)
    return Bench(json.loads(document))


def cost(
    results: PathLike | Document | Iterable[PathLike | Document],
    *,
    prices: PathLike | Iterable[PathLike] = (),
    **options: Any,
) -> dict[str, Any]:
    """Prices what was measured: {"rows": [{"machine", "seconds_per_image", "cost_per_1000", ...}, ...], ...}.

    Results are what `bench`, `evaluate` and `profile` return, or their files. Options are those of `sinew cost`: instance,
    price ("0.0765/h"), currency, spot, with_disturbed, measured_only, deadline, min_fps, max_cost, min_agreement, load.
    With one of the last five, "cheapest" says which row to take, or "why_none" why there is none.
    """
    import tempfile

    one = isinstance(results, (str, os.PathLike, Document))
    with tempfile.TemporaryDirectory(prefix="sinew-cost-") as folder:
        files: list[PathLike] = []
        for index, result in enumerate([results] if one else results):
            if isinstance(result, Document):
                files.append(Path(folder) / f"{index}.json")
                result.save(files[-1])
            else:
                files.append(result)
        options["prices"] = list(map(os.fsdecode, to_paths(prices)))
        return run_json("cost", files, options, codes=(0, 1) if _chooses(options) else (0,))


def _chooses(options: Mapping[str, Any]) -> bool:
    return any(options.get(name) is not None for name in ("deadline", "min_fps", "max_cost", "min_agreement", "load"))


def evaluate(
    model: PathLike | None = None,
    inputs: PathLike | Iterable[PathLike] = (),
    *,
    resolution: ResolutionLike | None = None,
    against: PathLike | None = None,
    against_resolution: ResolutionLike | None = None,
    **options: Any,
) -> dict[str, Any]:
    """How good a configuration is: agreement with another one, or COCO's average precision by annotations.

        sinew.evaluate("mobilenet_thin", "photos/", smoothing=5, against_smoothing=25)["agreement"]["f1"]

    Options are those of `sinew eval`: smoothing, resize_mode, resize_out_ratio, compat, the same with against_ in front,
    min_oks, annotations, images, results, threads, cores, recursive.
    """
    options = {
        **options,
        "net_resolution": _resolution_text(resolution),
        "against": against,
        "against_net_resolution": _resolution_text(against_resolution),
        "quiet": True,
    }
    arguments = ([] if model is None else [model]) + list(map(os.fsdecode, to_paths(inputs)))
    return run_json("eval", arguments, options)


def models() -> list[dict[str, Any]]:
    """The models that the zoo knows: name, description, licence, resolution, and the path of those on this disk."""
    return _sinew.list_models()


def fetch(name: str) -> str:
    """Fetches a model of the zoo, checks it, and returns where it is."""
    return _sinew.fetch_model(name, os.environ.get("SINEW_MIRROR", ""))


def _resolution_text(resolution: ResolutionLike | None) -> str | None:
    if resolution is None:
        return None
    width, height = to_size(resolution)
    return f"{width}x{height}"


def _handle(
    model: str | os.PathLike | Model, resolution: ResolutionLike | None, device: str | None
) -> tuple[_sinew.Model, tuple[int, int], float, dict[str, Any]]:
    """The model, the resolution to measure in, the seconds of loading, and the options that it was loaded with."""
    own: dict[str, Any] = {}
    size = to_size(resolution)
    if isinstance(model, Model):
        own = {key: value for key, value in model.options.items() if key not in ("threads", "scale_number", "scale_gap")}
        size = model.resolution if resolution is None else size
        model = model.source
    if -1 in size:
        raise InvalidArgument("resolution: name both sides: what follows the pictures' shapes cannot be measured")
    device = device or own.get("device", "cpu")
    return *_sinew.load(os.fsencode(model), [] if size == (0, 0) else [size], device, log_line), own
