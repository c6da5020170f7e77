#!/usr/bin/env python3
"""What the server answers over HTTP, asked by curl and Python's own clients.

    http_test.py SINEW_SERVE MAKE_MODEL WORK
"""
import base64
import json
import signal
import struct
import subprocess
import sys
import threading
import time

from openapi_schema import complaints
from server_fixture import Server, check, fresh, png, slow_png


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "--max-time", "60", *map(str, arguments)], check=True, capture_output=True).stdout


def multipart(*files):
    body = b""
    for name, data in files:
        body += b'--frontier\r\nContent-Disposition: form-data; name="p"; filename="%s"\r\n\r\n%s\r\n' % (name.encode(), data)
    return body + b"--frontier--\r\n", {"Content-Type": "multipart/form-data; boundary=frontier"}


def test_people(server, work, schema):
    picture = work / "a.png"
    picture.write_bytes(png())
    answer = json.loads(curl("--data-binary", f"@{picture}", f"{server.url}/v1/people"))
    check(answer["model"] == "mini" and answer["width"] == 80 and answer["people"], "curl sends a picture and gets people")
    check(all(len(person["keypoints"]) == 54 for person in answer["people"]), "each with its model's keypoints")
    schema("/v1/people", "post", answer)
    posted = json.loads(curl("-F", f"a=@{picture}", "-F", f"b=@{picture}", f"{server.url}/v1/people"))
    check([p["source"] for p in posted["pictures"]] == ["a.png", "a.png"], "curl -F sends several")
    check(posted["pictures"][0]["people"] == answer["people"], "the same picture shows the same people")
    schema("/v1/people", "post", posted)
    body, headers = multipart(("good.png", png()), ("bad.png", b"no picture"))
    mixed = server.json("/v1/people", body, headers)["pictures"]
    check("error" not in mixed[0] and "bad.png" in mixed[1]["error"], "one bad picture of several has an error of its own")
    openpose = server.json("/v1/people?format=openpose", png())
    check(openpose["version"] == 1.3 and len(openpose["people"]) == len(answer["people"]), "OpenPose's form")
    schema("/v1/people", "post", openpose)
    for mode, kind in (("1", "image/jpeg"), ("heatmap", "image/jpeg"), ("paf", "image/jpeg"), ("quad", "image/jpeg")):
        status, headers, drawn = server.ask(f"/v1/people?render={mode}", png())
        check(status == 200 and headers["Content-Type"] == kind and drawn[:2] == b"\xff\xd8", f"render={mode} gives a picture")
    check(server.ask("/v1/people?render=1&image_format=png", png())[2][:4] == b"\x89PNG", "as PNG where it is asked for")
    none = server.json("/v1/people?min_score=1000", png())
    check(none["people"] == [], "thresholds of a request hold")
    status, headers, text = server.ask("/v1/people?treshold=1", png())
    check(status == 400 and b"treshold" in text and b"threshold" in text, "an unknown option is named")
    for body, expected in ((b"", 400), (b"not a picture", 415), (png()[:300], 400)):
        status, _, text = server.ask("/v1/people", body)
        check(status == expected and json.loads(text)["error"], f"a bad body of {len(body)} bytes is {expected}")
    first = server.json("/v1/people?sequence_id=s&sequence_start=1", png())
    again = server.json("/v1/people?sequence_id=s", png())
    check([p["person_id"] for p in first["people"]] == [p["person_id"] for p in again["people"]], "people of a sequence keep their ids")
    check("Server-Timing" in server.ask("/v1/people", png())[1], "the time of each stage is told")
    schema("/v1/models", "get", server.json("/v1/models"))


