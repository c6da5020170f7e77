// Documents as the measuring commands write them are read back the same; everything else is refused.
#include "measure/documents/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace sinew::documents {
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

Machine FullMachine() {
  return {"A processor", 2, 8'000'000'000, 2450.5, 0.0625, Instance{"aws", "c6a.large", "us-east-1"}};
}

Bench FullBench() {
  Bench bench;
  bench.model = "cmu";
  bench.model_xxh3 = "00000000000000ab";
  bench.target = "avx2";
  bench.resolution = "656x368";
  bench.workload = "end-to-end";
  bench.picture = "b ü.jpg";
  bench.measured_at = "2026-11-27T12:00:00Z";
  bench.version = "0.2.0";
  bench.rate = 7.5;
  bench.threads = 2, bench.replicas = 3, bench.batch = 1, bench.repeats = 20;
  bench.smoothing_taps = 25;
  bench.resize_out_ratio = 4;
  bench.load_ms = 1.25, bench.create_ms = 0.1;
  bench.min_ms = 400, bench.p50_ms = 480.1, bench.p90_ms = 490, bench.p95_ms = 495, bench.p99_ms = 499.3;
  bench.max_ms = 500, bench.mean_ms = 481, bench.mad_ms = 2;
  for (int i = 0; i <= 100; ++i) bench.quantiles_ms.push_back(400 + i / 3.0);
  bench.pictures_per_second = 6.1;
  bench.stages = {3, 4, 470, 3.5};
  bench.direct_gflops = 300, bench.fma_peak_gflops = 110, bench.share_of_peak = 0.45, bench.peak_rss_mb = 512.25;
  bench.overloaded = true;
  bench.machine = FullMachine();
  return bench;
}

TEST(DocumentsTest, BenchmarksAreReadBackTheSame) {
  Bench plain = FullBench();
  plain.rate.reset(), plain.smoothing_taps.reset(), plain.resize_out_ratio.reset(), plain.stages.reset();
  plain.machine.instance.reset();
  for (const Bench& bench : {FullBench(), plain}) {
    Documents documents;
    const Status status = ParseDocuments(ToJson(bench).dump(2), "f.json", &documents);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_TRUE(documents.benches.at(0) == bench);
    EXPECT_EQ(ToJson(documents.benches[0]).dump(), ToJson(bench).dump());
  }
}

TEST(DocumentsTest, EvaluationsAreReadBackTheSame) {
  Evaluation agreement;
  agreement.version = "0.2.0";
  agreement.configuration = {"", "m", "12ab", "avx2", "432x368", "pad", 5, 2.5};
  agreement.reference = EvaluatedConfiguration{"r.jsonl", "", "", "", "", "", 0, 0};
  agreement.pictures = 7, agreement.failed = 2;
  agreement.agreement =
      evaluate::Agreement{7, 12, 11, 10, 0.9, 0.8, 0.85, 0.7, 150, 3, 4, {1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}};
  Evaluation coco;
  coco.configuration = {"p.json", "", "", "", "", "", 0, 0};
  coco.pictures = 3, coco.people = 9;
  coco.coco = evaluate::CocoFigures{0.5, 0.6, 0.4, 0.3, -1, 0.55, 0.66, 0.44, 0.33, -1};
  for (const Evaluation& evaluation : {agreement, coco}) {
    Documents documents;
    const Status status = ParseDocuments(ToJson(evaluation).dump(2), "f.json", &documents);
    ASSERT_TRUE(status.ok()) << status.message();
    const Evaluation& read = documents.evaluations.at(0);
    EXPECT_EQ(ToJson(read).dump(), ToJson(evaluation).dump());
    EXPECT_TRUE(read.configuration == evaluation.configuration);
    EXPECT_TRUE(read.reference == evaluation.reference);
    EXPECT_EQ(read.agreement.has_value(), evaluation.agreement.has_value());
    EXPECT_EQ(read.coco.has_value(), evaluation.coco.has_value());
  }
}

TEST(DocumentsTest, ProfilesAreReadBackTheSame) {
  Profile profile;
  profile.version = "0.2.0", profile.model = "m", profile.model_xxh3 = "12ab", profile.resolution = "432x368";
  profile.target = "avx512", profile.workload = "pipeline";
  profile.threads = 2, profile.repeats = 20;
  profile.wall_ms_p50 = 50.5, profile.wall_ms_mean = 51, profile.plain_ms_p50 = 50, profile.overhead = 0.01;
  profile.arena_bytes = 5'000'000'000, profile.weight_bytes = 12;
  ProfileEntry stage;
  stage.name = "network", stage.mean_ms = 40, stage.share = 0.8, stage.p50_ms = 39, stage.mad_ms = 0.5;
  profile.stages = {stage};
  ProfileEntry step = stage;
  step.kind = "Conv", step.algorithm = "im2col", step.calls = 20, step.idle_share = 0.1, step.direct_gflops = 200;
  step.actual_gflops = 90, step.direct_multiply_adds = 1e9, step.actual_multiply_adds = 5e8;
  step.bytes = 7'000'000'000, step.output_bytes = 3, step.input_type = "f32", step.output_type = "bf16",
  step.weight_bytes = 4, step.parameters = 5;
  profile.steps = {step, step};
  profile.machine = FullMachine();
  Documents documents;
  const Status status = ParseDocuments(ToJson(profile).dump(2), "f.json", &documents);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_TRUE(documents.profiles.at(0) == profile);
}

TEST(DocumentsTest, WhatDisturbedAMeasurement) {
  Bench bench = FullBench();
  EXPECT_EQ(bench.Disturbance(), "more calls arrived than could be served");
  bench.overloaded = false;
  EXPECT_EQ(bench.Disturbance(), "others used 6 % of the machine meanwhile");
  bench.machine.used_by_others = 0.04;
  EXPECT_EQ(bench.Disturbance(), "");
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
  EXPECT_EQ(documents.evaluations[0].agreement->f1, 0.75);
  EXPECT_EQ(documents.evaluations[0].reference->results, "r.jsonl");
  EXPECT_EQ(documents.evaluations[1].coco->ap, -1) << "nobody to find";
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
  EXPECT_EQ(ParseDocuments("{", "f.json", &documents).message(), "f.json: is not JSON");
  for (const char* text : {"{}", "7", "null", "\"text\""}) {
    EXPECT_THAT(ParseDocuments(text, "f.json", &documents).message(), HasSubstr("f.json: is not a result of")) << text;
  }
  EXPECT_THAT(ParseDocuments("[{}]", "f.json", &documents).message(),
              HasSubstr("f.json: document 0: is not a result of"));
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
  EXPECT_THAT(ReadDocuments({(folder / "c.txt").string()}).status().message(), HasSubstr("c.txt: is not JSON"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sinew::documents
