// Parsing of node names and edges.
#include "compiler/import/tensorflow/node_names.h"

#include <charconv>

#include "base/error.h"

namespace sinew::import {
namespace {

constexpr size_t kMaxNameBytes = 4096;

bool Garbles(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\'; }

}  // namespace

Status CheckNodeName(std::string_view name) {
  if (name.empty()) return Corrupt("a node has no name");
  if (name.size() > kMaxNameBytes) return Corrupt("a node's name has {} bytes: \"{}\"", name.size(), Printable(name));
  bool bad = name.front() == '^';
  for (const char c : name) bad = bad || Garbles(c) || c == ':';
  if (bad) return Corrupt("\"{}\" is not a name for a node", Printable(name));
  return {};
}

Result<TfInput> ParseInput(std::string_view text) {
  TfInput input;
  std::string_view name = text;
  if (name.starts_with('^')) {
    input.control = true;
    name.remove_prefix(1);
  } else if (const size_t colon = name.rfind(':'); colon != std::string_view::npos) {
    const std::string_view digits = name.substr(colon + 1);
    int32_t output = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), output);
    if (error != std::errc() || end != digits.data() + digits.size() || output < 0) {
      return Corrupt("\"{}\" is not an input", Printable(text));
    }
    input.output = output;
    name = name.substr(0, colon);
  }
  SINEW_RETURN_IF_ERROR(CheckNodeName(name));
  input.name = name;
  return input;
}

std::string Printable(std::string_view text) {
  constexpr size_t kMaxBytes = 200;
  std::string printable(text.substr(0, kMaxBytes));
  for (char& c : printable) {
    if (Garbles(c) || static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  if (text.size() > kMaxBytes) printable += "...";
  return printable;
}

}  // namespace sinew::import
