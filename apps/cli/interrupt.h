// Ctrl-C and SIGTERM as a wish to stop: what is on the way is finished first.
#pragma once

#include <atomic>

namespace sinew::cli {

// From now on the first such signal sets `stop`, which must live as long as the process; a second one ends the process
// at once. A pipe that nobody reads any more becomes an error of writing instead of the end.
void StopOnSignals(std::atomic<bool>* stop);

// The number of the signal that came, 0 for none.
int SignalReceived();

}  // namespace sinew::cli
