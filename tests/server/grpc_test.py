#!/usr/bin/env python3
"""The Open Inference Protocol over gRPC, asked by grpcio with stubs that protoc makes of the protocol's description.

    grpc_test.py SINEW_SERVE MAKE_MODEL WORK PROTO
"""
import json
import shutil
import struct
import subprocess
import sys
import threading
import time

from server_fixture import Server, check, fresh, png, slow_png, skip, use_python_with

use_python_with("grpc")
try:
    import grpc
except ImportError:
    skip("there is no grpcio: apt-get install python3-grpcio")


def make_stubs(proto, work):
    plugin = shutil.which("grpc_python_plugin")
    if not plugin:
        skip("there is no grpc_python_plugin: apt-get install protobuf-compiler-grpc")
    folder = proto.rsplit("/", 1)[0]
    subprocess.run(["protoc", f"--python_out={work}", f"--grpc_out={work}", f"--plugin=protoc-gen-grpc={plugin}", "-I", folder, proto], check=True)
    sys.path.insert(0, str(work))
    import inference_pb2
    import inference_pb2_grpc
    return inference_pb2, inference_pb2_grpc


def main():
    program, make_model, work, proto = sys.argv[1], sys.argv[2], fresh(sys.argv[3]), sys.argv[4]
    pb, pb_grpc = make_stubs(proto, work)
    log = work / "access.jsonl"
    server = Server(program, make_model, work, "--access-log", log)
    channel = grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", options=[("grpc.max_receive_message_length", -1)])
    stub = pb_grpc.GRPCInferenceServiceStub(channel)

    def request(picture, raw=False, **parameters):
        made = pb.ModelInferRequest(model_name="mini", id="4")
        tensor = made.inputs.add(name="image", datatype="BYTES", shape=[1])
        if raw:
            made.raw_input_contents.append(struct.pack("<I", len(picture)) + picture)
        else:
            tensor.contents.bytes_contents.append(picture)
        for name, value in parameters.items():
            kind = {bool: "bool_param", int: "int64_param", str: "string_param"}[type(value)]
            setattr(made.parameters[name], kind, value)
        return made

    def output(response, name):
        index = [tensor.name for tensor in response.outputs].index(name)
        kind = {"FP32": "f", "INT64": "q"}[response.outputs[index].datatype]
        data = response.raw_output_contents[index]
        return list(struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data))

    def error_of(call):
        try:
            call()
        except grpc.RpcError as error:
            return error.code(), error.details()
        return None, ""

    check(stub.ServerLive(pb.ServerLiveRequest()).live and stub.ServerReady(pb.ServerReadyRequest()).ready, "live and ready")
    check(stub.ModelReady(pb.ModelReadyRequest(name="mini")).ready and not stub.ModelReady(pb.ModelReadyRequest(name="x")).ready, "so is the model, and no other")
    check(stub.ServerMetadata(pb.ServerMetadataRequest()).name == "sinew", "the server's metadata")
    metadata = stub.ModelMetadata(pb.ModelMetadataRequest(name="mini"))
    check([t.name for t in metadata.outputs] == ["keypoints", "scores", "ids", "boxes"] and list(metadata.outputs[0].shape) == [-1, 18, 3], "the model's")
    check(stub.ModelConfig(pb.ModelConfigRequest(name="mini")).config.input[0].data_type == pb.TYPE_STRING, "its configuration")

    people = server.json("/v1/people", png())["people"]
    for raw in (False, True):
        response = stub.ModelInfer(request(png(), raw))
        keypoints = output(response, "keypoints")
        check(len(keypoints) == 54 * len(people) and abs(keypoints[0] - people[0]["keypoints"][0]) < 1e-3, f"the same people as over HTTP, {'raw' if raw else 'in contents'}")
    check(response.id == "4" and response.model_version == "1", "ids and versions come back")
    wanted = request(png())
    wanted.outputs.add(name="scores")
    check([t.name for t in stub.ModelInfer(wanted).outputs] == ["scores"], "outputs that are asked for alone")
    maps = pb.ModelInferRequest(model_name="mini.maps")
    maps.inputs.add(name="input", datatype="FP32", shape=[2, 48, 64, 3])
    maps.raw_input_contents.append(struct.pack("<f", 100) * (2 * 48 * 64 * 3))
    check(list(stub.ModelInfer(maps).outputs[0].shape) == [2, 6, 8, 57], "tensors in, maps out")

    code, details = error_of(lambda: stub.ModelInfer(request(b"no picture")))
    check(code == grpc.StatusCode.INVALID_ARGUMENT and "image" in details, "a bad picture is named")
    wrong = request(png())
    wrong.model_name = "other"
    check(error_of(lambda: stub.ModelInfer(wrong))[0] == grpc.StatusCode.NOT_FOUND, "an unknown model is not found")
    code, details = error_of(lambda: stub.ModelInfer(request(png(), tresh=1)))
    check(code == grpc.StatusCode.INVALID_ARGUMENT and "tresh" in details, "an unknown parameter is named")
    bad = request(png())
    bad.raw_input_contents.extend([b"1", b"2"])
    check(error_of(lambda: stub.ModelInfer(bad))[0] == grpc.StatusCode.INVALID_ARGUMENT, "contents without an input are refused")
    check(error_of(lambda: stub.ModelInfer(request(b"a" * (40 << 20))))[0] == grpc.StatusCode.RESOURCE_EXHAUSTED, "a message beyond the limit is refused")

    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    _, call = stub.ModelInfer.with_call(request(png()), metadata=[("x-request-id", "my-id"), ("traceparent", trace)])
    returned = dict(call.initial_metadata())
    check(returned["x-request-id"] == "my-id" and returned["traceparent"] == trace, "ids and traces come back")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    entry = [line for line in lines if line["id"] == "my-id"][0]
    check(entry["method"] == "gRPC" and entry["path"] == "/inference.GRPCInferenceService/ModelInfer" and entry["grpc_status"] == "OK" and entry["peer"] == "127.0.0.1"
          and entry["traceparent"] == trace and entry["milliseconds"] > 0, "the access log has a line for each call")
    check({line.get("grpc_status") for line in lines} >= {"OK", "INVALID_ARGUMENT", "NOT_FOUND"}, "failures as well")
    check(server.metric("sinew_grpc_requests_total") >= 10, "and they are counted")

    # A stream: a sequence whose people keep their ids; errors do not end it.
    steps = [request(png(), sequence_id=7, sequence_start=True), request(png(), sequence_id=7), request(b"bad", sequence_id=7),
             request(png(), sequence_id=7, sequence_end=True), request(png(), sequence_id=7)]
    answers = list(stub.ModelStreamInfer(iter(steps)))
    check([bool(a.error_message) for a in answers] == [False, False, True, False, True], "a stream answers each request")
    ids = [output(answers[i].infer_response, "ids") for i in (0, 1, 3)]
    check(ids[0] == ids[1] == ids[2] and min(ids[0]) >= 0, "people of a sequence keep their ids")
    check("not known" in answers[4].error_message, "a sequence that has ended is not known")

    # Deadlines: with one processor and a long queue, what comes last is late.
    stats = stub.ModelStatistics(pb.ModelStatisticsRequest(name="mini")).model_stats[0]
    check(stats.inference_count > 0 and stats.inference_stats.success.ns > 0, "statistics")
    big = slow_png()
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(error_of(lambda: stub.ModelInfer(request(big), timeout=0.12))[0])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(codes.count(grpc.StatusCode.DEADLINE_EXCEEDED) >= 1, "deadlines hold")
    deadline = time.monotonic() + 20
    while server.metric("sinew_queue_depth") + server.metric("sinew_working") > 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    check('reason="late"' in server.ask("/metrics")[2].decode() or 'reason="cancelled"' in server.ask("/metrics")[2].decode(), "and what is late is not computed")

    index = stub.RepositoryIndex(pb.RepositoryIndexRequest(ready=True)).models
    check([m.name for m in index] == ["mini", "mini.maps"], "the repository's index")
    stub.RepositoryModelLoad(pb.RepositoryModelLoadRequest(model_name="mini"))
    check(stub.ModelMetadata(pb.ModelMetadataRequest(name="mini")).versions == ["2"], "a load makes a new version")
    stub.RepositoryModelUnload(pb.RepositoryModelUnloadRequest(model_name="mini"))
    check(error_of(lambda: stub.ModelInfer(request(png())))[0] == grpc.StatusCode.NOT_FOUND, "what is unloaded is not served")
    check(server.stop() == 0, "it stops in order")

    tokens = work / "tokens.txt"
    tokens.write_text("0123456789abcdef0123\n")
    server = Server(program, make_model, work, "--tokens", tokens, "--max-queue", "1", "--processors", "1")
    stub = pb_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}"))
    check(error_of(lambda: stub.ModelInfer(request(png())))[0] == grpc.StatusCode.UNAUTHENTICATED, "without a token: unauthenticated")
    token = [("authorization", "Bearer 0123456789abcdef0123")]
    check(len(stub.ModelInfer(request(png()), metadata=token).outputs) == 4, "with one: people")
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(error_of(lambda: stub.ModelInfer(request(big), metadata=token))[0])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED) >= 1 and None in codes, "overload is refused at once")
    check(server.stop() == 0, "it stops in order")

    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", work / "key.pem", "-out", work / "cert.pem"], check=True, capture_output=True)
    server = Server(program, make_model, work, "--tls-cert", work / "cert.pem", "--tls-key", work / "key.pem")
    trusted = grpc.ssl_channel_credentials((work / "cert.pem").read_bytes())
    stub = pb_grpc.GRPCInferenceServiceStub(grpc.secure_channel(f"127.0.0.1:{server.grpc_port}", trusted))
    check(len(stub.ModelInfer(request(png()), timeout=30).outputs) == 4, "over TLS: people")
    plain = pb_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}"))
    check(error_of(lambda: plain.ServerLive(pb.ServerLiveRequest(), timeout=5))[0] is not None, "and nothing without")
    check(server.stop() == 0, "it stops in order")


if __name__ == "__main__":
    main()
