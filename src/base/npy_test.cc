// Tests of the .npy reader and writer: what NumPy writes, what only a hostile file holds, and the round trip.
#include "base/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>

#include "base/file.h"

namespace sinew {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Npy(const std::string& header, const std::string& data, char major = 1) {
  std::string text = "\x93NUMPY";
  text += major;
  text += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) text += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return text + header + data;
}

template <class T>
std::string Bytes(std::initializer_list<T> values) {
  std::string bytes;
  for (T value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
  return bytes;
}

void ExpectError(const std::string& content, StatusCode code, const std::string& message) {
  const Result<NpyArray> array = ParseNpy(content, "x.npy");
  ASSERT_FALSE(array.ok()) << "expected: " << message;
  EXPECT_EQ(array.status().code(), code) << array.status().message();
  EXPECT_THAT(array.status().message(), HasSubstr("x.npy: "));
  EXPECT_THAT(array.status().message(), HasSubstr(message));
}

TEST(Npy, ReadsEveryElementType) {
  const auto check = [](const std::string& descr, const std::string& data) {
    const Result<NpyArray> array =
        ParseNpy(Npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (3,), }\n", data), "x.npy");
    ASSERT_TRUE(array.ok()) << descr << ": " << array.status().message();
    EXPECT_THAT(array->shape, ElementsAre(3));
    EXPECT_THAT(array->values, ElementsAre(1.f, 2.f, 200.f)) << descr;
  };
  check("<f4", Bytes<float>({1, 2, 200}));
  check("<f8", Bytes<double>({1, 2, 200}));
  check("|u1", Bytes<uint8_t>({1, 2, 200}));
  check("<i4", Bytes<int32_t>({1, 2, 200}));
}

TEST(Npy, ReadsVersionsOneToThree) {
  for (char major : {'\1', '\2', '\3'}) {
    const Result<NpyArray> array = ParseNpy(
        Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n", Bytes<float>({3, 4}), major), "x.npy");
    ASSERT_TRUE(array.ok()) << array.status().message();
    EXPECT_THAT(array->shape, ElementsAre(1, 2));
    EXPECT_THAT(array->values, ElementsAre(3.f, 4.f));
  }
}

TEST(Npy, ReadsAnyOrderOfKeysQuotesAndSpaces) {
  const Result<NpyArray> array =
      ParseNpy(Npy("{ \"shape\":(2 ,1L),'fortran_order' :False,\"descr\": '<f4'}   \n", Bytes<float>({3, 4})), "x.npy");
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_THAT(array->shape, ElementsAre(2, 1));
}

TEST(Npy, ReadsScalarsAndEmptyArrays) {
  Result<NpyArray> scalar =
      ParseNpy(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", Bytes<float>({7})), "x");
  ASSERT_TRUE(scalar.ok()) << scalar.status().message();
  EXPECT_THAT(scalar->shape, IsEmpty());
  EXPECT_THAT(scalar->values, ElementsAre(7.f));
  // The other dimensions of an empty array may multiply to more than any integer holds.
  Result<NpyArray> empty =
      ParseNpy(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9000000000000000000, 9, 0), }", ""), "x");
  ASSERT_TRUE(empty.ok()) << empty.status().message();
  EXPECT_THAT(empty->values, IsEmpty());
}

TEST(Npy, NamesWhatItDoesNotRead) {
  ExpectError("PK\3\4", StatusCode::kInvalidArgument, "numpy.save");
  ExpectError("", StatusCode::kInvalidArgument, "numpy.save");
  ExpectError(Npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "1234"), StatusCode::kUnsupported,
              "'>f4'");
  ExpectError(Npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "1234"), StatusCode::kUnsupported,
              "'|O'");
  ExpectError(Npy("{'descr': '\x1b[2J', 'fortran_order': False, 'shape': (1,), }", "1234"), StatusCode::kUnsupported,
              "'?'");
  ExpectError(Npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234"),
              StatusCode::kUnsupported, "structured");
  ExpectError(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234"), StatusCode::kUnsupported,
              "ascontiguousarray");
  ExpectError(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "1234", 4), StatusCode::kUnsupported,
              "version 4");
}

