"""Object stores from end to end, with a real server and awscli as the other client: each reads what the other wrote."""
import json
import os
import pathlib
import re
import subprocess

import case
import servers
from case import picture

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
# What percent-encoding, form-encoding and XML get wrong.
NAMES = ["plain.png", "a b.png", "a+b.png", "100%.png", "ü–日本.png", "it's (1)!*.png", "a&b=c;d,e@f:g$h.png", "q~-_.png",
         "double  space.png", "[x].png", "<tag>.png", "\"quoted\".png"]


class Inputs(case.StoreCase):
    def test_names_of_all_kinds_are_read_and_written(self):
        (self.folder / "local").mkdir()
        for index, name in enumerate(NAMES):
            (self.folder / "local" / name).write_bytes(picture(80, 60, index))
        self.aws("s3", "sync", "--quiet", "local", "s3://test/in")
        self.run_on("s3://test/in/", "--write-json", "s3://test/out", "--write-jsonl", "s3://test/out/all.jsonl")
        self.run_on("local", "--write-json", "expected")
        records = [json.loads(line) for line in self.get("out/all.jsonl").decode().splitlines()]
        self.assertEqual([r["source"] for r in records], sorted(("s3://test/in/" + n for n in NAMES), key=str.encode))
        self.aws("s3", "sync", "--quiet", "s3://test/out", "back")
        for name in NAMES:
            stem = name[:-4] + "_keypoints.json"
            self.assertEqual((self.folder / "back" / stem).read_bytes(), (self.folder / "expected" / stem).read_bytes(), name)
        # By their names, one by one, and in a list of names.
        for name in NAMES:
            self.run_on("s3://test/in/" + name, "--write-jsonl", "one.jsonl")
        self.put("list.txt", "".join(f"s3://test/in/{n}\n" for n in NAMES).encode())
        self.run_on("@s3://test/list.txt", "--write-jsonl", "listed.jsonl")
        self.assertEqual(len((self.folder / "listed.jsonl").read_text().splitlines()), len(NAMES))

    def test_a_prefix_is_a_folder(self):
        self.put("p/1.png", picture(80, 60, 1))
        self.put("p/2", picture(80, 60, 2))
        self.put("p/.hidden.png", picture(80, 60, 2))
        self.put("p/notes.txt", b"some text")
        self.put("p/below/3.png", picture(80, 60, 3))
        self.put("p2/4.png", picture(80, 60, 3))

        def sources(*arguments):
            self.run_on(*arguments, "--write-jsonl", "r.jsonl")
            return [json.loads(line)["source"][12:] for line in (self.folder / "r.jsonl").read_text().splitlines()]
        self.assertEqual(sources("s3://test/p/"), ["1.png", "2"])
        self.assertIn("s3://test/p/notes.txt: skipped: is text", self.err)
        self.assertEqual(sources("s3://test/p"), ["1.png", "2"], "without its slash, too")
        self.assertEqual(sources("s3://test/p/", "--recursive"), ["1.png", "2", "below/3.png"])
        self.assertEqual(sources("s3://test/p/*.png"), ["1.png"])
        self.assertEqual(sources("s3://test/p/*/*.png"), ["below/3.png"])
        self.run_on("s3://test/nothing/", "--write-jsonl", "r.jsonl", code=1)
        self.assertIn("s3://test/nothing/: there is nothing", self.err)
        self.run_on("s3://test/p/missing.png", "--write-jsonl", "r.jsonl", code=1)
        self.assertIn("s3://test/p/missing.png: no such object", self.err)
        self.run_on("s3://other/p/a.png", "--write-jsonl", "r.jsonl", code=1)
        self.assertIn("there is no bucket other", self.err)

    def test_videos_are_read_in_pieces(self):
        self.write_pictures("frames", 40)
        self.run_on("frames", "--write-video", "v.mp4", "--write-json", "x")
        self.run_on("v.mp4", "--write-jsonl", "local.jsonl")
        for name in ("v.mp4", "no-suffix"):
            self.put(name, (self.folder / "v.mp4").read_bytes())
            self.run_on("s3://test/" + name, "--write-jsonl", "r.jsonl")
            here, there = ([json.loads(line) for line in (self.folder / f).read_text().splitlines()]
                           for f in ("local.jsonl", "r.jsonl"))
            self.assertEqual([(r["frame"], r["seconds"], r["people"]) for r in here],
                             [(r["frame"], r["seconds"], r["people"]) for r in there])

    def test_web_servers_are_read_and_redirections_followed(self):
        files = servers.Files({"/a b.png": picture(80, 60, 1), "/x.png": picture(80, 60, 1)})
        self.addCleanup(files.stop)
        self.run_on(files.url + "/a%20b.png?token=token-1", files.url + "/moved/x.png", "--write-jsonl", "r.jsonl")
        self.run_on(files.url + "/no.png", "--write-jsonl", "s.jsonl", code=1)
        self.assertIn("/no.png: no such file", self.err)
        for _, _, _, headers in files.requests:
            self.assertNotIn("Authorization", headers, "credentials of a store are for the store")

    def test_signed_addresses_may_be_for_get_alone(self):
        self.write_pictures("frames", 12)
        self.run_on("frames", "--write-video", "v.mp4", "--write-json", "x")
        self.run_on("v.mp4", "--write-jsonl", "local.jsonl")
        files = servers.Files({"/v.mp4": (self.folder / "v.mp4").read_bytes(), "/a.png": picture(80, 60, 1)}, head=False)
        self.addCleanup(files.stop)
        address = files.url + "/v.mp4?X-Amz-Signature=token-1"
        self.run_on(address, files.url + "/a.png?sig=token-2", "--write-jsonl", "r.jsonl")
        here, there = ([json.loads(line)["people"] for line in (self.folder / name).read_text().splitlines()]
                       for name in ("local.jsonl", "r.jsonl"))
        self.assertEqual(there[:12], here)
        for name in ("r.jsonl", "r.jsonl.manifest"):
            self.assertNotIn("token-", (self.folder / name).read_text(), "keys are in no report")

    def test_bench_profile_and_eval_take_them_too(self):
        self.put("b/1.png", picture(80, 60, 1))
        self.put("b/2.png", picture(80, 60, 2))
        self.sinew("profile", self.model, "s3://test/b/")
        self.sinew("eval", self.model, "s3://test/b/", "-q", "--against-smoothing", "5")


