"""People: a sequence, arrays, text, tables, drawings."""

import json
import pickle
import zlib

import numpy as np
import pytest
from conftest import noise

import sinew


@pytest.fixture
def people(model, picture):
    return model(picture)


def test_is_a_sequence(people):
    assert len(people) == len(list(people)) > 1
    first = people[0]
    assert isinstance(first, sinew.Person) and first.score == float(people.scores[0])
    assert np.shares_memory(first.keypoints, people.keypoints)
    assert np.array_equal(people[-1].keypoints, people.keypoints[-1])
    assert len(people[:1]) == 1 and isinstance(people[:1], sinew.People)
    assert people[:1].width == people.width
    with pytest.raises(IndexError):
        people[len(people)]
    assert first.id is None


def test_keypoints_by_name(people):
    for person in people:
        for index, name in enumerate(people.names):
            keypoint = person[name]
            assert (keypoint is None) == (person.keypoints[index, 2] == 0)
    with pytest.raises(KeyError, match="nose"):
        people[0]["nos"]


def test_box(people):
    left, top, width, height = people[0].box
    points = people[0].keypoints[people[0].found, :2]
    assert np.allclose([left, top, left + width, top + height], [*points.min(0), *points.max(0)], atol=1e-4)


def test_dictionaries(people):
    record = people.to_dict()
    assert record["width"] == 120 and len(record["people"]) == len(people)
    assert np.allclose(record["people"][0]["keypoints"], people.keypoints[0].ravel(), atol=6e-4)
    openpose = people.to_openpose(boxes=True)
    assert openpose["version"] == 1.3 and len(openpose["people"][0]["pose_keypoints_2d"]) == 54
    assert "face_box" in openpose["people"][0]
    assert json.loads(people.to_json()) == record


def test_pandas(people, model):
    pandas = pytest.importorskip("pandas")
    table = people.to_pandas()
    assert list(table.columns[:8]) == ["source", "frame", "seconds", "width", "height", "person", "person_id", "score"]
    assert list(table.columns[8:11]) == ["nose_x", "nose_y", "nose_score"] and len(table) == len(people)
    tidy = people.to_pandas(tidy=True)
    assert len(tidy) == 18 * len(people)
    found = tidy.dropna(subset=["x"])
    assert len(found) == int((people.keypoints[..., 2] > 0).sum())
    row = found.iloc[0]
    assert people[int(row.person)][row.keypoint][0] == np.float32(row.x)
    both = sinew.to_pandas([people, model(noise(seed=3))])
    assert len(both) > len(people) and isinstance(both, pandas.DataFrame)
    assert len(sinew.to_pandas([])) == 0


def test_pickling(people):
    again = pickle.loads(pickle.dumps(people))
    assert np.array_equal(again.keypoints, people.keypoints) and again.to_json() == people.to_json()
    assert again.skeleton == people.skeleton and again.names == people.names


def test_drawing(people, picture):
    before = picture.copy()
    drawn = people.draw(picture)
    assert np.array_equal(picture, before) and (drawn != before).any()
    assert np.array_equal(people.draw(picture[..., ::-1], rgb=True)[..., ::-1], drawn)
    assert np.array_equal(people.draw(), drawn), "the picture that they were found in is at hand"
    returned = people.draw(picture, inplace=True)
    assert returned is picture and np.array_equal(picture, drawn)


def test_drawing_on_a_file(people, picture, tmp_path):
    sinew.write_picture(tmp_path / "p.png", picture)
    assert np.array_equal(people.draw(tmp_path / "p.png"), people.draw(picture))


def test_drawing_on_pil(people, picture):
    pil = pytest.importorskip("PIL.Image")
    drawn = people.draw(pil.fromarray(picture[..., ::-1].copy()))
    assert isinstance(drawn, pil.Image)
    assert np.array_equal(np.asarray(drawn)[..., ::-1], people.draw(picture))


def test_drawing_on_grey(people, picture):
    assert people.draw(picture[..., 0]).shape == picture.shape


def test_drawing_refuses(people, picture, tmp_path):
    read_only = picture.copy()
    read_only.flags.writeable = False
    for bad in (read_only, picture[:, ::-1], np.zeros((9, 9), np.uint8), "p.png"):
        with pytest.raises(sinew.InvalidArgument):
            people.draw(bad, inplace=True)
    with pytest.raises(sinew.InvalidArgument):
        people.draw(picture, line_width=-1)
    people.keypoints = people.keypoints[:, :3]
    with pytest.raises(sinew.InvalidArgument, match="keypoints"):
        people.draw(picture)


def test_picture_is_not_kept_alive(model):
    people = model(noise())
    assert (people.draw() == 0).mean() > 0.5, "on black: the caller has let go of the picture"


def test_notebooks(people, picture):
    png = people._repr_png_()
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (120, 90)
    size = int.from_bytes(png[33:37], "big")
    rows = np.frombuffer(zlib.decompress(png[41 : 41 + size]), np.uint8).reshape(90, 361)
    assert np.array_equal(rows[:, 1:].reshape(90, 120, 3)[..., ::-1], people.draw(picture))
    html = people._repr_html_()
    assert "data:image/png;base64," in html and html.count("<tr>") == len(people) + 1


def test_texts_from_outside_are_escaped_in_notebooks(people):
    people.source = "<script>"
    assert "<script>" not in people._repr_html_()
    people.error = "<b>"
    assert "<b>" not in people._repr_html_() and people._repr_png_() is None
