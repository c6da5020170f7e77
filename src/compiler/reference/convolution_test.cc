// Windowed operations on pictures small enough to work out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "compiler/reference/reference_test_util.h"

namespace sinew::reference {
namespace {

using ir::OpKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ir::Attributes Same(std::array<int64_t, 2> strides = {1, 1}) {
  return {.strides = strides, .padding = {ir::Padding::Kind::kSame}};
}

TEST(Convolution, BiasAndActivation) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,2,2,2]
    %1 = const "w" {1, 10, 2, 20} : f32[1,1,2,2]
    %2 = const "b" {-20, 0} : f32[2]
    %3 = conv2d "c" (%0, %1, %2) {activation=relu}
    output "o" = %3)",
                             Counting(2, 2, 2));
  EXPECT_THAT(out.shape, ElementsAre(1, 2, 2, 2));
  EXPECT_THAT(out.values, ElementsAre(0, 50, 0, 110, 0, 170, 3, 230));
}

TEST(Convolution, Relu6CutsBothEnds) {
  const Array kernel = {{1, 1, 1, 1}, {1}};
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {Picture(1, 3, 1, {-1, 5, 7}), kernel}, {.activation = ir::Activation::kRelu6}),
              ElementsAre(0, 5, 6));
}

TEST(Convolution, DoesNotFlipTheKernel) {
  const Array kernel = {{2, 2, 1, 1}, {1, 10, 100, 1000}};
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {Picture(2, 2, 1, {1, 2, 3, 4}), kernel}), ElementsAre(4321));
}

TEST(Convolution, SamePaddingPutsTheOddRowBelowAndRight) {
  // 4 wide, window 3, stride 2: one row and column of padding, below and at the right.
  const Array ones = {{3, 3, 1, 1}, std::vector<double>(9, 1)};
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {Counting(4, 4, 1), ones}, Same({2, 2})), ElementsAre(54, 45, 72, 54));
  // 5 wide: one on each side.
  const Array row = {{1, 3, 1, 1}, {1, 10, 100}};
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {Counting(1, 5, 1), row}, Same({2, 2})), ElementsAre(210, 432, 54));
}

TEST(Convolution, SidesHaveTheirOwnStrides) {
  const Array kernel = {{1, 1, 1, 1}, {1}};
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {Counting(3, 4, 1), kernel}, {.strides = {2, 3}}), ElementsAre(1, 4, 9, 12));
}

TEST(Convolution, DilationAndExplicitPadding) {
  const ir::Attributes attributes = {.dilations = {1, 2}, .padding = {ir::Padding::Kind::kExplicit, 0, 0, 1, 0}};
  const Array kernel = {{1, 2, 1, 1}, {1, 100}};
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {Counting(1, 4, 1), kernel}, attributes), ElementsAre(200, 301, 402));
}

TEST(Convolution, DilationWithSamePadding) {
  // A reach of 5 down 4 rows: two of padding on each side.
  ir::Attributes attributes = Same();
  attributes.dilations = {2, 1};
  const Array kernel = {{3, 1, 1, 1}, {1, 10, 100}};
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {Counting(4, 1, 1), kernel}, attributes), ElementsAre(310, 420, 31, 42));
}

TEST(Convolution, EachPictureOfABatchByItself) {
  const Array kernel = {{1, 2, 1, 1}, {1, 10}};
  const Array out = RunNode(OpKind::kConv2d, {Counting({2, 1, 2, 1}), kernel}, Same()).value();
  EXPECT_THAT(out.shape, ElementsAre(2, 1, 2, 1));
  EXPECT_THAT(out.values, ElementsAre(21, 2, 43, 4));
}

TEST(Convolution, DepthwiseWithMultiplierTwo) {
  const Array kernel = {{1, 1, 2, 2}, {1, 2, 3, 4}}, bias = Vector({1, 2, 3, -500});
  EXPECT_THAT(Evaluate(OpKind::kDepthwiseConv2d, {Picture(1, 1, 2, {10, 100}), kernel}), ElementsAre(10, 20, 300, 400));
  EXPECT_THAT(Evaluate(OpKind::kDepthwiseConv2d, {Picture(1, 1, 2, {10, 100}), kernel, bias},
                       {.activation = ir::Activation::kRelu}),
              ElementsAre(11, 22, 303, 0));
}

