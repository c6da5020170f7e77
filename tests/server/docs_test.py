#!/usr/bin/env python3
"""The examples of docs/serving.md, run as they stand, against a server on its ports.

    docs_test.py SINEW_SERVE MAKE_MODEL WORK ROOT SINEW
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from server_fixture import Server, check, fresh, png


def python_with(module):
    """An interpreter that has the module: this one, or Debian's."""
    for program in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([program, "-c", f"import {module}"], capture_output=True).returncode == 0:
            return program
    return None


def main():
    program, make_model, work, root, sinew = sys.argv[1], sys.argv[2], fresh(sys.argv[3]).resolve(), pathlib.Path(sys.argv[4]), sys.argv[5]
    graph = work / "graph.pb"
    subprocess.run([make_model, graph], check=True)
    server = Server(program, make_model, work, model=f"mobilenet_thin={graph}@64x48")
    (work / "photo.jpg").write_bytes(png())  # the content tells what it is
    if shutil.which("grpc_python_plugin"):
        subprocess.run(["protoc", f"--python_out={work}", f"--grpc_out={work}", f"--plugin=protoc-gen-grpc={shutil.which('grpc_python_plugin')}", "-I",
                        root / "apps/server/grpc", "inference.proto"], check=True)
    text = (root / "docs/serving.md").read_text()
    examples = re.findall(r"<!-- run: ([^>]+) -->\n```\w+\n(.*?)```", text, re.DOTALL)
    check(len(examples) == 5, "all examples are found")
    for kind, example in examples:
        example = example.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("127.0.0.1:8001", f"127.0.0.1:{server.grpc_port}")
        first = example.strip().splitlines()[0]
        if kind.startswith("python") and not python_with(kind.split()[1]):
            print(f"left out, for want of {kind}: {first}")
            continue
        if kind == "node" and not shutil.which("node"):
            print(f"left out, for want of node: {first}")
            continue
        if kind == "sh":
            command = ["sh", "-ec", example.replace("curl ", "curl -sS --fail ")]
        elif kind == "node":
            (work / "example.mjs").write_text(example)
            command = ["node", work / "example.mjs"]
        else:
            command = [python_with(kind.split()[1]), "-c", example]
        result = subprocess.run(command, cwd=work, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(work)}, errors="replace")
        check(result.returncode == 0 and (result.stdout or (work / "drawn.jpg").exists()), f"{kind}: {first} {result.stderr[-300:]}")
    check((work / "drawn.jpg").read_bytes()[:2] == b"\xff\xd8" and (work / "tensors").stat().st_size > 100, "what they write is there")
    # `sinew serve` is the same program.
    if pathlib.Path(sinew).exists() and pathlib.Path(sinew).parent == pathlib.Path(program).parent:
        helped = subprocess.run([sinew, "serve", "--help"], capture_output=True, text=True)
        check(helped.returncode == 0 and "--grpc-port" in helped.stdout, "sinew serve --help is the server's")
        alone = work / "bin"
        alone.mkdir()
        shutil.copy(sinew, alone / "sinew")
        missing = subprocess.run([alone / "sinew", "serve", "--model", "x"], capture_output=True, text=True)
        check(missing.returncode == 1 and "make test-server" in missing.stderr and "sinew-serve" in missing.stderr, "where it is missing, what to do is said")
    wrong = subprocess.run([program, "--model", "no_such_model.pb", "--port", "0", "--grpc-port", "-1"], capture_output=True, text=True)
    check(wrong.returncode == 1 and "no_such_model.pb" in wrong.stderr, "a model that is not there ends it")
    taken = subprocess.run([program, "--model", f"m={graph}@64x48", "--port", str(server.port)], capture_output=True, text=True)
    check(taken.returncode == 1 and "another program does" in taken.stderr, "a port that is taken ends it")
    check(subprocess.run([program, "--port", "x"], capture_output=True).returncode == 2, "a flag that makes no sense as well")
    check(server.stop() == 0, "it stops")


if __name__ == "__main__":
    main()
