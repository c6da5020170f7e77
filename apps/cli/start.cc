// Descriptors.
#include "start.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace sinew::cli {

void PrepareProcess() {
  // The lowest free number is given: in this order, each gets its own. The output is opened for reading, so that
  // results that nobody gets are not taken for printed.
  constexpr int kModes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    const bool is_closed = fcntl(descriptor, F_GETFD) < 0 && errno == EBADF;
    if (is_closed && open("/dev/null", kModes[descriptor]) != descriptor) _exit(1);
  }
}

}  // namespace sinew::cli
