#!/usr/bin/env python3
"""Bounds on what gRPC's callers may take, asked by grpcio: memory of many large requests, connections, calls.

    grpc_limits_test.py SINEW_SERVE MAKE_MODEL WORK PROTO
"""
import collections
import pathlib
import re
import socket
import sys
import threading
import time

from grpc_test import grpc, make_stubs
from server_fixture import Server, check, fresh, png

MEGABYTE = 1 << 20
PICTURE = 48 * 64 * 3 * 4  # bytes of a tensor


def peak_bytes(process):
    """The most memory that it has had."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


class Clients:
    """Channels with connections of their own."""

    def __init__(self, server, pb_grpc):
        self.server, self.pb_grpc, self.channels = server, pb_grpc, []

    def stub(self):
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
        self.channels.append(grpc.insecure_channel(f"127.0.0.1:{self.server.grpc_port}", options=options))
        return self.pb_grpc.GRPCInferenceServiceStub(self.channels[-1])

    def close(self):
        for channel in self.channels:
            channel.close()


def code_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_memory(program, make_model, work, pb, pb_grpc):
    """Without bounds, 48 messages of 15 MB that arrive and wait would take more than a gigabyte."""
    message, bodies, count = 15, 64, 48
    server = Server(program, make_model, work, "--max-body", "16", "--max-bodies", str(bodies), "--max-pictures", "1000", "--processors", "1")
    pictures = message * MEGABYTE // PICTURE
    request = pb.ModelInferRequest(model_name="mini.maps")
    request.inputs.add(name="input", datatype="FP32", shape=[pictures, 48, 64, 3])
    request.raw_input_contents.append(bytes(pictures * PICTURE))
    clients = Clients(server, pb_grpc)
    check(code_of(lambda: clients.stub().ModelInfer(request)) == grpc.StatusCode.OK, "a large request alone is answered")
    before = peak_bytes(server.process)
    codes, lock = collections.Counter(), threading.Lock()

    def ask(stub):
        for _ in range(2):
            code = code_of(lambda: stub.ModelInfer(request, timeout=120))
            with lock:
                codes[code.name] += 1

    threads = [threading.Thread(target=ask, args=(clients.stub(),)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    grown = peak_bytes(server.process) - before
    print(f"{dict(codes)}, {grown // MEGABYTE} MB more")
    check(codes["OK"] >= 1 and codes["RESOURCE_EXHAUSTED"] >= 1, "of many large ones at once, some are answered and some refused")
    # gRPC closes connections, too, where it has no other memory to take back.
    check(set(codes) <= {"OK", "RESOURCE_EXHAUSTED", "UNAVAILABLE"}, "and nothing else happens to them")
    # Arriving messages; those that have arrived, each three times while it is read; and a message for each thread.
    check(grown < (bodies + 3 * bodies + 4 * message) * MEGABYTE, "memory stays within the bounds")
    check(code_of(lambda: clients.stub().ModelInfer(request, timeout=60)) == grpc.StatusCode.OK, "afterwards all is as before")

    # What a stream has sent is not kept while it waits.
    def steps(gone):
        yield request
        gone.wait()

    gone, streams = threading.Event(), []
    for _ in range(8):
        streams.append(clients.stub().ModelStreamInfer(steps(gone), timeout=120))
        check(not next(streams[-1]).error_message, "a stream, with those before it idle")
    check(code_of(lambda: clients.stub().ModelInfer(request, timeout=60)) == grpc.StatusCode.OK, "what is idle takes nothing")
    gone.set()
    for stream in streams:
        check(list(stream) == [], "a stream ends in order")
    clients.close()
    check(server.stop() == 0, "it stops in order")


def test_connections(program, make_model, work, pb, pb_grpc):
    server = Server(program, make_model, work, "--max-connections", "3", "--max-calls-per-connection", "2", "--header-timeout", "1")
    clients = Clients(server, pb_grpc)
    live = pb.ServerLiveRequest()
    stubs = [clients.stub() for _ in range(3)]
    check([code_of(lambda stub=stub: stub.ServerLive(live, timeout=10)).name for stub in stubs] == ["OK"] * 3, "as many connections as may be")
    fourth = clients.stub()
    check(code_of(lambda: fourth.ServerLive(live, timeout=3)) in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), "one more is closed")
    check(code_of(lambda: stubs[0].ServerLive(live, timeout=10)) == grpc.StatusCode.OK, "the others stay")
    check(server.json("/v2/health/live") is not None, "HTTP has its own")
    clients.channels[1].close()
    deadline, code = time.monotonic() + 30, None
    while code != grpc.StatusCode.OK and time.monotonic() < deadline:
        code = code_of(lambda: clients.stub().ServerLive(live, timeout=2))
    check(code == grpc.StatusCode.OK, "where one has gone, another may come")

    # Calls of one connection: the third waits until one of the two has ended.
    gone = [threading.Event(), threading.Event()]

    def steps(event):
        made = pb.ModelInferRequest(model_name="mini")
        made.inputs.add(name="image", datatype="BYTES", shape=[1]).contents.bytes_contents.append(png())
        yield made
        event.wait()

    streams = [stubs[2].ModelStreamInfer(steps(event)) for event in gone]
    check(all(not next(stream).error_message for stream in streams), "two calls over one connection")
    check(code_of(lambda: stubs[2].ServerLive(live, timeout=1)) == grpc.StatusCode.DEADLINE_EXCEEDED, "a third waits")
    gone[0].set()
    check(list(streams[0]) == [] and code_of(lambda: stubs[2].ServerLive(live, timeout=10)) == grpc.StatusCode.OK, "until one has ended")
    gone[1].set()
    clients.close()

    # Whoever says nothing is not waited for.
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.grpc_port), timeout=20) as silent:
        while silent.recv(4096):
            pass
    check(time.monotonic() - start < 15, "a connection without a word is closed")
    check(server.stop() == 0, "it stops in order")


def test_resolutions(program, make_model, work, pb, pb_grpc):
    """A request cannot name a resolution: nothing is compiled or allocated for it."""
    server = Server(program, make_model, work)
    stub = Clients(server, pb_grpc).stub()
    made = pb.ModelInferRequest(model_name="mini")
    made.inputs.add(name="image", datatype="BYTES", shape=[1]).contents.bytes_contents.append(png())
    made.parameters["net_resolution"].string_param = "4096x-1"
    try:
        stub.ModelInfer(made)
        details = None
    except grpc.RpcError as error:
        details = error.details()
    check(details is not None and '"net_resolution" is no option' in details, "over gRPC, a resolution is refused")
    status, _, body = server.ask("/v1/people?net_resolution=4096x-1", png())
    check(status == 400 and b'net_resolution' in body, "and over HTTP")
    status, _, body = server.ask("/v1/people", png(4096, 8))
    check(status == 200, "a picture of another shape is resized to the network's")
    check(server.stop() == 0, "it stops in order")


def main():
    program, make_model, work, proto = sys.argv[1], sys.argv[2], fresh(sys.argv[3]), sys.argv[4]
    pb, pb_grpc = make_stubs(proto, work)
    for test in (test_resolutions, test_connections, test_memory):
        test(program, make_model, work, pb, pb_grpc)


if __name__ == "__main__":
    main()
