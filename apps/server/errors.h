// What an error of serving is in HTTP.
#pragma once

#include <string_view>

#include "http/message.h"
#include "serving/error.h"

namespace sinew::server {

int HttpStatus(serving::ErrorKind kind);
// {"error": "..."} with its status, and Retry-After where the server is overloaded.
HttpResponse ErrorResponse(const serving::Error& error);
HttpResponse ErrorResponse(int status, std::string_view message);

}  // namespace sinew::server
