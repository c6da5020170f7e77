#!/usr/bin/env python3
"""Checks every #include between the folders of the tree, and the form of the files.

    check_layers.py ROOT        check a tree; prints each violation, exit code 1 if there is one
    check_layers.py --self-test prove that violations are found
"""
import pathlib
import re
import sys
import tempfile

# What each folder under src/ may include. base and the public headers are open to all.
ALLOWED = {
    "base": set(),
    "artifact": set(),
    "ir": set(),
    "import": {"ir"},
    "passes": {"ir", "reference"},
    "kernels": set(),
    "reference": {"ir"},
    "plan": {"ir", "artifact", "kernels", "reference"},
    "runtime": {"artifact", "kernels"},
    "compiler": {"import", "ir", "passes", "plan", "reference", "runtime", "artifact", "kernels"},
    "export": {"import", "ir", "passes"},
    "pose": {"kernels", "runtime", "artifact"},
    "evaluate": {"pose"},
    "track": {"pose"},
    "media": set(),
    "output": {"pose", "media"},
    "pipeline": {"pose", "media", "output", "track"},
    "synth": {"import", "ir"},
    "zoo": set(),
    "price": set(),
    "report": {"price"},
    "measure": {"runtime", "kernels", "artifact", "pose", "media", "output"},
}
# Public headers are for programs that know nothing of what is inside.
FORBIDDEN_IN_PUBLIC = re.compile(r"hwy/|google/protobuf|opencv2/|nlohmann/|\.pb\.h|flatbuffers/|fmt/")
# Tests, benchmarks and fuzzers may look at anything.
FREE = re.compile(r"(_test|_bench|_fuzz|_for_tests|_test_util)\.(cc|h)$|(^|/)(testing|test_models\.(cc|h)$)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
MAX_LINES = 800


def check_includes(root, path, text):
    where = path.relative_to(root).as_posix()
    if FREE.search(where):
        return
    for kind, target in INCLUDE.findall(text):
        if where.startswith("include/"):
            if FORBIDDEN_IN_PUBLIC.search(target) or (kind == '"' and not target.startswith("sinew/")):
                yield f"{where}: a public header includes {target}"
        elif where.startswith("src/") and kind == '"' and "/" in target and not target.startswith("sinew/"):
            folder, other = where.split("/")[1], target.split("/")[0]
            if folder not in ALLOWED:
                yield f"{where}: the folder {folder} is not in the table of layers"
            elif other in ALLOWED and other not in {folder, "base"} and other not in ALLOWED[folder]:
                yield f"{where}: {folder} must not include {target}"


def check_form(root, path, text):
    where = path.relative_to(root).as_posix()
    if not text.startswith(("//", "/*")):
        yield f"{where}: the first line does not say what the file is"
    if text.count("\n") > MAX_LINES:
        yield f"{where}: longer than {MAX_LINES} lines"


def check_tree(root):
    for folder in ("include", "src", "tools", "tests", "bench", "fuzz"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".h", ".cc"}:
                continue
            text = path.read_text(encoding="utf-8")
            yield from check_includes(root, path, text)
            yield from check_form(root, path, text)


def self_test():
    cases = {
        "src/runtime/a.cc": ('// a\n#include "ir/graph.h"\n', "runtime must not include ir/graph.h"),
        "src/kernels/gemm/a.cc": ('// a\n#include "plan/planner.h"\n', "kernels must not include plan/planner.h"),
        "src/pose/a.h": ('// a\n#include "import/import.h"\n', "pose must not include import/import.h"),
        "src/new/a.h": ('// a\n#include "base/file.h"\n', "new is not in the table"),
        "include/sinew/a.h": ("// a\n#include <hwy/highway.h>\n", "a public header includes hwy/highway.h"),
        "include/sinew/b.h": ('// a\n#include "ir/graph.h"\n', "a public header includes ir/graph.h"),
        "src/base/a.cc": ("int x;\n", "the first line does not say"),
        "src/base/b.cc": ("// b\n" + "\n" * MAX_LINES, "longer than"),
    }
    fine = {
        "src/runtime/a_test.cc": '// a\n#include "ir/graph.h"\n',
        "src/plan/a.cc": '// a\n#include "ir/graph.h"\n#include "base/file.h"\n#include "sinew/status.h"\n',
        "include/sinew/a.h": '// a\n#include "sinew/status.h"\n#include <vector>\n',
    }
    with tempfile.TemporaryDirectory() as folder:
        for index, files in enumerate([{k: v[0]} for k, v in cases.items()] + [fine]):
            root = pathlib.Path(folder) / str(index)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            found = list(check_tree(root))
            expected = list(cases.values())[index][1] if index < len(cases) else None
            if expected is None and found:
                sys.exit(f"found violations where there are none: {found}")
            if expected is not None and not (len(found) == 1 and expected in found[0]):
                sys.exit(f"expected \"{expected}\", found {found}")
    print(f"self-test: {len(cases)} violations found")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    violations = list(check_tree(pathlib.Path(sys.argv[1])))
    for violation in violations:
        print(violation)
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
