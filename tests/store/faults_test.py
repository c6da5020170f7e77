"""A store and a network that do wrong: nothing is lost, and what happened is said."""
import hashlib
import json
import os
import random
import signal
import time

import case
import servers
from case import picture


def body_of(request):
    return request.command == "GET" and "list-type" not in request.path


class Faults(case.StoreCase):
    def proxy(self, rule):
        proxy = servers.Proxy(self.store.url, rule)
        self.addCleanup(proxy.stop)
        self.environment["AWS_ENDPOINT_URL"] = proxy.url
        return proxy

    def put_pictures(self, count):
        self.write_pictures("in", count)
        for i in range(count):
            self.put(f"in/{i:04d}.png", (self.folder / f"in/{i:04d}.png").read_bytes())
        self.run_on("in", "--write-jsonl", "expected.jsonl")

    def check(self, text):
        expected = [json.loads(line) for line in (self.folder / "expected.jsonl").read_text().splitlines()]
        found = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([(r["source"][-11:], r["people"], r.get("error")) for r in found],
                         [(r["source"][-11:], r["people"], None) for r in expected])

    def test_cut_connections_are_resumed(self):
        self.put_pictures(12)
        proxy = self.proxy(lambda request, number: ("cut", 3000) if body_of(request) and number % 3 == 0 else None)
        self.run_on("s3://test/in/", "--write-jsonl", "r.jsonl")
        self.check((self.folder / "r.jsonl").read_text())
        self.assertGreater(proxy.counts["cut"], 3)
        self.assertTrue(any(headers.get("Range", "") == "bytes=3000-" for _, _, headers in proxy.requests))
        self.assertIn("trying again", self.err)

    def test_every_connection_is_cut(self):
        size = len(picture(400, 300, 1))
        self.put("in/big.png", picture(400, 300, 1))
        (self.folder / "in").mkdir()
        (self.folder / "in/big.png").write_bytes(picture(400, 300, 1))
        self.run_on("in", "--write-jsonl", "expected.jsonl")
        proxy = self.proxy(lambda request, number: ("cut", size // 20 + 1) if body_of(request) else None)
        self.run_on("s3://test/in/", "--write-jsonl", "r.jsonl")
        self.assertGreaterEqual(proxy.counts["cut"], 20, "as long as something comes, it goes on")
        found, expected = ((self.folder / f).read_text() for f in ("r.jsonl", "expected.jsonl"))
        self.assertEqual(json.loads(found)["people"], json.loads(expected)["people"])

    def test_a_stalled_connection_is_given_up(self):
        self.put_pictures(2)
        proxy = self.proxy(lambda request, number: ("stall", 100, 30) if body_of(request) and number == 2 else None)
        begin = time.monotonic()
        self.run_on("s3://test/in/", "--write-jsonl", "r.jsonl", "--s3-timeout", "1")
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(proxy.counts["stall"], 1)
        self.check((self.folder / "r.jsonl").read_text())

    def test_wrong_content_is_noticed(self):
        self.put_pictures(4)
        proxy = self.proxy(lambda request, number: ("corrupt",) if body_of(request) and number < 4 else None)
        self.run_on("s3://test/in/", "--write-jsonl", "r.jsonl")
        self.assertGreater(proxy.counts["corrupt"], 0)
        self.check((self.folder / "r.jsonl").read_text())
        self.proxy(lambda request, number: ("corrupt",) if body_of(request) else None)
        self.run_on("s3://test/in/0001.png", "--write-jsonl", "r.jsonl", code=1)
        self.assertIn("in/0001.png: what came has another MD5 than the store says", self.err)

    def test_wrong_content_on_the_way_up_is_noticed(self):
        self.put_pictures(1)

        def rule(request, number):
            # The store stores another content, or says that it did.
            if request.command == "PUT" and number < 3:
                return ("answer", 200, b"", [("ETag", '"' + hashlib.md5(b"another").hexdigest() + '"')])
        proxy = self.proxy(rule)
        self.run_on("in", "--write-jsonl", "s3://test/r.jsonl")
        self.check(self.get("r.jsonl").decode())
        self.assertGreater(proxy.counts["answer"], 0)

    def test_storms_are_weathered(self):
        self.put_pictures(10)
        dice = random.Random(1)
        proxy = self.proxy(lambda request, number: ("answer", dice.choice([500, 503, 429]), servers.error("SlowDown"))
                           if dice.random() < 0.5 else None)
        self.run_on("s3://test/in/", "--write-jsonl", "s3://test/r.jsonl", "--s3-attempts", "30")
        self.check(self.get("r.jsonl").decode())
        self.assertGreater(proxy.counts["answer"], 5)

    def test_a_store_that_is_gone_keeps_the_spool(self):
        self.put_pictures(3)
        proxy = self.proxy(lambda request, number: ("answer", 503, b"") if request.command == "PUT" else None)
        self.run_on("in", "--write-jsonl", "s3://test/r.jsonl", "--s3-attempts", "2", code=3)
        self.assertIn("--resume", self.err)
        self.assertEqual([k for k in self.keys() if k.startswith("r.")], [])
        proxy.rule = None
        self.run_on("in", "--write-jsonl", "s3://test/r.jsonl", "--resume")
        self.check(self.get("r.jsonl").decode())

    def test_credentials_that_expire_are_renewed(self):
        self.put_pictures(8)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            self.environment.pop(name)
        container = servers.Credentials("token-1")
        self.addCleanup(container.stop)
        self.environment.update(container.environment)

        def rule(request, number):
            if number == 5:
                container.token = "token-2"
            if request.headers.get("x-amz-security-token") != container.token:
                return ("answer", 400, servers.error("ExpiredToken"))
        proxy = self.proxy(rule)
        self.run_on("s3://test/in/", "--write-jsonl", "s3://test/r.jsonl")
        self.check(self.get("r.jsonl").decode())
        self.assertGreater(proxy.counts["answer"], 0)
        self.assertIn("the credentials had expired; renewed from the container", self.err)

    def test_credentials_expire_in_the_middle_of_an_upload(self):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            self.environment.pop(name)
        container = servers.Credentials("token-1")
        self.addCleanup(container.stop)
        self.environment.update(container.environment)
        parts = []

        def rule(request, number):
            if "partNumber=" in request.path:
                parts.append(request.path)
                if len(parts) == 3:
                    container.token = "token-2"
            if request.headers.get("x-amz-security-token") != container.token:
                return ("answer", 400, servers.error("ExpiredToken"))
        self.proxy(rule)
        self.sinew("model", "synth", "cmu", "-o", "s3://test/cmu.pb")
        self.sinew("model", "synth", "cmu", "-o", "cmu.pb")
        self.assertEqual(self.get("cmu.pb"), (self.folder / "cmu.pb").read_bytes())

    def test_credentials_that_cannot_be_renewed_are_told(self):
        self.put_pictures(1)
        self.proxy(lambda request, number: ("answer", 400, servers.error("ExpiredToken")))
        self.run_on("s3://test/in/0000.png", "--write-jsonl", "r.jsonl", code=1)
        self.assertIn("the credentials of the environment have expired", self.err)

    def test_uploads_that_fail_for_good_leave_nothing(self):
        proxy = self.proxy(lambda request, number: ("answer", 403, servers.error("AccessDenied"))
                           if "partNumber=3&" in request.path else None)
        self.sinew("model", "synth", "cmu", "-o", "s3://test/cmu.pb", code=1)
        self.assertIn("refused (AccessDenied)", self.err)
        self.assertTrue(any(method == "DELETE" and "uploadId=" in path for method, path, _ in proxy.requests))
        self.assertEqual(self.keys(), [])

    def test_a_lost_answer_to_the_last_request(self):
        lost = []

        def rule(request, number):
            if request.command == "POST" and "uploadId=" in request.path and not lost:
                lost.append(request.path)
                return ("lose",)
        self.proxy(rule)
        self.sinew("model", "synth", "cmu", "-o", "s3://test/cmu.pb")
        self.sinew("model", "synth", "cmu", "-o", "cmu.pb")
        self.assertEqual(self.get("cmu.pb"), (self.folder / "cmu.pb").read_bytes())
        self.assertEqual(len(lost), 1)


class Kills(case.StoreCase):
    def test_a_killed_run_loses_nothing(self):
        self.write_pictures("in", 30)
        names = [f"in/{i:04d}.png" for i in range(30)] * 20
        (self.folder / "list").write_text("\n".join(names) + "\n")
        start = time.monotonic()
        self.run_on("@list", "--write-jsonl", "expected.jsonl", "--write-csv", "expected.csv")
        whole = time.monotonic() - start  # of a run on all cores: one on a single core is killed before its end
        arguments = ("run", "--model", self.model, "@list", "--write-jsonl", "s3://test/r.jsonl", "--write-csv",
                     "s3://test/r.csv", "--resume", "--cores", "1")
        kills = 0
        dice = random.Random(2)
        for _ in range(40):
            process = self.start(*arguments)
            try:
                process.wait(timeout=whole * (0.1 + 0.4 * dice.random()))
            except Exception:  # still at work
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.communicate()
            if process.returncode == 0:
                break
        if process.returncode != 0:
            self.sinew(*arguments)
        self.assertGreater(kills, 0)
        self.assertEqual(self.get("r.jsonl"), (self.folder / "expected.jsonl").read_bytes())
        self.assertEqual(self.get("r.csv"), (self.folder / "expected.csv").read_bytes())
        self.assertEqual(self.keys(), ["r.csv", "r.jsonl", "r.jsonl.manifest"])

    def test_a_killed_upload_goes_on_where_it_was(self):
        # Large results, and a store that takes its time for each part.
        self.write_pictures("in", 1)
        with open(self.folder / "list", "w") as file:
            file.write("in/0000.png\n" * 20)
        slow = servers.Proxy(self.store.url, lambda request, number: time.sleep(0.3) if "partNumber=" in request.path else None)
        self.addCleanup(slow.stop)
        self.environment["AWS_ENDPOINT_URL"] = slow.url
        self.run_on("@list", "--write-jsonl", "r.jsonl")
        spooled = self.spooled_large_file("s3://test/r.jsonl")
        process = self.start("run", "--model", self.model, "@list", "--write-jsonl", "s3://test/r.jsonl", "--resume")
        note = spooled.with_name(spooled.name + ".upload")
        end = time.monotonic() + 60
        while time.monotonic() < end and (not note.exists() or note.read_text().count('"part"') < 3):
            time.sleep(0.05)
        process.kill()
        process.communicate()
        sent = note.read_text().count('"part"')
        self.assertGreaterEqual(sent, 3)
        self.assertEqual([k for k in self.keys() if k == "r.jsonl"], [], "nothing is seen before all is there")
        slow.requests.clear()
        self.run_on("@list", "--write-jsonl", "s3://test/r.jsonl", "--resume")
        parts = {path.split("partNumber=")[1].split("&")[0] for method, path, _ in slow.requests if "partNumber=" in path}
        total = -(-len(self.get("r.jsonl")) // (8 << 20))
        self.assertEqual(len(parts), total - sent, "the parts that were there are not sent again")
        lines = self.get("r.jsonl").decode().splitlines()
        self.assertEqual(len(lines), 20)

    def spooled_large_file(self, url):
        """What a run has left that was killed before its upload: lines with a name so long that they take 80 MB."""
        lines = (self.folder / "r.jsonl").read_text().splitlines()
        padded = [line[:-1] + ', "padding": "' + "x" * (4 << 20) + '"}' for line in lines]
        hash_ = 0xcbf29ce484222325
        for byte in url.encode():
            hash_ = ((hash_ ^ byte) * 0x100000001b3) & (2**64 - 1)
        spool = self.folder / "cache/sinew/spool" / f"{hash_:016x}"
        spool.mkdir(parents=True)
        part = spool / "r.jsonl.part"
        part.write_text("\n".join(padded) + "\n")
        name = url + ".manifest"
        hash_ = 0xcbf29ce484222325
        for byte in name.encode():
            hash_ = ((hash_ ^ byte) * 0x100000001b3) & (2**64 - 1)
        manifest = self.folder / "cache/sinew/spool" / f"{hash_:016x}" / "r.jsonl.manifest.part"
        manifest.parent.mkdir(parents=True)
        manifest.write_bytes((self.folder / "r.jsonl.manifest").read_bytes())
        return part


class Memory(case.StoreCase):
    def test_a_million_keys_take_no_memory(self):
        """Every key is listed and looked at; none matches."""
        import subprocess
        peaks = []
        for count in (1000, 1000000):
            many = servers.ManyObjects(count, b"x")
            result = subprocess.run(["/usr/bin/env", "python3", "-c", (
                "import resource, subprocess, sys\n"
                "p = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
                "print(p.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, p.stderr[-300:])\n"),
                str(case.SINEW), "run", "--model", self.model, "s3://test/p/*none*.jpg", "--write-jsonl", "r.jsonl"],
                cwd=self.folder, env={**self.environment, "AWS_ENDPOINT_URL": many.url}, capture_output=True, text=True)
            many.stop()
            code, peak, message = result.stdout.split(" ", 2)
            self.assertEqual(code, "1", result.stdout)
            self.assertIn("matches no picture and no video", message)
            peaks.append(int(peak))
        print(f"peak memory for a thousand and a million keys: {peaks} kB")
        self.assertLess(peaks[1], peaks[0] + 20000)


if __name__ == "__main__":
    case.main()
