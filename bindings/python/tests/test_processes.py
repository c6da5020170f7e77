"""Other processes: pickling, forks, spawned pools; the weights are shared."""

import multiprocessing
import os
import pickle
import re

import numpy as np
import pytest
from conftest import LOOSE

import sinew

_model = None


def call(model, picture):
    return model(picture).keypoints


def keep(model):
    global _model
    _model = model


def call_kept(picture):
    return _model(picture).keypoints


def in_fork(work):
    """What a forked child says: "ok", or its exception."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work()
            os.write(writer, b"ok")
        except BaseException as error:  # everything is to be told
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        text = answer.read().decode()
    assert os.waitpid(child, 0)[1] == 0
    return text


def test_pickling(model, picture):
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again(picture).keypoints, model(picture).keypoints)
    assert again.resolution == model.resolution and again.options == model.options


def test_pickles_notice_another_model(graph, artifact, tmp_path, picture):
    path = tmp_path / "m.sinew"
    path.write_bytes(artifact.read_bytes())
    pickled = pickle.dumps(sinew.load(path))
    sinew.compile(graph, path, "96x80", exact=True, skip_passes=["fuse-bias"])
    changed = sinew.load(path)
    if changed.weights_hash == sinew.load(artifact).weights_hash:
        pytest.skip("the other compilation has the same weights")
    with pytest.raises(sinew.Incompatible, match="another model"):
        pickle.loads(pickled)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools(model, picture, method):
    expected = model(picture).keypoints
    with multiprocessing.get_context(method).Pool(2, keep, (model,)) as pool:
        for keypoints in pool.map(call_kept, [picture] * 6):
            assert np.array_equal(keypoints, expected)


def test_weights_are_mapped_and_shared(model, artifact):
    """They lie in pages of the file that nobody has a copy of."""

    def look():
        with open("/proc/self/smaps", encoding="utf-8") as smaps:
            part = smaps.read().split(str(artifact), 1)
        assert len(part) == 2, "the artifact is not mapped"
        size, private = (int(re.search(rf"^{name}:\s+(\d+) kB", part[1], re.M)[1]) for name in ("Size", "Private_Dirty"))
        assert size > 0 and private == 0

    look()
    assert in_fork(look) == "ok"


def test_a_fork_calls_the_parents_model(artifact, picture):
    """With threads in the parent, which the child does not have."""
    with sinew.load(artifact, threads=4, **LOOSE) as model:
        expected = model(picture).keypoints

        def work():
            assert np.array_equal(model(picture).keypoints, expected)
            assert model.session().run(np.zeros((80, 96, 3))).shape == (10, 12, 57)
            model.close()

        assert in_fork(work) == "ok"
        assert np.array_equal(model(picture).keypoints, expected)


def test_a_fork_with_a_session(artifact):
    with sinew.load(artifact, threads=4) as model:
        session = model.session()
        expected = session.run(np.ones((80, 96, 3)))
        assert in_fork(lambda: np.testing.assert_array_equal(session.run(np.ones((80, 96, 3))), expected)) == "ok"


def test_a_run_belongs_to_its_process(pictures, artifact):
    with sinew.run([pictures] * 20, model=artifact) as run:
        next(run)
        assert in_fork(lambda: next(run)).startswith("InvalidArgument: this run belongs to the process")
        assert in_fork(run.close) == "ok"
        assert in_fork(lambda: list(sinew.run(pictures, model=artifact))) == "ok"
        assert len(list(run)) == 119
