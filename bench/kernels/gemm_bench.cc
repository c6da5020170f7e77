// Times the matrix product of gemm-inl.h with its rows in the L2 cache, as kernels hand them to it, in the sizes of the
// networks. Results are compared with sums in double precision first.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "backends/cpu/row_block.h"
#include "base/aligned_buffer.h"
#include "base/error.h"
#include "multiply.h"
#include "program.h"

namespace sinew::bench {
namespace {

struct Shape {
  const char* name;
  int rows, depth, columns;
};

// Blocks of a layer's rows: a task of a Winograd algorithm has 28 tiles (kernels/winograd/tiling.h), one of a 1x1
// convolution as many pixels as stay in L2 (backends/cpu/row_block.h).
int PixelsForDepth(int depth) { return cpu::MakeRowBlocks(1 << 20, depth).block; }
const Shape kShapes[] = {
    {"cmu/3x3_64_to_64", 28, 64, 64},
    {"cmu/3x3_128_to_128", 28, 128, 128},
    {"cmu/3x3_256_to_256", 28, 256, 256},
    {"cmu/3x3_512_to_512", 28, 512, 512},
    {"cmu/7x7_185_to_256", 28, 185, 256},
    {"cmu/1x1_128_to_512", PixelsForDepth(128), 128, 512},
    {"mobilenet_thin/1x1_48_to_96", PixelsForDepth(48), 48, 96},
    {"mobilenet_thin/1x1_64_to_64", PixelsForDepth(64), 64, 64},
    {"mobilenet_thin/1x1_384_to_384", PixelsForDepth(384), 384, 384},
    {"mobilenet_thin/1x1_921_to_64", PixelsForDepth(921), 921, 64},
    {"mobilenet_thin/1x1_256_to_38", PixelsForDepth(256), 256, 38},
};

// Sums long enough for their first and last steps not to count, and columns that fill tiles of registers.
bool IsLong(const Shape& shape) { return shape.depth >= 128 && shape.columns % 32 == 0; }

// Several products of one shape with the same weights: together their rows are four times what L1 holds.
class Products {
 public:
  explicit Products(const Shape& shape) : shape_(shape) {
    const size_t a_floats = static_cast<size_t>(shape.rows) * static_cast<size_t>(shape.depth);
    const size_t out_floats = static_cast<size_t>(shape.rows) * static_cast<size_t>(shape.columns);
    const size_t wanted = 4 * CacheBytes(_SC_LEVEL1_DCACHE_SIZE, 32 << 10) / sizeof(float);
    const size_t count = (wanted + a_floats - 1) / a_floats;
    a_ = Random(count * a_floats);
    weights_ = Random(static_cast<size_t>(shape.depth) * static_cast<size_t>(shape.columns));
    bias_ = Random(static_cast<size_t>(cpu::RoundUpToChannelBlock(shape.columns)));
    packed_ = AlignedBuffer<float>(cpu::PackedFloats(shape.depth, shape.columns));
    cpu::PackPanels(shape.depth, shape.columns, weights_.data(), packed_.data());
    out_ = AlignedBuffer<float>(count * out_floats);
    for (size_t i = 0; i < count; ++i) {
      args_.push_back({.a = a_.data() + i * a_floats,
                       .a_stride = static_cast<size_t>(shape.depth),
                       .packed = packed_.data(),
                       .bias = bias_.data(),
                       .out = out_.data() + i * out_floats,
                       .out_stride = static_cast<size_t>(shape.columns)});
    }
  }

  void Run(MultiplyAll multiply) const { multiply(problem(), args_.data(), args_.size()); }
  double multiply_adds() const {
    return static_cast<double>(args_.size()) * shape_.rows * shape_.depth * shape_.columns;
  }
  bool FitL2() const {
    return (a_.size() + packed_.size() + out_.size()) * sizeof(float) <= CacheBytes(_SC_LEVEL2_CACHE_SIZE, 512 << 10);
  }

