"""The short way: one call for a picture."""

from __future__ import annotations

from functools import lru_cache

from tf_pose import common
from tf_pose.common import CocoPart
from tf_pose.estimator import Human, TfPoseEstimator
from tf_pose.networks import get_graph_path, model_wh

Estimator = TfPoseEstimator

# COCO's 17 keypoints in its order; it has no neck.
_COCO = [
    CocoPart.Nose, CocoPart.LEye, CocoPart.REye, CocoPart.LEar, CocoPart.REar, CocoPart.LShoulder, CocoPart.RShoulder,
    CocoPart.LElbow, CocoPart.RElbow, CocoPart.LWrist, CocoPart.RWrist, CocoPart.LHip, CocoPart.RHip, CocoPart.LKnee,
    CocoPart.RKnee, CocoPart.LAnkle, CocoPart.RAnkle,
]  # fmt: skip


@lru_cache(maxsize=1)
def get_estimator(model: str = "cmu", resize: str = "0x0") -> TfPoseEstimator:
    """The estimator of a model by name; "0x0": 432x368. The last one is kept."""
    width, height = model_wh(resize)
    return TfPoseEstimator(get_graph_path(model), target_size=(432, 368) if width == 0 or height == 0 else (width, height))


def infer(
    image: str, model: str = "cmu", resize: str = "0x0", resize_out_ratio: float = 4.0
) -> list[tuple[list[int], float]]:
    """The people in a file: of each, COCO's keypoints as [x, y, 2, ...] in whole pixels, 0, 0, 0 for a missing one, and the
    score. With "0x0" as `resize`, the network looks at the picture in its own size."""
    width, height = model_wh(resize)
    estimator = get_estimator(model, resize)
    picture = common.read_imgfile(image, None, None)
    if picture is None:
        raise Exception(f"Image can not be read, path={image}")
    humans = estimator.inference(picture, resize_to_default=width > 0 and height > 0, upsample_size=resize_out_ratio)
    return [(_to_coco(human, picture.shape[1], picture.shape[0]), human.score) for human in humans]


def _to_coco(human: Human, width: int, height: int) -> list[int]:
    keypoints: list[int] = []
    for part in _COCO:
        found = human.body_parts.get(part.value)
        keypoints += [0, 0, 0] if found is None else [round(found.x * width), round(found.y * height), 2]
    return keypoints
