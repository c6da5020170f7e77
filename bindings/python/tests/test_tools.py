"""Compiling, exporting, measuring, pricing, evaluating: as data."""

import json

import pytest
import sinew


def test_compile_and_verify(graph, tmp_path):
    lines = []
    report = sinew.compile(graph, tmp_path / "m.sinew", [(96, 80), "64x48"], name="n", max_error=1e-4, log=lines.append)
    assert report.nodes_read > 10 and report.steps > 3 and len(report.arena_bytes) == 2
    assert report.artifact_bytes == (tmp_path / "m.sinew").stat().st_size
    assert 0 <= report.error <= 1e-4 and lines
    assert sinew.load(tmp_path / "m.sinew").name == "n"
    verified = sinew.verify(tmp_path / "m.sinew", graph)
    assert verified.within_tolerance and 0 < verified.relative_rms_difference < 1e-3 and not verified.first_failing_step
    assert not sinew.verify(tmp_path / "m.sinew", graph, tolerance=1e-12).within_tolerance


@pytest.mark.parametrize(
    "options, kind, message",
    [
        ({"target": "mmx"}, sinew.Error, "mmx"),
        ({"skip_passes": ["no-pass"]}, sinew.InvalidArgument, "no-pass"),
        ({"outputs": ["no/node"]}, sinew.Error, "no/node"),
        ({"max_eror": 1}, TypeError, "max_eror"),
    ],
)
def test_compile_refuses(graph, tmp_path, options, kind, message):
    with pytest.raises(kind, match=message):
        sinew.compile(graph, tmp_path / "m.sinew", "96x80", **options)
    assert not (tmp_path / "m.sinew").exists()


def test_compile_without_resolutions(graph, tmp_path):
    with pytest.raises(sinew.InvalidArgument):
        sinew.compile(graph, tmp_path / "m.sinew", [])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_log_that_raises_does_not_end_the_work(graph, tmp_path):
    def fail(line):
        raise RuntimeError("no more")

    assert sinew.compile(graph, tmp_path / "m.sinew", "96x80", log=fail).steps > 3


def test_export(graph, tmp_path):
    report = sinew.export(graph, tmp_path / "m.onnx", resolution="96x80")
    assert report.nodes_written > 3 and report.bytes == (tmp_path / "m.onnx").stat().st_size
    with pytest.raises(sinew.InvalidArgument, match="batch"):
        sinew.export(graph, tmp_path / "m.onnx", batch=0)


def test_profile(artifact, pictures, tmp_path):
    profile = sinew.profile(artifact, pictures / "p0.png", repeats=3, threads=1, trace=tmp_path / "t.json", smoothing=5)
    assert profile["workload"] == "pipeline" and profile.seconds > 0
    assert {"read", "resize", "network"} <= {stage["stage"] for stage in profile.stages}
    assert sum(stage["mean_ms"] for stage in profile.stages) == pytest.approx(profile["wall_ms_mean"], rel=0.02)
    assert profile.tree["steps"] == len(profile.steps)
    assert sum(child["mean_ms"] for child in profile.tree["children"]) <= 1.001 * profile.tree["mean_ms"]
    assert str(profile) == profile.to_text() and "scope" in str(profile)
    assert len(profile.to_text(depth=1).splitlines()) <= len(str(profile).splitlines())
    assert json.loads((tmp_path / "t.json").read_text())
    pytest.importorskip("pandas")
    assert len(profile.to_pandas()) == len(profile.steps)
    assert sinew.profile(artifact, repeats=2)["workload"] == "network"


def test_profile_documents_are_the_commands(command, artifact):
    theirs = json.loads(command("profile", artifact, "--json", "--repeats=2").stdout)
    ours = sinew.profile(artifact, repeats=2)
    assert list(ours) == list(theirs)
    for key in ("model", "model_xxh3", "resolution", "target", "workload", "weight_bytes"):
        assert ours[key] == theirs[key]
    assert [step["name"] for step in ours.steps] == [step["name"] for step in theirs["steps"]]


def test_bench(command, artifact, pictures):
    bench = sinew.bench(artifact, pictures / "p0.png", repeats=5, threads=1, smoothing=5)
    first = str(bench).splitlines()[0]
    assert first == f"5 times inference on image: {pictures / 'p0.png'} at {bench['p50_ms'] / 1e3:.6f} seconds/image"
    assert bench.percentile(50) == pytest.approx(bench["p50_ms"] / 1e3)
    assert bench.percentile(100) == pytest.approx(bench["max_ms"] / 1e3)
    assert bench.percentile(0) <= bench.percentile(33.3) <= bench.percentile(99.9) and bench["smoothing_taps"] == 5
    theirs = json.loads(command("bench", artifact, pictures / "p0.png", "--repeats=2", "--json").stdout)
    assert list(bench) == list(theirs)
    network = sinew.bench(artifact, network_only=True, repeats=2, batch=2)
    assert network["workload"] == "network" and network["batch"] == 2
    with pytest.raises(sinew.InvalidArgument):
        bench.percentile(101)


def test_bench_takes_a_model_with_its_options(artifact, pictures):
    with sinew.load(artifact, "64x48", smoothing=5) as model:
        bench = sinew.bench(model, pictures / "p0.png", repeats=2)
    assert bench["resolution"] == "64x48" and bench["smoothing_taps"] == 5


def test_cost(artifact, tmp_path):
    bench = sinew.bench(artifact, repeats=2)
    bench.save(tmp_path / "b.json")
    options = dict(instance="example.large", price="3.6/h", measured_only=True, with_disturbed=True)
    costs = sinew.cost(bench, **options)
    assert costs == sinew.cost(tmp_path / "b.json", **options)
    (row,) = costs["rows"]
    assert row["cost_per_1000"] == pytest.approx(row["seconds_per_image"])  # 3.6 an hour is 1 for 1000 seconds
    chosen = sinew.cost(bench, instance="x", price="1/h", measured_only=True, with_disturbed=True, deadline=1e-9)
    assert chosen["cheapest"] is None and chosen["why_none"]
    with pytest.raises(sinew.InvalidArgument, match="price"):
        sinew.cost(bench, price="1/h")


def test_evaluate(artifact, pictures):
    same = sinew.evaluate(artifact, pictures, against=artifact)
    assert same["agreement"]["f1"] == 1 and same["pictures"] == 6
    with pytest.raises(sinew.Error, match="compare"):
        sinew.evaluate(artifact, pictures)


def test_models():
    known = {entry["name"]: entry for entry in sinew.models()}
    assert known["mobilenet_thin"]["resolution"] == "432x368" and "cmu" in known
    with pytest.raises(sinew.NotFound, match="mobilenet_thin"):
        sinew.fetch("mobilenet_thinn")