class Outputs(case.StoreCase):
    def test_all_outputs_are_those_of_a_disk(self):
        self.write_pictures("in", 6)
        for to in ("here", "s3://test/there"):
            self.run_on("in", "--write-jsonl", f"{to}/r.jsonl", "--write-csv", f"{to}/r.csv", "--write-coco-json",
                        f"{to}/r.json", "--write-json", f"{to}/j", "--write-images", f"{to}/i", "--write-heatmaps",
                        f"{to}/h", "--write-video", f"{to}/v.mp4")
        here = sorted(str(p.relative_to(self.folder / "here")) for p in (self.folder / "here").rglob("*") if p.is_file())
        here = [name for name in here if ".sinew-manifest" not in name]
        self.assertEqual(self.keys(), ["there/" + name for name in here])
        for name in here:
            if name not in ("r.jsonl.manifest", "v.mp4"):  # its parts are named there; encoders count threads
                self.assertEqual(self.get("there/" + name), (self.folder / "here" / name).read_bytes(), name)
        self.assertEqual([p for p in (self.folder / "cache/sinew/spool").rglob("*") if p.is_file()], [], "the spool is empty")

    def test_an_output_that_is_an_input_is_refused(self):
        self.put("a.png", picture(80, 60, 1))
        self.run_on("s3://test/a.png", "--write-jsonl", "https://127.0.0.1/x.jsonl", code=2)
        self.assertIn("nothing can be written there", self.err)
        self.run_on("s3://test/a.png", "--write-jsonl", "s3://test", code=2)
        self.assertIn("names no object", self.err)

    def test_large_files_go_in_parts(self):
        proxy = servers.Proxy(self.store.url)
        self.addCleanup(proxy.stop)
        self.sinew("model", "synth", "cmu", "-o", "s3://test/cmu.pb", AWS_ENDPOINT_URL=proxy.url)
        self.sinew("model", "synth", "cmu", "-o", "cmu.pb")
        self.assertEqual(self.get("cmu.pb"), (self.folder / "cmu.pb").read_bytes())
        parts = [path for _, path, _ in proxy.requests if "partNumber=" in path]
        self.assertGreater(len(parts), 5, "it came in parts")
        self.assertEqual(len(parts), len(set(parts)), "each once")
        self.assertEqual(self.uploads(), [])


