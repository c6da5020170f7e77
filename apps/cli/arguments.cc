// One pass over the words; values of flags are left alone.
#include "arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "base/spelling.h"
#include "other_programs.h"

namespace sinew::cli {
namespace {

using Words = std::vector<std::string>;

const CLI::App* FindCommand(const CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](const CLI::App* child) { return child->get_name() == name; });
  return name.empty() || found.empty() ? nullptr : found[0];
}

Status UnknownCommand(const CLI::App& app, const std::string& word) {
  std::vector<std::string_view> names;
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!child->get_name().empty()) names.push_back(child->get_name());
  }
  const std::string meant = Suggestion(word, names);
  std::error_code error;
  const bool is_input = word.find("://") != std::string::npos || std::filesystem::exists(word, error);
  if (meant.empty() && is_input)
    return InvalidArgument("{} is no command; to find the people in it: sinew run {}", word, word);
  return InvalidArgument("{} is no command{}; sinew --help lists them", word, meant);
}

// Those of its option groups, which are children without a name, too.
void AppendFlags(const CLI::App& command, std::vector<std::string>* names) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names->push_back("--" + name);
  }
  for (const CLI::App* group : command.get_subcommands([](const CLI::App* app) { return app->get_name().empty(); }))
    AppendFlags(*group, names);
}

