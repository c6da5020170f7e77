// Bands: a task computes the rows of the first convolution that its rows of the second need, into scratch, and these
// from there, each with an algorithm of the table of convolutions. Neighbouring bands compute the rows that both need
// twice: with 3x3 kernels, two of ten.
#include "backends/cpu/conv/pair/conv_pair.h"

#include <algorithm>
#include <string_view>

#include "backends/cpu/channel_block.h"
#include "backends/cpu/conv/conv.h"
#include "backends/cpu/conv/winograd/points.h"
#include "backends/cpu/cost.h"

namespace sinew::cpu {
namespace {

// Rows of the second convolution per task: whole tiles of F(4,3) and F(8,3), and whole pooling windows.
constexpr int kBandHeight = 8;

const ConvAlgorithm& Row(std::string_view name) { return *FindAlgorithm(ConvAlgorithms(), name); }

constexpr std::string_view kFirst = "direct";  // for the few channels of a network's first layer
constexpr std::string_view kSeconds[] = {"winograd_4x3", "winograd_6x3", "winograd_8x3"};

// The rows of a convolution's input that rows [first, last) of its output need, cut to the picture.
struct Rows {
  int first, last;
};
Rows NeededBy(const ConvProblem& p, Rows out) {
  const int reach = (p.kernel_h - 1) * p.dilation_h + 1;
  return {std::max(0, out.first * p.stride_h - p.pad_top),
          std::min(p.in_h, (out.last - 1) * p.stride_h - p.pad_top + reach)};
}

// The problem of computing rows `out` from rows `in`.
ConvProblem Part(ConvProblem p, Rows in, Rows out) {
  p.pad_top += in.first - out.first * p.stride_h;
  p.in_h = in.last - in.first;
  p.out_h = out.last - out.first;
  return p;
}

struct Band {
  Rows out, between, in;
};
Band BandForTask(const ConvPairProblem& p, size_t task) {
  const int first = static_cast<int>(task) * kBandHeight;
  const Rows out = {first, std::min(first + kBandHeight, p.second.out_h)};
  const Rows between = NeededBy(p.second, out);
  return {out, between, NeededBy(p.first, between)};
}

size_t Tasks(const ConvPairProblem& p) { return static_cast<size_t>((p.second.out_h + kBandHeight - 1) / kBandHeight); }

// Of any band, in whole cache lines.
size_t BetweenFloats(const ConvPairProblem& p) {
  const int most = std::min(p.second.in_h, (kBandHeight - 1) * p.second.stride_h + p.second.kernel_h);
  const size_t floats =
      static_cast<size_t>(most) * static_cast<size_t>(p.first.out_w) * static_cast<size_t>(p.first.out_k);
  return (floats + kChannelBlock - 1) / kChannelBlock * kChannelBlock;
}

template <size_t kSecond>
size_t ScratchFloats(const ConvPairProblem& p) {
  size_t most = 0;
  // Bands differ at the ends of the picture only.
  for (const size_t task : {size_t{0}, std::min(size_t{1}, Tasks(p) - 1), Tasks(p) - 1}) {
    const Band band = BandForTask(p, task);
    most = std::max({most, Row(kFirst).scratch_floats(Part(p.first, band.in, band.between)),
                     Row(kSeconds[kSecond]).scratch_floats(Part(p.second, band.between, band.out))});
  }
  return BetweenFloats(p) + most;
}

template <Target kTarget, size_t kSecond>
void Run(const ConvPairProblem& p, const ConvPairArgs& args, size_t first_task, size_t last_task,
         float* scratch) noexcept {
  const ConvAlgorithm& first = Row(kFirst);
  const ConvAlgorithm& second = Row(kSeconds[kSecond]);
  const auto run_first = first.run_for(kTarget), run_second = second.run_for(kTarget);
  const size_t between_floats = BetweenFloats(p);
  const size_t in_row = static_cast<size_t>(args.input.width) * args.input.pixel_stride;
  const size_t out_row = static_cast<size_t>(args.output.width) * args.output.pixel_stride;
  for (size_t task = first_task; task < last_task; ++task) {
    const Band band = BandForTask(p, task);
    const ConvProblem first_part = Part(p.first, band.in, band.between),
                      second_part = Part(p.second, band.between, band.out);
    const View between = {scratch, first_part.out_h, first_part.out_w, first_part.out_k,
                          static_cast<size_t>(first_part.out_k)};
    const ConstView input = {args.input.data + static_cast<size_t>(band.in.first) * in_row, first_part.in_h,
                             args.input.width, args.input.channels, args.input.pixel_stride};
    run_first(first_part, {input, between, args.packed, args.first_bias}, 0, first.task_count(first_part),
              scratch + between_floats);
    const int out_first = p.second.max_pool ? band.out.first / 2 : band.out.first;
    const int out_height = p.second.max_pool ? kBandHeight / 2 : kBandHeight;
    const View output = {args.output.data + static_cast<size_t>(out_first) * out_row,
                         std::min(out_height, args.output.height - out_first), args.output.width, args.output.channels,
                         args.output.pixel_stride};
    run_second(second_part, {between, output, args.packed + first.packed_floats(p.first), args.second_bias}, 0,
               second.task_count(second_part), scratch + between_floats);
  }
}

template <size_t kSecond>
ConvPairAlgorithm::Run RunFor(Target target) {
  if (Row(kFirst).run_for(target) == nullptr) return nullptr;
  switch (target) {
    case Target::kScalar:
      return Run<Target::kScalar, kSecond>;
    case Target::kSse4:
      return Run<Target::kSse4, kSecond>;
    case Target::kAvx2:
      return Run<Target::kAvx2, kSecond>;
    case Target::kAvx512:
    case Target::kAvx512Bf16:
    case Target::kAmx:
      return Run<Target::kAvx512, kSecond>;
    case Target::kNeon:
      return Run<Target::kNeon, kSecond>;
  }
  return nullptr;
}

template <size_t kSecond>
bool Supports(const ConvPairProblem& p) {
  const bool fit = p.first.out_h == p.second.in_h && p.first.out_w == p.second.in_w && p.first.out_k == p.second.in_c;
  return fit && !p.first.max_pool && Row(kFirst).supports(p.first) && Row(kSeconds[kSecond]).supports(p.second) &&
         // No band may lie in the padding alone.
         p.second.pad_top < p.second.kernel_h && p.first.pad_top < p.first.kernel_h * p.first.dilation_h &&
         (p.second.out_h - 1) - p.second.pad_top < p.second.in_h &&
         (p.first.out_h - 1) * p.first.stride_h - p.first.pad_top < p.first.in_h;
}

template <size_t kSecond>
size_t Packed(const ConvPairProblem& p) {
  return Row(kFirst).packed_floats(p.first) + Row(kSeconds[kSecond]).packed_floats(p.second);
}

template <size_t kSecond>
void Pack(const ConvPairProblem& p, const float* weights, float* packed) {
  const size_t first = static_cast<size_t>(p.first.kernel_h * p.first.kernel_w) * static_cast<size_t>(p.first.in_c) *
                       static_cast<size_t>(p.first.out_k);
  Row(kFirst).pack(p.first, weights, packed);
  Row(kSeconds[kSecond]).pack(p.second, weights + first, packed + Row(kFirst).packed_floats(p.first));
}

// How often the first convolution is done: neighbouring bands share rows.
double Repetition(const ConvPairProblem& p) { return 1 + static_cast<double>(p.second.kernel_h - 1) / kBandHeight; }

template <size_t kSecond>
double Cost(const ConvPairProblem& p) {
  return Repetition(p) * Row(kFirst).cost(p.first) + Row(kSeconds[kSecond]).cost(p.second);
}

template <size_t kSecond>
double MultiplyAdds(const ConvPairProblem& p) {
  return Repetition(p) * Row(kFirst).multiply_adds(p.first) + Row(kSeconds[kSecond]).multiply_adds(p.second);
}

template <size_t kSecond>
constexpr ConvPairAlgorithm Pair(std::string_view name, double error) {
  return {.name = name,
          .supports = Supports<kSecond>,
          .packed_floats = Packed<kSecond>,
          .pack = Pack<kSecond>,
          .task_count = Tasks,
          .scratch_floats = ScratchFloats<kSecond>,
          .run_for = RunFor<kSecond>,
          .cost = Cost<kSecond>,
          .multiply_adds = MultiplyAdds<kSecond>,
          .error = error};
}

// Errors: of the second convolution.
constexpr ConvPairAlgorithm kAlgorithms[] = {
    Pair<0>("direct+winograd_4x3", kWinogradError<F4x3>),
    Pair<1>("direct+winograd_6x3", kWinogradError<F6x3>),
    Pair<2>("direct+winograd_8x3", kWinogradError<F8x3>),
};

}  // namespace

std::span<const ConvPairAlgorithm> ConvPairAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