class Resuming(case.StoreCase):
    """What was done by an earlier run holds as long as the objects are the same."""

    def setUp(self):
        super().setUp()
        for name in ("1", "2", "9"):
            self.put(f"in/{name}.png", picture(80, 60, int(name)))

    def test_unchanged_objects_are_not_read_again(self):
        for inputs in (["s3://test/in/"], ["s3://test/in/1.png", "s3://test/in/2.png", "s3://test/in/9.png"]):
            self.run_on(*inputs, "--write-jsonl", "expected.jsonl")
            self.run_on(*inputs, "--write-jsonl", "r.jsonl")
            proxy = servers.Proxy(self.store.url)
            self.addCleanup(proxy.stop)
            self.run_on(*inputs, "--write-jsonl", "r.jsonl", "--resume", AWS_ENDPOINT_URL=proxy.url)
            self.assertEqual([path for method, path, _ in proxy.requests if method == "GET" and "list-type" not in path], [])
            self.assertEqual((self.folder / "r.jsonl").read_bytes(), (self.folder / "expected.jsonl").read_bytes())

    def test_changed_objects_are_told(self):
        for inputs in (["s3://test/in/"], ["s3://test/in/1.png", "s3://test/in/2.png", "s3://test/in/9.png"]):
            self.put("in/2.png", picture(80, 60, 2))
            self.run_on(*inputs, "--write-jsonl", "r.jsonl")
            self.put("in/2.png", picture(80, 60, 7))
            before = (self.folder / "r.jsonl").read_bytes()
            self.run_on(*inputs, "--write-jsonl", "r.jsonl", "--resume", code=2)
            self.assertIn("s3://test/in/2.png", self.err)
            self.assertIn("has changed since the earlier run", self.err)
            self.assertEqual((self.folder / "r.jsonl").read_bytes(), before)
            self.run_on(*inputs, "--write-jsonl", "r.jsonl", "--resume", code=2)
            self.assertIn("has changed since the earlier run", self.err, "and it is told again")
            for file in self.folder.glob("r.jsonl*"):
                file.unlink()

    def test_files_of_each_frame(self):
        for inputs in (["s3://test/in/"], ["s3://test/in/1.png", "s3://test/in/2.png"]):
            self.put("in/2.png", picture(80, 60, 2))
            self.run_on(*inputs, "--write-json", "out")
            before = (self.folder / "out/2_keypoints.json").read_bytes()
            self.put("in/2.png", picture(40, 60, 7))
            self.run_on(*inputs, "--write-json", "out", "--resume")
            self.assertNotEqual((self.folder / "out/2_keypoints.json").read_bytes(), before, "done again")

    def test_behind_addresses(self):
        content = {"/1.png": picture(80, 60, 1), "/2.png": picture(80, 60, 2)}
        files = servers.Files(content)
        self.addCleanup(files.stop)
        inputs = [files.url + "/1.png?sig=token-1", files.url + "/2.png"]
        self.run_on(*inputs, "--write-jsonl", "r.jsonl")
        # Signed anew, it is the same.
        self.run_on(files.url + "/1.png?sig=token-2", inputs[1], "--write-jsonl", "r.jsonl", "--resume")
        content["/2.png"] = picture(80, 60, 3)
        self.run_on(*inputs, "--write-jsonl", "r.jsonl", "--resume", code=2)
        self.assertIn("/2.png has changed since the earlier run", self.err)

    def test_shards_of_changed_objects_are_not_merged(self):
        names = [f"s3://test/in/{name}.png" for name in ("1", "2", "9")]
        self.run_on(*names, "--shard", "1/2", "--write-jsonl", "1.jsonl")
        self.put("in/2.png", picture(80, 60, 7))
        self.run_on(*names, "--shard", "2/2", "--write-jsonl", "2.jsonl")
        self.sinew("merge", "1.jsonl", "2.jsonl", "-o", "r.jsonl", code=1)
        self.assertRegex(self.err, "the (size|ETag) of s3://test/in/2.png is")


