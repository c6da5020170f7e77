"""Models: what they take, what they return, threads, and closing."""

import os
import threading
import time

import numpy as np
import pytest
from conftest import LOOSE, noise

import sinew


def same(a, b):
    return np.array_equal(a.keypoints, b.keypoints) and np.array_equal(a.scores, b.scores)


def test_finds_people(model, picture):
    people = model(picture)
    assert len(people) > 0, "the other tests would show nothing"
    assert people.keypoints.shape == (len(people), 18, 3) and people.keypoints.dtype == np.float32
    assert people.scores.shape == (len(people),)
    assert people.ids is None
    found = people.keypoints[people.keypoints[..., 2] > 0]
    assert (found[:, 0] > -1).all() and (found[:, 0] < picture.shape[1]).all()
    assert (people.keypoints[people.keypoints[..., 2] == 0] == 0).all()
    assert (people.width, people.height) == (120, 90)
    assert set(people.times) == {"resize", "network", "decode"} and people.times["network"] > 0


def test_describes_itself(model, artifact):
    assert model.name == "tiny" and model.source == str(artifact)
    assert model.resolution == (96, 80)
    assert model.names[0] == "nose" and model.names[1] == "neck" and len(model.names) == 18
    assert len(model.skeleton) == 18 and len(model.skeleton.limbs) == 17 and len(model.skeleton.joins) == 19
    assert len(model.skeleton.colors) == 18 and model.skeleton.name == "coco18"
    assert "tiny" in repr(model) and model.weight_bytes > 0


@pytest.mark.parametrize(
    "view",
    [
        lambda p: p,
        lambda p: np.asfortranarray(p),
        lambda p: np.dstack([p, p[..., :1]])[..., :3],
        lambda p: p[::-1].copy()[::-1],
        lambda p: p[:, ::-1].copy()[:, ::-1],
        lambda p: p[..., ::-1].copy()[..., ::-1],
        lambda p: np.repeat(p, 2, axis=1)[:, ::2],
        lambda p: np.pad(p, ((3, 4), (5, 6), (0, 0)))[3:-4, 5:-6],
        lambda p: np.frombuffer(p.tobytes(), np.uint8).reshape(p.shape),
        lambda p: p.astype(np.dtype("u1").newbyteorder(">")),
    ],
    ids=["plain", "fortran", "four channels", "rows", "columns", "channels", "every second", "crop", "read-only", "order"],
)
def test_strides_do_not_matter(model, picture, view):
    seen = view(picture)
    assert np.array_equal(seen, picture)
    assert same(model(seen), model(picture))


def test_rgb(model, picture):
    assert same(model(picture[..., ::-1], rgb=True), model(picture))
    assert same(model(np.ascontiguousarray(picture[..., ::-1]), rgb=True), model(picture))
    assert not same(model(picture, rgb=True), model(picture))


def test_grey(model, picture):
    grey = picture[..., 1]
    expected = model(np.dstack([grey] * 3))
    assert same(model(grey), expected) and same(model(grey[..., None]), expected)


def test_paths_bytes_and_pil(model, picture, tmp_path):
    path = tmp_path / "p.png"
    sinew.write_picture(path, picture)
    assert np.array_equal(sinew.read_picture(path), picture)
    assert np.array_equal(sinew.read_picture(path, rgb=True), picture[..., ::-1])
    for one in (path, str(path), path.read_bytes()):
        assert same(model(one), model(picture))
    assert model(path).source == str(path)
    pil = pytest.importorskip("PIL.Image")
    assert same(model(pil.open(path)), model(picture))
    assert same(model(pil.fromarray(picture[..., 1])), model(picture[..., 1]))


