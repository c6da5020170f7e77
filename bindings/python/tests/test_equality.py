"""Results equal the command line's, bit for bit."""

import json
import pathlib

import numpy as np
import pytest
from conftest import LOOSE, noise

import sinew

FLAGS = ["--threshold=0.01", "--paf-threshold=0", "--min-score=0", "--min-parts=1"]
SAME = {key: value for key, value in LOOSE.items() if key != "max_peaks"}  # it has no flag


@pytest.mark.parametrize(
    "flags, options",
    [
        ([], {}),
        (["--smoothing=5"], {"smoothing": 5}),
        (["--compat=tf-pose"], {"compat": "tf-pose"}),
        (["--resize-mode=pad", "--net-resolution=64x48"], {"fit": "pad", "resolution": "64x48"}),
        (["--resize-out-ratio=8", "--max-people=2"], {"resize_out_ratio": 8, "max_people": 2}),
        (["--compat=openpose"], {"compat": "openpose"}),
        (["--no-refine"], {"refine": False}),
        (["--flip-average"], {"flip_average": True}),
        (["--device=cpu", "--precision=auto"], {"device": "cpu", "precision": "auto"}),
    ],
)
def test_pictures(command, pictures, artifact, tmp_path, flags, options):
    outputs = ["--write-jsonl", tmp_path / "a.jsonl", "--write-json", tmp_path]
    command("run", pictures, "--model", artifact, *outputs, *FLAGS, *flags)
    lines = (tmp_path / "a.jsonl").read_text().splitlines(keepends=True)
    with sinew.load(artifact, **SAME, **options) as model:
        frames = [model(path) for path in sorted(pictures.iterdir())]
    assert [people.to_json() for people in frames] == lines
    assert (tmp_path / "p3_keypoints.json").read_text() == frames[3].to_openpose_json()
    assert sum(map(len, frames)) > 0


def test_every_option_changes_something(pictures, artifact):
    """Else the test above would show nothing of it."""

    def look(**options):
        with sinew.load(artifact, **SAME, **options) as model:
            return [model(path).to_json() for path in sorted(pictures.iterdir())]

    plain = look()
    for options in ({"smoothing": 5}, {"compat": "tf-pose"}, {"compat": "openpose"}, {"refine": False}, {"flip_average": True}):
        assert look(**options) != plain, options


def test_outputs(command, pictures, artifact, tmp_path):
    """Files with the flags that shape them: the run's, and what its people give as text."""
    flags = ["--part-candidates", "--keypoint-scale=signed", "--boxes", "--heatmaps-format=png", "--render-threshold=0.02",
             "--limb-opacity=0.5", "--line-width=0.02", "--image-format=jpg"]
    for name in ("json", "images", "heatmaps"):
        flags += [f"--write-{name}", tmp_path / "theirs" / name]
    command("run", pictures, "--model", artifact, *flags, *FLAGS)
    ours = {f"write_{name}": tmp_path / "ours" / name for name in ("json", "images", "heatmaps")}
    frames = list(
        sinew.run(pictures, model=artifact, part_candidates=True, keypoint_scale="signed", boxes=True, heatmaps_format="png",
                  render_threshold=0.02, limb_opacity=0.5, line_width=0.02, image_format="jpg", fsync=False, **ours, **SAME)
    )
    assert same_files(tmp_path / "theirs", tmp_path / "ours") == 18
    with sinew.load(artifact, **SAME) as model:
        for people in frames:
            text = (tmp_path / "theirs" / "json" / f"{pathlib.Path(people.source).stem}_keypoints.json").read_text()
            assert people.to_openpose_json(boxes=True, keypoint_scale="signed") == text and "part_candidates" in text
            alone = model(people.source, candidates=True)
            assert alone.to_openpose_json(boxes=True, keypoint_scale="signed") == text
            assert model(people.source).candidates is None


