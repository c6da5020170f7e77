// Text of layers.
#include "layer.h"

#include <charconv>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/file.h"

namespace sinew::bench {
namespace {

using cpu::Activation;
using Kind = Operation::Kind;

constexpr std::pair<std::string_view, Kind> kKinds[] = {
    {"conv", Kind::kConv}, {"depthwise", Kind::kDepthwise}, {"pool", Kind::kPool}};
constexpr std::pair<std::string_view, Activation> kActivations[] = {{"relu", Activation::kRelu},
                                                                    {"relu6", Activation::kRelu6}};

// A picture of a billion floats and weights of a quarter of that are far beyond any layer.
constexpr int64_t kMaxPictureFloats = int64_t{1} << 30, kMaxWeightFloats = int64_t{1} << 28;
constexpr int kMaxSize = 1 << 16, kMaxWindow = 255;

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words = Split(text, ' ');
  std::erase(words, std::string_view());
  return words;
}

// `values.size()` whole numbers of least..most.
Status ParseNumbers(std::string_view text, char separator, int least, int most, std::span<int* const> values) {
  const std::vector<std::string_view> parts = Split(text, separator);
  bool right = parts.size() == values.size();
  for (size_t i = 0; right && i < parts.size(); ++i) {
    const char* const end = parts[i].data() + parts[i].size();
    const auto [stop, error] = std::from_chars(parts[i].data(), end, *values[i]);
    right = error == std::errc() && stop == end && *values[i] >= least && *values[i] <= most;
  }
  if (!right)
    return InvalidArgument("\"{}\": {} numbers of {} to {} with \"{}\" between are needed", text, values.size(), least,
                           most, separator);
  return Status();
}

Status ParsePair(std::string_view text, char separator, int least, int* first, int* second) {
  int* const values[] = {first, second};
  return ParseNumbers(text, separator, least, kMaxWindow, values);
}

Status ParseSize(std::string_view text, Size* size) {
  int* const values[] = {&size->height, &size->width, &size->channels};
  SINEW_RETURN_IF_ERROR(ParseNumbers(text, 'x', 1, kMaxSize, values));
  if (int64_t{size->height} * size->width * size->channels > kMaxPictureFloats)
    return InvalidArgument("a picture of {} is too large", text);
  return Status();
}

// OP RxS ... HxWxK
Result<Operation> ParseOperation(std::string_view text) {
  const std::vector<std::string_view> words = Words(text);
  if (words.size() < 3) return InvalidArgument("\"{}\" is not an operation: OP RxS ... HxWxK is needed", text);
  Operation operation;
  bool known = false;
  for (const auto& [name, kind] : kKinds) {
    if (name == words[0]) operation.kind = kind, known = true;
  }
  if (!known) return InvalidArgument("no operation is called \"{}\": conv, depthwise or pool is needed", words[0]);
  SINEW_RETURN_IF_ERROR(ParsePair(words[1], 'x', 1, &operation.kernel_h, &operation.kernel_w));
  const size_t last = words.size() - 1;
  for (size_t i = 2; i < last; ++i) {
    bool is_activation = false;
    for (const auto& [name, activation] : kActivations) {
      if (name == words[i]) operation.activation = activation, is_activation = true;
    }
    if (is_activation) continue;
    if (i + 1 == last) return InvalidArgument("\"{}\": something is missing behind it", words[i]);
    const std::string_view value = words[i + 1];
    if (words[i] == "stride") {
      SINEW_RETURN_IF_ERROR(ParsePair(value, 'x', 1, &operation.stride_h, &operation.stride_w));
    } else if (words[i] == "dilation") {
      SINEW_RETURN_IF_ERROR(ParsePair(value, 'x', 1, &operation.dilation_h, &operation.dilation_w));
    } else if (words[i] == "pad") {
      SINEW_RETURN_IF_ERROR(ParsePair(value, ',', 0, &operation.pad_top, &operation.pad_left));
    } else {
      return InvalidArgument("\"{}\" is unknown: stride, dilation, pad, relu and relu6 are known", words[i]);
    }
    ++i;
  }
  SINEW_RETURN_IF_ERROR(ParseSize(words[last], &operation.output));
  return operation;
}

// Whether every window has an element of the input, along one axis.
bool WindowsTouch(int in, int out, int kernel, int stride, int dilation, int pad) {
  return pad <= (kernel - 1) * dilation && (out - 1) * stride - pad < in;
}

Status CheckOperation(const Layer& layer, size_t i) {
  const Size& in = layer.input_of(i);
  const Operation& op = layer.operations[i];
  if (op.kind != Kind::kConv && op.output.channels != in.channels) {
    return InvalidArgument("{} channels become {}: only a conv changes them", in.channels, op.output.channels);
  }
  if (op.kind == Kind::kPool && (op.activation != Activation::kNone || op.dilation_h != 1 || op.dilation_w != 1)) {
    return InvalidArgument("a pool has neither dilation nor activation");
  }
  if (!WindowsTouch(in.height, op.output.height, op.kernel_h, op.stride_h, op.dilation_h, op.pad_top) ||
      !WindowsTouch(in.width, op.output.width, op.kernel_w, op.stride_w, op.dilation_w, op.pad_left)) {
    return InvalidArgument("an output of {}x{} needs more than an input of {}x{}", op.output.height, op.output.width,
                           in.height, in.width);
  }
  const int64_t depth = int64_t{op.kernel_h} * op.kernel_w * (op.kind == Kind::kConv ? in.channels : 1);
  if (op.kind != Kind::kPool && depth > kMaxWeightFloats / op.output.channels)
    return InvalidArgument("its kernel is too large");
  return Status();
}

std::string SizeText(const Size& size) { return fmt::format("{}x{}x{}", size.height, size.width, size.channels); }

}  // namespace

