#!/usr/bin/python3
"""Packs the wheels of a build: sinew, and sinew-tf-pose.

    pack_wheels.py BUILD_FOLDER OUTPUT_FOLDER

The wheel of sinew holds the extension module, the program and its modules, and the libraries that both need beyond what
every Linux with an interpreter has, under names of their own, so that none is mistaken for another one in the process.
Modules for videos and rarer pictures stay optional: their libraries (FFmpeg, ...) are those of the system, and what needs
them says which packages to install where they are missing.
"""

import argparse
import base64
import csv
import hashlib
import io
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# Part of every system with the C library that the wheel was built for, g++'s run time, and an interpreter.
OF_THE_SYSTEM = re.compile(
    r"(linux-vdso|ld-linux-x86-64|ld-linux-aarch64|libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+|libz)\.so(\.|$)"
)

# Replaced by pip with the interpreter's path; the package itself, and NumPy with it, is not imported.
SCRIPT = """#!python
import importlib.util
import os
import sys

program = os.path.join(importlib.util.find_spec("sinew").submodule_search_locations[0], "bin", "sinew")
os.execv(program, ["sinew", *sys.argv[1:]])
"""


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def needed(library):
    """{name: path} of the libraries that it needs, those of its libraries too."""
    found = {}
    for line in run("ldd", library).splitlines():
        match = re.match(r"\s*(\S+) => (\S+)", line)
        if match and match[2] == "not":
            sys.exit(f"{library}: {match[1]} is not installed")
        if match:
            found[match[1]] = pathlib.Path(match[2])
    return found


def bundle(programs, folder):
    """Copies what the programs need into the folder; {name: new name}."""
    wanted = {}
    for program in programs:
        wanted.update(needed(program))
    names = {}
    folder.mkdir(parents=True)
    for name, path in sorted(wanted.items()):
        if OF_THE_SYSTEM.match(name):
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        stem, rest = name.split(".so", 1)
        names[name] = f"{stem}-{digest}.so{rest}"
        shutil.copy(path.resolve(), folder / names[name])
        (folder / names[name]).chmod(0o644)
        run("patchelf", "--set-soname", names[name], folder / names[name])
    for copy in folder.iterdir():
        relink(copy, names, "$ORIGIN")
    return names


def relink(binary, names, rpath):
    """Makes a binary look for the bundled libraries, under their new names, in `rpath`."""
    present = run("patchelf", "--print-needed", binary).split()
    for name in present:
        if name in names:
            run("patchelf", "--replace-needed", name, names[name], binary)
    run("patchelf", "--set-rpath", rpath, binary)


def check(package):
    """Every library that the package's own binaries need must be there: in the package, or of the system."""
    bundled = {path.name for path in (package / "lib").glob("*.so*")}
    for binary in [package / "bin" / "sinew", *package.glob("_sinew*.so"), *(package / "lib").glob("*.so*")]:
        for name in run("patchelf", "--print-needed", binary).split():
            if name not in bundled and not OF_THE_SYSTEM.match(name):
                sys.exit(f"{binary.name} needs {name}, which is neither in the wheel nor of the system")
        for name, path in needed(binary).items():
            if name in bundled and package not in path.parents:
                sys.exit(f"{binary.name} takes {name} from {path}, not from the wheel")


