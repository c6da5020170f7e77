// Downloads by the curl program: it resumes, follows redirects, knows proxies and certificates, and keeps TLS out of
// every start of sinew.
#include "zoo/download.h"

#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "base/error.h"
#include "zoo/process.h"

namespace sinew::zoo {
namespace {

// The largest model of this kind has 210 MB.
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;
constexpr int kAttempts = 4;
constexpr std::chrono::milliseconds kFirstPause(300);

// Exit codes of curl (its manual, section EXIT CODES).
enum Curl { kUnsupportedProtocol = 1, kCouldNotResolve = 6, kCouldNotConnect = 7, kPartialFile = 18, kHttpError = 22, kTimeout = 28,
            kRangeError = 33, kFileTooLarge = 63, kEmptyReply = 52, kSendError = 55, kReceiveError = 56, kHttp2Error = 92 };

bool IsLocal(const std::string& url) {
  for (const char* prefix : {"http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://localhost/"}) {
    if (url.starts_with(prefix)) return true;
  }
  return false;
}

bool IsWorthAnotherTry(int code) {
  return code == kPartialFile || code == kTimeout || code == kEmptyReply || code == kSendError || code == kReceiveError ||
         code == kHttp2Error;
}

uint64_t SizeOf(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

Status Explain(const std::string& url, const ProcessResult& result) {
  switch (result.exit_code) {
    case kHttpError:
      if (result.errors.find("404") != std::string::npos) return NotFound("{}: the server has no such file (404)", url);
      return Unavailable("{}: the server refused{}{}", url, result.errors.empty() ? "" : ": ", result.errors);
    case kFileTooLarge: return TooLarge("{}: larger than {} bytes, which no model is", url, kMaxBytes);
    case kUnsupportedProtocol: return InvalidArgument("{}: only https addresses are fetched from", url);
    case kCouldNotResolve:
    case kCouldNotConnect:
      return Unavailable("{}: no connection ({}): check the network, or fetch the file elsewhere and set SINEW_MODELS", url, result.errors);
    default: return Unavailable("{}: the download failed ({}): run the same command again, it carries on", url, result.errors);
  }
}

}  // namespace

Status Download(const std::string& url, const std::filesystem::path& partial, bool progress) {
  const std::string protocols = IsLocal(url) ? "=http,https" : "=https";
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempt = 1;; ++attempt, pause *= 2) {
    std::vector<std::string> arguments = {"curl", "--location", "--fail", "--show-error", "--proto", protocols, "--proto-redir", protocols,
                                          "--max-filesize", std::to_string(kMaxBytes), "--connect-timeout", "20",
                                          "--speed-limit", "1000", "--speed-time", "30", "--output", partial.string()};
    arguments.push_back(progress ? "--progress-bar" : "--silent");
    if (SizeOf(partial) > 0) arguments.insert(arguments.end(), {"--continue-at", "-"});
    arguments.push_back(url);
    const Result<ProcessResult> result = RunProcess(arguments, progress);
    if (!result.ok()) return Prefixed(url, result.status().code() == StatusCode::kNotFound
                                               ? NotFound("{}: install curl (Debian: apt install curl)", result.status().message())
                                               : result.status());
    if (result->exit_code == 0) {
      return SizeOf(partial) <= kMaxBytes ? Status() : TooLarge("{}: larger than {} bytes, which no model is", url, kMaxBytes);
    }
    // A server without ranges, or a partial file that is no part of this one: start over.
    const bool cannot_resume = result->exit_code == kRangeError || (result->exit_code == kHttpError && result->errors.find("416") != std::string::npos);
    if (cannot_resume && SizeOf(partial) > 0) {
      std::error_code error;
      std::filesystem::remove(partial, error);
    } else if (!IsWorthAnotherTry(result->exit_code)) {
      return Explain(url, *result);
    }
    if (attempt == kAttempts) return Explain(url, *result);
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace sinew::zoo
