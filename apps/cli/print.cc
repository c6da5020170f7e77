// C streams, which neither throw nor end the process.
#include "print.h"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/error.h"

namespace sinew::cli {
namespace {

// Of the first failed write to standard output.
int g_output_error = 0;

void Note(bool failed) {
  if (failed && g_output_error == 0) g_output_error = errno != 0 ? errno : EIO;
}

// JSON leaves these as they are, where a terminal obeys them.
std::string EscapeC1(const std::string& json) {
  std::string escaped;
  for (size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const bool is_c1 = byte == 0xc2 && i + 1 < json.size() && static_cast<unsigned char>(json[i + 1]) < 0xa0;
    if (byte == 0x7f || is_c1) {
      escaped += fmt::format("\\u{:04x}", is_c1 ? static_cast<unsigned char>(json[++i]) : byte);
    } else {
      escaped += json[i];
    }
  }
  return escaped;
}

}  // namespace

void PrintRaw(std::FILE* stream, std::string_view text) noexcept {
  errno = 0;
  const bool failed = std::fwrite(text.data(), 1, text.size(), stream) != text.size();
  if (stream == stdout) Note(failed);
}

void Flush(std::FILE* stream) noexcept {
  errno = 0;
  const bool failed = std::fflush(stream) != 0;
  if (stream == stdout) Note(failed);
}

void PrintJson(const nlohmann::ordered_json& json) noexcept {
  try {
    PrintRaw(stdout, EscapeC1(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) + "\n");
  } catch (...) {
    Note(true);
  }
}

Status FlushOutput() noexcept {
  Flush(stdout);
  Flush(stderr);
  if (g_output_error == 0) return Status();
  return Status(StatusCode::kIo,
                "standard output: cannot be written: " + std::generic_category().message(g_output_error));
}

}  // namespace sinew::cli