Status UnknownFlag(const CLI::App& command, std::string_view path, const std::string& flag) {
  std::vector<std::string> names;
  AppendFlags(command, &names);
  if (path == "run") {
    for (const OtherFlag& other : OtherFlags()) names.push_back("--" + std::string(other.name));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return InvalidArgument("{} is no flag of sinew{}{}{}; sinew help{}{} lists them", flag, path.empty() ? "" : " ", path,
                         Suggestion(flag, views), path.empty() ? "" : " ", path);
}

// "--write_json" -> "--write-json".
std::string Dashed(std::string_view flag) {
  std::string dashed(flag);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return dashed;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The words of a command behind its name.
class Translator {
 public:
  Translator(const CLI::App& app, const CLI::App& command, std::string_view path, const Words& words)
      : app_(app), command_(command), path_(path), words_(words) {}

  Result<Words> Translate() {
    while (next_ < words_.size()) SINEW_RETURN_IF_ERROR(TranslateNext());
    return std::move(out_);
  }

 private:
  Status TranslateNext() {
    const std::string& word = words_[next_++];
    if (word == "--") {
      out_.push_back(word);
      out_.insert(out_.end(), words_.begin() + static_cast<ptrdiff_t>(next_), words_.end());
      next_ = words_.size();
      return Status();
    }
    // gflags takes one dash as well: -image_dir. A negative number, and "-" for standard input, are no flags.
    const bool has_one_dash = word.size() > 2 && word[0] == '-' && word[1] != '-' && !IsDigits(word.substr(1, 1));
    if (!word.starts_with("--") && !has_one_dash) {
      out_.push_back(word);
      return Status();
    }
    const size_t equals = word.find('=');
    const std::string name = (has_one_dash ? "-" : "") + word.substr(0, equals);
    const bool has_value = equals != std::string::npos;
    const std::string value = has_value ? word.substr(equals + 1) : "";
    const bool is_run = path_ == "run";
    const OtherFlag* const other = is_run ? FindOtherFlag(name.substr(2)) : nullptr;
    const CLI::Option* own = command_.get_option_no_throw(Dashed(name));
    if (own == nullptr) own = app_.get_option_no_throw(Dashed(name));  // those of every command
    // A flag of both whose values differ (display, resize, frame_last, ...) is the other program's with such a value.
    if (other != nullptr && (own == nullptr || IsOthers(*own, *other, has_value, value)))
      return TranslateOther(*other, has_value, value);
    if (own != nullptr) {
      out_.push_back(Dashed(name) + (has_value ? "=" + value : ""));
      const bool takes_value = own->get_items_expected_min() > 0;
      if (takes_value && !has_value && next_ < words_.size()) out_.push_back(words_[next_++]);
      return Status();
    }
    if (has_one_dash) {  // perhaps letters of several short flags, -qv
      out_.push_back(word);
      return Status();
    }
    // gflags: --noface.
    if (is_run && name.starts_with("--no")) {
      const OtherFlag* const negated = FindOtherFlag(name.substr(4));
      if (negated != nullptr && negated->value.empty()) return Status();
    }
    return UnknownFlag(command_, path_, name);
  }

  bool IsOthers(const CLI::Option& own, const OtherFlag& other, bool has_value, const std::string& value) const {
    std::string_view next = value;
    if (!has_value && next_ < words_.size()) next = words_[next_];
    const bool takes_value = own.get_items_expected_min() > 0;
    // --keypoint_scale 3, where the words for it are others.
    const std::string choices = own.get_type_name();
    if (choices.find('{') != std::string::npos) return !next.empty() && choices.find(next) == std::string::npos;
    if (!takes_value && other.value.empty()) return has_value;                                   // --flip=true
    if (!takes_value) return has_value || next == "-1" || (next.size() == 1 && IsDigits(next));  // --display 0
    return next == "-1" || next == "0x0";
  }

  Status TranslateOther(const OtherFlag& other, bool has_value, std::string value) {
    if (!has_value && other.value.empty()) value = "true";
    if (!has_value && !other.value.empty()) {
      if (next_ == words_.size()) return InvalidArgument("--{}: the {} is missing", other.name, other.value);
      value = words_[next_++];
    }
    SINEW_ASSIGN_OR_RETURN(const Words words, other.translate(other, value));
    out_.insert(out_.end(), words.begin(), words.end());
    return Status();
  }

  const CLI::App &app_, &command_;
  const std::string_view path_;
  const Words& words_;
  size_t next_ = 0;
  Words out_;
};

}  // namespace

Result<Words> TranslateArguments(const CLI::App& app, Words words) {
  // Flags of every command may stand before it.
  Words translated;
  while (!words.empty() && words[0].starts_with("--")) {
    const CLI::Option* const option = app.get_option_no_throw(words[0].substr(0, words[0].find('=')));
    if (option == nullptr) break;
    const bool has_value = option->get_items_expected_min() > 0 && words[0].find('=') == std::string::npos;
    const size_t count = std::min<size_t>(has_value ? 2 : 1, words.size());
    translated.insert(translated.end(), words.begin(), words.begin() + static_cast<ptrdiff_t>(count));
    words.erase(words.begin(), words.begin() + static_cast<ptrdiff_t>(count));
  }
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  const CLI::App* command = &app;
  std::string path;
  size_t depth = 0;
  for (; depth < words.size(); ++depth) {
    const CLI::App* const child = FindCommand(*command, words[depth]);
    if (child == nullptr) break;
    command = child;
    path += (path.empty() ? "" : " ") + words[depth];
  }
  if (depth < words.size() && depth == 0) {
    if (!words[0].starts_with('-')) return UnknownCommand(app, words[0]);
    const std::string flag = words[0].substr(0, words[0].find('='));
    const std::string name = flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
    const bool is_of_run =
        FindOtherFlag(name) != nullptr || FindCommand(app, "run")->get_option_no_throw(Dashed(flag)) != nullptr;
    if (app.get_option_no_throw(flag) == nullptr && is_of_run)
      return InvalidArgument("{}: the command is missing: sinew run {} ...", flag, flag);
  } else if (depth < words.size() && command->get_require_subcommand_min() > 0 && !words[depth].starts_with('-')) {
    std::vector<std::string_view> names;
    for (const CLI::App* child : command->get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(child->get_name());
    return InvalidArgument("{} is no command of sinew {}{}; sinew help {} lists them", words[depth], path,
                           Suggestion(words[depth], names), path);
  }
  translated.insert(translated.end(), words.begin(), words.begin() + static_cast<ptrdiff_t>(depth));
  const Words behind(words.begin() + static_cast<ptrdiff_t>(depth), words.end());
  if (command->get_prefix_command()) {  // a program of its own
    translated.insert(translated.end(), behind.begin(), behind.end());
    return translated;
  }
  SINEW_ASSIGN_OR_RETURN(const Words rest, Translator(app, *command, path, behind).Translate());
  translated.insert(translated.end(), rest.begin(), rest.end());
  return translated;
}

}  // namespace sinew::cli
