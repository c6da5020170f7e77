// Documents as the measuring commands write them, and everything that is none.
#include "measure/price/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace sinew::price {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

Json BenchJson() {
  return {{"bench_format", 1},
          {"model", "cmu"},
          {"model_xxh3", "00000000000000ab"},
          {"target", "avx2"},
          {"resolution", "656x368"},
          {"workload", "end-to-end"},
          {"rate", nullptr},
          {"threads", 2},
          {"replicas", 1},
          {"batch", 1},
          {"smoothing_taps", 25},
          {"resize_out_ratio", 4.0},
          {"repeats", 20},
          {"p50_ms", 480.5},
          {"p90_ms", 490},
          {"p99_ms", 500},
          {"quantiles_ms", std::vector<double>(101, 480)},
          {"pictures_per_second", 2.0},
          {"machine", {{"processor", "A \"processor\""}, {"processors", 2}, {"instance", nullptr}}}};
}

Status Parse(const Json& json, Documents* documents) { return ParseDocuments(json.dump(), "f.json", documents); }
std::string Complaint(const Json& json) {
  Documents documents;
  const Status status = Parse(json, &documents);
  EXPECT_TRUE(documents.benches.empty());
  return status.message();
}

TEST(DocumentsTest, ABenchmark) {
  Documents documents;
  Json json = BenchJson();
  json["machine"]["instance"] = {{"provider", "aws"}, {"type", "c6a.large"}, {"region", "us-east-1"}};
  ASSERT_TRUE(Parse(json, &documents).ok());
  const Bench& bench = documents.benches.at(0);
  EXPECT_EQ(bench.model, "cmu");
  EXPECT_EQ(bench.smoothing_taps, 25);
  EXPECT_EQ(bench.p50_ms, 480.5);
  EXPECT_EQ(bench.seconds_per_image(), 0.5);
  EXPECT_FALSE(bench.rate);
  EXPECT_EQ(bench.machine.instance->type, "c6a.large");
}

TEST(DocumentsTest, AnArrayOfSeveralKinds) {
  const Json evaluation = {{"eval_format", 1},
                           {"configuration",
                            {{"model", "m"},
                             {"model_xxh3", "1"},
                             {"resolution", "1x1"},
                             {"resize_mode", "pad"},
                             {"smoothing_taps", 5},
                             {"resize_out_ratio", 4}}},
                           {"reference", {{"results", "r.jsonl"}}},
                           {"pictures", 7},
                           {"agreement", {{"f1", 0.75}, {"mean_oks", 0.5}}}};
  const Json coco = {{"eval_format", 1},
                     {"configuration", {{"results", "r.json"}}},
                     {"reference", nullptr},
                     {"pictures", 7},
                     {"coco", {{"ap", nullptr}}}};
  const Json profile = {
      {"profile_format", 1},
      {"model", "m"},
      {"resolution", "1x1"},
      {"target", "avx2"},
      {"workload", "network"},
      {"threads", 1},
      {"wall_ms_mean", 3},
      {"pipeline",
       {{{"stage", "network"}, {"mean_ms", 3}, {"share", 1}},
        {{"stage", "unexplained"}, {"mean_ms", -0.001}, {"share", 0}}}},
      {"steps", {{{"name", "conv"}, {"algorithm", "im2col"}, {"mean_ms", 3}, {"share", 1}, {"direct_gflops", 10}}}},
      {"machine", {{"processor", "p"}, {"processors", 1}}}};
  Documents documents;
  const Status status = Parse(Json::array({BenchJson(), evaluation, coco, profile}), &documents);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(documents.benches.size(), 1u);
  ASSERT_EQ(documents.evaluations.size(), 2u);
  EXPECT_EQ(documents.evaluations[0].f1, 0.75);
  EXPECT_EQ(documents.evaluations[0].reference->results, "r.jsonl");
  EXPECT_FALSE(documents.evaluations[1].ap) << "nobody to find";
  EXPECT_EQ(documents.profiles.at(0).stages.size(), 2u);
  EXPECT_EQ(documents.profiles[0].steps[0].direct_gflops, 10);
}