def test_protocol(server, schema):
    for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/mini", "/v2/models/mini.maps", "/v2/models/mini/ready",
                 "/v2/models/mini/config", "/v2/models/mini/stats", "/v2/models/stats", "/v2/models/mini/versions/1"):
        template = path.replace("/mini.maps", "/{model}").replace("/mini", "/{model}").replace("/versions/1", "")
        schema(template, "get", server.json(path))
    check(server.json("/v2/models/mini")["inputs"][0]["datatype"] == "BYTES", "the protocol's metadata")
    check(b"other" in server.ask("/v2/models/other")[2] and server.ask("/v2/models/mini/versions/9")[0] == 404, "what is not served is 404")
    people = server.json("/v1/people", png())["people"]
    request = {"id": "7", "inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"content_type": "base64"},
                                      "data": [base64.b64encode(png()).decode()]}]}
    answer = server.json("/v2/models/mini/infer", json.dumps(request).encode())
    schema("/v2/models/{model}/infer", "post", answer)
    outputs = {tensor["name"]: tensor for tensor in answer["outputs"]}
    check(answer["id"] == "7" and outputs["keypoints"]["shape"] == [len(people), 18, 3], "tensors as JSON")
    check(all(abs(a - b) < 1e-3 for a, b in zip(outputs["keypoints"]["data"], [v for p in people for v in p["keypoints"]])), "with the same people")
    # The binary data extension, both ways.
    data = struct.pack("<I", len(png())) + png()
    head = json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(data)}}],
                       "outputs": [{"name": "keypoints", "parameters": {"binary_data": True}}, {"name": "ids"}]}).encode()
    status, headers, body = server.ask("/v2/models/mini/infer", head + data, {"Inference-Header-Content-Length": str(len(head))})
    size = int(headers["Inference-Header-Content-Length"])
    described = json.loads(body[:size])["outputs"]
    values = struct.unpack(f"<{len(people) * 54}f", body[size:])
    check(status == 200 and [o["name"] for o in described] == ["keypoints", "ids"] and "data" in described[1], "binary data where it was asked for")
    check(abs(values[0] - people[0]["keypoints"][0]) < 1e-3, "and right")
    status, headers, body = server.ask("/v2/models/mini/infer", png(), {"Inference-Header-Content-Length": "0"})
    check(status == 200 and int(headers["Inference-Header-Content-Length"]) < len(body), "a picture alone as a raw request")
    # The network alone.
    pixels = struct.pack(f"<{48 * 64 * 3}f", *([100.0] * 48 * 64 * 3))
    head = json.dumps({"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 48, 64, 3], "parameters": {"binary_data_size": len(pixels)}}],
                       "parameters": {"binary_data_output": True}}).encode()
    status, headers, body = server.ask("/v2/models/mini.maps/infer", head + pixels, {"Inference-Header-Content-Length": str(len(head))})
    size = int(headers["Inference-Header-Content-Length"])
    shape = json.loads(body[:size])["outputs"][0]["shape"]
    check(shape == [1, 6, 8, 57] and len(body) - size == 4 * 6 * 8 * 57, "tensors in, maps out")
    for change, what in ((("image", "img"), "another name"), (('"BYTES"', '"FP32"'), "another type"), (("[1]", "[2]"), "another shape")):
        text = json.dumps(request).replace(*change).encode()
        status, _, body = server.ask("/v2/models/mini/infer", text)
        check(status == 400 and json.loads(body)["error"], f"an input of {what} is refused")
    check(server.ask("/v2/models/mini/infer")[0] == 405, "GET is not for inference")
    late = dict(request, parameters={"timeout": 1})
    status = server.ask("/v2/models/mini/infer", json.dumps(late).encode())[0]
    check(status in (200, 504), "a deadline of a microsecond is late, or just in time")
    index = server.json("/v2/repository/index", b"{}")
    schema("/v2/repository/index", "post", index)
    check([entry["name"] for entry in index] == ["mini", "mini.maps"], "the repository's index")
    server.json("/v2/repository/models/mini/load", b"{}")
    check(server.json("/v2/models/mini")["versions"] == ["2"], "a load makes a new version")
    server.json("/v2/repository/models/mini/unload", b"{}")
    check(server.ask("/v1/people", png())[0] == 404 and server.ask("/v2/models/mini/ready")[0] == 404, "what is unloaded is not served")
    server.json("/v2/repository/models/mini/load", b"{}")
    check(server.ask("/v2/repository/models/..%2f..%2fetc%2fpasswd/load", b"{}")[0] == 404, "no paths from requests")


def test_figures(server):
    before = server.metric("nv_inference_request_success")
    server.json("/v1/people", png())
    check(server.metric("nv_inference_request_success") == before + 1, "requests are counted")
    check(server.metric("process_resident_memory_bytes") > 1e6 and server.metric("process_threads") > 2, "so is the process's memory")
    text = server.ask("/metrics")[2].decode()
    for name in ("nv_inference_queue_duration_us", "nv_inference_exec_count", 'sinew_stage_seconds_bucket{model="mini",stage="network"', "sinew_queue_depth",
                 "sinew_rejected_total", "sinew_people_bucket", "sinew_batch_pictures_sum", "sinew_http_requests_total"):
        check(name in text, f"metrics have {name}")


def test_log(server, log):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    _, headers, _ = server.ask("/v1/people?model=mini", png(), {"traceparent": trace, "X-Request-Id": "my-id"})
    check(headers["traceparent"] == trace and headers["X-Request-Id"] == "my-id", "ids and traces come back")
    _, headers, _ = server.ask("/v2", headers={"X-Request-Id": 'a"b\\'})
    check('"' not in headers["X-Request-Id"], "ids that are not fit for a log are replaced")
    entry = [json.loads(line) for line in log.read_text().splitlines()][-2]
    check(entry["id"] == "my-id" and entry["traceparent"] == trace and entry["status"] == 200 and entry["path"] == "/v1/people"
          and entry["request_bytes"] == len(png()) and "query" not in entry, "the access log has a line for it")


