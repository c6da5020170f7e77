// Ctrl-C and SIGTERM as a wish to stop: what is on the way is finished first.
#pragma once

#include <atomic>

namespace sinew::cli {

// From now on the first such signal sets the flag that is returned; a second one ends the process at once. A pipe that
// nobody reads any more becomes an error of writing instead of the end.
std::atomic<bool>* StopOnSignals();

// The number of the signal that came, 0 for none.
int SignalReceived();

}  // namespace sinew::cli
