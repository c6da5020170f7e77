#!/usr/bin/env python3
"""Reads what `sinew run` writes, with the tools that people read it with: pandas, numpy, and the rules of COCO's results.

    read_results.py SINEW MAKE_MODEL FOLDER

Exits with 77, and says why, where pandas or numpy are not installed.
"""
import json
import pathlib
import shutil
import subprocess
import sys

try:
    import numpy
    import pandas
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (Debian: python3-pandas)")
    sys.exit(77)

KEYPOINTS = 18
BODY_25 = ("nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist mid_hip right_hip right_knee right_ankle "
           "left_hip left_knee left_ankle right_eye left_eye right_ear left_ear left_big_toe left_small_toe left_heel right_big_toe "
           "right_small_toe right_heel").split()


def write_ppm(path, width, height):
    pixels = bytes((i * i // 77) % 256 for i in range(3 * width * height))
    path.write_bytes(f"P6\n{width} {height}\n255\n".encode() + pixels)


def check_openpose(document):
    assert document["version"] == 1.3
    for person in document["people"]:
        assert len(person["person_id"]) == 1
        assert len(person["pose_keypoints_2d"]) == 3 * KEYPOINTS
        for other in ("face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "pose_keypoints_3d"):
            assert person[other] == []
    (candidates,) = document["part_candidates"]
    assert sorted(map(int, candidates)) == list(range(KEYPOINTS))


def check_coco(results):
    """The rules of https://cocodataset.org/#format-results for keypoints."""
    assert isinstance(results, list) and results
    for person in results:
        assert isinstance(person["image_id"], int) and person["category_id"] == 1
        assert len(person["keypoints"]) == 3 * 17
        assert all(isinstance(value, (int, float)) for value in person["keypoints"])
        assert isinstance(person["score"], (int, float))


def main():
    sinew, make_model, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "in/deep").mkdir(parents=True)
    subprocess.run([make_model, str(folder / "graph.pb")], check=True)
    for name, size in (("in/000000000192.ppm", (96, 72)), ("in/deep/b, \"c\".ppm", (80, 60))):
        write_ppm(folder / name, *size)
    (folder / "in/bad.jpg").write_bytes(b"\xff\xd8\xff no picture")

    def run(*arguments, code):
        command = [sinew, "run", "in", "--recursive", "--model", "graph.pb", "--resize", "64x48", "-q", "--min-parts", "1",
                   "--min-score", "0", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr

    run("--write-jsonl", "p.jsonl", "--write-csv", "p.csv", "--write-coco-json", "p.json", "--write-json", "json",
        "--write-heatmaps", "maps", "--part-candidates", code=3)
    run("--output-dir", "out", code=3)
    run("--keypoints", "body_25", "--write-jsonl", "25.jsonl", "--write-csv", "25.csv", "--write-coco-json", "25.json", "--write-json",
        "json25", "--part-candidates", code=3)

    frames = pandas.read_json(folder / "p.jsonl", lines=True)
    assert list(frames["source"]) == ["in/000000000192.ppm", "in/bad.jpg", 'in/deep/b, "c".ppm'], list(frames["source"])
    assert list(frames["width"]) == [96, 0, 80]
    people = frames.explode("people").dropna(subset=["people"])
    assert len(people) > 0 and all(len(person["keypoints"]) == 3 * KEYPOINTS for person in people["people"])

    rows = pandas.read_csv(folder / "p.csv")
    assert rows["person"].count() == len(people)
    assert set(rows["source"]) == set(frames["source"])
    assert rows[rows["source"] == "in/bad.jpg"]["error"].notna().all()
    first, row = people["people"].iloc[0]["keypoints"], rows[rows["person"].notna()].iloc[0]
    found = [k for k in range(KEYPOINTS) if first[3 * k + 2] > 0]
    names = [column[:-2] for column in rows.columns if column.endswith("_x")]
    assert len(names) == KEYPOINTS and found
    for k in found:
        assert abs(row[names[k] + "_x"] - first[3 * k]) < 1e-6 and abs(row[names[k] + "_y"] - first[3 * k + 1]) < 1e-6
    for k in set(range(KEYPOINTS)) - set(found):
        assert numpy.isnan(row[names[k] + "_x"])

    results = json.loads((folder / "p.json").read_text())
    check_coco(results)
    assert any(person["image_id"] == 192 for person in results)
    assert any(person["image_id"] >= 10**12 and person["file_name"] == 'in/deep/b, "c".ppm' for person in results)

    check_openpose(json.loads((folder / "json/000000000192_keypoints.json").read_text()))
    assert "error" in json.loads((folder / "json/bad_keypoints.json").read_text())

    # BODY_25: the same people, with the middle of the hips; COCO's 17 keypoints stay what they were.
    others = pandas.read_csv(folder / "25.csv")
    assert [column[:-2] for column in others.columns if column.endswith("_x")] == BODY_25
    for name in names:
        for end in ("_x", "_y", "_score"):
            assert others[name + end].equals(rows[name + end]), name
    middle = others[["left_hip_x", "right_hip_x"]].mean(axis=1, skipna=False)
    assert ((others["mid_hip_x"] - middle).abs().fillna(0) < 2e-3).all() and (others["mid_hip_x"].isna() == middle.isna()).all()
    assert json.loads((folder / "25.json").read_text()) == results
    openpose = json.loads((folder / "json25/000000000192_keypoints.json").read_text())
    assert all(len(person["pose_keypoints_2d"]) == 75 for person in openpose["people"])
    assert sorted(map(int, openpose["part_candidates"][0])) == list(range(25))
    lines = pandas.read_json(folder / "25.jsonl", lines=True).explode("people").dropna(subset=["people"])
    assert all(len(person["keypoints"]) == 75 for person in lines["people"])

    maps = numpy.load(folder / "maps/000000000192_pose_heatmaps.npy")
    assert maps.dtype == numpy.float32 and maps.shape == (6, 8, 57), maps.shape

    index = [json.loads(line) for line in (folder / "out/manifest.jsonl").read_text().splitlines()]
    done = {line["source"]: line for line in index if "outputs" in line}
    assert index[0]["manifest"] == 1 and set(done) == set(frames["source"])
    for line in done.values():
        assert all((folder / "out" / output).exists() for output in line["outputs"])
    assert sum(line["people"] for line in done.values()) == len(people)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