def test_page_files(server):
    status, headers, body = server.ask("/")
    policy = headers["Content-Security-Policy"]
    check(status == 200 and b"<title>sinew" in body and "default-src 'none'" in policy and "unsafe" not in policy, "the page has a strict policy")
    for path in ("/app.js", "/style.css", "/draw.js", "/sources.js", "/downloads.js", "/icon.svg", "/openapi.json"):
        check(server.ask(path)[0] == 200, f"{path} is there")
    check(server.ask("/", headers={"If-None-Match": headers["ETag"]})[0] == 304, "what is known is not sent again")
    check(server.ask("/../../etc/passwd")[0] == 404 and server.ask("/nothing")[0] == 404, "nothing else is")


def test_reload_and_stop(server, program, make_model, work):
    failures, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            status = server.ask("/v1/people", png())[0]
            if status != 200:
                failures.append(status)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    version = int(server.json("/v2/models/mini")["versions"][0])
    for _ in range(3):
        server.signal(signal.SIGHUP)
        time.sleep(0.3)
    deadline = time.monotonic() + 30
    while int(server.json("/v2/models/mini")["versions"][0]) < version + 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join()
    check(int(server.json("/v2/models/mini")["versions"][0]) == version + 3, "SIGHUP loads the models again")
    check(not failures, f"without a lost request {failures[:3]}")
    server.graph.write_bytes(b"no graph")
    server.signal(signal.SIGHUP)
    time.sleep(1)
    check(server.ask("/v1/people", png())[0] == 200 and any("stays as it was" in line for line in server.lines), "a damaged model is not taken")
    subprocess.run([make_model, server.graph], check=True)

    # In flight when the signal comes: it is answered.
    big, results = slow_png(), []
    threads = [threading.Thread(target=lambda: results.append(server.ask("/v1/people", big)[0])) for _ in range(4)]
    before = server.metric("sinew_http_connections")
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while server.metric("sinew_working") < 1 and time.monotonic() < deadline:
        pass
    code = server.stop()
    for thread in threads:
        thread.join()
    check(code == 0 and results.count(200) >= 1 and set(results) <= {200, 503}, f"SIGTERM: what was begun is answered ({results}, {before})")
    for _ in range(3):
        killed = Server(program, make_model, work)
        killed.process.kill()
        killed.process.wait()
    again = Server(program, make_model, work)
    check(time.monotonic() - again.start_time < 2 and again.ask("/v1/people", png())[0] == 200, f"after kill -9 it serves again ({time.monotonic() - again.start_time:.2f} s)")
    again.stop()


def test_tokens_and_tls(program, make_model, work):
    tokens = work / "tokens.txt"
    tokens.write_text("0123456789abcdef0123\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", work / "key.pem", "-out", work / "cert.pem"], check=True, capture_output=True)
    server = Server(program, make_model, work, "--tokens", tokens, "--tls-cert", work / "cert.pem", "--tls-key", work / "key.pem", "--cors-origin", "https://app.example")
    (work / "a.png").write_bytes(png())
    base = ["--cacert", work / "cert.pem", "-w", "%{http_code}", "-o", work / "out"]
    check(curl(*base, "--data-binary", f"@{work / 'a.png'}", f"{server.url}/v1/people") == b"401", "without a token: 401")
    check(curl(*base, "-H", "Authorization: Bearer 0123456789abcdef0124", f"{server.url}/v1/models") == b"401", "with a wrong one as well")
    check(curl(*base, "-H", "Authorization: Bearer 0123456789abcdef0123", "--data-binary", f"@{work / 'a.png'}", f"{server.url}/v1/people") == b"200", "with one, over TLS: 200")
    check(curl(*base, f"{server.url}/v2/health/ready") == b"200" and curl(*base, f"{server.url}/") == b"200", "health and the page need none")
    check(curl(*base, f"{server.url}/metrics") == b"401", "figures do")
    headers = curl("--cacert", work / "cert.pem", "-i", "-X", "OPTIONS", "-H", "Origin: https://app.example", f"{server.url}/v1/people")
    check(b"204" in headers.splitlines()[0] and b"Access-Control-Allow-Origin: https://app.example" in headers, "pages of an origin that is allowed may ask")
    headers = curl("--cacert", work / "cert.pem", "-i", "-H", "Origin: https://evil.example", "-H", "Authorization: Bearer 0123456789abcdef0123", f"{server.url}/v1/models")
    check(b"403" in headers.splitlines()[0] and b"Access-Control-Allow-Origin" not in headers, "others may not")
    check(server.stop() == 0, "it stops")


def main():
    program, make_model, work = sys.argv[1], sys.argv[2], fresh(sys.argv[3])
    log = work / "access.jsonl"
    server = Server(program, make_model, work, "--access-log", log)
    document = server.json("/openapi.json")

    def schema(path, method, answer):
        found = complaints(document, path, method, answer)
        check(not found, f"openapi.json describes {method} {path} {found[:3]}")

    test_people(server, work, schema)
    test_protocol(server, schema)
    test_figures(server)
    test_log(server, log)
    test_page_files(server)
    test_reload_and_stop(server, program, make_model, work)
    test_tokens_and_tls(program, make_model, work)


if __name__ == "__main__":
    main()
