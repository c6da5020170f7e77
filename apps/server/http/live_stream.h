// A WebSocket of pictures: the newest frame wins. For http_server.cc alone.
//
// Binary messages are pictures; text messages are settings, {"threshold": 0.1, "render": "heatmap"}, with the names and
// values of a query. Each picture that is looked at is answered with a text, {"frame": N, "dropped": N, ...}, N
// counting the pictures received from 0, and, where it was asked to be drawn, with a binary message after it. A picture
// that comes while another one is looked at waits; one more takes its place.
#pragma once

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include "base/guard.h"
#include "http/server_state.h"
#include "request_id.h"
#include "results/json_people.h"

namespace sinew::server {

struct StreamState {
  explicit StreamState(const boost::asio::any_io_executor& executor)
      : event(executor, boost::asio::steady_timer::time_point::max()) {}
  boost::asio::steady_timer event;  // cancelled when something of the below has changed
  std::optional<std::string> newest;
  uint64_t newest_number = 0, received = 0, dropped = 0;
  std::string notice;  // what is to be said of the settings
  PeopleOptions options;
  bool ended = false;     // the peer has gone
  bool stopping = false;  // the server goes
  size_t bytes_in = 0, bytes_out = 0;
  serving::CancelFlag cancelled = std::make_shared<std::atomic<bool>>(false);
};

// A setting's value as a query has it.
inline Status ApplySettings(const std::string& text, PeopleOptions* options) {
  const results::Json json = results::Json::parse(text, nullptr, false);
  if (!json.is_object()) return Status(StatusCode::kInvalidArgument, "settings must be a JSON object");
  PeopleOptions changed = *options;
  for (const auto& [name, value] : json.items()) {
    if (value.is_structured() || name.starts_with("sequence") || name == "timeout")
      return Status(StatusCode::kInvalidArgument, "\"" + name + "\" is no setting of a stream");
    Status status = SetOption(name, value.is_string() ? value.get<std::string>() : value.dump(), &changed);
    if (!status.ok()) return status;
  }
  *options = std::move(changed);
  return Status();
}

inline std::string StreamAnswer(serving::PeopleAnswer* answer, const PeopleOptions& options, uint64_t frame,
                                uint64_t dropped) {
  if (answer->error) {
    const results::Json json = {{"dropped", dropped},
                                {"frame", frame},
                                {"status", HttpStatus(answer->error->kind)},
                                {"error", answer->error->message}};
    return results::ToLine(json);
  }
  // The record's own number.
  answer->records[0].frame = static_cast<int64_t>(frame);
  const std::string json = PeopleJson(*answer, 0, options);
  if (options.openpose) return fmt::format("{{\"frame\":{},\"dropped\":{},{}", frame, dropped, json.substr(1));
  return fmt::format("{{\"dropped\":{},{}", dropped, json.substr(1));
}

template <class WebSocket>
boost::asio::awaitable<void> ReadStream(std::shared_ptr<WebSocket> socket, std::shared_ptr<StreamState> state) {
  boost::beast::flat_buffer buffer;
  while (!state->ended) {
    boost::system::error_code error;
    buffer.consume(buffer.size());
    co_await socket->async_read(buffer, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) {
      state->ended = true;
      *state->cancelled = true;
    } else {
      std::string message = boost::beast::buffers_to_string(buffer.data());
      state->bytes_in += message.size();
      if (socket->got_text()) {
        const Status status = CatchAll([&] { return ApplySettings(message, &state->options); });
        if (!status.ok()) state->notice = results::ToLine({{"status", 400}, {"error", status.message()}});
      } else {
        if (state->newest) ++state->dropped;
        state->newest = std::move(message);
        state->newest_number = state->received++;
      }
    }
    state->event.cancel();
  }
}

template <class Stream>
boost::asio::awaitable<void> RunLiveStream(std::shared_ptr<ServerState> server, Stream stream,
                                           boost::beast::http::request<boost::beast::http::string_body> upgrade,
                                           HttpRequest request) {
  namespace asio = boost::asio;
  namespace websocket = boost::beast::websocket;
  using WebSocket = websocket::stream<Stream>;
  auto executor = stream.get_executor();
  boost::beast::get_lowest_layer(stream).expires_never();
  const auto socket = std::make_shared<WebSocket>(std::move(stream));
  const auto state = std::make_shared<StreamState>(executor);
  boost::system::error_code error;
  const auto into = [&error] { return asio::redirect_error(asio::use_awaitable, error); };

  Result<PeopleOptions> options = ReadOptions(request.query);
  websocket::stream_base::timeout timeouts;
  timeouts.handshake_timeout = std::chrono::seconds(10);
  timeouts.idle_timeout = std::chrono::seconds(60);
  timeouts.keep_alive_pings = true;
  socket->set_option(timeouts);
  socket->read_message_max(server->options.max_body_bytes);
  const bool has_protocol = !request.Header("sec-websocket-protocol").empty();
  socket->set_option(websocket::stream_base::decorator([has_protocol](websocket::response_type& response) {
    response.set(boost::beast::http::field::server, "sinew");
    if (has_protocol) response.set(boost::beast::http::field::sec_websocket_protocol, "sinew");
  }));
  co_await socket->async_accept(upgrade, into());
  if (error) co_return;

  ++server->api->counts()->streams;
  std::list<std::function<void()>>::iterator end;
  {
    const std::lock_guard lock(server->mutex);
    end = server->stream_ends.insert(server->stream_ends.end(), [executor, state] {
      asio::post(executor, [state] {
        state->stopping = true;
        state->event.cancel();
      });
    });
  }
  if (!options.ok())
    state->notice = results::ToLine({{"status", 400}, {"error", options.status().message()}});
  else
    state->options = std::move(*options);
  // Everybody in front of one camera keeps an id while the stream lives.
  const std::string sequence = "stream " + RequestId("");
  bool is_first = true;
  asio::co_spawn(executor, ReadStream<WebSocket>(socket, state), asio::detached);

  while (!state->ended && !state->stopping) {
    if (!state->notice.empty()) {
      const std::string notice = std::exchange(state->notice, "");
      socket->text(true);
      co_await socket->async_write(asio::buffer(notice), into());
    } else if (state->newest) {
      const ActiveRequest active(server.get());
      serving::PeopleRequest asked;
      asked.pictures.push_back(std::move(*state->newest));
      state->newest.reset();
      asked.names.push_back("frame");
      const uint64_t number = state->newest_number, dropped = state->dropped;
      const PeopleOptions used = state->options;
      asked.options = used.request;
      asked.options.sequence = {sequence, is_first, false};
      asked.options.cancelled = state->cancelled;
      const auto awaited = std::make_shared<Awaited<std::shared_ptr<serving::PeopleAnswer>>>(executor);
      server->api->service()->FindPeople(
          std::move(asked),
          [set = Awaited<std::shared_ptr<serving::PeopleAnswer>>::Setter(server->io, awaited)](
              serving::PeopleAnswer answer) { set(std::make_shared<serving::PeopleAnswer>(std::move(answer))); });
      const std::shared_ptr<serving::PeopleAnswer> answer = co_await awaited->Wait();
      if (!answer->error) is_first = false;
      const std::string text = StreamAnswer(answer.get(), used, number, dropped);
      state->bytes_out += text.size() + answer->rendered.size();
      socket->text(true);
      co_await socket->async_write(asio::buffer(text), into());
      if (!error && !answer->rendered.empty()) {
        socket->binary(true);
        co_await socket->async_write(asio::buffer(answer->rendered), into());
      }
    } else {
      boost::system::error_code ignored;
      co_await state->event.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (error) break;
  }
  if (!state->ended)
    co_await socket->async_close(
        websocket::close_reason(state->stopping ? websocket::close_code::going_away : websocket::close_code::normal),
        into());
  state->ended = true;
  {
    const std::lock_guard lock(server->mutex);
    server->stream_ends.erase(end);
  }
  --server->api->counts()->streams;
  server->api->Note(request, 101, state->bytes_in, state->bytes_out);
}

}  // namespace sinew::server
