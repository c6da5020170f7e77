"""The short way: one call for a picture."""

from __future__ import annotations

import numpy as np

from tf_pose import common
from tf_pose.estimator import Human, TfPoseEstimator
from tf_pose.networks import get_graph_path, model_wh

Estimator = TfPoseEstimator


def get_estimator(model: str = "cmu", resize: str = "0x0") -> TfPoseEstimator:
    """The estimator of a model by name; "0x0": 432x368."""
    width, height = model_wh(resize)
    return TfPoseEstimator(get_graph_path(model), target_size=(432, 368) if width == 0 or height == 0 else (width, height))


def infer(image: str | np.ndarray, model: str = "cmu", resize: str = "0x0", resize_out_ratio: float = 4.0) -> list[Human]:
    """The people in a picture: a path, or an array, on which they are drawn."""
    width, height = model_wh(resize)
    estimator = get_estimator(model, resize)
    picture = common.read_imgfile(image, None, None) if isinstance(image, str) else image
    if picture is None:
        raise Exception(f"Image can not be read, path={image}")
    humans = estimator.inference(picture, resize_to_default=width > 0 and height > 0, upsample_size=resize_out_ratio)
    TfPoseEstimator.draw_humans(picture, humans, imgcopy=False)
    return humans
