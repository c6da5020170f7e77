// Printing and parsing of attribute values: a name and a kind of value for each key.
#include "compiler/ir/attribute_text.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <vector>

#include "base/check.h"
#include "base/error.h"

namespace sinew::ir {
namespace {

// In the order of AttributeKey.
constexpr std::string_view kNames[] = {
    "strides",
    "dilations",
    "window",
    "padding",
    "activation",
    "epsilon",
    "axis",
    "offset",
    "count",
    "align_corners",
    "half_pixel_centers",
    "begin_mask",
    "end_mask",
    "ellipsis_mask",
    "new_axis_mask",
    "shrink_axis_mask",
    "axes",
    "function",
    "alpha",
    "beta",
    "count_padding",
    "block",
    "crop",
    "pixels_innermost",
    "rounding",
    "dtype",
};

constexpr std::string_view kActivations[] = {"none", "relu", "relu6"};
constexpr std::string_view kFunctions[] = {"none",       "abs",     "clip",     "elu",  "exp", "hard_sigmoid",
                                           "hard_swish", "sigmoid", "softplus", "sqrt", "tanh"};
constexpr std::string_view kRoundings[] = {"floor", "ceil", "half_down", "half_up"};

// Sets `value` to the name's place in `names`; fails with all of them where it is another.
template <class Enum, size_t N>
Status ParseName(std::string_view text, const std::string_view (&names)[N], Enum* value) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == text) {
      *value = static_cast<Enum>(i);
      return Status();
    }
  }
  return InvalidArgument("expected one of {}, found {}", fmt::join(names, ", "), text);
}

double* Real(AttributeKey key, Attributes* a) {
  switch (key) {
    case AttributeKey::kEpsilon:
      return &a->epsilon;
    case AttributeKey::kAlpha:
      return &a->alpha;
    case AttributeKey::kBeta:
      return &a->beta;
    default:
      return nullptr;
  }
}

int64_t* Integer(AttributeKey key, Attributes* a) {
  switch (key) {
    case AttributeKey::kAxis:
      return &a->axis;
    case AttributeKey::kOffset:
      return &a->offset;
    case AttributeKey::kCount:
      return &a->count;
    case AttributeKey::kBeginMask:
      return &a->begin_mask;
    case AttributeKey::kEndMask:
      return &a->end_mask;
    case AttributeKey::kEllipsisMask:
      return &a->ellipsis_mask;
    case AttributeKey::kNewAxisMask:
      return &a->new_axis_mask;
    case AttributeKey::kShrinkAxisMask:
      return &a->shrink_axis_mask;
    case AttributeKey::kBlock:
      return &a->block;
    default:
      return nullptr;
  }
}

std::array<int64_t, 2>* Pair(AttributeKey key, Attributes* a) {
  switch (key) {
    case AttributeKey::kStrides:
      return &a->strides;
    case AttributeKey::kDilations:
      return &a->dilations;
    case AttributeKey::kWindow:
      return &a->window;
    case AttributeKey::kCrop:
      return &a->crop;
    default:
      return nullptr;
  }
}

bool* Flag(AttributeKey key, Attributes* a) {
  switch (key) {
    case AttributeKey::kAlignCorners:
      return &a->align_corners;
    case AttributeKey::kHalfPixelCenters:
      return &a->half_pixel_centers;
    case AttributeKey::kCountPadding:
      return &a->count_padding;
    case AttributeKey::kPixelsInnermost:
      return &a->pixels_innermost;
    default:
      return nullptr;
  }
}

