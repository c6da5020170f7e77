// A handler made of what signal handlers may do.
#include "file_faults.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include "base/mapped_file.h"
#include "command.h"

namespace sinew::cli {
namespace {

void Say(const char* text) {
  // Nobody is left to be told where that fails.
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void OnBusError(int signal, siginfo_t* info, void*) {
  if (const char* const path = MappedFileAt(info->si_addr); path != nullptr) {
    Say("sinew: ");
    Say(path);
    Say(": was shortened while it was in use, or cannot be read any more; replace such a file by renaming the new one "
        "over it, and run the command again\n");
    ::_exit(kFailure);
  }
  // The instruction is repeated on return, and then nobody handles the signal.
  std::signal(signal, SIG_DFL);
}

}  // namespace

void ExplainFileFaults() {
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace sinew::cli
