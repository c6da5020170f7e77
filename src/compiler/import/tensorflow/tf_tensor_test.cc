// Stored element types, repetition, and sizes that contradict the data.
#include "compiler/import/tensorflow/tf_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace sinew::import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
TfTensor Packed(TfType type, ir::Shape shape, const std::vector<T>& values) {
  TfTensor tensor;
  tensor.type = tensor.storage = type;
  tensor.shape = std::move(shape);
  tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return tensor;
}

TfTensor Listed(ir::Shape shape, std::vector<float> floats) {
  TfTensor tensor;
  tensor.type = TfType::kFloat;
  tensor.shape = std::move(shape);
  tensor.floats = std::move(floats);
  return tensor;
}

Result<ir::Tensor> Decode(TfTensor tensor) { return TensorDecoder().Decode(std::move(tensor)); }

TEST(TensorDecoder, PackedTypes) {
  EXPECT_EQ(Decode(Packed<float>(TfType::kFloat, {2}, {1.5f, -2})).value(), ir::Tensor::Floats({2}, {1.5f, -2}));
  EXPECT_EQ(Decode(Packed<double>(TfType::kDouble, {2}, {0.5, 1e300})).value().floats,
            (std::vector<float>{0.5f, INFINITY}));
  EXPECT_EQ(Decode(Packed<int32_t>(TfType::kInt32, {2, 1}, {7, -7})).value(), ir::Tensor::Ints({2, 1}, {7, -7}));
  EXPECT_THAT(Decode(Packed<int64_t>(TfType::kInt64, {1}, {INT64_MIN})).value().ints, ElementsAre(INT64_MIN));
  EXPECT_THAT(Decode(Packed<int8_t>(TfType::kInt8, {2}, {-1, 127})).value().ints, ElementsAre(-1, 127));
  EXPECT_THAT(Decode(Packed<uint8_t>(TfType::kUint8, {1}, {255})).value().ints, ElementsAre(255));
  EXPECT_THAT(Decode(Packed<int16_t>(TfType::kInt16, {1}, {-300})).value().ints, ElementsAre(-300));
  EXPECT_THAT(Decode(Packed<uint16_t>(TfType::kUint16, {1}, {65535})).value().ints, ElementsAre(65535));
  EXPECT_THAT(Decode(Packed<uint8_t>(TfType::kBool, {2}, {1, 0})).value().ints, ElementsAre(1, 0));
  EXPECT_THAT(Decode(Packed<uint16_t>(TfType::kBfloat16, {1}, {0xbfc0})).value().floats, ElementsAre(-1.5f));
  EXPECT_EQ(Decode(Packed<uint8_t>(TfType::kString, {1}, {1})).status().code(), StatusCode::kUnsupported);
  EXPECT_EQ(Decode(Packed<uint8_t>(static_cast<TfType>(77), {1}, {1})).status().code(), StatusCode::kUnsupported);
}

TEST(TensorDecoder, Halves) {
  const std::vector<float> values =
      Decode(Packed<uint16_t>(TfType::kHalf, {7}, {0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x8000, 0x7e00}))
          .value()
          .floats;
  EXPECT_THAT(std::vector<float>(values.begin(), values.begin() + 6), ElementsAre(1, -2, 65504, 0x1p-24f, INFINITY, 0));
  EXPECT_TRUE(std::signbit(values[5]));
  EXPECT_TRUE(std::isnan(values[6]));
}

TEST(TensorDecoder, LastValueRepeats) {
  EXPECT_THAT(Decode(Listed({5}, {1, 2})).value().floats, ElementsAre(1, 2, 2, 2, 2));
  EXPECT_THAT(Decode(Listed({}, {3})).value().floats, ElementsAre(3));
  EXPECT_THAT(Decode(Listed({2}, {})).value().floats, ElementsAre(0, 0));
  EXPECT_TRUE(Decode(Listed({0}, {})).value().floats.empty());
}

TEST(TensorDecoder, RepetitionIsBounded) {
  EXPECT_EQ(Decode(Listed({kMaxRepeatedElements + 2}, {1})).status().code(), StatusCode::kTooLarge);
  TensorDecoder decoder;  // the bound is for all constants together
  EXPECT_TRUE(decoder.Decode(Listed({kMaxRepeatedElements / 2}, {})).ok());
  EXPECT_TRUE(decoder.Decode(Listed({kMaxRepeatedElements / 2}, {})).ok());
  EXPECT_EQ(decoder.Decode(Listed({2}, {1})).status().code(), StatusCode::kTooLarge);
  EXPECT_TRUE(decoder.Decode(Listed({2}, {1, 2})).ok());
}

TEST(TensorDecoder, SizesMustAgree) {
  EXPECT_THAT(Decode(Packed<float>(TfType::kFloat, {3}, {1, 2})).status().message(),
              HasSubstr("shape [3] of DT_FLOAT takes 3 elements of 4 bytes, but there are 8 bytes"));
  EXPECT_FALSE(Decode(Packed<uint8_t>(TfType::kFloat, {1}, {1, 2, 3, 4, 5})).ok());
  EXPECT_FALSE(Decode(Packed<float>(TfType::kFloat, {1 << 30, 1 << 30, 1 << 30}, {1})).ok());
  EXPECT_FALSE(Decode(Listed({-1}, {1})).ok());
  EXPECT_FALSE(Decode(Listed({1}, {1, 2})).ok());
  TfTensor mixed = Listed({1}, {1});
  mixed.type = TfType::kInt32;
  EXPECT_FALSE(Decode(mixed).ok());
}

TEST(TensorDecoder, Quantised) {
  TfTensor tensor = Packed<uint8_t>(TfType::kUint8, {3}, {0, 1, 255});
  tensor.type = TfType::kFloat;
  tensor.quantization = Quantization{0.5, -10};
  EXPECT_THAT(Decode(tensor).value().floats, ElementsAre(-10, -9.5f, 117.5f));
  tensor.type = TfType::kInt32;
  EXPECT_THAT(Decode(tensor).value().ints, ElementsAre(-10, -10, 118));
  tensor.quantization = Quantization{1e30, 0};
  EXPECT_FALSE(Decode(tensor).ok());
  TfTensor wide = Packed<uint16_t>(TfType::kUint16, {1}, {1000});
  wide.type = TfType::kFloat;
  wide.quantization = Quantization{0.25, 1};
  EXPECT_THAT(Decode(wide).value().floats, ElementsAre(251));
}

}  // namespace
}  // namespace sinew::import
