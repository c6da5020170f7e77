// posix_spawn, a pipe for standard error, and waiting.
#include "zoo/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

extern char** environ;

namespace sinew::zoo {
namespace {

constexpr size_t kMaxErrors = 4096;

std::string ReadToEnd(int fd) {
  std::string text;
  char buffer[1024];
  while (true) {
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > 2 * kMaxErrors) text.erase(0, text.size() - kMaxErrors);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

Result<ProcessResult> RunProcess(const std::vector<std::string>& arguments, bool let_errors_through) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return IoError("no pipe for {}: {}", arguments[0], std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (!let_errors_through) posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);

  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  ProcessResult result;
  if (error == 0) result.errors = ReadToEnd(pipe_ends[0]);
  close(pipe_ends[0]);
  if (error == ENOENT) return NotFound("there is no program \"{}\" on this machine", arguments[0]);
  if (error != 0) return IoError("{} could not be started: {}", arguments[0], std::strerror(error));

  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return IoError("{} could not be waited for: {}", arguments[0], std::strerror(errno));
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (result.exit_code == 127) return NotFound("there is no program \"{}\" on this machine", arguments[0]);
  return result;
}

}  // namespace sinew::zoo
