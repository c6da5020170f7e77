// Makers of failed Statuses with formatted messages, and the two macros that pass failures up.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "sinew/status.h"

namespace sinew {

#define SINEW_DEFINE_ERROR(Maker, Code)                                    \
  template <class... Args>                                                 \
  Status Maker(fmt::format_string<Args...> format, Args&&... args) {       \
    return Status(Code, fmt::format(format, std::forward<Args>(args)...)); \
  }
SINEW_DEFINE_ERROR(InvalidArgument, StatusCode::kInvalidArgument)
SINEW_DEFINE_ERROR(NotFound, StatusCode::kNotFound)
SINEW_DEFINE_ERROR(Unsupported, StatusCode::kUnsupported)
SINEW_DEFINE_ERROR(Corrupt, StatusCode::kCorrupt)
SINEW_DEFINE_ERROR(TooLarge, StatusCode::kTooLarge)
SINEW_DEFINE_ERROR(Incompatible, StatusCode::kIncompatible)
SINEW_DEFINE_ERROR(IoError, StatusCode::kIo)
SINEW_DEFINE_ERROR(Unavailable, StatusCode::kUnavailable)
SINEW_DEFINE_ERROR(Cancelled, StatusCode::kCancelled)
SINEW_DEFINE_ERROR(Internal, StatusCode::kInternal)
#undef SINEW_DEFINE_ERROR

// The same failure with the culprit put in front: "graph.pb: node ...".
inline Status Prefixed(std::string_view culprit, const Status& status) {
  return Status(status.code(), fmt::format("{}: {}", culprit, status.message()));
}

#define SINEW_CONCAT_INNER(a, b) a##b
#define SINEW_CONCAT(a, b) SINEW_CONCAT_INNER(a, b)

// A name of its own for each: an expression may hold a function that returns errors as well.
#define SINEW_RETURN_IF_ERROR(expr) SINEW_RETURN_IF_ERROR_IMPL(SINEW_CONCAT(sinew_status_, __COUNTER__), expr)
#define SINEW_RETURN_IF_ERROR_IMPL(status, expr)                      \
  do {                                                                \
    if (::sinew::Status status = (expr); !status.ok()) return status; \
  } while (0)

// SINEW_ASSIGN_OR_RETURN(auto graph, ImportModel(path));
#define SINEW_ASSIGN_OR_RETURN(lhs, expr) SINEW_ASSIGN_OR_RETURN_IMPL(SINEW_CONCAT(sinew_result_, __LINE__), lhs, expr)
#define SINEW_ASSIGN_OR_RETURN_IMPL(result, lhs, expr) \
  auto result = (expr);                                \
  if (!result.ok()) return result.status();            \
  lhs = std::move(result).value()

}  // namespace sinew
