// How processors are shared out: networks side by side, and threads of each.
#pragma once

#include "sinew/status.h"

namespace sinew::service {

struct CoreChoice {
  int lanes = 1;    // networks side by side, each with a picture of its own
  int threads = 1;  // of each network
};

// `threads` and `lanes` as wished, 0 where there is no wish. Where pictures come one at a time, or must not lag, all
// processors work on one together; otherwise each has a picture of its own, which wastes nothing. kInvalidArgument for
// a wish that is not 0 to 1024.
Result<CoreChoice> ChooseCores(int threads, int lanes, bool one_at_a_time, int processors);

// `streams` as wished, 0 where there is no wish: pictures in flight on a GPU, so that one is uploaded and another's
// people are assembled while a third is in the network. kInvalidArgument for a wish that is not 0 to 64.
Result<CoreChoice> ChooseStreams(int streams, bool one_at_a_time);

}  // namespace sinew::service
