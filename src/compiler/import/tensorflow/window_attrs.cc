// Reads and bounds window attributes.
#include "compiler/import/tensorflow/window_attrs.h"

#include <fmt/format.h>

#include "base/error.h"
#include "compiler/import/tensorflow/node_names.h"

namespace sinew::import {
namespace {

// Far beyond any network; keeps all arithmetic on them small.
constexpr int64_t kMaxExtent = 1 << 20;

}  // namespace

Status CheckLayout(const NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const std::string layout, context.Text("data_format", "NHWC"));
  if (layout == "NHWC") return {};
  return Unsupported("data_format {}; only NHWC is supported (export the graph for the CPU)", Printable(layout));
}

Result<std::array<int64_t, 2>> HeightWidth(const NodeContext& context, std::string_view name, bool required) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> list, context.Ints(name));
  if (list.empty() && !required) return std::array<int64_t, 2>{1, 1};
  if (list.size() != 4) return Corrupt("its attribute \"{}\" has {} values instead of 4", name, list.size());
  if (list[0] != 1 || list[3] != 1) {
    return Unsupported("\"{}\" [{}] over batch or channels", name, fmt::join(list, ","));
  }
  for (const int64_t value : list) {
    if (value < 1 || value > kMaxExtent) return Corrupt("\"{}\" [{}] is out of range", name, fmt::join(list, ","));
  }
  return std::array<int64_t, 2>{list[1], list[2]};
}

Result<ir::Padding> ReadPadding(const NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const std::string kind, context.Text("padding", ""));
  ir::Padding padding;
  if (kind == "SAME") {
    padding.kind = ir::Padding::Kind::kSame;
    return padding;
  }
  if (kind == "VALID") return padding;
  if (kind != "EXPLICIT") return Corrupt("its padding is \"{}\"", Printable(kind));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> list, context.Ints("explicit_paddings"));
  if (list.size() != 8) return Corrupt("its attribute \"explicit_paddings\" has {} values instead of 8", list.size());
  for (const int64_t value : list) {
    if (value < 0 || value > kMaxExtent) {
      return Corrupt("\"explicit_paddings\" [{}] is out of range", fmt::join(list, ","));
    }
  }
  if (list[0] != 0 || list[1] != 0 || list[6] != 0 || list[7] != 0) {
    return Unsupported("\"explicit_paddings\" [{}] over batch or channels", fmt::join(list, ","));
  }
  padding.kind = ir::Padding::Kind::kExplicit;
  padding.top = list[2];
  padding.bottom = list[3];
  padding.left = list[4];
  padding.right = list[5];
  return padding;
}

}  // namespace sinew::import
