"""Servers on this machine that the tests of stores start and stop: s3rver, a proxy that does wrong, credentials, listings."""
import base64
import collections
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import urllib.parse

KEY = SECRET = "S3RVER"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


class S3rver:
    """A store with a bucket "test"; with a certificate, over TLS."""

    def __init__(self, program, folder, certificate=None, private_key=None, more=()):
        self.port = free_port()
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = [str(program), "-d", str(folder), "-p", str(self.port), "-a", "127.0.0.1", "-s",
                     "--configure-bucket", "test", *more]
        if certificate:
            arguments += ["--cert", str(certificate), "--key", str(private_key)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


class QuietServer(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, *_):
        """Clients that are killed, or give up, are what is tested."""


class Server:
    """A server on a thread of its own, made of a handler class."""

    def __init__(self, handler):
        self.server = QuietServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, code, body=b"", headers=()):
        self.send_response_only(code)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def error(code, text="of a test"):
    return f"<Error><Code>{code}</Code><Message>{text}</Message></Error>".encode()


class Proxy(Server):
    """Passes requests on to `upstream`. `rule(request, number)` may answer with what goes wrong:
    ("answer", code, body), ("cut", bytes of the answer's body), ("stall", bytes, seconds), ("corrupt",) or
    ("lose",): passed on, but the answer is lost. `requests` has what came: (method, path, headers)."""

    def __init__(self, upstream, rule=None):
        self.rule = rule
        self.requests = []
        self.counts = collections.Counter()
        self.lock = threading.Lock()
        host = upstream.split("://")[1]
        proxy = self

        class ProxyHandler(Handler):
            def go(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with proxy.lock:
                    proxy.requests.append((self.command, self.path, {name.title(): value for name, value in self.headers.items()}))
                    number = len(proxy.requests)
                    fault = proxy.rule(self, number) if proxy.rule else None
                    if fault:
                        proxy.counts[fault[0]] += 1
                if fault and fault[0] == "answer":
                    return self.answer(fault[1], fault[2], fault[3] if len(fault) > 3 else ())
                connection = http.client.HTTPConnection(host)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in ("expect", "connection"):
                        connection.putheader(name, value)
                connection.endheaders(body)
                response = connection.getresponse()
                data = response.read()
                connection.close()
                headers = [(n, v) for n, v in response.getheaders() if n.lower() not in ("transfer-encoding", "connection")]
                if self.command != "HEAD":
                    headers = [h for h in headers if h[0].lower() != "content-length"] + [("Content-Length", str(len(data)))]
                if fault and fault[0] == "corrupt" and data:
                    data = bytes([data[0] ^ 1]) + data[1:]
                if fault and fault[0] in ("cut", "stall", "lose"):
                    self.close_connection = True
                    if fault[0] == "lose":
                        return self.connection.shutdown(socket.SHUT_RDWR)
                    self.send_response_only(response.status)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data[: fault[1]])
                    self.wfile.flush()
                    if fault[0] == "stall":
                        time.sleep(fault[2])
                    return self.connection.shutdown(socket.SHUT_RDWR)
                return self.answer(response.status, data, headers)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = go

        super().__init__(ProxyHandler)


class Credentials(Server):
    """A container's credentials: the session's token is `token`, which a test may change."""

    def __init__(self, token, secret="the right word"):
        self.token = token
        self.asked = 0
        credentials = self

        class CredentialsHandler(Handler):
            def do_GET(self):
                if self.headers.get("Authorization") != secret:
                    return self.answer(401)
                credentials.asked += 1
                later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
                return self.answer(200, json.dumps({"AccessKeyId": KEY, "SecretAccessKey": SECRET,
                                                    "Token": credentials.token, "Expiration": later}).encode())

        super().__init__(CredentialsHandler)
        self.environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + "/keys",
                            "AWS_CONTAINER_AUTHORIZATION_TOKEN": secret}


class Instance(Server):
    """An instance's metadata service, version 2: nothing without the token that a PUT gets."""

    def __init__(self):
        self.asked = []
        instance = self

        class InstanceHandler(Handler):
            def do_PUT(self):
                instance.asked.append("PUT " + self.path)
                self.answer(200, b"metadata token")

            def do_GET(self):
                instance.asked.append("GET " + self.path)
                if self.headers.get("X-aws-ec2-metadata-token") != "metadata token":
                    return self.answer(401)
                if self.path.endswith("/security-credentials/"):
                    return self.answer(200, b"the-role")
                return self.answer(200, json.dumps({"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": "t",
                                                    "Expiration": "2099-01-01T00:00:00Z"}).encode())

        super().__init__(InstanceHandler)
        self.environment = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url, "AWS_EC2_METADATA_DISABLED": "false"}


class ManyObjects(Server):
    """A bucket of `count` objects with the same content, made up as they are asked for."""

    def __init__(self, count, content):
        etag = '"' + hashlib.md5(content).hexdigest() + '"'

        class ManyHandler(Handler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                if "list-type=2" not in query:
                    return self.answer(200, content, [("ETag", etag)])
                token = next((p[19:] for p in query.split("&") if p.startswith("continuation-token=")), "0")
                first = int(token)
                last = min(first + 1000, count)
                entries = "".join(f"<Contents><Key>p/{i:09d}.jpg</Key><ETag>&quot;e&quot;</ETag><Size>{len(content)}</Size>"
                                  "</Contents>" for i in range(first, last))
                more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>"
                body = ("<ListBucketResult>" + (more if last < count else "<IsTruncated>false</IsTruncated>") + entries
                        + "</ListBucketResult>")
                return self.answer(200, body.encode())

            def do_HEAD(self):
                self.answer(404)

        super().__init__(ManyHandler)


class Files(Server):
    """A web server with ranges, HEAD, and a redirection; `content` maps paths to bytes."""

    def __init__(self, content, head=True):
        self.requests = []
        files = self

        class FilesHandler(Handler):
            def go(self):
                files.requests.append((self.command, self.path, self.headers.get("Range"), {name.title(): value for name, value in self.headers.items()}))
                path = urllib.parse.unquote(self.path.split("?")[0])
                if self.command == "HEAD" and not head:
                    return self.answer(403)
                if path.startswith("/moved/"):
                    return self.answer(302, b"", [("Location", path[6:])])
                data = content.get(path)
                if data is None:
                    return self.answer(404)
                tag = base64.b16encode(hashlib.sha1(data).digest()).decode()
                wanted = self.headers.get("Range")
                if not wanted:
                    return self.answer(200, data, [("ETag", f'"{tag}"'), ("Content-Length", str(len(data)))])
                first, _, last = wanted[6:].partition("-")
                end = min(int(last) + 1 if last else len(data), len(data))
                piece = data[int(first): end]
                return self.answer(206, piece, [("ETag", f'"{tag}"'), ("Content-Length", str(len(piece))),
                                                ("Content-Range", f"bytes {first}-{end - 1}/{len(data)}")])

            do_GET = do_HEAD = go

        super().__init__(FilesHandler)
