// Downloads by the curl program: it resumes, follows redirects, knows proxies and certificates. Linked into sinew,
// libcurl, libarchive and libcrypto would add 6 to 7 ms to every start of the program and 40 libraries to what it needs
// (measured; libcrypto alone, which the checksums use, adds 0.7 ms).
#include "service/zoo/download.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/process.h"

namespace sinew::zoo {
namespace {

constexpr int kAttempts = 4;
constexpr std::chrono::milliseconds kFirstPause(300);

// Exit codes of curl (its manual, section EXIT CODES).
enum CurlExit {
  kUnsupportedProtocol = 1,
  kCouldNotResolveProxy = 5,
  kCouldNotResolve = 6,
  kCouldNotConnect = 7,
  kPartialFile = 18,
  kHttpError = 22,
  kWriteError = 23,
  kTimeout = 28,
  kRangeError = 33,
  kTooManyRedirects = 47,
  kEmptyReply = 52,
  kSendError = 55,
  kReceiveError = 56,
  kFileTooLarge = 63,
  kHttp2Error = 92,
};

// How one run of curl ended.
struct Attempt {
  int exit_code = 0;
  int http_code = 0;    // of the last answer; 0: there was none
  std::string message;  // curl's own, may be empty
};

// http://127.0.0.1 or http://localhost, with or without a port. Nothing else may stand before the path: a user name
// there would hide the true host.
bool IsThisMachine(std::string_view url) {
  for (const std::string_view host : {"http://127.0.0.1", "http://localhost"}) {
    if (!url.starts_with(host)) continue;
    std::string_view rest = url.substr(host.size());
    if (rest.starts_with(':')) {
      rest.remove_prefix(1);
      rest.remove_prefix(std::min(rest.find_first_not_of("0123456789"), rest.size()));
    }
    if (rest.empty() || rest.starts_with('/')) return true;
  }
  return false;
}

bool IsWorthAnotherTry(const Attempt& attempt) {
  constexpr int kRequestTimeout = 408, kTooManyRequests = 429, kServerErrors = 500;
  switch (attempt.exit_code) {
    case kHttpError:
      return attempt.http_code == kRequestTimeout || attempt.http_code == kTooManyRequests ||
             attempt.http_code >= kServerErrors;
    case kPartialFile:
    case kTimeout:
    case kEmptyReply:
    case kSendError:
    case kReceiveError:
    case kHttp2Error:
      return true;
    default:
      return false;
  }
}

bool IsTooLarge(const Attempt& attempt) {
  return attempt.exit_code == kFileTooLarge || attempt.exit_code == kFileGrewTooLarge;
}

Status Explain(const std::string& url, const std::filesystem::path& partial, uint64_t max_bytes,
               const Attempt& attempt) {
  constexpr int kMissing = 404, kGone = 410;
  if (IsTooLarge(attempt)) return TooLarge("{}: larger than the limit of {} bytes", url, max_bytes);
  const std::string reason =
      attempt.message.empty() ? fmt::format("curl ended with exit code {}", attempt.exit_code) : attempt.message;
  switch (attempt.exit_code) {
    case kHttpError:
      if (attempt.http_code == kMissing || attempt.http_code == kGone) {
        return NotFound("{}: the server has no such file ({}): fetch the file from elsewhere and set SINEW_MODELS", url,
                        attempt.http_code);
      }
      return Unavailable("{}: the server refused ({}): try again later", url, attempt.http_code);
    case kUnsupportedProtocol:
      return InvalidArgument("{}: only https addresses are fetched from ({})", url, reason);
    case kTooManyRedirects:
      return Unavailable("{}: the server sends in circles ({})", url, reason);
    case kWriteError:
      return IoError("{}: cannot be written ({}): is the disk full?", partial.string(), reason);
    case kCouldNotResolveProxy:
    case kCouldNotResolve:
    case kCouldNotConnect:
      return Unavailable("{}: no connection ({}): check the network, or fetch the file elsewhere and set SINEW_MODELS",
                         url, reason);
    default:
      return Unavailable("{}: the download failed ({}): run the same command again, it carries on", url, reason);
  }
}

Result<Attempt> RunCurl(const std::string& url, const std::filesystem::path& partial, uint64_t max_bytes,
                        bool progress) {
  const std::string protocols = IsThisMachine(url) ? "=http,https" : "=https";
  // --disable: a .curlrc may ask for anything. --globoff: an address is not a pattern.
  std::vector<std::string> arguments = {"curl",
                                        "--disable",
                                        "--globoff",
                                        "--location",
                                        "--max-redirs",
                                        "10",
                                        "--fail",
                                        "--proto",
                                        protocols,
                                        "--proto-redir",
                                        protocols,
                                        "--max-filesize",
                                        std::to_string(max_bytes),
                                        "--connect-timeout",
                                        "20",
                                        "--speed-limit",
                                        "1000",
                                        "--speed-time",
                                        "30",
                                        "--output",
                                        partial.string(),
                                        "--write-out",
                                        "%{http_code} %{errormsg}",
                                        progress ? "--progress-bar" : "--silent"};
  std::error_code error;
  if (std::filesystem::exists(partial, error)) arguments.insert(arguments.end(), {"--continue-at", "-"});
  arguments.insert(arguments.end(), {"--url", url});
  // curl 7.88 looks at the announced size only; the kernel looks at the file.
  const Result<ProcessResult> result =
      RunProcess(arguments, {.let_errors_through = progress, .max_file_bytes = max_bytes});
  if (!result.ok() && result.status().code() == StatusCode::kNotFound) {
    return NotFound("{}: install it (Debian: apt install curl), or fetch the file elsewhere and set SINEW_MODELS",
                    result.status().message());
  }
  if (!result.ok()) return result.status();
  Attempt attempt;
  attempt.exit_code = result->exit_code;
  const std::string& output = result->output;
  std::from_chars(output.data(), output.data() + output.size(), attempt.http_code);
  if (const size_t space = output.find(' '); space != std::string::npos) attempt.message = output.substr(space + 1);
  return attempt;
}

}  // namespace

Status Download(const std::string& url, const std::filesystem::path& partial, uint64_t max_bytes, bool progress) {
  std::chrono::milliseconds pause = kFirstPause;
  for (int number = 1;; ++number) {
    SINEW_ASSIGN_OR_RETURN(const Attempt attempt, RunCurl(url, partial, max_bytes, progress));
    if (attempt.exit_code == 0) return Status();
    std::error_code error;
    // A server without ranges: what is there is of no use. Nor is what is too large.
    const bool cannot_resume = attempt.exit_code == kRangeError;
    if (cannot_resume || IsTooLarge(attempt)) std::filesystem::remove(partial, error);
    if (number == kAttempts || !(cannot_resume || IsWorthAnotherTry(attempt))) {
      return Explain(url, partial, max_bytes, attempt);
    }
    if (!cannot_resume) {
      std::this_thread::sleep_for(pause);
      pause *= 2;
    }
  }
}

}  // namespace sinew::zoo
