// Status and Result<T>: how every fallible call of sinew reports what went wrong.
//
// A Status is a code and a message that names the culprit and says what to do. Library code never aborts, throws,
// prints or exits for bad input. Both types are values: copyable, and safe to hand from one thread to another.
//
//   sinew::Result<sinew::Model> model = sinew::Model::Load("thin.sinew");
//   if (!model.ok()) return Fail(model.status().message());
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sinew {

enum class StatusCode {
  kOk,
  kInvalidArgument,  // a flag, value or shape that makes no sense
  kNotFound,         // a file, model or device that is not there
  kUnsupported,      // well-formed, but not something sinew handles
  kCorrupt,          // truncated, damaged or self-contradictory data
  kTooLarge,         // beyond a documented limit
  kIncompatible,     // made by a another version or for another processor
  kIo,               // the operating system refused a read or a write
  kUnavailable,      // network or server out of reach: may work later
  kCancelled,        // stopped on request
  kInternal,         // a bug in sinew
};

// "invalid argument", "corrupt", ...
std::string_view StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // success
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

// A T or the Status that says why there is none. value() and operator* on a failed Result end the program: check ok().
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  T& value() & { return Checked(), *value_; }
  const T& value() const& { return Checked(), *value_; }
  T&& value() && { return Checked(), std::move(*value_); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void Checked() const {
    if (!value_.has_value()) std::abort();
  }
  std::optional<T> value_;
  Status status_;
};

}  // namespace sinew