TEST(Convolution, DepthwiseWindowsKeepChannelsApart) {
  const Array kernel = {{1, 3, 2, 1}, {1, 1, 10, 10, 100, 100}};
  EXPECT_THAT(Evaluate(OpKind::kDepthwiseConv2d, {Picture(1, 3, 2, {1, 4, 2, 5, 3, 6}), kernel}, Same({1, 2})),
              ElementsAre(210, 540, 32, 65));
}

TEST(Convolution, LargeOnesOnThreadsEqualSmallOnes) {
  // The rows of a picture large enough for threads, each also computed alone.
  constexpr int64_t kRows = 48, kColumns = 48, kChannels = 32;
  const Array picture = Counting(kRows, kColumns, kChannels), kernel = Counting({1, 3, kChannels, kChannels});
  const Array whole = RunNode(OpKind::kConv2d, {picture, kernel}, Same()).value();
  constexpr size_t kRowValues = kColumns * kChannels;
  for (size_t row = 0; row < kRows; ++row) {
    const auto values = [&](const Array& array) {
      const auto first = array.values.begin() + static_cast<ptrdiff_t>(row * kRowValues);
      return std::vector<double>(first, first + kRowValues);
    };
    const Array alone = Picture(1, kColumns, kChannels, values(picture));
    EXPECT_EQ(values(whole), Evaluate(OpKind::kConv2d, {alone, kernel}, Same())) << "row " << row;
  }
}

TEST(Convolution, MisfitsAreNamed) {
  const Array kernel = {{1, 1, 2, 1}, {1, 1}}, x = Counting(1, 1, 2);
  EXPECT_THAT(ExecutionError(OpKind::kConv2d, {Counting(1, 1, 3), kernel}),
              HasSubstr("node \"n\": kernel [1,1,2,1] does not fit input [1,1,1,3]"));
  EXPECT_THAT(ExecutionError(OpKind::kConv2d, {Counting({1, 2}), kernel}),
              HasSubstr("its input has shape [1,2], needs 4 dimensions"));
  EXPECT_THAT(ExecutionError(OpKind::kConv2d, {x, kernel, Vector({1, 2, 3})}), HasSubstr("bias has 3 values, needs 1"));
  EXPECT_THAT(ExecutionError(OpKind::kDepthwiseConv2d, {x, kernel, Vector({1})}),
              HasSubstr("bias has 1 values, needs 2"));
  EXPECT_THAT(ExecutionError(OpKind::kConv2d, {x, {{2, 1, 2, 1}, {1, 1, 1, 1}}}),
              HasSubstr("height: a window of 2 does not fit"));
  EXPECT_THAT(ExecutionError(OpKind::kConv2d, {x, kernel}, {.strides = {0, 1}}), HasSubstr("out of range"));
}

TEST(MaxPool, IgnoresPadding) {
  ir::Attributes attributes = Same({1, 2});
  attributes.window = {1, 2};
  EXPECT_THAT(Evaluate(OpKind::kMaxPool, {Picture(1, 3, 1, {-5, -7, -3})}, attributes), ElementsAre(-5, -3));
}

TEST(MaxPool, TakesChannelsApartAndWindowsOverlap) {
  const Array in = Picture(2, 3, 2, {1, 60, 2, 50, 3, 40, 4, 30, 5, 20, 6, 10});
  EXPECT_THAT(Evaluate(OpKind::kMaxPool, {in}, {.window = {2, 2}}), ElementsAre(5, 60, 6, 50));
}

TEST(MaxPool, WindowsFarLargerThanThePictureEndInTime) {
  ir::Attributes attributes = Same();
  attributes.window = {(int64_t{1} << 31) - 1, 3};
  EXPECT_THAT(Evaluate(OpKind::kMaxPool, {Picture(2, 1, 1, {4, 9})}, attributes), ElementsAre(9, 9));
}

