"""Starts sinew-serve on a miniature model, on ports that are free, and asks it over plain sockets and urllib."""
import atexit
import importlib.util
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zlib


def check(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")
    print(f"ok: {what}")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def use_python_with(module):
    """Goes on in Debian's Python where this one has not the module."""
    debian = "/usr/bin/python3"
    if importlib.util.find_spec(module) is None and os.path.exists(debian) and "SINEW_TEST_PYTHON" not in os.environ:
        os.environ["SINEW_TEST_PYTHON"] = debian
        os.execv(debian, [debian, *sys.argv])


def png(width=80, height=60, seed=1):
    """A picture with edges everywhere, in which the miniature network finds people."""
    generator = random.Random(seed)
    return png_of(width, height, [b"\0" + generator.randbytes(3 * width) for _ in range(height)])


def slow_png(width=2000, height=1500):
    """A picture of few bytes that takes a while to read."""
    return png_of(width, height, [b"\0" + bytes(3 * width)] * height)


def png_of(width, height, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


class Server:
    """`program` is sinew-serve; `work` a folder of its own. Stopped at exit, if not before."""

    def __init__(self, program, make_model, work, *arguments, model=None, environment=None, prefix=(), pass_fds=()):
        self.work = pathlib.Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.graph = self.work / "graph.pb"
        if model is None:
            if not self.graph.exists():
                subprocess.run([make_model, self.graph], check=True)
            model = f"mini={self.graph}@64x48"
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.work / "cache"), **(environment or {})}
        self.lines = []
        ports = [] if prefix else ["--port", "0", "--grpc-port", "0"]
        self.start_time = time.monotonic()
        self.process = subprocess.Popen([*prefix, program, "--model", model, *ports, *arguments], stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True, env=environment, pass_fds=pass_fds)
        atexit.register(self.kill)
        self.listening = threading.Event()
        threading.Thread(target=self.read_lines, daemon=True).start()
        check(self.listening.wait(60), f"the server is up: {self.lines}")
        text = "\n".join(self.lines)
        self.port = int(re.search(r"listening on https?://[^ ]*:(\d+)/", text).group(1))
        grpc = re.search(r"gRPC is at [^ ]*:(\d+)", text)
        self.grpc_port = int(grpc.group(1)) if grpc else None
        self.url = re.search(r"(https?://[^ ]*:\d+)/", text).group(1)

    def read_lines(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip())
            if "try: curl" in line:
                self.listening.set()
        self.listening.set()

    def ask(self, path, body=None, headers=None, method=None):
        """(status, headers, body)"""
        request = urllib.request.Request(self.url + path, data=body, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def json(self, path, body=None, headers=None, expected=200, method=None):
        status, _, text = self.ask(path, body, headers, method)
        if status != expected:
            sys.exit(f"failed: {path} answers {status}, not {expected}: {text[:500]}")
        return json.loads(text)

    def metric(self, name):
        """The sum of a figure over its labels."""
        text = self.ask("/metrics")[2].decode()
        values = re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? ([0-9.e+-]+)$", text, re.MULTILINE)
        return sum(map(float, values))

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, timeout=40):
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def fresh(work):
    shutil.rmtree(work, ignore_errors=True)
    path = pathlib.Path(work)
    path.mkdir(parents=True)
    return path
