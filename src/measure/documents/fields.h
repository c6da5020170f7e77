// Typed fields of a JSON object from outside: the first thing that is wrong is kept as an error that names its path.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/printable.h"
#include "sinew/status.h"

namespace sinew::documents {

class Fields {
 public:
  using Json = nlohmann::json;

  // `json` must outlive the fields. `path` names the object: "machine.", "prices[3].", "" for the document itself.
  Fields(const Json& json, std::string path, Status* status) : json_(json), path_(std::move(path)), status_(status) {
    if (!json.is_object()) Complain("", "an object");
  }

  bool Has(const char* key) const { return json_.is_object() && json_.contains(key) && !json_[key].is_null(); }

  // Text that may go to a terminal or into a table: short, and without control characters.
  std::string Text(const char* key) {
    constexpr size_t kLongest = 1000;
    if (!Has(key) || !json_[key].is_string()) return Complain(key, "a text"), std::string();
    std::string text = json_[key].get<std::string>();
    if (text.size() <= kLongest && IsPrintable(text)) return text;
    return Complain(key, "a text of at most 1000 bytes without control characters"), std::string();
  }
  std::string TextOr(const char* key, const char* otherwise) { return Has(key) ? Text(key) : otherwise; }

  double Number(const char* key, double least, double most) {
    if (!Has(key) || !json_[key].is_number()) return Complain(key, "a number"), least;
    const double value = json_[key].get<double>();
    if (value >= least && value <= most) return value;  // false for NaN
    return Complain(key, fmt::format("between {} and {}", least, most)), least;
  }
  double NumberOr(const char* key, double otherwise, double least, double most) {
    return Has(key) ? Number(key, least, most) : otherwise;
  }
  std::optional<double> OptionalNumber(const char* key, double least, double most) {
    return Has(key) ? std::optional(Number(key, least, most)) : std::nullopt;
  }

  int Count(const char* key, int least = 0) {
    constexpr double kMost = 1e9;
    if (!Has(key) || !json_[key].is_number_integer()) return Complain(key, "a whole number"), least;
    return static_cast<int>(Number(key, least, kMost));
  }
  // A whole number up to `most`, which may be beyond an int.
  uint64_t WholeOr(const char* key, uint64_t otherwise, double most) {
    if (!Has(key)) return otherwise;
    if (!json_[key].is_number_integer()) return Complain(key, "a whole number"), otherwise;
    return static_cast<uint64_t>(Number(key, 0, most));
  }
  bool FlagOr(const char* key, bool otherwise) {
    if (!Has(key)) return otherwise;
    if (!json_[key].is_boolean()) return Complain(key, "true or false"), otherwise;
    return json_[key].get<bool>();
  }
  std::optional<int> OptionalCount(const char* key) { return Has(key) ? std::optional(Count(key)) : std::nullopt; }

  std::vector<double> Numbers(const char* key, double least, double most) {
    std::vector<double> values;
    if (!Has(key) || !json_[key].is_array()) return Complain(key, "a list of numbers"), values;
    for (const Json& item : json_[key]) {
      const bool good = item.is_number() && item.get<double>() >= least && item.get<double>() <= most;
      if (!good)
        return Complain(key, fmt::format("a list of numbers between {} and {}", least, most)), std::vector<double>();
      values.push_back(item.get<double>());
    }
    return values;
  }

  // The object within, an empty one where there is none.
  Fields Object(const char* key) {
    static const Json kEmpty = Json::object();
    return Fields(Has(key) ? json_[key] : kEmpty, path_ + key + ".", status_);
  }
  // Each element of a list of objects, with its own path; nothing where there is no list.
  template <class F>
  void ForEach(const char* key, const F& use) {
    if (!Has(key)) return;
    if (!json_[key].is_array()) return Complain(key, "a list");
    size_t index = 0;
    for (const Json& item : json_[key]) use(Fields(item, fmt::format("{}{}[{}].", path_, key, index++), status_));
  }

 private:
  void Complain(const std::string& key, const std::string& what) {
    if (!status_->ok()) return;
    std::string name = path_ + key;
    if (name.ends_with('.')) name.pop_back();
    *status_ = Corrupt("{}{}must be {}", name, name.empty() ? "" : " ", what);
  }

  const Json& json_;
  std::string path_;
  Status* status_;
};

}  // namespace sinew::documents