def test_folders_that_mirror_the_inputs(command, pictures, video, artifact, tmp_path):
    inputs = tmp_path / "inputs"
    (inputs / "below").mkdir(parents=True)
    for number, path in enumerate(sorted(pictures.iterdir())[:3]):
        (inputs / ("below" if number else "") / path.name).symlink_to(path)
    (inputs / "walk.avi").symlink_to(video)
    command("run", inputs, "--recursive", "--model", artifact, "--output-dir", tmp_path / "theirs", *FLAGS)
    frames = list(sinew.run(inputs, recursive=True, model=artifact, output_dir=tmp_path / "ours", **SAME))
    assert len(frames) == 28
    assert same_files(tmp_path / "theirs", tmp_path / "ours") == 3 * 2 + 3
    assert (tmp_path / "ours" / "manifest.jsonl").exists()
    for _ in sinew.run(inputs, recursive=True, model=artifact, write_video=f"{tmp_path}/clips/", **SAME):
        pass
    assert results_in(tmp_path / "clips") == {pathlib.Path("walk_rendered.mp4")}


def test_keypoints_of_body_25(command, pictures, artifact, tmp_path):
    flags = ["--keypoints=body_25", "--part-candidates", "--write-json", tmp_path / "theirs"]
    command("run", pictures, "--model", artifact, *flags, *FLAGS)
    frames = list(sinew.run(pictures, model=artifact, keypoints="body_25", part_candidates=True, maps=True,
                            write_json=tmp_path / "ours", **SAME))
    assert same_files(tmp_path / "theirs", tmp_path / "ours") == 6
    for people in frames:
        assert people.keypoints.shape[1:] == (25, 3) and people.names[8] == "mid_hip"
        assert people.maps.heat_maps.shape[2] == 18 and people.maps.array.shape[2] == 57
        text = (tmp_path / "theirs" / f"{pathlib.Path(people.source).stem}_keypoints.json").read_text()
        assert people.to_openpose_json() == text


def results_in(folder):
    """The files in it, but for those that say how they were made."""
    files = (path for path in folder.rglob("*") if path.is_file() and "manifest" not in path.name)
    return {path.relative_to(folder) for path in files}


def same_files(theirs, ours):
    """How many files there are, the same in both folders."""
    names = results_in(theirs)
    assert names == results_in(ours)
    for name in names:
        assert (theirs / name).read_bytes() == (ours / name).read_bytes(), name
    return len(names)


def test_a_skeleton_of_ones_own(command, pictures, graph, tmp_path):
    path = tmp_path / "fish.json"
    path.write_text(command("model", "describe", graph).stdout.replace('"neck"', '"throat"'))
    resolution = ["--net-resolution=96x80"]
    command("run", pictures, "--model", graph, "--skeleton", path, *resolution, "--write-csv", tmp_path / "a.csv", *FLAGS)
    with sinew.load(graph, "96x80", skeleton=path, **SAME) as model:
        assert model.names[1] == "throat" and model.copy(smoothing=5).names[1] == "throat"
        frames = list(sinew.run(pictures, model=model, write_csv=tmp_path / "b.csv"))
        assert frames[0].names[1] == "throat"
        assert sinew.evaluate(model, pictures, against_smoothing=5)["pictures"] == 6
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    sinew.compile(graph, tmp_path / "fish.sinew", "96x80", skeleton=path)
    assert sinew.load(tmp_path / "fish.sinew").names[1] == "throat"
    with pytest.raises(sinew.InvalidArgument, match="^skeleton: .*fish.json"):
        path.write_text("{}")
        sinew.load(graph, skeleton=path)


def test_resolution_that_follows_the_pictures(command, pictures, graph, tmp_path):
    command("run", pictures, "--model", graph, "--net-resolution=-1x64", "--write-jsonl", tmp_path / "a.jsonl", *FLAGS)
    with sinew.load(graph, "-1x64", **SAME) as model:
        ours = [model(path).to_json() for path in sorted(pictures.iterdir())]
    assert ours == (tmp_path / "a.jsonl").read_text().splitlines(keepends=True)