class Shards(case.StoreCase):
    def test_all_over_a_store(self):
        self.write_pictures("frames", 40)
        self.run_on("frames", "--write-video", "long.avi", "--write-json", "x")
        self.put("in/0.png", picture(80, 60, 3))
        self.put("in/long.avi", (self.folder / "long.avi").read_bytes())
        self.put("in/z.png", picture(80, 60, 4))
        self.run_on("s3://test/in/", "--write-jsonl", "s3://test/one.jsonl", "--write-csv", "one.csv")
        for number in (1, 2, 3):
            self.run_on("s3://test/in/", "--shard", f"{number}/3", "--split-videos", "0.02", "--write-jsonl",
                        f"s3://test/shards/{number}.jsonl")
        shards = [f"s3://test/shards/{number}.jsonl" for number in (3, 1, 2)]
        self.sinew("merge", *shards, "-o", "s3://test/all.jsonl")
        self.assertEqual(self.get("all.jsonl"), self.get("one.jsonl"))
        self.sinew("merge", *shards, "-o", "all.csv")
        self.assertEqual((self.folder / "all.csv").read_bytes(), (self.folder / "one.csv").read_bytes())
        self.assertGreater(sum(b'"source":"s3://test/in/long.avi"' in self.get(f"shards/{n}.jsonl") for n in (1, 2, 3)), 1,
                           "the video is divided")
        self.sinew("merge", *shards[:2], "-o", "no.jsonl", code=1)
        self.assertIn("shard 2/3 is missing", self.err)


