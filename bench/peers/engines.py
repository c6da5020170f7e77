"""The engines that are compared: how each is found, and how to get one that is missing."""
import dataclasses
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Engine:
    name: str
    command: tuple  # of its worker
    compile_flags: tuple = ()  # of the artifact, or of the ONNX model
    reads: str = "onnx"  # or "sinew", or "caffe", which only networks that are given in it have
    precision: str = "fp32"  # engines are ranked among those of the same


class Missing(Exception):
    """Says how to get the engine."""


def find_engines(names, tools):
    """The engines named that are there; a line about each that is not."""
    engines = []
    for name in names:
        try:
            engines.append(FINDERS[name](name, tools))
        except Missing as advice:
            print(f"skipping {name}: {advice}")
    return engines


def find_sinew(name, tools, flags=(), precision="fp32"):
    if not tools.sinew_worker.exists():
        raise Missing(f"{tools.sinew_worker} is not built: cmake --build BUILD --target sinew_worker")
    return Engine(name, (str(tools.sinew_worker),), flags, reads="sinew", precision=precision)


def find_narrow_sinew(name, tools, precision):
    if "avx512_bf16" not in pathlib.Path("/proc/cpuinfo").read_text():
        raise Missing("this processor has no AVX512_BF16")
    return find_sinew(name, tools, ("--precision", precision, *calibration(tools, precision)), precision)


def calibration(tools, precision):
    if precision != "int8":
        return ()
    if not tools.calibrate:
        raise Missing("int8 is calibrated: name a folder of pictures with --calibrate")
    return ("--calibrate", str(tools.calibrate))


def find_onnxruntime(name, tools):
    node = shutil.which("node")
    if node is None:
        raise Missing("there is no node: apt-get install nodejs npm")
    command = (node, str(HERE / "onnxruntime_worker.js"), str(tools.npm_folder.resolve()))
    check(command[:1] + ("-e", "require(process.argv[1])", str(tools.npm_folder.resolve() / "node_modules/onnxruntime-node")),
          f"npm install --ignore-scripts --prefix {tools.npm_folder} onnxruntime-node")
    return Engine(name, command)


def find_onnxruntime_int8(name, tools):
    flags = ("--precision", "int8", "--layout", "nhwc", *calibration(tools, "int8"))
    return dataclasses.replace(find_onnxruntime(name, tools), compile_flags=flags, precision="int8")


def find_python(name, script, modules, packages, *flags):
    """With the first interpreter that has the modules; Debian's packages serve Debian's."""
    for python in dict.fromkeys([sys.executable, "/usr/bin/python3"]):
        try:
            check((python, "-c", f"import {modules}"), f"apt-get install {packages}")
        except Missing as missing:
            advice = missing
            continue
        return Engine(name, (python, str(HERE / script), *flags))
    raise advice


def check(command, advice):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{error}; try: {advice}") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "Error" in line] or ["it does not start"]
        raise Missing(f"{lines[-1].strip()}; try: {advice}")


def find_torch(name, tools, *flags):
    return find_python(name, "torch_worker.py", "torch, onnx", "python3-torch python3-onnx libopenblas0", *flags)


FINDERS = {
    "sinew": find_sinew,
    "sinew-exact": lambda name, tools: find_sinew(name, tools, ("--exact",)),
    "onnxruntime": find_onnxruntime,
    "opencv": lambda name, tools: find_python(name, "opencv_worker.py", "cv2", "python3-opencv python3-onnx"),
    "opencv-caffe": lambda name, tools: dataclasses.replace(find_python(name, "opencv_worker.py", "cv2", "python3-opencv"), reads="caffe"),
    "torch": find_torch,
    "torch-mkldnn": lambda name, tools: find_torch(name, tools, "--mkldnn"),
    "sinew-bf16": lambda name, tools: find_narrow_sinew(name, tools, "bf16"),
    "torch-bf16": lambda name, tools: dataclasses.replace(find_torch(name, tools, "--bf16"), precision="bf16"),
    "sinew-int8": lambda name, tools: find_narrow_sinew(name, tools, "int8"),
    "onnxruntime-int8": find_onnxruntime_int8,
}