TEST(Npy, RefusesDamagedHeaders) {
  const auto bad = [](const std::string& header, const std::string& message) {
    ExpectError(Npy(header, "1234"), StatusCode::kCorrupt, message);
  };
  bad("", "'{'");
  bad("{", "string");
  bad("{}", "lacks");
  bad("{'descr': '<f4', 'fortran_order': False}", "lacks");
  bad("{'descr' '<f4'}", "':'");
  bad("{'descr': '<f4", "closing quote");
  bad("{'descr': '<f4' 'shape': ()}", "','");
  bad("{'descr': '<f4', 'descr': '<f4'}", "twice");
  bad("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", "neither True nor False");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': [1]}", "tuple");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "dimension");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "dimension");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}", "','");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "goes on");
  bad("{'descr': '<f4', 'colour': False, 'shape': (1,)}", "none of");
  std::string many = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < 33; ++i) many += "1,";
  bad(many + ")}", "32 dimensions");
  ExpectError(Npy(std::string(20000, ' '), "", 2), StatusCode::kTooLarge, "limit");
}

TEST(Npy, RefusesLengthsThatContradictTheShape) {
  const auto bad = [](const std::string& shape, const std::string& data, const std::string& message) {
    ExpectError(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }", data), StatusCode::kCorrupt,
                message);
  };
  bad("(2,)", "1234", "shape (2) needs 8 bytes of data, the file has 4");
  bad("(1,)", "12345", "needs 4 bytes");
  bad("(0,)", "1", "needs 0 bytes");
  // Overflow in the product, and in the step from elements to bytes.
  bad("(4294967296, 4294967296)", "1234", "more than 2^63");
  bad("(4611686018427387904,)", "1234", "more than 2^63");
}

TEST(Npy, RefusesEveryTruncation) {
  const std::string whole = Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", Bytes<float>({3, 4}));
  ASSERT_TRUE(ParseNpy(whole, "x.npy").ok());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(ParseNpy(whole.substr(0, length), "x.npy").ok()) << length;
  }
}

TEST(Npy, SurvivesEveryChangedByte) {
  const std::string whole = Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", Bytes<float>({3, 4}));
  for (size_t at = 0; at + 8 < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      const Result<NpyArray> array = ParseNpy(changed, "x.npy");
      if (array.ok()) {
        EXPECT_LE(array->values.size(), 8u);
      }
    }
  }
}

class NpyFile : public ::testing::Test {
 protected:
  std::filesystem::path path_ = std::filesystem::path(::testing::TempDir()) / "sinew_npy_test.npy";
  ~NpyFile() override { std::filesystem::remove(path_); }
};

TEST_F(NpyFile, RoundTripKeepsEveryBit) {
  const std::vector<float> values = {0.f,
                                     -0.f,
                                     1.5f,
                                     std::numeric_limits<float>::infinity(),
                                     std::numeric_limits<float>::denorm_min(),
                                     std::numeric_limits<float>::quiet_NaN()};
  const std::vector<std::vector<int64_t>> shapes = {{6}, {1, 6}, {1, 2, 3, 1}};
  for (const std::vector<int64_t>& shape : shapes) {
    const Status written = WriteNpy(path_, shape, values);
    ASSERT_TRUE(written.ok()) << written.message();
    const Result<NpyArray> array = ReadNpy(path_);
    ASSERT_TRUE(array.ok()) << array.status().message();
    EXPECT_EQ(array->shape, shape);
    ASSERT_EQ(array->values.size(), values.size());
    EXPECT_EQ(std::memcmp(array->values.data(), values.data(), values.size() * sizeof(float)), 0);
  }
}

TEST_F(NpyFile, WritesTheBytesThatNumPyWrites) {
  // numpy.save of numpy.array([1.5, -2.0], '<f4'): the header padded with spaces to 128 bytes in all.
  ASSERT_TRUE(WriteNpy(path_, std::vector<int64_t>{2}, std::vector<float>{1.5f, -2.f}).ok());
  std::string expected = std::string("\x93NUMPY\x01\x00", 8) + std::string("\x76\x00", 2);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  expected += std::string(127 - expected.size(), ' ') + "\n" + Bytes<float>({1.5f, -2.f});
  const Result<std::string> content = ReadFile(path_);
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(*content, expected);
}

TEST_F(NpyFile, RefusesToWriteWhatDoesNotFit) {
  const Status wrong = WriteNpy(path_, std::vector<int64_t>{2, 2}, std::vector<float>{1.f});
  EXPECT_THAT(wrong.message(), HasSubstr("1 values do not fill shape (2, 2)"));
  EXPECT_FALSE(WriteNpy(path_, std::vector<int64_t>{-1, -1}, std::vector<float>{1.f}).ok());
  EXPECT_FALSE(WriteNpy(path_, std::vector<int64_t>(33, 1), std::vector<float>{1.f}).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(NpyFile, MissingFileIsNotFound) {
  const Result<NpyArray> array = ReadNpy(path_);
  EXPECT_EQ(array.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(array.status().message(), HasSubstr(path_.string()));
}

}  // namespace
}  // namespace sinew