def test_several_scales(command, pictures, graph, tmp_path):
    flags = ["--net-resolution=96x80", "--scale-number=2", "--write-jsonl", tmp_path / "a.jsonl"]
    command("run", pictures, "--model", graph, *flags, *FLAGS)
    with sinew.load(graph, "96x80", scale_number=2, **SAME) as model:
        ours = [model(path).to_json() for path in sorted(pictures.iterdir())]
    assert ours == (tmp_path / "a.jsonl").read_text().splitlines(keepends=True)


def test_videos_with_tracks(command, video, artifact, tmp_path):
    flags = ["--track", "--smooth=one-euro", "--write-jsonl", tmp_path / "a.jsonl", "--write-csv", tmp_path / "a.csv"]
    command("run", video, "--model", artifact, *flags, *FLAGS)
    frames = list(sinew.run(video, model=artifact, track=True, smooth=True, write_csv=tmp_path / "b.csv", **SAME))
    assert [people.to_json() for people in frames] == (tmp_path / "a.jsonl").read_text().splitlines(keepends=True)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_tables(command, pictures, artifact, tmp_path):
    pandas = pytest.importorskip("pandas")
    command("run", pictures, "--model", artifact, "--write-csv", tmp_path / "a.csv", *FLAGS)
    theirs = pandas.read_csv(tmp_path / "a.csv").dropna(subset=["person"]).reset_index(drop=True)
    theirs = theirs.drop(columns=["error", "damaged"])
    ours = sinew.to_pandas(sinew.run(pictures, model=artifact, **SAME))
    assert list(ours.columns) == list(theirs.columns) and len(ours) == len(theirs) > 0
    for column in ours.columns[7:]:
        np.testing.assert_allclose(ours[column], theirs[column], atol=6e-4, equal_nan=True)


def test_drawings(command, pictures, artifact, tmp_path):
    command("run", pictures, "--model", artifact, "--write-images", tmp_path, *FLAGS)
    with sinew.load(artifact, **SAME) as model:
        for path in pictures.iterdir():
            drawn = model(path).draw()
            assert np.array_equal(drawn, sinew.read_picture(tmp_path / f"{path.stem}_rendered.png"))


def test_tensors(command, artifact, tmp_path):
    tensor = noise(80, 96)[None].astype(np.float32)
    np.save(tmp_path / "in.npy", tensor)
    command("exec", artifact, "--input", tmp_path / "in.npy", "--output", tmp_path / "out.npy")
    with sinew.load(artifact) as model:
        assert np.array_equal(model.session().run(tensor), np.load(tmp_path / "out.npy"))


def test_heat_maps(command, pictures, artifact, tmp_path):
    command("run", pictures / "p0.png", "--model", artifact, "--write-heatmaps", tmp_path)
    theirs = np.load(tmp_path / "p0_pose_heatmaps.npy")
    with sinew.load(artifact) as model:
        array = model.maps(pictures / "p0.png").array
    assert np.array_equal(array, theirs) or np.array_equal(array.transpose(2, 0, 1), theirs)


def test_real_people(command, demo_data, tmp_path, monkeypatch):
    """On the default model and a photograph, where both are there."""
    import os

    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        given = os.environ.get(f"SINEW_TEST_{name}")
        monkeypatch.setenv(name, given) if given else monkeypatch.delenv(name)
    try:
        model = sinew.load("mobilenet_thin")
    except sinew.NotFound as error:
        pytest.skip(str(error))
    photograph = demo_data / "messi5.jpg"
    command("run", photograph, "--write-jsonl", tmp_path / "a.jsonl")
    people = model(photograph)
    assert len(people) > 0 and json.loads(people.to_json())["people"]
    assert people.to_json() == (tmp_path / "a.jsonl").read_text()
