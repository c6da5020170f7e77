// Paths to files, and what browsers may do with them.
#include "http/web_files.h"

#include <functional>

#include "http/api.h"

namespace sinew::server {
namespace {

// Nothing but the server's own files runs, and nothing is asked of anybody else. Pictures are those that people choose.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct WebFile {
  const char* path;
  const char* content_type;
  const std::string_view* bytes;
};

constexpr const char* kJavaScript = "text/javascript; charset=utf-8";
constexpr WebFile kFiles[] = {
    {"/", "text/html; charset=utf-8", &web::kIndex},
    {"/style.css", "text/css; charset=utf-8", &web::kStyle},
    {"/app.js", kJavaScript, &web::kApp},
    {"/draw.js", kJavaScript, &web::kDraw},
    {"/sources.js", kJavaScript, &web::kSources},
    {"/downloads.js", kJavaScript, &web::kDownloads},
    {"/icon.svg", "image/svg+xml", &web::kIcon},
    {"/favicon.ico", "image/svg+xml", &web::kIcon},
    {"/openapi.json", "application/json", &web::kOpenApi},
};

}  // namespace

std::optional<HttpResponse> FindWebFile(const HttpRequest& request) {
  for (const WebFile& file : kFiles) {
    if (request.path != file.path) continue;
    HttpResponse response{200, file.content_type, "", {}};
    const std::string tag = fmt::format("\"{:x}\"", std::hash<std::string_view>()(*file.bytes));
    response.headers = {{"Content-Security-Policy", kPolicy},
                        {"Referrer-Policy", "no-referrer"},
                        {"Permissions-Policy", "camera=(self), microphone=(), geolocation=()"},
                        {"Cross-Origin-Opener-Policy", "same-origin"},
                        {"Cross-Origin-Resource-Policy", "same-origin"},
                        {"X-Frame-Options", "DENY"},
                        {"Cache-Control", "no-cache"},
                        {"ETag", tag}};
    if (request.Header("if-none-match") == tag)
      response.status = 304;
    else
      response.body = *file.bytes;
    return response;
  }
  return std::nullopt;
}

}  // namespace sinew::server
