// Flags by what CLI11 knows of them, inputs by their files.
#include "run_manifest.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "base/file.h"
#include "base/remote.h"
#include "base/thread_group.h"

namespace sinew::cli {
namespace {

// Where results go, how fast they come, and what is told meanwhile.
constexpr std::string_view kOthers[] = {
    "--help",        "--recursive", "--real-time",       "--reconnect",      "--timeout",
    "--threads",     "--cores",     "--streams",         "--model",          "--write-json",
    "--write-jsonl", "--write-csv", "--write-coco-json", "--write-heatmaps", "--write-images",
    "--write-video", "--display",   "--resume",          "--fail-fast",      "--json",
    "--quiet",       "--verbose",   "--no-fsync",        "--progress",       "--output-dir",
    "--max-rate",    "--shard"};

// "1e-1" and "0.1" are the same number.
std::string Canonical(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? fmt::format("{}", number) : text;
}

std::string Value(const CLI::Option& option) {
  if (option.count() == 0) return Canonical(option.get_default_str());
  std::string value;
  for (const std::string& result : option.results()) value += (value.empty() ? "" : ",") + Canonical(result);
  return value;
}

std::string ShellQuoted(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=:,@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string_view("'\\''") : std::string_view(&c, 1);
  return quoted + "'";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> DescribeFlags(const CLI::App& command) {
  std::vector<std::pair<std::string, std::string>> flags;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name(/*positional=*/false, /*all_options=*/false);
    if (!name.starts_with("--") || std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers))
      continue;
    flags.emplace_back(name, Value(*option));
  }
  // Groups are commands without names.
  for (const CLI::App* group : command.get_subcommands([](const CLI::App* app) { return app->get_name().empty(); })) {
    for (auto& flag : DescribeFlags(*group)) flags.push_back(std::move(flag));
  }
  return flags;
}

std::vector<pipeline::ManifestInput> DescribeInputs(const std::vector<media::Input>& inputs, bool identify,
                                                    const std::atomic<bool>& stop) {
  std::vector<pipeline::ManifestInput> described(inputs.size());
  std::vector<size_t> elsewhere;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const media::Input& input = inputs[i];
    const bool is_file = input.kind == media::InputKind::kPicture || input.kind == media::InputKind::kVideo;
    const bool is_elsewhere = is_file && IsRemote(input.location);
    described[i] = is_file && !is_elsewhere ? pipeline::IdentifyInput(input.name) : pipeline::ManifestInput{input.name};
    if (is_elsewhere && identify && input.status.ok()) elsewhere.push_back(i);
  }
  // A request each: several at a time hardly take longer than one.
  std::atomic<size_t> next = 0;
  const auto ask = [&] {
    for (size_t i = next++; i < elsewhere.size(); i = next++) {
      if (stop) return;
      const media::Input& input = inputs[elsewhere[i]];
      described[elsewhere[i]] = pipeline::IdentifyInput(input.name, input.location);
    }
  };
  constexpr size_t kAtATime = 16;
  ThreadGroup threads;
  if (!elsewhere.empty()) threads.StartUpTo(static_cast<int>(std::min(kAtATime, elsewhere.size())) - 1, ask);
  ask();
  threads.Join();
  return described;
}

std::string ResumingCommand() {
  const Result<std::string> arguments = ReadFile("/proc/self/cmdline");
  std::string command;
  bool resumes = false;
  for (std::string_view rest = arguments.ok() ? std::string_view(*arguments) : ""; !rest.empty();) {
    const std::string_view argument = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(argument.size() + 1, rest.size()));
    resumes = resumes || argument == "--resume";
    // What gives access to an address is not printed.
    if (argument.find("://") != std::string_view::npos && media::NameOfAddress(argument) != argument)
      return "the same command with --resume";
    command += (command.empty() ? "" : " ") + ShellQuoted(argument);
  }
  return command.empty() ? "the same command with --resume" : resumes ? command : command + " --resume";
}

}  // namespace sinew::cli
