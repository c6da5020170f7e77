"""Compiling, exporting, measuring, pricing, evaluating: as data."""

import json
import subprocess
import sys
import textwrap

import pytest
from conftest import LOOSE

import sinew

LOOSE_FLAGS = {name: value for name, value in LOOSE.items() if name != "max_peaks"}


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
    with pytest.raises(sinew.Unsupported, match="one look"):
        sinew.profile(artifact, pictures / "p0.png", repeats=2, flip_average=True)


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


def test_cost(artifact, pictures, tmp_path):
    bench = sinew.bench(artifact, repeats=2)
    bench.save(tmp_path / "b.json")
    options = dict(instance="example.large", price="3.6/h", measured_only=True, with_disturbed=True)
    costs = sinew.cost(bench, **options)
    assert costs == sinew.cost(tmp_path / "b.json", **options)
    (row,) = costs["rows"]
    assert row["cost_per_1000"] == pytest.approx(row["seconds_per_image"])  # 3.6 an hour is 1 for 1000 seconds
    chosen = sinew.cost(bench, instance="x", price="1/h", measured_only=True, with_disturbed=True, deadline=1e-9)
    assert chosen["cheapest"] is None and chosen["why_none"]
    agreement = sinew.evaluate(artifact, pictures, against=artifact)
    chosen = sinew.cost([bench, agreement], instance="x", price="1/h", measured_only=True, with_disturbed=True, min_agreement=0.9)
    assert chosen["cheapest"] is not None, "the evaluation says how good the configuration is"
    with pytest.raises(sinew.InvalidArgument, match="price"):
        sinew.cost(bench, price="1/h")


def test_evaluate(command, artifact, pictures):
    same = sinew.evaluate(artifact, pictures, against=artifact)
    assert same["agreement"]["f1"] == 1 and same["pictures"] == 6 and not same.failures
    assert str(same).splitlines()[0] == same.name and "f1 1.0000" in str(same)
    ours = sinew.evaluate(artifact, pictures, **LOOSE_FLAGS, against_smoothing=5, min_oks=0.7)
    assert 0 < ours["agreement"]["f1"] < 1 and ours["agreement"]["found"] > 0
    theirs = command("eval", artifact, pictures, "--against-smoothing=5", "--min-oks=0.7", "--json", "--quiet")
    assert list(ours) == list(json.loads(theirs.stdout))


def test_evaluate_equals_the_command(command, graph, pictures):
    """All that the command's flags can say, on both sides."""
    flags = ["--resize=96x80", "--against-net-resolution=64x48", "--resize-mode=pad", "--against-resize-mode=stretch",
             "--smoothing=9", "--against-compat=tf-pose", "--against-resize-out-ratio=2"]
    theirs = json.loads(command("eval", graph, pictures, *flags, "--json", "--quiet").stdout)
    ours = sinew.evaluate(graph, pictures, resolution="96x80", against_resolution=(64, 48), fit="pad", against_fit="stretch",
                          smoothing=9, against_compat="tf-pose", against_resize_out_ratio=2)
    assert dict(ours) == theirs
    with sinew.load(graph, "96x80", fit="pad", smoothing=9) as model:
        again = sinew.evaluate(model, pictures, against_resolution="64x48", against_fit="stretch", against_compat="tf-pose",
                               against_resize_out_ratio=2)
    assert dict(again) == theirs


def test_evaluate_results(command, artifact, pictures, tmp_path):
    lines, coco = tmp_path / "a.jsonl", tmp_path / "coco.json"
    frames = list(sinew.run(pictures, model=artifact, write_jsonl=lines, write_coco_json=coco, **LOOSE_FLAGS))
    assert sinew.evaluate(lines, against=lines)["agreement"]["f1"] == 1
    assert sinew.evaluate(artifact, pictures, against=lines, **LOOSE_FLAGS)["agreement"]["f1"] == 1
    images = [{"id": number, "file_name": people.source.rsplit("/", 1)[1], "width": people.width, "height": people.height}
              for number, people in enumerate(frames)]
    expected = [dict(id=1, image_id=0, category_id=1, iscrowd=0, area=900.0, bbox=[0, 0, 30, 30], num_keypoints=17,
                     keypoints=[value for k in range(17) for value in (k + 1, k + 2, 2)])]
    annotations = tmp_path / "annotations.json"
    annotations.write_text(json.dumps({"images": images, "annotations": expected, "categories": [{"id": 1, "name": "person"}]}))
    options = dict(annotations=annotations, images=pictures)
    ours = sinew.evaluate(artifact, **options)
    theirs = command("eval", artifact, "--annotations", annotations, "--images", pictures, "--json", "--quiet").stdout
    assert dict(ours) == json.loads(theirs) and ours["pictures"] == 6


def test_evaluate_tells_what_could_not_be_judged(artifact, pictures, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0")
    report = sinew.evaluate(artifact, [*pictures.iterdir(), bad], against_smoothing=5)
    assert report["pictures"] == 6 and report["failed"] == 1
    assert len(report.failures) == 1 and "bad.jpg" in report.failures[0]
    with pytest.raises(sinew.NotFound, match="no picture could be judged; .*bad.jpg"):
        sinew.evaluate(artifact, bad, against_smoothing=5)


@pytest.mark.parametrize(
    "options, kind, message",
    [
        ({}, ValueError, "nothing to compare with"),
        ({"against_smoothing": 4}, ValueError, "smoothing"),
        ({"against_smothing": 5}, TypeError, "smothing"),
        ({"against_smoothing": 5, "min_oks": 0}, ValueError, "OKS|oks"),
        ({"against": "mobilenet_thinn"}, sinew.NotFound, "mobilenet_thin"),
        ({"against": "missing.jsonl"}, sinew.NotFound, "missing.jsonl"),
        ({"images": "photos"}, ValueError, "annotations"),
        ({"annotations": "a.json"}, ValueError, "inputs"),
        ({"annotations": "a.json", "against_smoothing": 5}, ValueError, "one at a time"),
    ],
)
def test_evaluate_refuses(artifact, pictures, options, kind, message):
    with pytest.raises(kind, match=message):
        sinew.evaluate(artifact, pictures, **options)


def test_evaluate_ends_with_ctrl_c(artifact, pictures):
    program = textwrap.dedent(
        f"""
        import sinew, threading, os, signal, time
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            sinew.evaluate({str(artifact)!r}, [{str(pictures)!r}] * 5000, against_smoothing=5)
        except KeyboardInterrupt:
            print("interrupted")
        """
    )
    out = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
    assert out == "interrupted\n"


def test_models():
    known = {entry["name"]: entry for entry in sinew.models()}
    assert known["mobilenet_thin"]["resolution"] == "432x368" and "cmu" in known
    with pytest.raises(sinew.NotFound, match="mobilenet_thin"):
        sinew.fetch("mobilenet_thinn")