TEST(MaxPool, TheLastWindowMayReachBeyondThePicture) {
  const ir::Attributes attributes = {
      .strides = {2, 1}, .window = {2, 1}, .padding = {.kind = ir::Padding::Kind::kExplicit, .round_up = true}};
  EXPECT_THAT(Evaluate(OpKind::kMaxPool, {Picture(3, 1, 1, {1, 2, -9})}, attributes), ElementsAre(2, -9));
}

TEST(MaxPool, WindowsOfPaddingAloneAreRefused) {
  const ir::Attributes attributes = {.window = {1, 1}, .padding = {ir::Padding::Kind::kExplicit, 0, 1, 0, 0}};
  EXPECT_THAT(ExecutionError(OpKind::kMaxPool, {Picture(1, 1, 1, {4})}, attributes),
              HasSubstr("the window of output row 1, column 0 holds nothing but padding"));
}

TEST(ResizeBilinear, ThreeConventions) {
  const auto resized = [](std::vector<double> in, double width, ir::Attributes attributes) {
    const int64_t size = static_cast<int64_t>(in.size());
    return Evaluate(OpKind::kResizeBilinear, {Picture(1, size, 1, std::move(in)), Vector({1, width})}, attributes);
  };
  const ir::Attributes legacy, corners = {.align_corners = true}, half = {.half_pixel_centers = true};
  EXPECT_THAT(resized({0, 12}, 4, legacy), ElementsAre(0, 6, 12, 12));
  EXPECT_THAT(resized({0, 12}, 4, corners), ElementsAre(0, 4, 8, 12));
  EXPECT_THAT(resized({0, 12}, 4, half), ElementsAre(0, 3, 9, 12));
  // Smaller: no averaging, only two neighbours count.
  EXPECT_THAT(resized({0, 4, 8, 20}, 2, legacy), ElementsAre(0, 8));
  EXPECT_THAT(resized({0, 4, 8, 20}, 2, corners), ElementsAre(0, 20));
  EXPECT_THAT(resized({0, 4, 8, 20}, 2, half), ElementsAre(2, 14));
  // One column has no corners to align.
  EXPECT_THAT(resized({5, 4, 8, 20}, 1, corners), ElementsAre(5));
}

TEST(ResizeBilinear, RowsColumnsAndChannels) {
  const Array in = Picture(2, 2, 2, {0, 100, 4, 104, 8, 108, 12, 112});
  EXPECT_THAT(Evaluate(OpKind::kResizeBilinear, {in, Vector({3, 3})}, {.align_corners = true}),
              ElementsAre(0, 100, 2, 102, 4, 104, 4, 104, 6, 106, 8, 108, 8, 108, 10, 110, 12, 112));
}

TEST(ResizeBilinear, MisfitsAreNamed) {
  const Array in = Counting(1, 2, 1);
  EXPECT_THAT(ExecutionError(OpKind::kResizeBilinear, {in, Vector({1, 2, 3})}),
              HasSubstr("size has 3 values, needs 2"));
  EXPECT_THAT(ExecutionError(OpKind::kResizeBilinear, {in, Vector({0, 4})}), HasSubstr("resizes to 0 x 4"));
  EXPECT_THAT(ExecutionError(OpKind::kResizeBilinear, {in, Vector({1.5, 4})}), HasSubstr("size has the value 1.5"));
  EXPECT_THAT(ExecutionError(OpKind::kResizeBilinear, {in, Vector({1, std::numeric_limits<double>::quiet_NaN()})}),
              HasSubstr("size has the value nan"));
  EXPECT_THAT(ExecutionError(OpKind::kResizeBilinear, {in, Vector({1e6, 1e6})}),
              HasSubstr("[1,1000000,1000000,1] is beyond"));
  EXPECT_THAT(ExecutionError(OpKind::kResizeBilinear, {{{1, 0, 2, 1}, {}}, Vector({1, 2})}),
              HasSubstr("resizes an empty picture"));
}

}  // namespace
}  // namespace sinew::reference
