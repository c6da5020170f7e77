// Why a request was not answered, in the terms that every protocol has.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "sinew/status.h"

namespace sinew::serving {

enum class ErrorKind {
  kBadInput,     // the request makes no sense, or its picture is damaged
  kNotFound,     // no such model or version
  kTooLarge,     // beyond a limit of this server
  kUnsupported,  // a format that is not read
  kOverloaded,   // the queue is full: later
  kLate,         // its deadline passed before it was begun
  kCancelled,    // whoever asked has gone
  kStopping,     // the server is going down, or coming up: it cannot answer now
  kInternal,     // a fault of this server
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  int retry_after_seconds = 0;  // with kOverloaded and kStopping
};

// The kind that a failed Status of a picture or a model is.
inline Error FromStatus(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kCorrupt:
      return {ErrorKind::kBadInput, status.message()};
    case StatusCode::kNotFound:
      return {ErrorKind::kNotFound, status.message()};
    case StatusCode::kTooLarge:
      return {ErrorKind::kTooLarge, status.message()};
    case StatusCode::kUnsupported:
    case StatusCode::kUnavailable:
      return {ErrorKind::kUnsupported, status.message()};
    case StatusCode::kCancelled:
      return {ErrorKind::kCancelled, status.message()};
    default:
      return {ErrorKind::kInternal, status.message()};
  }
}

// The same for a model that was looked for: one that is not there yet will be.
inline Error FromModelStatus(const Status& status) {
  if (status.code() == StatusCode::kUnavailable) return {ErrorKind::kStopping, status.message(), 1};
  return FromStatus(status);
}

template <class... Args>
Error BadInput(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kBadInput, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace sinew::serving
