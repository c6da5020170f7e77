"""The package as it is installed: quick to import, small in what it asks for, typed, with its program."""

import ast
import pathlib
import resource
import subprocess
import sys

import numpy as np
import pytest

import sinew
from sinew import _sinew

FOLDER = pathlib.Path(sinew.__file__).parent


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_loads_nothing_else():
    """Neither NumPy nor the native code: they come with the first name that needs them."""
    later = ("numpy", "sinew._sinew", "pandas", "PIL", "matplotlib", "cv2", "tensorflow")
    assert run(f"import sys, sinew; print(*[m for m in {later} if m in sys.modules])").strip() == ""


def test_imports_nothing_but_numpy():
    others = ("pandas", "PIL", "matplotlib", "cv2", "tensorflow")
    names = "[getattr(sinew, name) for name in sinew.__all__]"
    assert run(f"import sys, sinew; {names}; print(*[m for m in {others} if m in sys.modules])").strip() == ""


def test_imports_quickly():
    """Milliseconds beyond Python itself, and less than 0.2 s with it."""

    def seconds(module):
        times = []
        for _ in range(7):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run(f"import {module}")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(times)

    assert seconds("sinew") < max(0.2, 1.5 * seconds("typing"))


def test_names_are_there_before_they_are_loaded():
    assert run("import sinew; print(set(sinew.__all__) <= set(dir(sinew)))").strip() == "True"
    assert run("from sinew import *; print(load.__module__, __version__)").split() == ["sinew._model", sinew.__version__]
    with pytest.raises(AttributeError, match="'sinew' has no attribute 'lod'"):
        sinew.lod  # noqa: B018


def test_is_typed_and_documented():
    assert (FOLDER / "py.typed").exists() and (FOLDER / "_sinew.pyi").exists()
    for name in sinew.__all__:
        thing = getattr(sinew, name)
        assert isinstance(thing, str) or thing.__doc__, f"{name} has no docstring"


def test_stub_names_what_there_is():
    stub = ast.parse((FOLDER / "_sinew.pyi").read_text())
    named = {node.name for node in stub.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    named |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    there = {name for name in dir(_sinew) if not name.startswith("_")}
    assert there == named
    for node in stub.body:
        if isinstance(node, ast.ClassDef):
            methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef) and not item.name.startswith("_")}
            assert methods == {name for name in dir(getattr(_sinew, node.name)) if not name.startswith("_")}


def test_brings_the_program(command):
    assert command("--version").stdout == f"sinew {sinew.__version__}\n"
    out = subprocess.run([sys.executable, "-m", "sinew", "--version"], capture_output=True, text=True, check=True).stdout
    assert out == f"sinew {sinew.__version__}\n"


def test_script_of_the_environment():
    script = pathlib.Path(sys.executable).parent / "sinew"
    if not script.exists():
        pytest.skip("not installed in an environment of its own")
    out = subprocess.run([script, "--version"], capture_output=True, text=True, check=True).stdout
    assert out == f"sinew {sinew.__version__}\n"
    assert subprocess.run([script, "run"], capture_output=True, check=False).returncode == 2


def test_works_without_the_optional_modules(artifact, tmp_path):
    """Arrays, JPEG and PNG need no module: a program whose modules are missing gets on, and is told what to install."""
    code = f"""
import numpy as np, pathlib, shutil, sys
import importlib.util
origin = pathlib.Path(importlib.util.find_spec("sinew").origin).parent
copy = pathlib.Path({str(tmp_path)!r}) / "sinew"
shutil.copytree(origin, copy)
shutil.rmtree(copy / "lib" / "sinew")
sys.path.insert(0, str(copy.parent))
import sinew
assert sinew.__file__.startswith(str(copy))
picture = np.zeros((64, 64, 3), np.uint8)
sinew.load({str(artifact)!r})(picture)
sinew.write_picture(str(copy / "p.png"), picture)
sinew.load({str(artifact)!r})(copy / "p.png")
try:
    sinew.write_picture(str(copy / "p.webp"), picture)
except sinew.Unavailable as error:
    print(error)
"""
    if not (FOLDER / "lib" / "sinew").is_dir():
        pytest.skip("not the package of a wheel")
    assert "libsinew_pictures.so is not installed" in run(code)


def test_numpy_views_outlive_what_made_them(model, picture):
    keypoints = model(picture).keypoints
    row = model(picture)[0].keypoints
    copy = row.copy()
    model.close()
    np.zeros((1000, 1000))
    assert np.array_equal(row, copy) and keypoints.shape[1:] == (18, 3)
