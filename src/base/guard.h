// Where exceptions end: what libraries below throw (std::bad_alloc above all) becomes the Status of the one thing that
// was being done, so that it ends neither a thread nor the process.
#pragma once

#include <exception>
#include <new>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace sinew {

// The Status of the exception that is being handled; inside a catch block only.
//   std::bad_alloc -> kTooLarge "not enough memory", std::system_error -> kUnavailable, anything else -> kInternal
inline Status CurrentExceptionStatus() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kTooLarge, "not enough memory");
  } catch (const std::system_error& error) {
    return Status(StatusCode::kUnavailable, error.what());
  } catch (const std::exception& error) {
    return Status(StatusCode::kInternal, std::string("unexpected error: ") + error.what());
  } catch (...) {
    return Status(StatusCode::kInternal, "unexpected error");
  }
}

// What `function` returns, a Status or a Result; where it throws, the exception as a Status.
template <class F>
auto CatchAll(F&& function) -> decltype(function()) {
  try {
    return std::forward<F>(function)();
  } catch (...) {
    return CurrentExceptionStatus();
  }
}

}  // namespace sinew
