// What `sinew run` tells about itself, so that a later run can go on from its results.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "media/inputs.h"
#include "pipeline/manifest.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::cli {

// Flags and their values, as far as results depend on them: all but those that say where results go and how the work is
// done. A new flag is one of them until it is named in run_manifest.cc.
std::vector<std::pair<std::string, std::string>> DescribeFlags(const CLI::App& command);

// Of these inputs, in their order. Where `identify`, those of stores and web servers are asked for, 16 at a time,
// unless `stop` comes.
std::vector<pipeline::ManifestInput> DescribeInputs(const std::vector<media::Input>& inputs, bool identify,
                                                    const std::atomic<bool>& stop);

// The command line of this process with --resume, as a shell would take it.
std::string ResumingCommand();

}  // namespace sinew::cli
