// One table.
#include "errors.h"

#include "results/json_people.h"

namespace sinew::server {

int HttpStatus(serving::ErrorKind kind) {
  using serving::ErrorKind;
  switch (kind) {
    case ErrorKind::kBadInput:
      return 400;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kUnsupported:
      return 415;
    case ErrorKind::kCancelled:
      return 499;
    case ErrorKind::kOverloaded:
    case ErrorKind::kStopping:
      return 503;
    case ErrorKind::kLate:
      return 504;
    case ErrorKind::kInternal:
      return 500;
  }
  return 500;
}

HttpResponse ErrorResponse(int status, std::string_view message) {
  HttpResponse response;
  response.status = status;
  response.body = results::ToLine({{"error", message}});
  return response;
}

HttpResponse ErrorResponse(const serving::Error& error) {
  HttpResponse response = ErrorResponse(HttpStatus(error.kind), error.message);
  if (error.kind == serving::ErrorKind::kOverloaded || error.kind == serving::ErrorKind::kStopping)
    response.headers.emplace_back("Retry-After", std::to_string(std::max(1, error.retry_after_seconds)));
  return response;
}

}  // namespace sinew::server
