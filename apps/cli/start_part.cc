// A table of parts, and exec.
#include "start_part.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace sinew::cli {
namespace {

struct Part {
  std::string_view command;
  const char* program;
  const char* packages;  // what it takes to build it
};
constexpr Part kParts[] = {{"worker", "sinew-worker", "scripts/packages-worker.txt"},
                           {"submit", "sinew-worker", "scripts/packages-worker.txt"}};

}  // namespace

std::optional<Status> StartPart(int argc, char** argv) {
  if (argc < 2) return std::nullopt;
  for (const Part& part : kParts) {
    if (part.command != argv[1]) continue;
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::filesystem::path program = self.parent_path() / part.program;
    ::execv(program.c_str(), argv);
    if (errno == ENOENT) {
      return NotFound("{}: is not installed: `sinew {}` is a part of its own, built where the packages of {} are",
                      program.string(), part.command, part.packages);
    }
    return IoError("{}: cannot be started: {}", program.string(), std::strerror(errno));
  }
  return std::nullopt;
}

}  // namespace sinew::cli