template <class T>
bool ParseNumber(std::string_view text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// "[1,2,3]", blanks allowed after commas.
bool ParseList(std::string_view text, std::vector<int64_t>* values) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  values->clear();
  while (!text.empty()) {
    const size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    int64_t value;
    if (!ParseNumber(item, &value)) return false;
    values->push_back(value);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return true;
}

std::string PrintPadding(const Padding& p) {
  switch (p.kind) {
    case Padding::Kind::kSame:
      return "same";
    case Padding::Kind::kValid:
      return "valid";
    case Padding::Kind::kExplicit:
      return fmt::format("{}[{},{},{},{}]", p.round_up ? "up" : "", p.top, p.bottom, p.left, p.right);
  }
  return "";
}

Status ParsePadding(std::string_view text, Padding* padding) {
  *padding = Padding();
  if (text == "valid") return Status();
  if (text == "same") {
    padding->kind = Padding::Kind::kSame;
    return Status();
  }
  const bool round_up = text.starts_with("up");
  std::vector<int64_t> v;
  if (!ParseList(text.substr(round_up ? 2 : 0), &v) || v.size() != 4)
    return InvalidArgument("expected same, valid, [top,bottom,left,right] or up[...], found {}", text);
  *padding = {Padding::Kind::kExplicit, v[0], v[1], v[2], v[3], round_up};
  return Status();
}

}  // namespace

std::string_view AttributeName(AttributeKey key) { return kNames[static_cast<size_t>(key)]; }

std::string PrintAttribute(AttributeKey key, const Attributes& attributes) {
  Attributes a = attributes;
  if (const auto* pair = Pair(key, &a)) return fmt::format("[{},{}]", (*pair)[0], (*pair)[1]);
  if (const int64_t* integer = Integer(key, &a)) return fmt::format("{}", *integer);
  if (const bool* flag = Flag(key, &a)) return *flag ? "true" : "false";
  if (const double* real = Real(key, &a)) return fmt::format("{}", *real);
  switch (key) {
    case AttributeKey::kPadding:
      return PrintPadding(a.padding);
    case AttributeKey::kActivation:
      return std::string(kActivations[static_cast<size_t>(a.activation)]);
    case AttributeKey::kFunction:
      return std::string(kFunctions[static_cast<size_t>(a.function)]);
    case AttributeKey::kRounding:
      return std::string(kRoundings[static_cast<size_t>(a.rounding)]);
    case AttributeKey::kAxes:
      return fmt::format("[{}]", fmt::join(a.axes, ","));
    default:
      SINEW_CHECK(key == AttributeKey::kDType);
      return std::string(DTypeName(a.dtype));
  }
}

Status ParseAttribute(AttributeKey key, std::string_view text, Attributes* a) {
  if (auto* pair = Pair(key, a)) {
    std::vector<int64_t> values;
    if (!ParseList(text, &values) || values.size() != 2)
      return InvalidArgument("expected [height,width], found {}", text);
    *pair = {values[0], values[1]};
    return Status();
  }
  if (int64_t* integer = Integer(key, a)) {
    return ParseNumber(text, integer) ? Status() : InvalidArgument("expected a whole number, found {}", text);
  }
  if (bool* flag = Flag(key, a)) {
    *flag = text == "true";
    return *flag || text == "false" ? Status() : InvalidArgument("expected true or false, found {}", text);
  }
  if (double* real = Real(key, a)) {
    return ParseNumber(text, real) ? Status() : InvalidArgument("expected a number, found {}", text);
  }
  switch (key) {
    case AttributeKey::kPadding:
      return ParsePadding(text, &a->padding);
    case AttributeKey::kActivation:
      return ParseName(text, kActivations, &a->activation);
    case AttributeKey::kFunction:
      return ParseName(text, kFunctions, &a->function);
    case AttributeKey::kRounding:
      return ParseName(text, kRoundings, &a->rounding);
    case AttributeKey::kAxes:
      return ParseList(text, &a->axes) ? Status() : InvalidArgument("expected [axis,...], found {}", text);
    default:
      SINEW_CHECK(key == AttributeKey::kDType);
      a->dtype = text == "i32" ? DType::kInt32 : DType::kFloat32;
      return text == "i32" || text == "f32" ? Status() : InvalidArgument("expected f32 or i32, found {}", text);
  }
}

}  // namespace sinew::ir
