// The end of a failed check.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace sinew {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: check failed: %s (this is a bug in sinew)\n", file, line, condition);
  std::abort();
}

}  // namespace sinew
