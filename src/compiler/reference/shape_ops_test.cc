// Operations that move elements, worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/reference/reference_test_util.h"

namespace sinew::reference {
namespace {

using ir::OpKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Concat, AlongAnyAxis) {
  const Array a = Counting({1, 2, 2, 1}), b = {{1, 2, 1, 1}, {10, 20}};
  const auto joined = [](const std::vector<Array>& inputs, int64_t axis) {
    return RunNode(OpKind::kConcat, inputs, {.axis = axis}).value();
  };
  EXPECT_THAT(joined({a, b}, 2).shape, ElementsAre(1, 2, 3, 1));
  EXPECT_THAT(joined({a, b}, 2).values, ElementsAre(1, 2, 10, 3, 4, 20));
  EXPECT_THAT(joined({a, a}, 0).values, ElementsAre(1, 2, 3, 4, 1, 2, 3, 4));
  EXPECT_THAT(joined({a, a, a}, 3).values, ElementsAre(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4));
  EXPECT_THAT(joined({b}, 1).values, ElementsAre(10, 20));
  EXPECT_THAT(joined({a, {{1, 2, 0, 1}, {}}}, 2).values, ElementsAre(1, 2, 3, 4));
}

TEST(Concat, MisfitsAreNamed) {
  const Array a = Counting({2, 2});
  EXPECT_THAT(ExecutionError(OpKind::kConcat, {a, Counting({2, 3})}, {.axis = 0}),
              HasSubstr("inputs of shapes [2,2] and [2,3] cannot be joined along axis 0"));
  EXPECT_THAT(ExecutionError(OpKind::kConcat, {a, Counting({2})}, {.axis = 1}),
              HasSubstr("[2,2] and [2] cannot be joined"));
  EXPECT_THAT(ExecutionError(OpKind::kConcat, {a}, {.axis = 2}), HasSubstr("axis is 2, its result has 2 dimensions"));
  EXPECT_THAT(ExecutionError(OpKind::kConcat, {a}, {.axis = -1}), HasSubstr("axis is -1"));
  EXPECT_THAT(ExecutionError(OpKind::kConcat, {}), HasSubstr("concat has 0 inputs, needs 1 or more"));
}

TEST(Pack, StacksAlongANewAxis) {
  const std::vector<Array> inputs = {Vector({1, 2}), Vector({3, 4}), Vector({5, 6})};
  const Array rows = RunNode(OpKind::kPack, inputs, {.axis = 0}).value();
  EXPECT_THAT(rows.shape, ElementsAre(3, 2));
  EXPECT_THAT(rows.values, ElementsAre(1, 2, 3, 4, 5, 6));
  const Array columns = RunNode(OpKind::kPack, inputs, {.axis = 1}).value();
  EXPECT_THAT(columns.shape, ElementsAre(2, 3));
  EXPECT_THAT(columns.values, ElementsAre(1, 3, 5, 2, 4, 6));
  EXPECT_THAT(RunNode(OpKind::kPack, {{{}, {7}}, {{}, {8}}}).value().shape, ElementsAre(2));
  EXPECT_THAT(ExecutionError(OpKind::kPack, inputs, {.axis = 2}), HasSubstr("axis is 2"));
  EXPECT_THAT(ExecutionError(OpKind::kPack, {Vector({1}), Vector({1, 2})}), HasSubstr("[1] and [2] cannot be joined"));
}

TEST(Pad, PutsZerosAround) {
  const Array paddings = {{4, 2}, {0, 0, 1, 0, 0, 2, 0, 0}};
  const Array out = RunNode(OpKind::kPad, {Counting(1, 2, 1), paddings}).value();
  EXPECT_THAT(out.shape, ElementsAre(1, 2, 4, 1));
  EXPECT_THAT(out.values, ElementsAre(0, 0, 0, 0, 1, 2, 0, 0));
}

TEST(Pad, MisfitsAreNamed) {
  const Array x = Vector({1});
  EXPECT_THAT(ExecutionError(OpKind::kPad, {x, Vector({1})}), HasSubstr("paddings have 1 values, need 2"));
  EXPECT_THAT(ExecutionError(OpKind::kPad, {x, {{1, 2}, {0, -1}}}), HasSubstr("paddings of dimension 0 are 0 and -1"));
  EXPECT_THAT(ExecutionError(OpKind::kPad, {x, {{1, 2}, {9e15, 9e15}}}), HasSubstr("is beyond"));
  EXPECT_THAT(ExecutionError(OpKind::kPad, {x, {{1, 2}, {1e300, 0}}}), HasSubstr("paddings has the value 1e+300"));
}

TEST(Shape, IsTheArraysOwn) { EXPECT_THAT(Evaluate(OpKind::kShape, {Counting({3, 1, 2})}), ElementsAre(3, 1, 2)); }

// A slice of Counting({2, 3, 4}).
Array Sliced(std::vector<double> begin, std::vector<double> end, std::vector<double> strides,
             const ir::Attributes& masks = {}) {
  const std::vector<Array> inputs = {Counting({2, 3, 4}), Vector(begin), Vector(end), Vector(strides)};
  const Result<Array> result = RunNode(OpKind::kStridedSlice, inputs, masks);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return result.ok() ? *result : Array();
}

TEST(StridedSlice, BeginEndAndStrides) {
  EXPECT_THAT(Sliced({0, 1, 1}, {1, 3, 4}, {1, 1, 2}).values, ElementsAre(6, 8, 10, 12));
  EXPECT_THAT(Sliced({1, 2, -1}, {2, 3, -4}, {1, 1, -1}).values, ElementsAre(24, 23, 22));  // from the end, backwards
  EXPECT_THAT(Sliced({1}, {99}, {1}).shape, ElementsAre(1, 3, 4));                          // what follows stays whole
  EXPECT_THAT(Sliced({1, 2}, {2, 1}, {1, 1}).values, IsEmpty());
}

TEST(StridedSlice, BeginAndEndMasks) {
  // Bit 2 opens the last dimension: begin and end there do not count.
  EXPECT_THAT(Sliced({1, 1, 3}, {2, 2, 4}, {1, 1, 1}, {.begin_mask = 4}).values, ElementsAre(17, 18, 19, 20));
  EXPECT_THAT(Sliced({1, 1, 2}, {2, 2, 3}, {1, 1, 1}, {.end_mask = 4}).values, ElementsAre(19, 20));
  EXPECT_THAT(Sliced({1, 1, 0}, {2, 2, 0}, {1, 1, -1}, {.begin_mask = 4, .end_mask = 4}).values,
              ElementsAre(20, 19, 18, 17));
}

TEST(StridedSlice, ShrinkAxisMask) {
  const Array row = Sliced({1, -1}, {0, 0}, {1, 1}, {.shrink_axis_mask = 3});
  EXPECT_THAT(row.shape, ElementsAre(4));
  EXPECT_THAT(row.values, ElementsAre(21, 22, 23, 24));
  const Array scalar = Sliced({0, 1, 2}, {1, 2, 3}, {1, 1, 1}, {.shrink_axis_mask = 7});
  EXPECT_THAT(scalar.shape, IsEmpty());
  EXPECT_THAT(scalar.values, ElementsAre(7));
}

TEST(StridedSlice, EllipsisMask) {
  // [..., 3:4]
  const Array out = Sliced({0, 3}, {0, 4}, {1, 1}, {.ellipsis_mask = 1});
  EXPECT_THAT(out.shape, ElementsAre(2, 3, 1));
  EXPECT_THAT(out.values, ElementsAre(4, 8, 12, 16, 20, 24));
}

TEST(StridedSlice, NewAxisMask) {
  // [1, newaxis, ..., 0]
  const Array out =
      Sliced({1, 0, 0, 0}, {0, 0, 0, 0}, {1, 1, 1, 1}, {.ellipsis_mask = 4, .new_axis_mask = 2, .shrink_axis_mask = 9});
  EXPECT_THAT(out.shape, ElementsAre(1, 3));
  EXPECT_THAT(out.values, ElementsAre(13, 17, 21));
}

TEST(StridedSlice, MisfitsAreNamed) {
  const Array x = Vector({1, 2, 3}), zero = Vector({0}), one = Vector({1});
  EXPECT_THAT(ExecutionError(OpKind::kStridedSlice, {x, zero, one, zero}), HasSubstr("stride is 0"));
  EXPECT_THAT(ExecutionError(OpKind::kStridedSlice, {x, Vector({3}), one, one}, {.shrink_axis_mask = 1}),
              HasSubstr("index 3 is out of range for a dimension of 3"));
  EXPECT_THAT(ExecutionError(OpKind::kStridedSlice, {x, Vector({0, 0}), one, one}), HasSubstr("must agree"));
  EXPECT_THAT(ExecutionError(OpKind::kStridedSlice, {x, zero, Vector({0.5}), one}), HasSubstr("end has the value 0.5"));
}

TEST(SliceChannels, TakesARun) {
  const Array x = Counting(1, 2, 4);
  EXPECT_THAT(Evaluate(OpKind::kSliceChannels, {x}, {.offset = 1, .count = 2}), ElementsAre(2, 3, 6, 7));
  constexpr int64_t kMost = INT64_MAX;
  EXPECT_THAT(ExecutionError(OpKind::kSliceChannels, {x}, {.offset = 3, .count = 2}),
              HasSubstr("takes 2 channels from channel 3 of [1,1,2,4]"));
  EXPECT_THAT(ExecutionError(OpKind::kSliceChannels, {x}, {.offset = 1, .count = kMost}), HasSubstr("takes"));
  EXPECT_THAT(ExecutionError(OpKind::kSliceChannels, {x}, {.offset = kMost, .count = 1}), HasSubstr("takes"));
}

TEST(Reshape, OneDimensionMayBeLeftOpen) {
  const Array x = Counting(2, 3, 1);
  const Array out = RunNode(OpKind::kReshape, {x, Vector({3, -1})}).value();
  EXPECT_THAT(out.shape, ElementsAre(3, 2));
  EXPECT_EQ(out.values, x.values);
  EXPECT_THAT(RunNode(OpKind::kReshape, {x, Vector({6})}).value().shape, ElementsAre(6));
  EXPECT_THAT(RunNode(OpKind::kReshape, {{{1, 1}, {5}}, Vector({})}).value().shape, IsEmpty());
}

TEST(Reshape, MisfitsAreNamed) {
  const Array x = Counting(2, 3, 1);
  const std::vector<std::vector<double>> misfits = {{4, -1}, {-1, -1}, {7}, {-2, -3}, {0, -1}, {9e15, 9e15}};
  for (const std::vector<double>& shape : misfits) {
    EXPECT_THAT(ExecutionError(OpKind::kReshape, {x, Vector(shape)}), HasSubstr("reshapes [1,2,3,1] to ["));
  }
}

TEST(Squeeze, DropsDimensionsOfOne) {
  const Array x = Counting(2, 1, 1);
  const auto shape = [&](std::vector<int64_t> axes) {
    return RunNode(OpKind::kSqueeze, {x}, {.axes = std::move(axes)}).value().shape;
  };
  EXPECT_THAT(shape({}), ElementsAre(2));
  EXPECT_THAT(shape({0}), ElementsAre(2, 1, 1));
  EXPECT_THAT(shape({-1, 2}), ElementsAre(1, 2));
  EXPECT_THAT(ExecutionError(OpKind::kSqueeze, {x}, {.axes = {1}}),
              HasSubstr("dimension 1 of [1,2,1,1] cannot be squeezed"));
  EXPECT_THAT(ExecutionError(OpKind::kSqueeze, {x}, {.axes = {4}}), HasSubstr("axis 4 of an input with 4 dimensions"));
}

TEST(EmptyArrays, OfLargeDimensionsPassThrough) {
  constexpr int64_t kLarge = (int64_t{1} << 31) - 1;
  const Array x = {{kLarge, 1, kLarge, 0}, {}}, none = Vector({});
  EXPECT_THAT(Evaluate(OpKind::kConcat, {x, x}, {.axis = 3}), IsEmpty());
  EXPECT_THAT(Evaluate(OpKind::kAdd, {x, x}), IsEmpty());
  EXPECT_THAT(Evaluate(OpKind::kBatchNorm, {x, none, none}), IsEmpty());
  EXPECT_THAT(Evaluate(OpKind::kMaxPool, {x}), IsEmpty());
  EXPECT_THAT(Evaluate(OpKind::kResizeBilinear, {{{1, 1, 1, 0}, {}}, Vector({2e9, 2e9})}), IsEmpty());
  EXPECT_THAT(Evaluate(OpKind::kConv2d, {x, {{1, 1, 0, 0}, {}}}), IsEmpty());
}

}  // namespace
}  // namespace sinew::reference
