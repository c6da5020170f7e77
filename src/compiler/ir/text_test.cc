// The text form: printed, parsed back, and refused with the line.
#include "compiler/ir/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::ir {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kGraph = R"(%0 = input "image" : f32[1,?,?,3]
%1 = const "w" {1, 0, -1.5} : f32[1,1,3,1]
%2 = conv2d "a \"b\" \\ \x0a" (%0, %1) {strides=[2,2], padding=same, activation=relu} : f32[1,?,?,1]
%3 = const "many" {splat 0.25} : f32[20]
%4 = const "ints" {-3, 7} : i32[2]
%5 = max_pool "p" (%2) {window=[2,3], padding=[0,1,1,0]} : f32[1,?,?,1]
output "out" = %5
output "again" = %2
)";

TEST(TextTest, PrintsWhatItParsed) { EXPECT_EQ(PrintGraph(ParseGraph(kGraph).value()), kGraph); }

TEST(TextTest, NumbersCommentsAndBlanksAreFree) {
  const Graph graph =
      ParseGraph("# a comment\n%7=input \"x\":f32[1,2,2,1]   # more\n\n%3 =\n relu \"r\"(%7)\noutput \"o\"=%3").value();
  EXPECT_EQ(PrintGraph(graph),
            "%0 = input \"x\" : f32[1,2,2,1]\n%1 = relu \"r\" (%0) : f32[1,2,2,1]\noutput \"o\" = %1\n");
}

TEST(TextTest, LongConstantsAreElided) {
  const Graph graph =
      ParseGraph("%0 = input \"x\" : f32[1]\n%1 = const \"c\" {seeded 1} : f32[17]\noutput \"o\" = %1").value();
  const std::string text = PrintGraph(graph);
  EXPECT_THAT(text, HasSubstr("{elided 17 values, xxh3 "));
  EXPECT_THAT(ParseGraph(text).status().message(), HasSubstr("line 2: the values of this constant were left out"));
}

TEST(TextTest, SeededConstantsAreReproducible) {
  const auto values = [](int seed) {
    return ParseGraph("%0 = input \"x\" : f32[1]\n%1 = const \"c\" {seeded " + std::to_string(seed) +
                      "} : f32[100]\noutput \"o\" = %1")
        ->node(1)
        .value->floats;
  };
  EXPECT_EQ(values(1), values(1));
  EXPECT_NE(values(1), values(2));
  for (const float value : values(3)) EXPECT_LE(std::abs(value), 1);
}

TEST(TextTest, ErrorsNameTheLine) {
  const auto error = [](std::string_view text) { return ParseGraph(text).status().message(); };
  constexpr std::string_view kInput = "%0 = input \"x\" : f32[1,4,4,1]\n";
  const auto after = [&](std::string_view line) { return error(std::string(kInput) + std::string(line)); };
  EXPECT_THAT(error("hello"), HasSubstr("line 1: expected %N = ... or output ..., found hello"));
  EXPECT_THAT(after("%1 = fly \"a\" (%0)"), HasSubstr("line 2: no operation is called \"fly\""));
  EXPECT_THAT(after("%1 = relu \"a\" (%5)"), HasSubstr("%5 is not defined before its use"));
  EXPECT_THAT(after("%0 = relu \"a\" (%0)"), HasSubstr("%0 is defined twice"));
  EXPECT_THAT(after("%1 = relu \"x\" (%0)\noutput \"o\" = %1"), HasSubstr("two nodes are called \"x\""));
  EXPECT_THAT(after("%1 = relu \"a\" (%0) {axis=1}"), HasSubstr("relu has no attribute \"axis\""));
  EXPECT_THAT(after("%1 = max_pool \"a\" (%0) {window=3}"), HasSubstr("window: expected [height,width], found 3"));
  EXPECT_THAT(after("%1 = max_pool \"a\" (%0) {padding=most}"), HasSubstr("padding: expected same, valid, ["));
  EXPECT_THAT(after("%1 = relu \"a\" (%0) : f32[1,4,4,2]"),
              HasSubstr("is said to be f32[1,4,4,2], its inputs make it f32[1,4,4,1]"));
  EXPECT_THAT(after("%1 = const \"c\" {1, 2} : f32[3]"), HasSubstr("has 2 values for shape [3]"));
  EXPECT_THAT(after("%1 = const \"c\" {1.5} : i32[1]"), HasSubstr("1.5 is no i32"));
  EXPECT_THAT(after("%1 = const \"c\" {splat 1} : f32[100000000]"), HasSubstr("at most"));
  EXPECT_THAT(after("%1 = relu \"a (%0)"), HasSubstr("no closing quote"));
  EXPECT_THAT(after("%1 = input \"y\" : f32[1]"), HasSubstr("a second input beside \"x\""));
  EXPECT_THAT(error(kInput), HasSubstr("has no output"));
}

TEST(GraphTest, NamesThatAreTakenGetASuffix) {
  Graph graph;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(graph.AddConst("c", Tensor::Floats({1}, {1})).ok());
  EXPECT_EQ(graph.node(1).name, "c_1");
  EXPECT_EQ(graph.node(2).name, "c_2");
}

TEST(GraphTest, UsesAreCounted) {
  const Graph graph =
      ParseGraph("%0 = input \"x\" : f32[1]\n%1 = add \"a\" (%0, %0)\noutput \"o\" = %1\noutput \"p\" = %1").value();
  EXPECT_EQ(graph.UseCounts(), (std::vector<int>{2, 2}));
}

}  // namespace
}  // namespace sinew::ir