int SumDepth(const Layer& layer, size_t i) {
  const Operation& op = layer.operations[i];
  if (op.kind == Kind::kPool) return 0;
  return op.kernel_h * op.kernel_w * (op.kind == Kind::kConv ? layer.input_of(i).channels : 1);
}

size_t WeightFloats(const Layer& layer, size_t i) {
  return static_cast<size_t>(SumDepth(layer, i)) * static_cast<size_t>(layer.operations[i].output.channels);
}

double MultiplyAdds(const Layer& layer) {
  double sum = 0;
  for (size_t i = 0; i < layer.operations.size(); ++i) {
    const Size& out = layer.operations[i].output;
    sum += static_cast<double>(out.height) * out.width * out.channels * SumDepth(layer, i);
  }
  return sum;
}

std::string ToText(const Layer& layer) {
  std::string text = fmt::format("{} x{} {}", layer.name, layer.times, SizeText(layer.input));
  for (const Operation& op : layer.operations) {
    for (const auto& [name, kind] : kKinds) {
      if (kind == op.kind) text += fmt::format(" | {} {}x{}", name, op.kernel_h, op.kernel_w);
    }
    if (op.stride_h != 1 || op.stride_w != 1) text += fmt::format(" stride {}x{}", op.stride_h, op.stride_w);
    if (op.dilation_h != 1 || op.dilation_w != 1) text += fmt::format(" dilation {}x{}", op.dilation_h, op.dilation_w);
    if (op.pad_top != 0 || op.pad_left != 0) text += fmt::format(" pad {},{}", op.pad_top, op.pad_left);
    for (const auto& [name, activation] : kActivations) {
      if (activation == op.activation) text += fmt::format(" {}", name);
    }
    text += " " + SizeText(op.output);
  }
  return text;
}

Result<Layer> ParseLayer(std::string_view line) {
  const std::vector<std::string_view> parts = Split(line, '|');
  const std::vector<std::string_view> head = Words(parts[0]);
  if (head.size() != 3 || !head[1].starts_with('x') || parts.size() < 2) {
    return InvalidArgument("\"{}\" is not a layer: NAME xTIMES HxWxC | OP ... is needed", line);
  }
  Layer layer;
  layer.name = head[0];
  int* const times[] = {&layer.times};
  SINEW_RETURN_IF_ERROR(ParseNumbers(head[1].substr(1), 'x', 1, kMaxSize, times));
  SINEW_RETURN_IF_ERROR(ParseSize(head[2], &layer.input));
  for (size_t i = 1; i < parts.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(const Operation operation, ParseOperation(parts[i]));
    layer.operations.push_back(operation);
    SINEW_RETURN_IF_ERROR(CheckOperation(layer, i - 1));
  }
  return layer;
}

Result<std::vector<Layer>> ReadLayers(const std::filesystem::path& path) {
  constexpr uint64_t kMaxFileBytes = 16 << 20;
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFileBytes));
  std::vector<Layer> layers;
  int number = 0;
  for (const std::string_view line : Split(text, '\n')) {
    ++number;
    if (Words(line).empty() || line.starts_with('#')) continue;
    Result<Layer> layer = ParseLayer(line);
    if (!layer.ok()) return Prefixed(fmt::format("{}:{}", path.string(), number), layer.status());
    layers.push_back(std::move(*layer));
  }
  if (layers.empty()) return InvalidArgument("{}: has no layer", path.string());
  return layers;
}

}  // namespace sinew::bench
