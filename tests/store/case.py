"""What the tests of stores share: the program in a folder of its own, a store, awscli as the other client."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request

import servers

# store_test.py SINEW MAKE_MODEL S3RVER
SINEW, MAKE_MODEL, S3RVER = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
AWS = "/usr/bin/aws" if os.path.exists("/usr/bin/aws") else shutil.which("aws")


def skip_unless_installed():
    """Exit code 77, with a line that says what is missing."""
    if not S3RVER.exists():
        print(f"skipped: there is no {S3RVER}; get it by: scripts/fetch_s3rver.sh")
        sys.exit(77)
    if not AWS or subprocess.run([AWS, "--version"], capture_output=True).returncode != 0:
        print("skipped: awscli is missing; get it by: scripts/install_packages.sh --list scripts/packages-store-test.txt")
        sys.exit(77)


def picture(width, height, seed):
    """A PNG, as bytes, without any library but zlib."""
    import struct
    import zlib
    rows = b"".join(b"\0" + bytes((i * i // 77 + seed * i + y) & 255 for i in range(3 * width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class StoreCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="sinew-store-"))
        cls.store = servers.S3rver(S3RVER, cls.base / "store")
        subprocess.run([MAKE_MODEL, cls.base / "graph.pb"], check=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(cls.base)}
        subprocess.run([SINEW, "compile", cls.base / "graph.pb", "--net-resolution", "64x48", "-o", cls.base / "m.sinew",
                        "-q"], check=True, env=environment)

    @classmethod
    def tearDownClass(cls):
        cls.store.stop()
        shutil.rmtree(cls.base, ignore_errors=True)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.base))
        self.model = str(self.base / "m.sinew")
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache"),
            "AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET, "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": self.store.url,
            "no_proxy": "*"}
        for path in (self.base / "store" / "test").iterdir():  # as s3rver keeps its objects
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def start(self, *arguments, **environment):
        return subprocess.Popen([str(SINEW), *map(str, arguments)], cwd=self.folder, env={**self.environment, **environment},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

    def sinew(self, *arguments, code=0, **environment):
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, code, f"sinew {' '.join(map(str, arguments))}\n{out}{err}")
        self.out, self.err = out, err
        for secret in ("S3RVER", "the right word", "token-"):
            self.assertNotIn(secret, out + err, "what is secret is printed")
        return out

    def run_on(self, *arguments, code=0, **environment):
        return self.sinew("run", "--model", self.model, *arguments, code=code, **environment)

    def aws(self, *arguments, binary=False):
        result = subprocess.run([AWS, "--endpoint-url", self.store.url, *map(str, arguments)], cwd=self.folder,
                                env=self.environment, capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result.stdout if binary else result.stdout.decode()

    def put(self, key, data):
        """Past all clients; awscli takes a second for each."""
        request = urllib.request.Request(f"{self.store.url}/test/{urllib.parse.quote(key)}", data=data, method="PUT")
        urllib.request.urlopen(request).close()

    def get(self, key):
        with urllib.request.urlopen(f"{self.store.url}/test/{urllib.parse.quote(key)}") as answer:
            return answer.read()

    def keys(self):
        import json
        text = self.aws("s3api", "list-objects-v2", "--bucket", "test")
        return sorted(entry["Key"] for entry in json.loads(text or "{}").get("Contents", []))

    def uploads(self):
        """Those that are neither complete nor aborted, as s3rver keeps them: it does not list them."""
        return [path for path in (self.base / "store/test").glob("*uploads*/*")]

    def write_pictures(self, folder, count):
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            (self.folder / folder / f"{i:04d}.png").write_bytes(picture(80 + i % 7, 60, i))


def main():
    skip_unless_installed()
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
