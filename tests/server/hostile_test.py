#!/usr/bin/env python3
"""Requests that nobody should send: each gets an error or a closed connection, and the server goes on.

    hostile_test.py SINEW_SERVE MAKE_MODEL WORK
"""
import gzip
import json
import os
import random
import re
import select
import socket
import struct
import sys
import threading
import time
import zlib

from server_fixture import Server, check, fresh, png, slow_png


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def read_all(connection):
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except (ConnectionResetError, TimeoutError):
        pass
    return data


def send(server, data, half_close=False):
    """All that comes back until the server closes."""
    with connect(server) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_all(connection)


def status_of(reply):
    return int(reply.split()[1]) if reply.startswith(b"HTTP/1.1 ") else 0


POST = b"POST /v1/people HTTP/1.1\r\nHost: a\r\n"


def test_smuggling(server):
    body = b"0\r\n\r\n"
    cases = {
        "both lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
        "both, the other way round": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + body,
        "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        "a negative length": POST + b"Content-Length: -1\r\n\r\n",
        "a length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\nabcde",
        "a length that overflows": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
        "an unknown encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + body,
        "two encodings": POST + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
        "a chunk size that overflows": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "a blank before the colon": POST + b"Content-Length : 5\r\n\r\nabcde",
        "a line feed alone": b"GET / HTTP/1.1\nHost: a\n\n",
        "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "no host": b"GET / HTTP/1.1\r\n\r\n",
        "a NUL in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "a version that is none": b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        "an absolute target": b"GET http://169.254.169.254/latest HTTP/1.1\r\nHost: a\r\n\r\n",
        "a bad escape": b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    }
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    for what, data in cases.items():
        reply = send(server, data + smuggled)
        check(400 <= status_of(reply) <= 599 and len(re.findall(rb"HTTP/1\.1 \d{3} ", reply)) == 1, f"{what}: one refusal ({reply[:40]!r})")
    reply = send(server, POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nabcd\r\n0\r\n\r\n")
    check(status_of(reply) == 415, "chunks that are right are read")
    packed = gzip.compress(png())
    reply = send(server, POST + b"Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
    check(status_of(reply) == 415 and b"compressed" in reply, "a body that is compressed as a whole is refused, not unpacked")


def test_sizes(server):
    reply = send(server, POST + b"Content-Length: 3000000\r\n\r\n")
    check(status_of(reply) == 413 and b"larger than" in reply, "a body beyond the limit is refused by its length")
    reply = send(server, POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + bytes(65536) + b"\r\n" * 1 + (b"10000\r\n" + bytes(65536) + b"\r\n") * 40)
    check(status_of(reply) == 413, "and by its chunks")
    reply = send(server, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40000 + b"\r\n\r\n")
    check(status_of(reply) == 431, "a header beyond the limit is refused")
    reply = send(server, b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    check(status_of(reply) in (414, 431), "a target beyond the limit is refused")
    reply = send(server, POST + b"Content-Length: 1000\r\n\r\nshort", half_close=True)
    check(status_of(reply) in (0, 400), "a body that is cut short is no request")


def bomb(width, height):
    """A PNG of a few kilobytes that claims to be huge."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    data = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


# Heads of pictures of some 60000x60000 pixels.
HUGE = {
    "JPEG": b"\xff\xd8\xff\xc0\x00\x11\x08\xea\x60\xea\x60\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00",
    "GIF": b"GIF89a\x60\xea\x60\xea\x80\x00\x00" + bytes(6) + b"\x2c\x00\x00\x00\x00\x60\xea\x60\xea\x00\x02",
    "BMP": b"BM" + struct.pack("<IHHI", 2**31, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0),
    "PPM": b"P6 60000 60000 255\n",
    "TIFF": b"II*\x00\x08\x00\x00\x00\x05\x00" + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in
                                                          ((256, 60000), (257, 60000), (258, 8), (273, 100), (279, 100))) + bytes(4),
}


def test_text(server):
    """Bytes that are no UTF-8 where names are, and what answers make of them."""
    status, _, text = server.ask("/v1/people?model=%ff%fe", png())
    check(status == 404 and "no model" in json.loads(text.decode())["error"], "a model's name")
    status, _, text = server.ask("/v1/people?%ff=1", png())
    check(status == 400 and json.loads(text.decode())["error"], "an option's name")
    body = b'--b\r\nContent-Disposition: form-data; name="p"; filename="\xff\xfe\r.png"\r\n\r\n' + png() + b"\r\n--b--\r\n"
    status, _, text = server.ask("/v1/people", body, {"Content-Type": "multipart/form-data; boundary=b"})
    check(status == 200 and json.loads(text.decode())["pictures"][0]["people"], "a file's name")
    status, _, text = server.ask("/v2/models/%ff%c0%af/infer", b"{}")
    check(400 <= status < 500 and json.loads(text.decode())["error"], "a path")
    status, headers, _ = server.ask("/v1/people", png(), {"X-Request-Id": "\xff\xfe", "traceparent": "\xff"})
    check(status == 200 and headers["X-Request-Id"].isascii(), "headers")
    sequence = server.ask("/v1/people?sequence_id=%ff&sequence_start=1", png())
    check(sequence[0] == 200 and json.loads(sequence[2].decode())["people"], "a sequence's name")


def test_bodies(server):
    before = server.metric("process_resident_memory_bytes")
    for width, height in ((60000, 60000), (2**31 - 1, 1), (0, 5)):
        status, _, text = server.ask("/v1/people", bomb(width, height))
        check(status in (400, 413), f"a bomb of {width}x{height} is refused: {status} {text[:90]}")
    for kind, head in HUGE.items():
        status, _, text = server.ask("/v1/people", head + bytes(1000))
        check(status in (400, 413, 415), f"a {kind} that says it is huge is refused: {status} {text[:90]}")
    check(server.ask("/v2/models/mini/infer", b"[" * 2_000_000)[0] == 400, "brackets without end are refused")
    check(server.metric("process_resident_memory_bytes") < before + 300e6, "without its memory")
    infer = "/v2/models/mini/infer"
    bad = [b"\xff\xfe\x00", b"{" * 100000, b"[" * 100000, b'{"inputs":[{"name":"\xff"}]}', b"null", b'{"inputs":' + b"[" * 5000 + b"]" * 5000 + b"}",
           json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [2**62, 4], "data": []}]}).encode(),
           json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 2**63}}]}).encode(),
           json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["http://127.0.0.1/a.jpg"]}]}).encode(),
           json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["/etc/passwd"]}]}).encode()]
    for body in bad:
        status, _, text = server.ask(infer, body)
        check(400 <= status < 500 and json.loads(text)["error"], f"{body[:40]!r} is refused: {status}")
    for value in ("-1", "99999999999999999999", "x", "17"):
        status = server.ask(infer, b"{}", {"Inference-Header-Content-Length": value})[0]
        check(status == 400, f"Inference-Header-Content-Length: {value} is refused")
    body = json.dumps({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 8}}]}).encode()
    status = server.ask(infer, body + struct.pack("<I", 2**32 - 1) + b"abcd", {"Inference-Header-Content-Length": str(len(body))})[0]
    check(status == 400, "a BYTES length beyond the data is refused")
    maps = json.dumps({"inputs": [{"name": "input", "datatype": "FP32", "shape": [2**30, 48, 64, 3], "data": [1]}]}).encode()
    check(400 <= server.ask("/v2/models/mini.maps/infer", maps)[0] < 500, "a tensor larger than its data is refused")


def test_slow(server):
    # Many senders of half a request hold connections for a while, and no worker.
    slow = [connect(server) for _ in range(60)]
    for connection in slow[:30]:
        connection.sendall(b"POST /v1/people HTTP/1.1\r\nHost:")
    for connection in slow[30:]:
        connection.sendall(POST + b"Content-Length: 1000\r\n\r\nab")
    start = time.monotonic()
    check(server.ask("/v1/people", png())[0] == 200 and time.monotonic() - start < 3, "slow senders do not hold up others")
    dripping, start = slow[0], time.monotonic()
    try:
        while time.monotonic() - start < 15:
            dripping.sendall(b"a")
            time.sleep(0.2)
    except (BrokenPipeError, ConnectionResetError):
        pass
    check(time.monotonic() - start < 8, "a header that drips is cut off")
    start = time.monotonic()
    check(read_all(slow[40]) == b"" and time.monotonic() - start < 8, "a body that does not come loses its connection")
    check('code="408"' in server.ask("/metrics")[2].decode(), "and is counted")
    for connection in slow:
        connection.close()
    # Readers that do not read.
    lazy = []
    for _ in range(20):
        connection = connect(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /app.js HTTP/1.1\r\nHost: a\r\n\r\n" * 200)
        lazy.append(connection)
    check(server.ask("/v1/people", png())[0] == 200, "readers that do not read do not hold up others")
    for connection in lazy:
        connection.close()


def test_connections(server):
    connections = [connect(server) for _ in range(150)]
    time.sleep(0.5)
    for connection in connections:
        connection.close()
    time.sleep(0.5)
    check(server.ask("/v1/people", png())[0] == 200, "more connections than are allowed are closed, and others work again")
    deadline = time.monotonic() + 10
    while server.metric("sinew_http_connections") > 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    check(server.metric("sinew_http_connections") <= 3, "none is left behind")


def test_gone(server):
    """Whoever goes away has no more work done for them."""
    before = server.metric("nv_inference_request_failure")
    big = slow_png()
    head = POST + b"Content-Length: %d\r\n\r\n" % len(big)
    # Those that were taken and wait when they are closed; a machine may be too fast, or too slow, for one attempt.
    for _ in range(10):
        gone = []
        for _ in range(24):
            connection = connect(server)
            connection.sendall(head + big)
            gone.append(connection)
        deadline = time.monotonic() + 2
        while server.metric("sinew_queue_depth") < 5 and time.monotonic() < deadline:
            pass
        for connection in gone:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        deadline = time.monotonic() + 20
        while server.metric("sinew_queue_depth") + server.metric("sinew_working") > 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        if server.metric("nv_inference_request_failure") > before:
            break
    check(server.metric("nv_inference_request_failure") > before, "requests of those who went away are not computed")


def test_noise(server):
    random.seed(5)
    valid = POST + b"Content-Length: %d\r\n\r\n" % len(png()) + png()
    for i in range(150):
        data = bytearray(valid if i % 2 else b"GET /v2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        for _ in range(random.randint(1, 8)):
            data[random.randrange(min(len(data), 200))] = random.randrange(256)
        with connect(server) as connection:
            connection.sendall(bytes(data[:random.randint(1, len(data))]))
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(0.05)
            try:
                connection.recv(4096)
            except (TimeoutError, ConnectionResetError):
                pass
    check(server.ask("/v1/people", png())[0] == 200, "requests with broken bytes are survived")


def test_overload(program, make_model, work):
    server = Server(program, make_model, work, "--max-queue", "2", "--processors", "1")
    big, results, lock = slow_png(), [], threading.Lock()

    def ask():
        status, headers, _ = server.ask("/v1/people", big)
        with lock:
            results.append((status, headers.get("Retry-After")))

    threads = [threading.Thread(target=ask) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [retry for status, retry in results if status == 503]
    served = sum(status == 200 for status, _ in results)
    check(served >= 1 and refused and served + len(refused) == 24, f"overload: {served} served, {len(refused)} refused")
    check(all(retry and int(retry) >= 1 for retry in refused), "with a time to come back")
    check(server.metric("sinew_rejected_total") == len(refused), "and counted")
    server.stop()
    server = Server(program, make_model, work, "--max-body", "2", "--max-bodies", "5")
    held = [connect(server) for _ in range(3)]
    for connection in held:
        connection.sendall(POST + b"Content-Length: 2000000\r\n\r\nab")
    answered = select.select(held, [], [], 20)[0]
    reply = read_all(answered[0]) if answered else b""
    check(len(answered) == 1 and status_of(reply) == 503 and b"Retry-After: 1" in reply, "bodies that would take more memory together are refused")
    check(server.ask("/v1/people", png())[0] == 200, "small ones are not")
    for connection in held:
        connection.close()
    server.stop()
    server = Server(program, make_model, work, "--max-rate", "5")
    statuses = [server.ask("/v2")[0] for _ in range(30)]
    check(statuses.count(429) >= 10 and statuses[0] == 200, "an address that asks too often is told so")
    server.stop()


def main():
    program, make_model, work = sys.argv[1], sys.argv[2], fresh(sys.argv[3])
    server = Server(program, make_model, work, "--max-body", "2", "--header-timeout", "2", "--body-timeout", "3", "--write-timeout", "3", "--idle-timeout", "4",
                    "--max-connections", "100", "--max-pixels", "4000000")
    descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    for test in (test_smuggling, test_sizes, test_text, test_bodies, test_slow, test_connections, test_gone, test_noise):
        test(server)
        check(server.process.poll() is None, f"the server lives after {test.__name__}")
    time.sleep(5)
    left = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    check(left <= descriptors + 4, f"no descriptor is left behind ({descriptors}, {left})")
    check(server.stop() == 0, "it stops in order")
    test_overload(program, make_model, work)


if __name__ == "__main__":
    main()