def fill_sinew(build, package):
    """Lays out the folder of the package sinew."""
    package.mkdir(parents=True)
    for source in [*(HERE / "sinew").glob("*.py"), *(HERE / "sinew").glob("*.pyi"), HERE / "sinew" / "py.typed"]:
        shutil.copy(source, package)
    shutil.copy(ROOT / "LICENSE", package)
    extension = next((build / "python").glob("_sinew.*.so"))
    (package / "bin").mkdir()
    shutil.copy(extension, package)
    shutil.copy(build / "bin" / "sinew", package / "bin")
    names = bundle([extension, build / "bin" / "sinew"], package / "lib")
    modules = package / "lib" / "sinew"
    modules.mkdir()
    for module in sorted((build / "lib" / "sinew").glob("libsinew_*.so")):
        if module.name != "libsinew_cuda.so":  # GPUs want their libraries beside them, which are gigabytes
            shutil.copy(module, modules)
    rpaths = {package / extension.name: "$ORIGIN/lib", package / "bin" / "sinew": "$ORIGIN/../lib"}
    rpaths.update((module, "$ORIGIN/..") for module in modules.iterdir())
    for binary, rpath in rpaths.items():
        run("strip", "--strip-unneeded", binary)  # before patchelf, whose work it would undo
        relink(binary, names, rpath)
    check(package)


def metadata(name, version, summary, requires, python=">=3.9"):
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        f"Summary: {summary}",
        "License: Apache-2.0",
        f"Requires-Python: {python}",
        *(f"Requires-Dist: {requirement}" for requirement in requires),
        "Description-Content-Type: text/markdown",
        "",
        (ROOT / "docs" / "python.md").read_text(encoding="utf-8"),
    ]
    return "\n".join(lines)


def write_wheel(path, folder, info, tag, texts):
    """Zips a folder with its .dist-info. Two packings of the same files give the same bytes."""
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    wheel = f"Wheel-Version: 1.0\nGenerator: sinew\nRoot-Is-Purelib: {str(tag.endswith('-any')).lower()}\nTag: {tag}\n"
    partial = path.with_suffix(".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name, content, executable):
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            rows.writerow([name, f"sha256={digest}", len(content)])

        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            name = file.relative_to(folder).as_posix()
            add(name, file.read_bytes(), "/bin/" in name or "/scripts/" in name)
        for name, text in {**texts, "WHEEL": wheel}.items():
            add(f"{info}/{name}", text.encode(), False)
        rows.writerow([f"{info}/RECORD", "", ""])
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD", (2020, 1, 1, 0, 0, 0)), record.getvalue())
    partial.rename(path)
    print(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")


def pack_sinew(build, output, version):
    abi = f"cp{sys.version_info.major}{sys.version_info.minor}"
    tag = f"{abi}-{abi}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        fill_sinew(build, folder / "sinew")
        scripts = folder / f"sinew-{version}.data" / "scripts"
        scripts.mkdir(parents=True)
        (scripts / "sinew").write_text(SCRIPT)
        python = f"=={sys.version_info.major}.{sys.version_info.minor}.*"
        summary = "Multi-person 2D pose estimation at the lowest cost per image"
        texts = {"METADATA": metadata("sinew", version, summary, ["numpy"], python)}
        write_wheel(output / f"sinew-{version}-{tag}.whl", folder, f"sinew-{version}.dist-info", tag, texts)


def pack_tf_pose(output, version):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        shutil.copytree(HERE / "tf_pose", folder / "tf_pose", ignore=shutil.ignore_patterns("__pycache__"))
        summary = "The module tf_pose of tf-pose-estimation, on sinew"
        texts = {"METADATA": metadata("sinew-tf-pose", version, summary, [f"sinew=={version}", "numpy"])}
        name = f"sinew_tf_pose-{version}"
        write_wheel(output / f"{name}-py3-none-any.whl", folder, f"{name}.dist-info", "py3-none-any", texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    if platform.system() != "Linux":
        sys.exit("wheels are packed on Linux")
    header = (arguments.build / "include/sinew/version.h").read_text(encoding="utf-8")
    version = re.search(r'kVersion = "([^"]+)"', header)[1]
    arguments.output.mkdir(parents=True, exist_ok=True)
    for old in arguments.output.glob("sinew*.whl"):
        old.unlink()
    pack_sinew(arguments.build.resolve(), arguments.output, version)
    if (HERE / "tf_pose").is_dir():
        pack_tf_pose(arguments.output, version)


if __name__ == "__main__":
    main()
