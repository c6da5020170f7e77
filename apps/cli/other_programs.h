// The flags of OpenPose and of tf-pose-estimation: what each becomes as a flag of `sinew run`, or why it does not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew::cli {

struct OtherFlag {
  std::string_view name;   // as the other program spells it, without dashes: "image_dir"
  std::string_view value;  // what it takes: "DIR"; empty: it is a switch
  // What stands for it, or what is said: for documents. Of a flag that works, "--write-json DIR"; else the reason.
  std::string_view answer;
  // The words that stand for it with that value ("true" or "false" of a switch). kInvalidArgument: what to do instead.
  Result<std::vector<std::string>> (*translate)(const OtherFlag& flag, std::string_view value);
};

// By name. A flag of sinew's own that is only spelt with underscores there is not among them.
std::span<const OtherFlag> OtherFlags();

// Null: neither program has such a flag.
const OtherFlag* FindOtherFlag(std::string_view name);

}  // namespace sinew::cli
