// --shard K/N.
#pragma once

#include <string>

#include "media/input_sequence.h"
#include "sinew/status.h"

namespace sinew::cli {

// "2/4", or "auto/4": the number comes from the engine that runs the tasks, which counts from 0 (SLURM_ARRAY_TASK_ID,
// JOB_COMPLETION_INDEX of Kubernetes, AWS_BATCH_JOB_ARRAY_INDEX). How many there are never does: an array that is
// submitted again for some of its tasks has another count.
Result<media::Shard> ParseShard(const std::string& text);

}  // namespace sinew::cli
