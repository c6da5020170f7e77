// JSON and back.
#include "task.h"

#include <xxhash.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace sinew::worker {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kIdDigits = 16;

bool IsId(const std::string& text) {
  return text.size() == kIdDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Task MakeTask(std::string input, std::string options, std::string artifact) {
  Task task{"", std::move(input), std::move(options), std::move(artifact)};
  const std::string text = fmt::format("{}{}{}{}{}", task.input, '\0', task.options, '\0', task.artifact);
  task.id = fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
  return task;
}

std::string ToJson(const Task& task) {
  const OrderedJson json = {{"task", kVersion},
                            {"id", task.id},
                            {"input", task.input},
                            {"options", task.options},
                            {"artifact", task.artifact}};
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<Task> ParseTask(std::string_view text) {
  const OrderedJson json = OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("task") || !json["task"].is_number_integer())
    return Corrupt("the message is no task: it is not a JSON object with \"task\"");
  if (json["task"].get<int64_t>() != kVersion)
    return Incompatible("the task is of version {}, this worker does version {}", json["task"].get<int64_t>(),
                        kVersion);
  Task task;
  for (const auto& [name, value] :
       {std::pair{"id", &task.id}, {"input", &task.input}, {"options", &task.options}, {"artifact", &task.artifact}}) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) return Corrupt("the task's \"{}\" must be a text", name);
    *value = found->get<std::string>();
  }
  if (!IsId(task.id)) return Corrupt("the task's \"id\" must be 16 hexadecimal digits");
  if (task.input.empty() || task.input.find('\0') != std::string::npos)
    return Corrupt("the task's \"input\" names nothing");
  return task;
}

}  // namespace sinew::worker
