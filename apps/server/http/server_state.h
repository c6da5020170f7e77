// What all connections of a server share. For http_server.cc alone.
#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "http/http_server.h"

namespace sinew::server {

struct ServerState {
  ServerState(const HttpOptions& o, Api* a) : options(o), api(a) {}

  const HttpOptions options;
  Api* const api;
  // Whoever may call back holds it as well.
  const std::shared_ptr<boost::asio::io_context> io = std::make_shared<boost::asio::io_context>();
  std::atomic<bool> stopping = false;

  std::mutex mutex;
  std::condition_variable answered;
  int active = 0;                                // requests that were received and not answered
  std::map<std::string, int> by_address;         // connections
  std::list<std::function<void()>> stream_ends;  // end a stream each

  // Whether one more connection of this address is accepted; if so, it counts.
  bool Enter(const std::string& address) {
    const std::lock_guard lock(mutex);
    if (api->counts()->connections >= options.max_connections) return false;
    int& count = by_address[address];
    if (count >= options.max_connections_per_address) return false;
    ++count;
    ++api->counts()->connections;
    return true;
  }
  void Leave(const std::string& address) {
    const std::lock_guard lock(mutex);
    --api->counts()->connections;
    const auto found = by_address.find(address);
    if (found != by_address.end() && --found->second == 0) by_address.erase(found);
  }
};

// Counts among the requests that a stop waits for, while it lives.
class ActiveRequest {
 public:
  explicit ActiveRequest(ServerState* state) : state_(state) {
    const std::lock_guard lock(state_->mutex);
    ++state_->active;
  }
  ActiveRequest(const ActiveRequest&) = delete;
  ActiveRequest& operator=(const ActiveRequest&) = delete;
  ~ActiveRequest() {
    const std::lock_guard lock(state_->mutex);
    if (--state_->active == 0) state_->answered.notify_all();
  }

 private:
  ServerState* state_;
};

// A value that another thread will set, awaited on a connection's strand.
template <class T>
class Awaited {
 public:
  using Executor = boost::asio::any_io_executor;
  explicit Awaited(const Executor& executor)
      : executor_(executor), event_(executor, boost::asio::steady_timer::time_point::max()) {}

  // The function that sets it; the first call counts. `io` lives as long as the function does.
  static std::function<void(T)> Setter(std::shared_ptr<boost::asio::io_context> io, std::shared_ptr<Awaited> awaited) {
    return [io = std::move(io), awaited = std::move(awaited)](T value) {
      auto shared = std::make_shared<T>(std::move(value));
      boost::asio::post(awaited->executor_, [awaited, shared] {
        if (!awaited->value_) awaited->value_ = std::move(*shared);
        awaited->event_.cancel();
      });
    };
  }
  boost::asio::awaitable<T> Wait() {
    while (!value_) {
      boost::system::error_code ignored;
      co_await event_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    co_return std::move(*value_);
  }

 private:
  Executor executor_;
  boost::asio::steady_timer event_;
  std::optional<T> value_;
};

}  // namespace sinew::server