def test_path_that_is_not_utf8(model, picture, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.png"
    sinew.write_picture(tmp_path / "p.png", picture)
    os.rename(tmp_path / "p.png", path)
    people = model(os.fsdecode(path))
    assert same(people, model(picture)) and os.fsencode(people.source) == path
    assert "\ufffd" in people.to_json()
    with pytest.raises(sinew.NotFound):
        model(os.fsdecode(path + b".missing"))


def test_options_and_copies(model, picture):
    strict = model.copy(min_score=1.5)
    assert len(strict(picture)) < len(model(picture))
    assert strict.weights_hash == model.weights_hash and strict.options["min_score"] == 1.5
    assert not same(model.copy(smoothing=5)(picture), model(picture))
    small = model.copy(resolution="64x48")
    assert small.resolution == (64, 48) and not same(small(picture), model(picture))
    assert same(small.copy(resolution=(96, 80))(picture), model(picture))
    assert len(model.copy(max_people=1)(picture)) == 1


def test_resolution_that_follows_the_pictures(graph, picture):
    with sinew.load(graph, "-1x64", threads=1, **LOOSE) as following:
        assert following.resolution == (-1, 64)
        with sinew.load(graph, "80x64", threads=1, **LOOSE) as fixed:  # 120 x 90 at 64: 85.3, so 80
            assert same(following(picture), fixed(picture))
        assert len(following(noise(60, 120))) > 0


def test_several_scales(graph, picture):
    scaled = sinew.load(graph, "96x80", scale_number=2, threads=1, **LOOSE)
    with sinew.load(graph, "96x80", threads=1, **LOOSE) as plain:
        assert not np.array_equal(scaled.maps(picture).array, plain.maps(picture).array)


def test_maps_are_what_the_session_computes(model):
    picture = noise(80, 96)  # of the network's own size: nothing is resized
    maps = model.maps(picture)
    assert maps.heat_maps.shape == (10, 12, 18) and maps.background.shape == (10, 12) and maps.fields.shape == (10, 12, 38)
    session = model.session()
    assert session.input_shape == (80, 96, 3) and session.output_shape == (10, 12, 57)
    out = session.run(picture)
    assert np.array_equal(out, maps.array)
    batch = session.run(np.stack([picture, picture[::-1]]).astype(np.float32))
    assert batch.shape == (2, 10, 12, 57) and np.array_equal(batch[0], out)
    assert np.array_equal(session.run(picture.astype(np.float64)), out)
    assert model.session(resolution="64x48").input_shape == (48, 64, 3)


@pytest.mark.parametrize("bad", [np.zeros((80, 96, 3), complex), np.zeros((80, 96, 3), object), np.zeros((80, 96, 4)),
                                 np.zeros((96, 80, 3)), np.zeros((0, 80, 96, 3)), np.zeros(3), np.zeros((80, 96, 3), bool)])
def test_session_refuses(model, bad):
    with pytest.raises(sinew.InvalidArgument, match="^input: "):
        model.session().run(bad)


def test_session_with_what_is_not_finite(model):
    out = model.session().run(np.full((80, 96, 3), np.nan, np.float32))
    assert out.shape == (10, 12, 57)


def test_closing(artifact, picture):
    with sinew.load(artifact, **LOOSE) as model:
        model(picture)
    assert model.closed and "closed" in repr(model)
    for call in (lambda: model(picture), lambda: model.session(), lambda: model.maps(picture), lambda: model.names,
                 lambda: model.copy(threads=1), lambda: sinew.run(artifact, model=model), lambda: sinew.bench(model),
                 lambda: sinew.profile(model), lambda: sinew.evaluate(model, artifact, against_smoothing=5)):
        with pytest.raises(sinew.InvalidArgument, match="was closed"):
            call()
    model.close()


def test_threads_with_estimators_of_their_own(model, picture):
    expected = model(picture)
    failures = []

    def work():
        own = model.copy(threads=1)
        failures.extend(1 for _ in range(50) if not same(own(picture), expected))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_threads_that_share_an_estimator(model):
    shown = [noise(seed=seed) for seed in range(4)]
    expected = [model(picture) for picture in shown]
    failures = []

    def work(index):
        failures.extend(1 for _ in range(50) if not same(model(shown[index]), expected[index]))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_other_threads_run_meanwhile(graph):
    """The interpreter's lock is not held: a thread that counts gets on while the network runs."""
    model = sinew.load(graph, "640x480", threads=1)
    picture = noise(480, 640)
    count, stop = [0], threading.Event()

    def work():
        while not stop.is_set():
            count[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        before = count[0]
        model(picture)
        assert count[0] - before > 100
    finally:
        stop.set()
        thread.join()


def test_costs_little_more_than_the_library(artifact):
    """What a call takes beyond the library's own time, which it tells: 0.3 ms at most, of a picture that is not copied."""
    picture = noise(480, 640)
    with sinew.load(artifact, "64x48", threads=1, **LOOSE) as model:
        beyond = []
        for _ in range(200):
            start = time.perf_counter()
            people = model(picture)
            beyond.append(time.perf_counter() - start - sum(people.times.values()))
    assert sorted(beyond)[len(beyond) // 2] < 0.3e-3
