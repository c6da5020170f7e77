"""Memory stays flat: ten thousand pictures, a thousand models opened and closed, runs begun and left."""

import gc

from conftest import LOOSE, noise, resident_bytes

import sinew

MEGABYTE = 1 << 20
SLACK = 8 * MEGABYTE  # of allocators; what is leaked a time would be a multiple of it


def grown(work, warm_up, repeats):
    for _ in range(warm_up):
        work()
    gc.collect()
    before = resident_bytes()
    for _ in range(repeats):
        work()
    gc.collect()
    return resident_bytes() - before


def test_pictures(artifact):
    """Of all kinds, read in place and copied; people are drawn, and written as text, now and then."""
    shown = [noise(seed=seed) for seed in range(4)] + [noise()[:, ::-1], noise()[..., 0]]
    with sinew.load(artifact, "64x48", threads=1, **LOOSE) as model:
        count = 0

        def work():
            nonlocal count
            count += 1
            people = model(shown[count % len(shown)], rgb=count % 3 == 0, maps=count % 5 == 0)
            if count % 50 == 0:
                people.to_json(), people.draw(), list(people)

        assert grown(work, 500, 10_000) < SLACK  # a leak of the keypoints alone would be 20 MB


def test_models(artifact, picture):
    def work():
        with sinew.load(artifact, "64x48", threads=2) as model:
            model(picture)

    assert grown(work, 50, 1000) < SLACK


def test_models_that_nobody_closes(artifact):
    assert grown(lambda: sinew.load(artifact, threads=2), 50, 500) < SLACK


def test_runs(pictures, artifact):
    def work():
        next(sinew.run(pictures, model=artifact, cores=1))

    assert grown(work, 20, 100) < SLACK


def test_errors(model):
    def work():
        try:
            model("/nonexistent.jpg")
        except sinew.NotFound:
            pass

    assert grown(work, 100, 5000) < SLACK
