// Requests in all forms of the protocol, and answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oip/json.h"

namespace sinew::server::oip {
namespace {

using ::testing::HasSubstr;

std::string Message(std::string_view body, std::optional<size_t> size = std::nullopt) {
  return ParseRequest(body, size).status().message();
}

TEST(InferJsonTest, NumbersNestedOrFlat) {
  for (const char* data : {"[1,2,3]", "[[[[1,2,3]]]]"}) {
    const auto parsed = ParseRequest(
        fmt::format(R"({{"id":"a","inputs":[{{"name":"input","datatype":"FP32","shape":[1,1,1,3],"data":{}}}]}})",
                    data),
        {});
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    const float expected[] = {1, 2, 3};
    EXPECT_EQ(parsed->request.inputs[0].data, std::string(reinterpret_cast<const char*>(expected), sizeof(expected)));
    EXPECT_EQ(parsed->request.id, "a");
  }
}

TEST(InferJsonTest, PicturesAsBase64AndBehindTheJson) {
  const std::string expected("\3\0\0\0abc", 7);
  const auto base64 = ParseRequest(
      R"({"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"content_type":"base64"},"data":["YWJj"]}]})",
      {});
  ASSERT_TRUE(base64.ok()) << base64.status().message();
  EXPECT_EQ(base64->request.inputs[0].data, expected);
  const std::string json =
      R"({"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":7}}],"parameters":{"binary_data_output":true}})";
  const auto binary = ParseRequest(json + expected, json.size());
  ASSERT_TRUE(binary.ok()) << binary.status().message();
  EXPECT_EQ(binary->request.inputs[0].data, expected);
  EXPECT_TRUE(binary->binary.all);
  const auto raw = ParseRequest("abc", 0);
  EXPECT_EQ(raw->request.inputs[0].data, expected);
}

TEST(InferJsonTest, WrongLengthsAndTypesAreNamed) {
  const std::string json =
      R"({"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":7}}]})";
  EXPECT_THAT(Message(json + "abc", json.size()), HasSubstr("binary_data_size is 7, 3 bytes are left"));
  EXPECT_THAT(Message(json + "aaaaaaaaaaa", json.size()), HasSubstr("4 bytes behind the JSON belong to no input"));
  EXPECT_THAT(Message(json, json.size() + 1), HasSubstr("the body has"));
  EXPECT_THAT(Message("{"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Message("{\"inputs\":[]}"), HasSubstr("no list \"inputs\""));
  EXPECT_THAT(Message("\xff\xfe"), HasSubstr("not a JSON object"));
  const auto input = [](const char* members) { return Message(fmt::format("{{\"inputs\":[{{{}}}]}}", members)); };
  EXPECT_THAT(input(R"("datatype":"FP32")"), HasSubstr("no text \"name\""));
  EXPECT_THAT(input(R"("name":"a","datatype":"FP32","shape":[-1],"data":[])"), HasSubstr("\"shape\" has -1"));
  EXPECT_THAT(input(R"("name":"a","datatype":"FP32","shape":[1],"data":["x"])"), HasSubstr("a value of type string"));
  EXPECT_THAT(input(R"("name":"a","datatype":"FP32","shape":[1],"data":[1e999])"), ::testing::Not(HasSubstr("crash")));
  EXPECT_THAT(input(R"("name":"a","datatype":"FP32","shape":[1])"), HasSubstr("neither a list"));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "[";
  EXPECT_THAT(Message(deep), HasSubstr("nested deeper than 12"));
  EXPECT_THAT(Message(R"({"inputs":"[[[[[[[[[[[[[[[[[[\"[[[["})"), HasSubstr("no list \"inputs\""))
      << "brackets in text";
  EXPECT_FALSE(
      ParseRequest("{\"inputs\":[{\"name\":\"a\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[[[[[[[[[[1]]]]]]]]]]}]}",
                   {})
          .ok());
}

TEST(InferJsonTest, AnswersWithAndWithoutBinaryData) {
  const float values[] = {1.5f, 2};
  InferResponse response{
      std::nullopt, "m", "1", "x", {{"scores", "FP32", {2}, std::string(reinterpret_cast<const char*>(values), 8)}}};
  EXPECT_EQ(
      WriteResponse(response, {}).body,
      R"({"model_name":"m","model_version":"1","id":"x","outputs":[{"name":"scores","datatype":"FP32","shape":[2],"data":[1.5,2.0]}]})");
  const WrittenResponse binary = WriteResponse(response, {false, {"scores"}});
  ASSERT_TRUE(binary.json_size);
  EXPECT_EQ(binary.body.size(), *binary.json_size + 8);
  EXPECT_THAT(binary.body.substr(0, *binary.json_size), HasSubstr("\"binary_data_size\":8"));
}

}  // namespace
}  // namespace sinew::server::oip
