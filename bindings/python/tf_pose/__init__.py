"""tf-pose-estimation's module on sinew: the same names, the same people, without TensorFlow."""

from tf_pose.runner import Estimator, get_estimator, infer

__all__ = ["Estimator", "get_estimator", "infer"]
