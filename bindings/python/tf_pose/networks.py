"""Models by their names, and resolutions as text."""

from __future__ import annotations

import os

from sinew import _sinew


def get_graph_path(model_name: str) -> str:
    """The graph of a model: a path as it is, or that of a name of the zoo. sinew.NotFound says how to get it."""
    return os.fsdecode(_sinew.find_model(os.fsencode(model_name)))


def model_wh(resolution_str: str) -> tuple[int, int]:
    """"432x368" as (432, 368)."""
    width, height = map(int, resolution_str.split("x"))
    if width % 16 != 0 or height % 16 != 0:
        raise Exception(f"Width and height must be multiples of 16. w={width}, h={height}")
    return width, height
