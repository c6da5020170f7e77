// posix_spawn, pipes for standard output and standard error, and waiting.
#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/error.h"

extern char** environ;

namespace sinew {

const int kFileGrewTooLarge = 128 + SIGXFSZ;

namespace {

// Of what a program prints, messages show the end.
constexpr size_t kMaxText = 4096;

// A child that could not become the program ends so, in silence, where posix_spawn itself could not tell: POSIX allows
// either, and emulators do this.
constexpr int kNotStarted = 127;

class Pipe {
 public:
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  ~Pipe() { CloseReader(), CloseWriter(); }
  bool Open() { return pipe2(ends_, O_CLOEXEC) == 0; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void CloseReader() { Close(&ends_[0]); }
  void CloseWriter() { Close(&ends_[1]); }

 private:
  static void Close(int* end) {
    if (*end >= 0) close(std::exchange(*end, -1));
  }
  int ends_[2] = {-1, -1};
};

// Appends what is there, keeping the end of a long text; false at its end.
bool ReadSome(int fd, std::string* text) {
  char buffer[4096];
  const ssize_t count = read(fd, buffer, sizeof(buffer));
  if (count < 0) return errno == EINTR;
  text->append(buffer, static_cast<size_t>(count));
  if (text->size() > 2 * kMaxText) text->erase(0, text->size() - kMaxText);
  return count > 0;
}

// Reads both until both end, so that neither fills up and stops the program.
void ReadToEnd(Pipe* output, Pipe* errors, ProcessResult* result) {
  while (output->reader() >= 0 || errors->reader() >= 0) {
    pollfd ready[] = {{output->reader(), POLLIN, 0}, {errors->reader(), POLLIN, 0}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) break;
    if (ready[0].revents != 0 && !ReadSome(ready[0].fd, &result->output)) output->CloseReader();
    if (ready[1].revents != 0 && !ReadSome(ready[1].fd, &result->errors)) errors->CloseReader();
  }
  for (std::string* text : {&result->output, &result->errors}) {
    while (!text->empty() && text->back() == '\n') text->pop_back();
  }
}

}  // namespace

Result<ProcessResult> RunProcess(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  Pipe output, errors;
  if (!output.Open() || !errors.Open()) return IoError("no pipe for {}: {}", arguments[0], std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.writer(), STDOUT_FILENO);
  if (!options.let_errors_through) posix_spawn_file_actions_adddup2(&actions, errors.writer(), STDERR_FILENO);

  // Ignored signals stay ignored in a child; a program counts on those that end it.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGXFSZ);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  output.CloseWriter();
  errors.CloseWriter();
  const auto no_program = [&] { return NotFound("there is no program \"{}\" on this machine", arguments[0]); };
  if (error == ENOENT) return no_program();
  if (error != 0) return IoError("{} could not be started: {}", arguments[0], std::strerror(error));

  // posix_spawn has no attribute for limits, and the program cannot have written a file of this size before the call.
  // That fails where the program has ended already, or where a lower limit is in force: both are well.
  const rlimit limit = {options.max_file_bytes, options.max_file_bytes};
  (void)prlimit(child, RLIMIT_FSIZE, &limit, nullptr);

  ProcessResult result;
  ReadToEnd(&output, &errors, &result);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return IoError("{} could not be waited for: {}", arguments[0], std::strerror(errno));
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (result.exit_code == kNotStarted && result.output.empty() && result.errors.empty()) return no_program();
  return result;
}

}  // namespace sinew
