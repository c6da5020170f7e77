// Numbers, and the variables of engines.
#include "shard_flag.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace sinew::cli {
namespace {

constexpr int64_t kMostShards = 1'000'000;

std::optional<int64_t> Number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

constexpr const char* kVariables[] = {"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"};

}  // namespace

Result<media::Shard> ParseShard(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string number = text.substr(0, slash);
  const std::optional<int64_t> count = slash == std::string::npos ? std::nullopt : Number(text.substr(slash + 1));
  if (!count || *count < 1 || *count > kMostShards)
    return InvalidArgument("--shard {}: is not of the form 2/4 or auto/4: part 2 of 4", text);
  media::Shard shard;
  shard.count = *count;
  if (number != "auto") {
    const std::optional<int64_t> given = Number(number);
    if (!given || *given < 1 || *given > *count)
      return InvalidArgument("--shard {}: the first number must be 1 to {}, or auto", text, *count);
    shard.number = *given;
    return shard;
  }
  for (const char* variable : kVariables) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || value[0] == '\0') continue;
    const std::optional<int64_t> index = Number(value);
    if (!index || *index < 0 || *index >= *count) {
      return InvalidArgument("--shard {}: {} is {}; of {} tasks, the first is 0 and the last {}", text, variable, value,
                             *count, *count - 1);
    }
    shard.number = *index + 1;
    return shard;
  }
  return InvalidArgument(
      "--shard {}: no engine says which task this is (SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, "
      "AWS_BATCH_JOB_ARRAY_INDEX): name the part by its number, such as 1/{}",
      text, *count);
}

}  // namespace sinew::cli
