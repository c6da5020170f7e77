// The manual page and shell completions, made from the flags themselves, so that they cannot go stale.
#pragma once

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::cli {

// sinew.1, for man.
std::string ManualPage(const CLI::App& app);

std::string BashCompletion(const CLI::App& app);
std::string ZshCompletion(const CLI::App& app);
std::string FishCompletion(const CLI::App& app);

// A line for each flag and argument: "run --write-json", "run INPUT". What tests compare the others with.
std::string FlagList(const CLI::App& app);

// Of the guide: what the flags of OpenPose and tf-pose-estimation become.
std::string OtherProgramsTable();

}  // namespace sinew::cli