class Examples(case.StoreCase):
    """What examples/ tell Kubernetes and AWS Batch to run, with the variables that these set."""

    def setUp(self):
        super().setUp()
        for i in range(5):
            self.put(f"2024/{i}.png", picture(80, 60, i))
        self.run_on("s3://test/2024/", "--write-jsonl", "expected.jsonl")
        self.environment["PATH"] = f"{case.SINEW.parent}:{self.environment['PATH']}"

    def check(self, variable, command):
        for index in range(2):
            result = subprocess.run(command, cwd=self.folder, env={**self.environment, variable: str(index)}, capture_output=True,
                                    text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.sinew("merge", "s3://test/run/0.jsonl", "s3://test/run/1.jsonl", "-o", "all.jsonl")
        self.assertEqual((self.folder / "all.jsonl").read_bytes(), (self.folder / "expected.jsonl").read_bytes())

    def test_kubernetes(self):
        text = (EXAMPLES / "kubernetes/job.yaml").read_text()
        arguments = re.search(r'command: \["sh", "-c"\]\n *args:\n *- (.*?)\n *resources:', text, re.DOTALL).group(1)
        self.assertIn("completions: 10\n", text)
        for there, here in (("s3://archive/", "s3://test/"), ("s3://results/", "s3://test/"), ("s3://models/pose/thin.sinew", self.model),
                            ("auto/10", "auto/2")):
            self.assertIn(there, arguments)
            arguments = arguments.replace(there, here)
        self.check("JOB_COMPLETION_INDEX", ["sh", "-c", " ".join(arguments.split())])

    def test_aws_batch(self):
        job = json.loads((EXAMPLES / "aws-batch/job.json").read_text())
        values = {"inputs": "s3://test/2024/", "results": "s3://test/run", "shards": "2"}
        self.assertEqual(set(job["parameters"]), set(values))
        self.check("AWS_BATCH_JOB_ARRAY_INDEX", [
            values[word[5:]] if word.startswith("Ref::") else word.replace("s3://models/pose/thin.sinew", self.model)
            for word in job["containerProperties"]["command"]])


class Models(case.StoreCase):
    def test_a_second_start_does_not_download(self):
        self.aws("s3", "cp", "--quiet", self.model, "s3://test/models/m.sinew")
        self.write_pictures("in", 1)
        proxy = servers.Proxy(self.store.url)
        self.addCleanup(proxy.stop)

        def run():
            proxy.requests.clear()
            self.sinew("run", "in", "--model", "s3://test/models/m.sinew", "--write-jsonl", "r.jsonl",
                       AWS_ENDPOINT_URL=proxy.url)
            return [method for method, _, _ in proxy.requests]
        self.assertEqual(run(), ["HEAD", "GET"])
        self.assertEqual(run(), ["HEAD"])
        copy = next((self.folder / "cache/sinew/store").rglob("m.sinew"))
        data = copy.read_bytes()
        os.utime(copy)
        self.assertEqual(run(), ["HEAD"], "touched, but the same")
        copy.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.assertEqual(run(), ["HEAD", "GET"], "changed on this disk: fetched again")
        self.assertEqual(copy.read_bytes(), data)
        self.put("models/m.sinew", b"another")
        self.sinew("run", "in", "--model", "s3://test/models/m.sinew", "--write-jsonl", "r.jsonl", code=1)

    def test_push_pull_and_a_zoo(self):
        printed = self.sinew("model", "push", self.model, "s3://test/zoo/")
        self.assertEqual(printed, "s3://test/zoo/m.sinew\n")
        self.write_pictures("in", 1)
        self.sinew("run", "in", "--model", "m", "--write-jsonl", "r.jsonl", SINEW_MODELS="s3://test/zoo")
        self.sinew("model", "pull", "s3://test/zoo/m.sinew", "-o", "back.sinew")
        self.assertEqual((self.folder / "back.sinew").read_bytes(), pathlib.Path(self.model).read_bytes())
        self.put("zoo/net/graph_opt.pb", (self.base / "graph.pb").read_bytes())
        self.sinew("run", "in", "--model", "net", "--net-resolution", "64x48", "--write-jsonl", "r.jsonl",
                   SINEW_MODELS="s3://test/zoo")
        self.sinew("compile", "s3://test/zoo/net/graph_opt.pb", "--net-resolution", "64x48", "-o", "s3://test/new.sinew", "-q")
        self.sinew("inspect", "s3://test/new.sinew")
        self.sinew("run", "in", "--model", "none", "--write-jsonl", "r.jsonl", code=1, SINEW_MODELS="s3://test/zoo")


class Access(case.StoreCase):
    def setUp(self):
        super().setUp()
        self.put("a.png", picture(80, 60, 1))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            self.environment.pop(name)

    def read(self, *flags, code=0, **environment):
        self.run_on("s3://test/a.png", "--write-jsonl", "r.jsonl", *flags, code=code, **environment)

    def test_profiles(self):
        (self.folder / ".aws").mkdir()
        (self.folder / ".aws/credentials").write_text(
            "[default]\naws_access_key_id = x\naws_secret_access_key = x\n"
            f"[work]\naws_access_key_id = {servers.KEY}\naws_secret_access_key = {servers.SECRET}\n")
        (self.folder / ".aws/config").write_text(
            f"[profile process]\ncredential_process = echo '{{\"Version\":1,\"AccessKeyId\":\"{servers.KEY}\","
            f"\"SecretAccessKey\":\"{servers.SECRET}\"}}'\n")
        self.read("--s3-profile", "work")
        self.read(AWS_PROFILE="process")
        self.read(code=1)
        self.assertIn("refused (", self.err)
        self.read("--s3-profile", "missing", code=1)
        self.assertIn('the profile "missing" is neither in', self.err)

    def test_containers_and_instances(self):
        container = servers.Credentials("token-1")
        self.addCleanup(container.stop)
        self.read(**container.environment)
        self.assertEqual(container.asked, 1, "asked once")
        instance = servers.Instance()
        self.addCleanup(instance.stop)
        self.read(**instance.environment)
        self.assertEqual(instance.asked[0], "PUT /latest/api/token")
        self.read(code=1, AWS_CONTAINER_CREDENTIALS_FULL_URI="http://203.0.113.1/keys")
        self.assertIn("neither encrypted nor this machine", self.err)

    def test_web_identities(self):
        (self.folder / "token").write_text("token-of-the-cluster\n")
        asked = []

        class Sts(servers.Handler):
            def do_POST(self):
                asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.answer(200, (f"<R><Result><Credentials><AccessKeyId>{servers.KEY}</AccessKeyId><SecretAccessKey>"
                                  f"{servers.SECRET}</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
                                  "2099-01-01T00:00:00Z</Expiration></Credentials></Result></R>").encode())
        sts = servers.Server(Sts)
        self.addCleanup(sts.stop)
        self.read(AWS_WEB_IDENTITY_TOKEN_FILE=str(self.folder / "token"), AWS_ROLE_ARN="arn:aws:iam::1:role/r",
                  AWS_ENDPOINT_URL_STS=sts.url)
        self.assertIn("Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr", asked[0])
        self.assertIn("WebIdentityToken=token-of-the-cluster", asked[0])

    def test_nobody_is_anonymous_by_mistake(self):
        proxy = servers.Proxy(self.store.url, lambda request, _: ("answer", 403, servers.error("AccessDenied")))
        self.addCleanup(proxy.stop)
        self.read(code=1, AWS_ENDPOINT_URL=proxy.url)
        self.assertIn("no credentials were found", self.err)
        self.assertNotIn("Authorization", proxy.requests[0][2])

    def test_regions_are_found_out(self):
        def rule(request, _):
            if "/us-west-7/" in request.headers.get("Authorization", ""):
                return None
            return ("answer", 301, servers.error("PermanentRedirect"), [("x-amz-bucket-region", "us-west-7")])
        proxy = servers.Proxy(self.store.url, rule)
        self.addCleanup(proxy.stop)
        self.read(AWS_ENDPOINT_URL=proxy.url, AWS_ACCESS_KEY_ID=servers.KEY, AWS_SECRET_ACCESS_KEY=servers.SECRET)

    def test_tls_is_verified(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
                        "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                       cwd=self.folder, check=True, capture_output=True)
        server = servers.S3rver(case.S3RVER, self.base / "store", self.folder / "cert.pem", self.folder / "key.pem")
        self.addCleanup(server.stop)
        keys = {"AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET}
        self.read("--s3-endpoint", server.url, code=1, **keys)
        self.assertIn("the server is not to be trusted", self.err)
        self.read("--s3-endpoint", server.url, "--ca", self.folder / "cert.pem", **keys)

    def test_virtual_hosts(self):
        keys = {"AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET}
        proxy = servers.Proxy(self.store.url, lambda request, _: ("answer", 200, picture(80, 60, 1)))
        self.addCleanup(proxy.stop)
        self.read("--s3-endpoint", f"http://localhost:{proxy.port}", "--s3-style", "virtual", **keys)
        self.assertEqual([(method, path, headers["Host"]) for method, path, headers in proxy.requests],
                         [(method, "/a.png", f"test.localhost:{proxy.port}") for method in ("HEAD", "GET")],
                         "who it is, and what it holds: a request each")

    def test_roles_of_profiles(self):
        asked = []

        class Sts(servers.Handler):
            def do_POST(self):
                asked.append((self.headers["Authorization"], self.rfile.read(int(self.headers["Content-Length"])).decode()))
                self.answer(200, (f"<R><Credentials><AccessKeyId>{servers.KEY}</AccessKeyId><SecretAccessKey>{servers.SECRET}"
                                  "</SecretAccessKey><SessionToken>t</SessionToken></Credentials></R>").encode())
        sts = servers.Server(Sts)
        self.addCleanup(sts.stop)
        (self.folder / ".aws").mkdir()
        (self.folder / ".aws/config").write_text(
            "[profile base]\naws_access_key_id = base\naws_secret_access_key = x\n"
            "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nexternal_id = e\n"
            "[profile circle]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = circle\n")
        self.read("--s3-profile", "role", AWS_ENDPOINT_URL_STS=sts.url)
        self.assertIn("Credential=base/", asked[0][0], "the role is asked for with the other profile's keys")
        self.assertIn("Action=AssumeRole&ExternalId=e&RoleArn=arn%3Aaws", asked[0][1])
        self.read("--s3-profile", "circle", code=1, AWS_ENDPOINT_URL_STS=sts.url)
        self.assertIn("profiles name each other in a circle", self.err)

    def test_other_hosts_get_no_credentials(self):
        elsewhere = servers.Files({"/a.png": picture(80, 60, 1), "/test/a.png": picture(80, 60, 1)})
        self.addCleanup(elsewhere.stop)
        keys = {"AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET}
        # A store that sends its clients to another host.
        proxy = servers.Proxy(self.store.url, lambda request, _: ("answer", 307, b"", [
            ("Location", elsewhere.url + request.path)]))
        self.addCleanup(proxy.stop)
        self.read(code=1, AWS_ENDPOINT_URL=proxy.url, **keys)
        self.assertIn("the store answered 307", self.err)
        self.assertEqual(elsewhere.requests, [])
        # A web server that does, and was given a password.
        here = servers.Proxy(elsewhere.url, lambda request, _: ("answer", 302, b"", [("Location", elsewhere.url + "/a.png")]))
        self.addCleanup(here.stop)
        self.run_on(here.url.replace("//", "//me:mine@") + "/moved.png", "--write-jsonl", "r.jsonl", **keys)
        self.assertTrue(all("Authorization" in headers for _, _, headers in here.requests))
        self.assertGreater(len(elsewhere.requests), 0)
        for _, _, _, headers in elsewhere.requests:
            self.assertNotIn("Authorization", headers)
        self.assertNotIn("mine", self.out + self.err + (self.folder / "r.jsonl").read_text()
                         + (self.folder / "r.jsonl.manifest").read_text())

    def test_anonymous_by_wish(self):
        proxy = servers.Proxy(self.store.url, lambda request, _: ("answer", 200, picture(80, 60, 1)))
        self.addCleanup(proxy.stop)
        self.read("--s3-anonymous", AWS_ENDPOINT_URL=proxy.url, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
        for _, _, headers in proxy.requests:
            self.assertNotIn("Authorization", headers)


if __name__ == "__main__":
    case.main()
