// Checks for sinew's own bugs. SINEW_CHECK stays in every build and stands at edges; SINEW_DCHECK may stand in loops
// and exists only in builds with SINEW_DCHECKS. Bad input is never checked like this: it gets a Status.
#pragma once

namespace sinew {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}

#define SINEW_CHECK(condition) ((condition) ? (void)0 : ::sinew::CheckFailed(__FILE__, __LINE__, #condition))
#if defined(SINEW_DCHECKS)
#define SINEW_DCHECK(condition) SINEW_CHECK(condition)
#else
#define SINEW_DCHECK(condition) ((void)sizeof(condition))
#endif
