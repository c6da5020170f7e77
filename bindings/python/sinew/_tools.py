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
from sinew._errors import InvalidArgument, NotFound
from sinew._model import SOURCE_OPTIONS, Model
from sinew._options import encode_paths, log_line, to_paths, to_size, to_sizes

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

    Options are those of `sinew compile`: name, target, device, outputs, skip_passes, precision, max_error, exact,
    tuning_file, dump_ir, prototxt, skeleton. `log` gets its lines; by default the logger "sinew".
    """
    sizes = to_sizes(resolutions)
    report = _sinew.compile(os.fsencode(graph), os.fsencode(output), sizes, encode_paths(options), log or log_line)
    return CompileReport(**report)


def verify(
    model: PathLike, graph: PathLike, *, resolution: ResolutionLike | None = None, tolerance: float = 1e-3, threads: int = 0
) -> VerifyReport:
    """Compares a compiled model with its graph in double precision, on a random picture."""
    handle, _, _ = _sinew.load(os.fsencode(model), [], {}, log_line)
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

    `trace` writes what every thread did, for ui.perfetto.dev. Further keywords: device, precision, fit, skeleton,
    prototxt, and those of `load` for decoding.
    """
    handle, size, _, decode = _handle(model, resolution, decode)
    document, tree = _sinew.profile(
        handle,
        size,
        to_paths(pictures),
        threads,
        {**decode, "warmup": warmup, "repeats": repeats},
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
    side by side. Further keywords: batch, warmup, duration, rate, seed, device, precision, fit, flip_average, skeleton,
    prototxt, and those of `load` for decoding.
    """
    if network_only and pictures:
        raise InvalidArgument("network_only: measures on random pictures: leave yours out")
    handle, size, load_seconds, options = _handle(model, resolution, options)
    options.update(cores=cores, repeats=repeats)
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


class Evaluation(Document):
    """How good the people are that a configuration finds. Printed, it is the figures."""

    def __init__(self, fields: dict[str, Any], name: str, reference: str, failures: list[str]) -> None:
        super().__init__(fields)
        self.name = name
        """What was judged."""
        self.reference = reference
        """What it was compared with; empty with annotations."""
        self.failures = failures
        """Why pictures or frames could not be judged."""

    def __str__(self) -> str:
        if "agreement" in self:
            agreement = self["agreement"]
            figures = ", ".join(f"{key} {agreement[key]:.4f}" for key in ("f1", "precision", "recall", "mean_oks"))
            people = f"{agreement['found']} people found, {agreement['expected']} expected, {agreement['matched']} the same"
            return f"{self.name}\n  against {self.reference}\n  {self['pictures']} pictures: {people}\n  {figures}"
        figures = ", ".join(f"{key} {value:.4f}" for key, value in self["coco"].items() if value is not None)
        return f"{self.name}\n  {self['pictures']} pictures, {self['people']} people found\n  {figures}"

    __repr__ = __str__


def evaluate(
    model: str | os.PathLike | Model | None = None,
    inputs: PathLike | Iterable[PathLike] = (),
    *,
    against: str | os.PathLike | Model | None = None,
    annotations: PathLike | None = None,
    images: PathLike | None = None,
    results: PathLike | None = None,
    min_oks: float = 0.5,
    threads: int = 1,
    cores: int = 0,
    recursive: bool = False,
    skeleton: PathLike | None = None,
    prototxt: PathLike | None = None,
    **options: Any,
) -> Evaluation:
    """How good a configuration is: agreement with another one, or COCO's average precision by annotations.

        sinew.evaluate("mobilenet_thin", "photos/", smoothing=5, against_smoothing=25)["agreement"]["f1"]
        sinew.evaluate("mobilenet_thin", annotations="person_keypoints_val2017.json", images="val2017")["coco"]["ap"]

    A model is a name, a path, a `Model`, whose options are taken over, or JSON lines of a run (.jsonl). Options are
    resolution and those of `load`; with against_ in front (against_resolution, against_compat, ...) they are the
    reference's, which has all others as the model has them, and is the same model where `against` does not say. `results`
    are COCO results, judged in place of a model's. Two people may be the same from the similarity `min_oks` on. `cores`
    networks of `threads` threads work side by side; 0: as many as there are processors for. Ctrl-C ends it.

    Returns the document of `sinew eval --json`, which `cost` takes; pictures that cannot be read are `failures`.
    """
    if isinstance(model, Model):
        skeleton, prototxt = skeleton or model.options["skeleton"], prototxt or model.options["prototxt"]
    common = {"threads": threads, "cores": cores, "min_oks": min_oks, "recursive": recursive}
    common.update(encode_paths({"skeleton": skeleton, "prototxt": prototxt}))
    theirs = {name.removeprefix("against_"): options.pop(name) for name in list(options) if name.startswith("against_")}
    compares = against is not None or bool(theirs)
    if annotations is None:
        if results is not None or images is not None:
            raise InvalidArgument("results and images need annotations")
        if model is None:
            raise InvalidArgument("model: name a model, or a file of results (.jsonl)")
        if not compares:
            raise InvalidArgument("nothing to compare with: give annotations, or against and what it changes")
        found = _side(model, options)
        reference = {**found, **_sized(theirs)} if against is None else _side(against, theirs, found)
        paths = to_paths(inputs)
        is_read = "results" in found and "results" in reference
        if is_read and paths:
            raise InvalidArgument("inputs: both sides are files of results already, which say what they are of")
        if not is_read and not paths:
            raise InvalidArgument("inputs: name the pictures, folders or videos to compare on")
        return _evaluation(_sinew.evaluate_agreement(found, reference, paths, common, log_line))
    if compares:
        raise InvalidArgument("annotations and against: one at a time")
    if to_paths(inputs):
        raise InvalidArgument("inputs: the annotations say which pictures are evaluated")
    if (results is None) == (model is None):
        raise InvalidArgument("annotations need a model, or results")
    if model is not None and images is None:
        raise InvalidArgument("annotations with a model need images, the folder of the pictures")
    side = {"results": os.fsencode(results)} if results is not None else _side(model, options)
    if model is not None and "results" in side:
        raise InvalidArgument(f"{os.fsdecode(model)}: give COCO results as results (`sinew run --write-coco-json`)")
    folder = b"" if images is None else os.fsencode(images)
    return _evaluation(_sinew.evaluate_annotated(side, os.fsencode(annotations), folder, common, log_line))


def _side(
    model: str | os.PathLike | Model, options: Mapping[str, Any], inherited: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One side of a comparison, as the extension module takes it. What is inherited comes from the other side."""
    others = {name: value for name, value in (inherited or {}).items() if name not in ("model", "results")}
    if isinstance(model, Model):
        model, size, own = model._reveal()
        own = {name: value for name, value in own.items() if name not in ("threads", "skeleton", "prototxt")}
        others = {**others, **own, "resolution": size}
    elif os.fsdecode(model).endswith(".jsonl"):
        return {"results": os.fsencode(model)}
    return {**others, **_sized(options), "model": os.fsencode(model)}


def _sized(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, with the resolution as a size."""
    return {name: to_size(value) if name == "resolution" else value for name, value in options.items()}


def _evaluation(report: dict[str, Any]) -> Evaluation:
    evaluation = Evaluation(json.loads(report["document"]), report["name"], report["reference"], report["failures"])
    if evaluation["pictures"] == 0:
        raise NotFound("; ".join(["no picture could be judged", *evaluation.failures[:1]]))
    return evaluation


def models() -> list[dict[str, Any]]:
    """The models that the zoo knows: name, description, licence, resolution, and the path of those on this disk."""
    return _sinew.list_models()


def fetch(name: str) -> str:
    """Fetches a model of the zoo, checks it, and returns where it is."""
    return _sinew.fetch_model(name, os.environ.get("SINEW_MIRROR", ""))


def _handle(
    model: str | os.PathLike | Model, resolution: ResolutionLike | None, options: Mapping[str, Any]
) -> tuple[_sinew.Model, tuple[int, int], float, dict[str, Any]]:
    """The model, the resolution to measure in, the seconds of loading, and the options of measuring: those that the model
    was loaded with, and the caller's."""
    options = dict(options)
    size = to_size(resolution)
    if isinstance(model, Model):
        model, its_size, own = model._reveal()
        if own["scale_number"] > 1:
            raise InvalidArgument(f"{model}: looks at {own['scale_number']} scales: measure one of them")
        own = {name: value for name, value in own.items() if name not in ("threads", "scale_number", "scale_gap")}
        options = {**own, **options}
        size = its_size if resolution is None else size
    if -1 in size:
        raise InvalidArgument("resolution: name both sides: what follows the pictures' shapes cannot be measured")
    source = {name: options[name] for name in SOURCE_OPTIONS if name in options}
    for name in ("skeleton", "prototxt"):
        options.pop(name, None)
    sizes = [] if size == (0, 0) else [size]
    return *_sinew.load(os.fsencode(model), sizes, encode_paths(source), log_line), options
