#!/usr/bin/env python3
"""Whether what was built holds the path of the folder that it was built in.

    paths_test.py SOURCE_DIR BUILD_DIR FILE...   exits with 1 and says what was found where
    paths_test.py --self-test

Searched are the files named (the program, say, which must be there) and all programs, modules and libraries of BUILD_DIR that are
installed. Such a path tells strangers about whoever built a program, and makes its bits depend on the folder.
"""
import os
import pathlib
import sys
import tempfile

# What lies in the build folder and is for tests, or comes from others.
NOT_OURS = {"tests", "fuzz", "googletest", "CMakeFiles", "Testing", "_deps"}
CONTEXT_BYTES = 60


def built_files(build):
    for folder, folders, names in os.walk(build):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            suffixes = path.suffixes
            is_library = ".so" in suffixes or path.suffix == ".a"
            if not path.is_symlink() and (is_library or (path.parent.name == "bin" and os.access(path, os.X_OK))):
                # Libraries of test support are not installed.
                if "test_util" not in name:
                    yield path


def text_around(data, at):
    """The printable characters around a place."""
    begin = at
    while begin > 0 and at - begin < CONTEXT_BYTES and 32 <= data[begin - 1] < 127:
        begin -= 1
    end = at
    while end < len(data) and end - at < 2 * CONTEXT_BYTES and 32 <= data[end] < 127:
        end += 1
    return data[begin:end].decode("ascii")


def complaints(path, folders):
    data = pathlib.Path(path).read_bytes()
    for folder in folders:
        at = data.find(folder.encode())
        if at >= 0:
            yield f"{path}: holds {folder} {data.count(folder.encode())} times, first in \"{text_around(data, at)}\""


def self_test():
    with tempfile.TemporaryDirectory() as work:
        source = f"{work}/a checkout"
        build = pathlib.Path(source, "build")
        for folder in ("bin", "src", "tests"):
            build.joinpath(folder).mkdir(parents=True)
        clean, dirty = build / "bin/clean", build / "bin/dirty"
        clean.write_bytes(b"\0src/base/check.cc\0")
        dirty.write_bytes(b"\0\1" + f"check failed at {source}/src/base/check.cc:3".encode() + b"\0")
        for program in (clean, dirty):
            program.chmod(0o755)
        for name in ("src/libx.a", "src/libx.so.1.2", "src/libx_test_util.a", "src/x.txt", "tests/liby.a"):
            build.joinpath(name).write_bytes(dirty.read_bytes())
        files = [str(path.relative_to(build)) for path in built_files(build)]
        assert files == ["bin/clean", "bin/dirty", "src/libx.a", "src/libx.so.1.2"], files
        assert not list(complaints(clean, [source]))
        found = list(complaints(dirty, [source]))
        assert len(found) == 1 and f'first in "check failed at {source}/src/base/check.cc:3"' in found[0], found
    print("ok")
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    source, build = sys.argv[1:3]
    folders = sorted({folder for path in (source, build) for folder in (os.path.abspath(path), os.path.realpath(path))})
    if any(folder.count("/") < 2 for folder in folders):
        print(f"{folders}: a folder directly below / is too short a name to be searched for")
        return 77
    files = sorted({os.path.realpath(path) for path in sys.argv[3:]} | {str(path.resolve()) for path in built_files(build)})
    found = [complaint for path in files for complaint in complaints(path, folders)]
    for complaint in found:
        print(complaint)
    if not found:
        print(f"{len(files)} files hold no path of {', '.join(folders)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
