// Accepting connections. The one source that instantiates Beast.
#include "http/http_server.h"

#include <boost/beast/ssl.hpp>
#include <thread>

#include "base/error.h"
#include "http/connection.h"
#include "http/server_state.h"

namespace sinew::server {
namespace {

using Tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// Two: while one encrypts or parses, the other answers. The work itself is done elsewhere.
constexpr int kThreads = 2;

}  // namespace

struct HttpServer::State : ServerState {
  using ServerState::ServerState;
  std::optional<asio::ssl::context> tls;
  std::vector<std::unique_ptr<Tcp::acceptor>> acceptors;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  ThreadGroup threads;
};

namespace {

Result<asio::ssl::context> MakeTls(const HttpOptions& options) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  Error error;
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                          asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1,
                      error);
  context.use_certificate_chain_file(options.certificate, error);
  if (error) return InvalidArgument("{}: the certificate cannot be used: {}", options.certificate, error.message());
  context.use_private_key_file(options.key, asio::ssl::context::pem, error);
  if (error)
    return InvalidArgument("{}: the key cannot be used, or is not the certificate's: {}", options.key, error.message());
  return context;
}

asio::awaitable<void> ServeSocket(std::shared_ptr<ServerState> server, asio::ssl::context* tls, Tcp::socket socket,
                                  std::string peer) {
  try {
    socket.set_option(Tcp::no_delay(true));
    beast::tcp_stream stream(std::move(socket));
    if (tls == nullptr) {
      Connection<beast::tcp_stream> connection(server, std::move(stream), peer);
      co_await connection.Serve();
    } else {
      TlsStream encrypted(std::move(stream), *tls);
      beast::get_lowest_layer(encrypted).expires_after(Seconds(server->options.header_seconds));
      Error error;
      co_await encrypted.async_handshake(asio::ssl::stream_base::server, Into(&error));
      if (!error) {
        Connection<TlsStream> connection(server, std::move(encrypted), peer);
        co_await connection.Serve();
      }
    }
  } catch (const std::exception&) {
    // Out of memory, say: this connection ends, the others go on.
  }
  server->Leave(peer);
}

asio::awaitable<void> Accept(std::shared_ptr<ServerState> server, asio::ssl::context* tls, Tcp::acceptor* acceptor) {
  while (!server->stopping) {
    Error error;
    Tcp::socket socket = co_await acceptor->async_accept(asio::make_strand(*server->io), Into(&error));
    if (server->stopping) co_return;
    if (error) {
      // Descriptors have run out, say: a moment later there may be some.
      asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(50));
      Error ignored;
      co_await pause.async_wait(Into(&ignored));
      continue;
    }
    const Tcp::endpoint endpoint = socket.remote_endpoint(error);
    if (error) continue;
    std::string peer = endpoint.address().to_string();
    if (!server->Enter(peer)) continue;  // closes it
    const auto executor = socket.get_executor();
    asio::co_spawn(executor, ServeSocket(server, tls, std::move(socket), std::move(peer)), asio::detached);
  }
}

Tcp ProtocolOf(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4();
}

}  // namespace

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpOptions& options, std::vector<int> listening,
                                                      Api* api) {
  auto state = std::make_shared<State>(options, api);
  if (!options.certificate.empty()) {
    SINEW_ASSIGN_OR_RETURN(state->tls, MakeTls(options));
  }
  state->work.emplace(state->io->get_executor());
  for (const int socket : listening) {
    auto acceptor = std::make_unique<Tcp::acceptor>(asio::make_strand(*state->io));
    Error error;
    acceptor->assign(ProtocolOf(socket), socket, error);
    if (error) return IoError("a listening socket cannot be used: {}", error.message());
    asio::co_spawn(acceptor->get_executor(), Accept(state, state->tls ? &*state->tls : nullptr, acceptor.get()),
                   asio::detached);
    state->acceptors.push_back(std::move(acceptor));
  }
  if (state->threads.StartUpTo(kThreads, [io = state->io] { io->run(); }) == 0)
    return Unavailable("the system allows no further thread");
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

bool HttpServer::Drain(serving::Clock::time_point deadline) {
  state_->stopping = true;
  for (const auto& acceptor : state_->acceptors) {
    asio::post(acceptor->get_executor(), [state = state_, acceptor = acceptor.get()] {
      Error ignored;
      acceptor->close(ignored);
    });
  }
  std::unique_lock lock(state_->mutex);
  for (const auto& end : state_->stream_ends) end();
  return state_->answered.wait_until(lock, deadline,
                                     [this] { return state_->active == 0 && state_->stream_ends.empty(); });
}

HttpServer::~HttpServer() {
  state_->stopping = true;
  state_->io->stop();
  state_->threads.Join();
}

}  // namespace sinew::server
