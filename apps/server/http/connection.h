// One connection: requests one after the other, as coroutines on its strand. For http_server.cc alone.
#pragma once

#include <sys/socket.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>

#include "errors.h"
#include "http/http_server.h"
#include "http/live_stream.h"
#include "http/server_state.h"
#include "http/url.h"
#include "request_id.h"

namespace sinew::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Error = boost::system::error_code;

inline std::chrono::steady_clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

inline auto Into(Error* error) { return asio::redirect_error(asio::use_awaitable, *error); }

// Whether the peer has closed its side: nothing is left to read. Data that waits is the next request.
inline bool HasGone(int socket) {
  char byte = 0;
  const ssize_t count = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

// What HTTP calls the errors of Beast's parser.
inline HttpResponse ParserError(const Error& error, const HttpOptions& options) {
  if (error == http::error::body_limit)
    return ErrorResponse(413,
                         fmt::format("the body is larger than the {} bytes that are accepted", options.max_body_bytes));
  if (error == http::error::header_limit)
    return ErrorResponse(
        431, fmt::format("the header is larger than the {} bytes that are accepted", options.max_header_bytes));
  if (error == http::error::bad_version) return ErrorResponse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  return ErrorResponse(400, fmt::format("this is not HTTP/1.1 as it is understood here: {}", error.message()));
}

template <class Stream>
class Connection {
 public:
  Connection(std::shared_ptr<ServerState> server, Stream stream, std::string peer)
      : server_(std::move(server)), stream_(std::move(stream)), peer_(std::move(peer)) {}

  asio::awaitable<void> Serve() {
    bool is_first = true;
    while (co_await ServeOne(is_first)) is_first = false;
    co_await Close();
  }

 private:
  using Parser = http::request_parser<http::string_body>;
  const HttpOptions& options() const { return server_->options; }
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  // False where the connection is to be closed.
  asio::awaitable<bool> ServeOne(bool is_first) {
    Parser parser;
    parser.header_limit(options().max_header_bytes);
    parser.body_limit(options().max_body_bytes);
    Error error;
    lowest().expires_after(Seconds(is_first ? options().header_seconds : options().idle_seconds));
    co_await http::async_read_header(stream_, buffer_, parser, Into(&error));
    const ActiveRequest active(server_.get());
    if (!error && server_->stopping) {
      co_await WriteAndClose(ErrorResponse(serving::Error{serving::ErrorKind::kStopping, "the server is stopping", 1}));
      co_return false;
    }
    const BodyShare share(server_->api->bodies(), error ? 0 : ExpectedBytes(parser));
    if (!error && !share.is_granted()) {
      co_await WriteAndClose(ErrorResponse(serving::Error{
          serving::ErrorKind::kOverloaded, "this server has as much to receive as it can keep: try again later", 1}));
      co_return false;
    }
    if (!error && Expects(parser.get())) co_await Continue(&error);
    if (!error && !parser.is_done()) {
      lowest().expires_after(Seconds(options().body_seconds));
      co_await http::async_read(stream_, buffer_, parser, Into(&error));
    }
    if (error) {
      // Whoever sends too slowly has lost the connection by now; idle ones are no request.
      if (error == beast::error::timeout && (is_first || parser.is_header_done())) server_->api->counts()->Add(408);
      const bool is_not_http = error.category() == http::make_error_code(http::error::bad_field).category();
      if (is_not_http && error != http::error::end_of_stream) co_await WriteAndClose(ParserError(error, options()));
      co_return false;
    }
    co_return co_await Answer(parser.release());
  }

  // The most that the body can have.
  uint64_t ExpectedBytes(const Parser& parser) const {
    if (const auto length = parser.content_length()) return *length;
    return parser.chunked() ? options().max_body_bytes : 0;
  }

  static bool Expects(const http::request<http::string_body>& message) {
    return beast::iequals(message[http::field::expect], "100-continue");
  }

  asio::awaitable<void> Continue(Error* error) {
    lowest().expires_after(Seconds(options().write_seconds));
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()), Into(error));
  }

  // What the parser lets through and others may understand differently.
  static std::optional<HttpResponse> Refuse(const http::request<http::string_body>& message) {
    if (message.count(http::field::transfer_encoding) > 0 &&
        !(message.chunked() && message.count(http::field::transfer_encoding) == 1 &&
          beast::iequals(message[http::field::transfer_encoding], "chunked"))) {
      return ErrorResponse(501, "chunked is the only transfer encoding that is understood here");
    }
    if (message.count(http::field::content_encoding) > 0 &&
        !beast::iequals(message[http::field::content_encoding], "identity"))
      return ErrorResponse(415, "bodies that are compressed as a whole are not read here: send the picture as it is");
    if (message.count(http::field::host) > 1 || (message.version() == 11 && message.count(http::field::host) == 0))
      return ErrorResponse(400, "a request has one header Host");
    return std::nullopt;
  }

  asio::awaitable<bool> Answer(http::request<http::string_body> message) {
    if (std::optional<HttpResponse> refused = Refuse(message)) {
      co_await WriteAndClose(std::move(*refused));
      co_return false;
    }
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.peer = peer_;
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    request.id = RequestId(request.Header("x-request-id"));
    request.cancelled = std::make_shared<std::atomic<bool>>(false);
    const auto target = ParseTarget(std::string_view(message.target().data(), message.target().size()));
    if (!target.ok()) {
      co_await WriteAndClose(ErrorResponse(400, target.status().message()));
      co_return false;
    }
    request.path = target->path;
    request.query = target->query;
    if (beast::websocket::is_upgrade(message)) {
      std::optional<HttpResponse> refused = server_->api->RefuseStream(request);
      if (!refused) {
        co_await RunLiveStream<Stream>(server_, std::move(stream_), std::move(message), std::move(request));
        upgraded_ = true;
        co_return false;
      }
      server_->api->Note(request, refused->status, 0, refused->body.size());
      co_await WriteAndClose(std::move(*refused));
      co_return false;
    }
    request.body = std::move(message.body());
    const bool is_head = message.method() == http::verb::head, keeps_alive = message.keep_alive();
    const CancelFlagGuard gone{request.cancelled};
    HttpResponse response = co_await Ask(std::move(request));
    co_return co_await Write(std::move(response), keeps_alive && !server_->stopping, is_head);
  }

  // Tells the API's threads when the connection ends before the answer.
  struct CancelFlagGuard {
    serving::CancelFlag flag;
    ~CancelFlagGuard() { *flag = true; }
  };

  asio::awaitable<HttpResponse> Ask(HttpRequest request) {
    auto executor = stream_.get_executor();
    const auto answer = std::make_shared<Awaited<HttpResponse>>(executor);
    lowest().expires_never();
    const int socket = lowest().socket().native_handle();
    lowest().socket().async_wait(asio::ip::tcp::socket::wait_read,
                                 [cancelled = request.cancelled, socket](const Error& error) {
                                   if (!error && HasGone(socket)) *cancelled = true;
                                 });
    server_->api->Handle(std::move(request), Awaited<HttpResponse>::Setter(server_->io, answer));
    HttpResponse response = co_await answer->Wait();
    Error ignored;
    lowest().socket().cancel(ignored);  // the watch
    co_return response;
  }

  template <class Message>
  void SetHeaders(const HttpResponse& response, bool keeps_alive, Message* message) {
    message->set(http::field::server, "sinew");
    message->set(http::field::content_type, response.content_type);
    message->set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) message->set(name, value);
    message->keep_alive(keeps_alive);
  }

  asio::awaitable<bool> Write(HttpResponse response, bool keeps_alive, bool is_head) {
    Error error;
    lowest().expires_after(Seconds(options().write_seconds));
    const bool has_body = response.status != 204 && response.status != 304;
    if (is_head || !has_body) {
      http::response<http::empty_body> message(static_cast<http::status>(response.status), 11);
      SetHeaders(response, keeps_alive, &message);
      if (has_body) message.content_length(response.body.size());
      co_await http::async_write(stream_, message, Into(&error));
    } else {
      http::response<http::string_body> message(static_cast<http::status>(response.status), 11);
      SetHeaders(response, keeps_alive, &message);
      message.body() = std::move(response.body);
      message.prepare_payload();
      co_await http::async_write(stream_, message, Into(&error));
    }
    co_return !error && keeps_alive;
  }

  // For requests that were not read to their end: what still comes is read and dropped for a moment, since closing
  // before would take the answer from the sender.
  asio::awaitable<void> WriteAndClose(HttpResponse response) {
    server_->api->counts()->Add(response.status);
    co_await Write(std::move(response), false, false);
    Error error;
    lowest().socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    lowest().expires_after(std::chrono::seconds(2));
    char dropped[4096];
    for (int i = 0; i < 4096 && !error; ++i) co_await lowest().async_read_some(asio::buffer(dropped), Into(&error));
  }

  asio::awaitable<void> Close() {
    if (upgraded_) co_return;
    Error error;
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
      lowest().expires_after(std::chrono::seconds(2));
      co_await stream_.async_shutdown(Into(&error));
    }
    lowest().socket().shutdown(asio::ip::tcp::socket::shutdown_both, error);
  }

  std::shared_ptr<ServerState> server_;
  Stream stream_;
  std::string peer_;
  beast::flat_buffer buffer_{size_t{1} << 17};
  bool upgraded_ = false;
};

}  // namespace sinew::server