TEST(DocumentsTest, EveryFieldIsChecked) {
  const auto with = [](const char* key, Json value) {
    Json json = BenchJson();
    json[key] = std::move(value);
    return Complaint(json);
  };
  EXPECT_EQ(with("threads", 0), "f.json: threads must be between 1 and 1000000000");
  EXPECT_EQ(with("threads", 1.5), "f.json: threads must be a whole number");
  EXPECT_EQ(with("threads", "2"), "f.json: threads must be a whole number");
  EXPECT_EQ(with("model", 7), "f.json: model must be a text");
  EXPECT_THAT(with("model", "a\x1b[31m"), HasSubstr("without control characters"));
  EXPECT_THAT(with("model", "a\u009b31m"), HasSubstr("without control characters"));
  EXPECT_THAT(with("model", std::string(2000, 'a')), HasSubstr("at most 1000 bytes"));
  EXPECT_THAT(with("pictures_per_second", 0), HasSubstr("pictures_per_second must be between"));
  EXPECT_THAT(with("p50_ms", -1), HasSubstr("p50_ms must be between 0"));
  EXPECT_THAT(with("p50_ms", nullptr), HasSubstr("p50_ms must be a number"));
  EXPECT_THAT(with("quantiles_ms", Json::array({1, 2})), HasSubstr("quantiles_ms must be 101 numbers"));
  EXPECT_THAT(with("quantiles_ms", Json::array({"x"})), HasSubstr("quantiles_ms must be a list of numbers"));
  EXPECT_THAT(with("machine", 7), HasSubstr("machine must be an object"));
  EXPECT_THAT(with("machine", Json::object()), HasSubstr("machine.processor must be a text"));
  EXPECT_THAT(with("bench_format", 2), HasSubstr("bench_format 2 is not known to this sinew"));
  EXPECT_THAT(with("bench_format", "1"), HasSubstr("bench_format must be a whole number"));
}

TEST(DocumentsTest, LettersBeyondAsciiAreText) {
  Json json = BenchJson();
  json["model"] = "caf\u00e9";
  Documents documents;
  ASSERT_TRUE(Parse(json, &documents).ok());
  EXPECT_EQ(documents.benches.at(0).model, "caf\u00e9");
}

TEST(DocumentsTest, WhatIsNoDocument) {
  Documents documents;
  EXPECT_EQ(ParseDocuments("{", "f.json", &documents).message(), "f.json: is no JSON");
  for (const char* text : {"{}", "7", "null", "\"text\""}) {
    EXPECT_THAT(ParseDocuments(text, "f.json", &documents).message(), HasSubstr("f.json: is no result of")) << text;
  }
  EXPECT_THAT(ParseDocuments("[{}]", "f.json", &documents).message(), HasSubstr("f.json: document 0: is no result of"));
  EXPECT_TRUE(ParseDocuments("[]", "f.json", &documents).ok());
  EXPECT_FALSE(ParseDocuments(std::string(1'000'000, '['), "f.json", &documents).ok());
}

TEST(DocumentsTest, FilesAndFolders) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "sinew documents";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "empty");
  ASSERT_TRUE(WriteFile(folder / "b.json", BenchJson().dump()).ok());
  ASSERT_TRUE(WriteFile(folder / "a.json", Json::array({BenchJson(), BenchJson()}).dump()).ok());
  ASSERT_TRUE(WriteFile(folder / "c.txt", "no result").ok());
  EXPECT_EQ(ReadDocuments({folder.string()})->benches.size(), 3u);
  EXPECT_EQ(ReadDocuments({(folder / "b.json").string()})->benches.size(), 1u);
  EXPECT_THAT(ReadDocuments({(folder / "empty").string()}).status().message(), HasSubstr("has no .json file"));
  EXPECT_THAT(ReadDocuments({(folder / "d.json").string()}).status().message(), HasSubstr("d.json"));
  EXPECT_THAT(ReadDocuments({(folder / "c.txt").string()}).status().message(), HasSubstr("c.txt: is no JSON"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sinew::price
