// Notes each call: the access log, the figures, ids and traces that go back. For grpc_server.cc alone.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <string>
#include <string_view>

#include "http/api.h"
#include "request_id.h"

namespace sinew::server {

// "ipv4:127.0.0.1:40312" -> "127.0.0.1"
inline std::string PeerAddress(const std::string& peer) {
  const size_t start = peer.find(':') + 1, end = peer.rfind(':');
  return end > start ? peer.substr(start, end - start) : peer;
}

inline std::string Metadata(const grpc::ServerContextBase& context, std::string_view name) {
  const auto found = context.client_metadata().find(grpc::string_ref(name.data(), name.size()));
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

inline std::string StatusName(grpc::StatusCode code) {
  constexpr const char* kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const size_t index = static_cast<size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "UNKNOWN";
}

class CallLog : public grpc::experimental::Interceptor {
 public:
  CallLog(Api* api, grpc::experimental::ServerRpcInfo* info) : api_(api), info_(info) {
    call_.method = "gRPC";
    call_.path = info->method();
  }

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using Point = grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Point::PRE_SEND_INITIAL_METADATA)) {
      Identify();
      if (auto* const sent = methods->GetSendInitialMetadata(); sent != nullptr) {
        sent->emplace("x-request-id", call_.id);
        if (!call_.headers.empty()) sent->emplace("traceparent", call_.headers[0].second);
      }
    }
    if (methods->QueryInterceptionHookPoint(Point::PRE_SEND_STATUS)) {
      Identify();
      api_->NoteGrpc(call_, StatusName(methods->GetSendStatus().error_code()));
    }
    methods->Proceed();
  }

 private:
  // Once the call's metadata are there.
  void Identify() {
    if (!call_.id.empty()) return;
    const grpc::ServerContextBase& context = *info_->server_context();
    call_.id = RequestId(Metadata(context, "x-request-id"));
    call_.peer = PeerAddress(context.peer());
    if (std::string trace = Metadata(context, "traceparent"); !trace.empty())
      call_.headers.emplace_back("traceparent", std::move(trace));
  }

  Api* const api_;
  grpc::experimental::ServerRpcInfo* const info_;
  HttpRequest call_;
};

class CallLogs : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallLogs(Api* api) : api_(api) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    return new CallLog(api_, info);
  }

 private:
  Api* const api_;
};

}  // namespace sinew::server
