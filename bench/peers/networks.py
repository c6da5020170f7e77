"""What is computed: a network in each engine's format, and one input for all."""
import array
import dataclasses
import json
import pathlib
import random
import re
import subprocess
import sys


# Networks whose weights may not be passed on: what `sinew model synth` calls them, and the file's kind.
MADE_UP = {
    "cmu": ("cmu", ".pb"),
    "openpose_body_25": ("body_25", ".caffemodel"),
    "openpose_coco": ("openpose_coco", ".caffemodel"),
    "openpose_mpi": ("openpose_mpi", ".caffemodel"),
}


@dataclasses.dataclass
class Network:
    name: str
    graph: pathlib.Path
    width: int
    height: int
    multiply_adds: float  # of the graph as it is given, convolutions done directly
    folder: pathlib.Path  # of what is made of it

    @property
    def label(self):
        return f"{self.name} {self.width}x{self.height}"

    @property
    def shape(self):
        return [1, self.height, self.width, 3]

    def is_for(self, engine):
        return engine.reads != "caffe" or self.graph.suffix == ".caffemodel"


class Preparation:
    """Makes, with the program, what the engines read."""

    def __init__(self, sinew, folder, smooth=False):
        self.sinew, self.folder, self.smooth = sinew, folder, smooth
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, *arguments):
        done = subprocess.run([str(self.sinew), *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr.strip() or f"sinew {arguments[0]} failed")
        return done.stdout

    def network(self, model, resolution):
        """`model`: a name of the zoo, which is fetched; one of MADE_UP where it is not at hand; or a graph."""
        zoo = {entry["name"]: entry for entry in json.loads(self.run("model", "list", "--json"))}
        name, graph = model, pathlib.Path(model)
        if model in MADE_UP and not zoo[model]["path"]:
            synth, suffix = MADE_UP[model]
            name, graph = f"{model} (made-up weights)", self.folder / f"{model}{suffix}"
            if not graph.exists():
                self.run("model", "synth", synth, "-o", graph)
        elif model in zoo:
            graph = pathlib.Path(zoo[model]["path"] or self.run("model", "fetch", model).strip())
        elif not graph.exists():
            sys.exit(f"{model}: neither a file nor one of {', '.join(zoo)}")
        else:
            name = graph.stem
        resolution = resolution or zoo.get(model, {}).get("net_resolution")
        if not resolution:
            sys.exit(f"{model}: give its --resolution WxH")
        inspected = self.run("inspect", graph, "--net-resolution", resolution)
        billions = float(re.search(r"multiply-adds: ([\d.]+) billion", inspected)[1])
        width, height = map(int, resolution.split("x"))
        folder = self.folder / f"{graph.parent.name}_{graph.stem}_{resolution}"
        folder.mkdir(exist_ok=True)
        return Network(name, graph, width, height, billions * 1e9, folder)

    def model_file(self, network, engine):
        """Made anew each time: the program may have changed."""
        if engine.reads == "caffe":
            return network.graph
        resolution = f"{network.width}x{network.height}"
        if engine.reads == "onnx":
            path = network.folder / f"model-{engine.precision}.onnx"
            self.run("export", network.graph, "--net-resolution", resolution, "-o", path, *(engine.compile_flags or ("--precision", "fp32")))
        else:
            path = network.folder / f"{engine.name}.sinew"
            self.run("compile", network.graph, "--net-resolution", resolution, "-o", path, "--quiet", *engine.compile_flags)
        return path

    def input_file(self, network):
        """Random bytes as floats, the same in every run; smooth where narrow numbers are judged, whose scales are those of
        pictures and not of noise."""
        path = network.folder / "input.f32"
        draw = random.Random(1)
        if self.smooth:
            pixels = smooth_picture(network.width, network.height, draw)
        else:
            pixels = list(draw.randbytes(network.width * network.height * 3))
        path.write_bytes(array.array("f", pixels).tobytes())
        return path


def smooth_picture(width, height, draw):
    """Random colours on a coarse grid, linear between, and a little grain."""
    cell = 48
    columns, rows = width // cell + 2, height // cell + 2
    grid = [[[draw.uniform(0, 255) for _ in range(3)] for _ in range(columns)] for _ in range(rows)]
    pixels = []
    for y in range(height):
        upper, lower, down = grid[y // cell], grid[y // cell + 1], y % cell / cell
        for x in range(width):
            left, right = x // cell, x % cell / cell
            for c in range(3):
                top = upper[left][c] * (1 - right) + upper[left + 1][c] * right
                bottom = lower[left][c] * (1 - right) + lower[left + 1][c] * right
                pixels.append(float(min(255, max(0, round(top * (1 - down) + bottom * down + draw.uniform(-8, 8))))))
    return pixels
