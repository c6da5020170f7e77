// The flags of object stores, which all commands of all programs take.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string_view>

namespace sinew::service {

// Adds them to the program, and has every subcommand pass on what it does not know itself. Once the command line is
// parsed, s3:// and https:// names can be used. `log` is told, a line each, what goes wrong and is tried again.
void AddStoreFlags(CLI::App& app, std::function<void(std::string_view line)> log);

}  // namespace sinew::service
