// Subcommands that are programs of their own, beside this one: what they link, the core does without.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "command.h"

namespace sinew::cli {
namespace {

struct Part {
  const char* name;     // of the subcommand
  const char* program;  // beside this one
  bool takes_name;      // the program has several subcommands: the name is its first argument
  const char* description;
  const char* how_to_get;  // where it is missing
};

constexpr Part kParts[] = {
    {"serve", "sinew-serve", false,
     "Offer pose estimation over HTTP, WebSocket and gRPC, and a page that shows it live",
     "build it with \"make test-server\", or \"cmake --build build/release --target sinew_serve\" once "
     "scripts/packages-server.txt is installed"},
    {"worker", "sinew-worker", true, "Take pictures and videos from a queue, and put their people back",
     "it is built where the packages of scripts/packages-worker.txt are"},
    {"submit", "sinew-worker", true, "Put pictures and videos on a queue, and follow what becomes of them",
     "it is built where the packages of scripts/packages-worker.txt are"},
};

// Becomes the program; returns only where that is impossible.
Status Become(const Part& part, const std::vector<std::string>& arguments) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return IoError("where this program is cannot be found out: {}", error.message());
  const std::filesystem::path program = self.parent_path() / part.program;
  if (!std::filesystem::exists(program, error)) {
    return NotFound("sinew {} is a program of its own, {}, which is not there: {}", part.name, program.string(),
                    part.how_to_get);
  }
  std::vector<std::string> words = {program.string()};
  if (part.takes_name) words.push_back(part.name);
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  return IoError("{}: cannot be started: {}", program.string(), std::strerror(errno));
}

void AddPart(CLI::App& app, Action* action, const Part& part) {
  CLI::App* const command = app.add_subcommand(part.name, part.description);
  // All that follows is the program's, --help too.
  command->prefix_command();
  command->set_help_flag();
  command->callback([=] { *action = [=] { return Fail(Become(part, command->remaining())); }; });
}

}  // namespace

void AddPartCommands(CLI::App& app, Action* action) {
  for (const Part& part : kParts) AddPart(app, action, part);
}

}  // namespace sinew::cli