  // As in kernels/testing/harness.h: sums of n products are off by (n + 1) u sum |products| at most.
  Status Verify() const {
    const size_t columns = static_cast<size_t>(shape_.columns);
    for (const cpu::GemmArgs& g : args_) {
      for (size_t r = 0; r < static_cast<size_t>(shape_.rows); ++r) {
        std::vector<double> sums(bias_.begin(), bias_.begin() + columns), absolutes(columns, 1.0);
        for (size_t c = 0; c < static_cast<size_t>(shape_.depth); ++c) {
          for (size_t k = 0; k < columns; ++k) {
            const double product =
                static_cast<double>(g.a[r * g.a_stride + c]) * static_cast<double>(weights_[c * columns + k]);
            sums[k] += product;
            absolutes[k] += std::fabs(product);
          }
        }
        for (size_t k = 0; k < columns; ++k) {
          const double difference = std::fabs(static_cast<double>(g.out[r * g.out_stride + k]) - sums[k]);
          if (!(difference <= (shape_.depth + 2) * 0x1p-24 * absolutes[k])) {
            return Internal("row {} column {}: is {}, expected {}", r, k, g.out[r * g.out_stride + k], sums[k]);
          }
        }
      }
    }
    return Status();
  }

 private:
  cpu::GemmProblem problem() const {
    return {
        .rows = shape_.rows, .depth = shape_.depth, .columns = shape_.columns, .activation = cpu::Activation::kNone};
  }
  static size_t CacheBytes(int level, size_t otherwise) {
    const long bytes = sysconf(level);
    return bytes > 0 ? static_cast<size_t>(bytes) : otherwise;
  }
  static AlignedBuffer<float> Random(size_t floats) {
    std::mt19937_64 random(floats);
    std::uniform_real_distribution<float> uniform(-1, 1);
    AlignedBuffer<float> buffer(floats);
    for (float& value : buffer) value = uniform(random);
    return buffer;
  }

  Shape shape_;
  AlignedBuffer<float> a_, weights_, packed_, bias_, out_;
  std::vector<cpu::GemmArgs> args_;
};

int Main(int argc, char** argv) {
  Program program("Times the matrix product behind all convolutions, one thread");
  double required = 0;
  program.app()
      .add_option(
          "--require", required,
          "Exit code 1 where long products of data in L2 take place at less than this percentage of the FMA peak")
      ->check(CLI::Range(0.0, 100.0));
  if (const auto code = program.Parse(argc, argv)) return *code;
  const MultiplyAll multiply = MultiplyAllFor(program.target());

  std::vector<std::unique_ptr<Products>> all;
  std::map<std::string, double> percents;  // of those that count, as last measured: the first calls only warm up
  for (const Shape& shape : kShapes) {
    const Products& products = *all.emplace_back(std::make_unique<Products>(shape));
    products.Run(multiply);
    const std::string name = fmt::format("{}/{}x{}x{}", shape.name, shape.rows, shape.depth, shape.columns);
    const auto body = [&, name, status = products.Verify()](benchmark::State& state) {
      if (!status.ok()) return program.Fail(state, status.message());
      const Program::Rate rate = program.Time(state, products.multiply_adds(), [&] { products.Run(multiply); });
      if (!products.FitL2()) {
        state.SetLabel("weights beyond L2");
      } else if (IsLong(shape)) {
        percents[name] = 100 * rate.ShareOfPeak(products.multiply_adds());
      }
    };
    benchmark::RegisterBenchmark(name.c_str(), body)->Unit(benchmark::kMillisecond);
  }
  int code = program.Run();
  for (const auto& [name, percent] : percents) {
    if (percent >= required) continue;
    fmt::print(stderr, "gemm_bench: {}: {:.0f} % of the FMA peak, {} % are required\n", name, percent, required);
    code = 1;
  }
  return code;
}

}  // namespace
}  // namespace sinew::bench

int main(int argc, char** argv) { return sinew::bench::Main(argc, argv); }
