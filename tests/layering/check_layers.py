#!/usr/bin/env python3
"""Checks every #include between the folders of the tree, and the form of the files.

    check_layers.py ROOT        check a tree; prints each violation, exit code 1 if there is one
    check_layers.py --self-test prove that violations are found
"""
import pathlib
import re
import sys
import tempfile

# A layer is a folder under src/, apps/ or bindings/; the longest name that fits a path is its layer. Each may include the
# layers named here, and those of its own family: a folder with a name of its own inside another (compiler/ir inside
# compiler) is a layer too. base and the public headers are open to all.
ALLOWED = {
    "base": set(),
    "simd": set(),
    "program": set(),
    "backends/cpu": {"backends", "simd", "program"},
    "backends/cuda": {"backends", "program"},
    "backends": {"program"},
    "runtime": {"program", "backends", "backends/cpu", "backends/cuda", "simd"},
    "compiler/ir": set(),
    "compiler/reference": {"compiler/ir"},
    "compiler/passes": {"compiler/ir", "compiler/reference"},
    "compiler/import": {"compiler/ir"},
    "compiler/plan": {"compiler/ir", "compiler/reference", "program", "backends", "backends/cpu", "simd"},
    "compiler/calibrate": {
        "compiler/ir", "compiler/passes", "compiler/plan", "program", "backends", "backends/cpu", "simd", "runtime",
    },
    "compiler/export": {
        "compiler/ir", "compiler/import", "compiler/passes", "compiler/plan", "compiler/calibrate", "backends/cpu", "simd",
    },
    "compiler/synth": {"compiler/ir", "compiler/import"},
    "compiler": {
        "compiler/ir", "compiler/reference", "compiler/passes", "compiler/import", "compiler/plan",
        "compiler/calibrate", "program", "backends", "backends/cpu", "simd", "runtime",
    },
    "pose": {"simd", "runtime", "program", "backends/cuda"},
    "track": {"pose"},
    "evaluate": {"pose"},
    "media": set(),
    "results": {"pose", "media"},
    "store": set(),
    "pipeline": {"runtime", "pose", "media", "results", "track"},
    "measure/documents": {"evaluate"},
    "measure/price": {"measure/documents"},
    "measure/report": {"measure/documents", "measure/price"},
    "measure": {"runtime", "backends/cuda", "program", "simd", "pose", "media", "results", "measure/documents", "measure/price"},
    "service/zoo": set(),
    "service": {
        "service/zoo", "compiler", "pipeline", "store", "pose", "media", "results", "track", "evaluate", "measure", "measure/documents",
        "runtime", "simd", "program",
    },
    "serving": {"service", "pose", "media", "results", "track", "runtime"},
}
# Front ends stand on anything in src/, and never on each other.
FRONT_ENDS = ("apps/", "bindings/")
# Public headers are for programs that know nothing of what is inside.
FORBIDDEN_IN_PUBLIC = re.compile(r"hwy/|google/protobuf|opencv2/|nlohmann/|\.pb\.h|flatbuffers/|fmt/")
# Tests, benchmarks and fuzzers may look at anything.
FREE = re.compile(r"(_test|_bench|_fuzz|_test_util)\.(cc|h)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
MAX_LINES = 800


def layer_of(path):
    """The longest layer that `path`, relative to src/, lies in; its first folder where there is none."""
    folders = path.split("/")[:-1]
    for length in range(len(folders), 0, -1):
        name = "/".join(folders[:length])
        if name in ALLOWED:
            return name
    return folders[0] if folders else ""


def front_end_of(path):
    """'apps/cli' for 'apps/cli/run.cc'; None outside of the front ends."""
    return "/".join(path.split("/")[:2]) if path.startswith(FRONT_ENDS) else None


def check_includes(where, text):
    if FREE.search(where):
        return
    for kind, target in INCLUDE.findall(text):
        if where.startswith("include/"):
            if FORBIDDEN_IN_PUBLIC.search(target) or (kind == '"' and not target.startswith("sinew/")):
                yield f"{where}: a public header includes {target}"
        elif kind != '"' or "/" not in target or target.startswith("sinew/"):
            continue
        elif front_end_of(where):
            if front_end_of(target) not in {None, front_end_of(where)}:
                yield f"{where}: {front_end_of(where)} must not include {target}"
        elif where.startswith("src/"):
            layer, other = layer_of(where[len("src/"):]), layer_of(target)
            if layer not in ALLOWED:
                yield f"{where}: the folder {layer} is not in the table of layers"
            elif other.split("/")[0] in {"apps", "bindings"}:
                yield f"{where}: {layer} must not include {target}"
            elif other in ALLOWED and other not in {layer, "base"} and other not in ALLOWED[layer]:
                yield f"{where}: {layer} must not include {target}"


def check_form(where, text):
    if not text.startswith(("//", "/*")):
        yield f"{where}: the first line does not say what the file is"
    if text.count("\n") > MAX_LINES:
        yield f"{where}: longer than {MAX_LINES} lines"


def check_tree(root):
    for folder in ("include", "src", "apps", "bindings", "tests", "bench", "fuzz"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".h", ".cc", ".cu", ".cuh"}:
                continue
            text = path.read_text(encoding="utf-8")
            where = path.relative_to(root).as_posix()
            yield from check_includes(where, text)
            yield from check_form(where, text)


def self_test():
    cases = {
        "src/runtime/a.cc": ('// a\n#include "compiler/ir/graph.h"\n', "runtime must not include compiler/ir/graph.h"),
        "src/backends/cpu/gemm/a.cc": ('// a\n#include "compiler/plan/planner.h"\n', "cpu must not include compiler/plan/"),
        "src/backends/cuda/a.cu": ('// a\n#include "backends/cpu/view.h"\n', "cuda must not include backends/cpu/view.h"),
        "src/compiler/passes/a.cc": ('// a\n#include "compiler/import/import.h"\n', "passes must not include compiler/import"),
        "src/pose/a.h": ('// a\n#include "compiler/import/import.h"\n', "pose must not include compiler/import/import.h"),
        "src/pipeline/a.h": ('// a\n#include "apps/cli/command.h"\n', "pipeline must not include apps/cli/command.h"),
        "src/new/a.h": ('// a\n#include "base/file.h"\n', "new is not in the table"),
        "apps/cli/a.cc": ('// a\n#include "apps/server/http.h"\n', "apps/cli must not include apps/server/http.h"),
        "include/sinew/a.h": ("// a\n#include <hwy/highway.h>\n", "a public header includes hwy/highway.h"),
        "include/sinew/b.h": ('// a\n#include "compiler/ir/graph.h"\n', "a public header includes compiler/ir/graph.h"),
        "src/base/a.cc": ("int x;\n", "the first line does not say"),
        "src/base/b.cc": ("// b\n" + "\n" * MAX_LINES, "longer than"),
    }
    fine = {
        "src/runtime/a_test.cc": '// a\n#include "compiler/ir/graph.h"\n',
        "src/compiler/plan/a.cc": '// a\n#include "compiler/ir/graph.h"\n#include "base/file.h"\n#include "sinew/status.h"\n',
        "apps/cli/a.cc": '// a\n#include "apps/cli/command.h"\n#include "service/zoo/zoo.h"\n',
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
