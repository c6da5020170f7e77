// Reports of made-up documents: complete, and nothing in them is markup.
#include "measure/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "measure/report/chart_data.h"

namespace sinew::report {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

documents::Bench MakeBench(const std::string& processor, int threads, double pictures_per_second) {
  documents::Bench bench;
  bench.model = "cmu";
  bench.model_xxh3 = "ab";
  bench.target = "avx2";
  bench.resolution = "656x368";
  bench.workload = "end-to-end";
  bench.threads = threads;
  bench.replicas = bench.batch = 1;
  bench.repeats = 20;
  bench.smoothing_taps = 25;
  bench.resize_out_ratio = 4;
  bench.pictures_per_second = pictures_per_second;
  for (int i = 0; i <= 100; ++i) bench.quantiles_ms.push_back(1000 / pictures_per_second + i);
  bench.p50_ms = bench.quantiles_ms[50];
  bench.p90_ms = bench.quantiles_ms[90];
  bench.p99_ms = bench.quantiles_ms[99];
  bench.machine.processor = processor;
  bench.machine.processors = 2;
  return bench;
}

Report MakeReport(const std::string& processor = "A Processor") {
  Report report;
  report.title = "Measured & <priced>";
  report.documents.benches = {MakeBench(processor, 1, 1.25), MakeBench(processor, 2, 2)};
  documents::Evaluation evaluation;
  evaluation.configuration = {"", "cmu", "ab", "avx2", "656x368", "stretch", 25, 4};
  evaluation.reference = documents::EvaluatedConfiguration{"expected|results.jsonl", "", "", "", "", "", 0, 0};
  evaluation.pictures = 7;
  evaluation.agreement = evaluate::Agreement{};
  evaluation.agreement->f1 = 0.875;
  report.documents.evaluations = {evaluation};
  documents::Profile profile;
  profile.model = "cmu";
  profile.threads = 2;
  profile.wall_ms_mean = 480;
  profile.stages = {{.name = "network", .mean_ms = 470, .share = 0.98},
                    {.name = "unexplained", .mean_ms = 10, .share = 0.02}};
  for (int i = 0; i < 30; ++i)
    profile.steps.push_back({.name = "step" + std::to_string(i),
                             .algorithm = "winograd_6x7",
                             .mean_ms = 10.0 + i,
                             .share = 0.1,
                             .direct_gflops = 400,
                             .actual_gflops = 90});
  report.documents.profiles = {profile};
  price::PriceBook book = price::PriceBook::BuiltIn();
  EXPECT_TRUE(book.Add(R"({"prices": [{"instance": "c6a.large", "per_hour": 0.0765}]})", "b").ok());
  report.rows = price::CostTable(report.documents, book, {.instance = "c6a.large"}).value();
  return report;
}

TEST(ReportTest, TablesTellMeasuredFromPublished) {
  const std::string html = ToHtml(MakeReport());
  EXPECT_THAT(html, AllOf(HasSubstr("<td>c6a.large</td>"), HasSubstr("<tr class=\"published\"><td>inf1.xlarge</td>"),
                          HasSubstr("Published: with other programs")));
  // 0.0765 / 3600 / 2 * 1000, and the study's 0.368 / 3600 * 0.0703 * 1000.
  EXPECT_THAT(html, AllOf(HasSubstr("0.01062"), HasSubstr("0.007186")));
  EXPECT_THAT(html, HasSubstr("Prices: c6a.large: 0.0765 USD/h, on-demand."));
  EXPECT_THAT(html, AllOf(HasSubstr("<td class=\"number\">0.875</td>"), HasSubstr("step29"),
                          Not(HasSubstr("<td>step9</td>")), HasSubstr("10 shorter steps")));
  EXPECT_THAT(html, HasSubstr("<h1>Measured &amp; &lt;priced&gt;</h1>"));
}

TEST(ReportTest, WhatStandsInDocumentsIsText) {
  const std::string evil = "</script><script>alert(1)</script><!--\"'&";
  const std::string html = ToHtml(MakeReport(evil));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, HasSubstr("&lt;/script&gt;&lt;script&gt;alert(1)"));
  Report report = MakeReport();
  report.documents.profiles[0].machine.processor = "<img src=x>";
  EXPECT_THAT(ToMarkdown(report), AllOf(HasSubstr("\\<img src=x\\>"), Not(HasSubstr(" <img")))) << "in notes, too";
  EXPECT_THAT(ToMarkdown(MakeReport("a|b\\c<d>`e`")), HasSubstr("a\\|b\\\\c\\<d\\>\\`e\\`"));
}

TEST(ReportTest, DateAndMachine) {
  Report report = MakeReport();
  report.made_on = "2026-11-29";
  report.documents.benches[0].measured_at = "2026-11-27T10:00:00Z";
  report.documents.benches[1].measured_at = "2026-11-28T10:00:00Z";
  report.documents.benches[1].machine.gpu = "A <Card>";
  EXPECT_THAT(ToMarkdown(report),
              HasSubstr("Measured 2026-11-27 to 2026-11-28 on A Processor (2 processors), A Processor (2 processors) "
                        "with A \\<Card\\>; page made with sinew "));
  EXPECT_THAT(ToHtml(report), AllOf(HasSubstr("with A &lt;Card&gt;; page made"), HasSubstr(" on 2026-11-29.</p>")));
  report.documents = {};
  EXPECT_THAT(ToMarkdown(report), HasSubstr("\nPage made with sinew "));
}

TEST(ReportTest, NothingIsLoadedFromElsewhere) {
  const std::string html = ToHtml(MakeReport());
  for (const char* loads : {"src=", "<link", "@import", "url(http"})
    EXPECT_THAT(html.substr(0, html.find("<script>")), Not(HasSubstr(loads)));
}

TEST(ReportTest, Markdown) {
  const std::string text = ToMarkdown(MakeReport());
  EXPECT_THAT(text, AllOf(HasSubstr("# Measured \\& \\<priced\\>\n"), HasSubstr("| Machine | Hardware |"),
                          HasSubstr("| ---: |"), HasSubstr("| inf1.xlarge |"), HasSubstr("expected\\|results.jsonl"),
                          HasSubstr("## Latency of a call")));
}

TEST(ReportTest, WhatWasDisturbedIsMarked) {
  Report report = MakeReport();
  report.documents.benches[1].machine.used_by_others = 0.25;
  report.documents.profiles[0].machine.used_by_others = 0.5;
  report.rows = price::CostTable(report.documents, price::PriceBook::BuiltIn(), {}).value();
  const std::string html = ToHtml(report);
  EXPECT_THAT(html, AllOf(HasSubstr("<tr class=\"disturbed\">"),
                          HasSubstr("measured, but others used 25 % of the machine meanwhile"),
                          HasSubstr("Not its own times: others used 50 % of the machine meanwhile."),
                          HasSubstr("published projection")));
  EXPECT_EQ(ChartData(report)["machines"][1]["kind"], "disturbed");
}

TEST(ReportTest, EmptyPartsAreLeftOut) {
  Report report;
  report.rows = price::CostTable({}, price::PriceBook::BuiltIn(), {}).value();
  const std::string text = ToMarkdown(report);
  EXPECT_THAT(text, AllOf(HasSubstr("g4dn.xlarge"), Not(HasSubstr("Latency")), Not(HasSubstr("Accuracy"))));
}

TEST(ChartDataTest, LinesJoinWhatDiffersInOneNumber) {
  Report report = MakeReport();
  const auto data = ChartData(report);
  EXPECT_EQ(data["machines"].size(), 2u + 8);
  EXPECT_EQ(data["latency"].size(), 2u);
  ASSERT_EQ(data["threads"].size(), 2u);
  EXPECT_EQ(data["threads"][1]["x"], 2);
  EXPECT_EQ(data["threads"][1]["images_per_second"], 2);
  EXPECT_EQ(data["threads"][0]["line"], data["threads"][1]["line"]);
  EXPECT_TRUE(data["cores"].empty()) << "the threads differ, too";
  EXPECT_TRUE(data["batches"].empty());
  EXPECT_EQ(data["profiles"][0]["steps"].size(), 30u);

  report.documents.benches[1].resize_out_ratio = 2;
  EXPECT_TRUE(ChartData(report)["threads"].empty()) << "the ratios differ, too";
  report.documents.benches[1].resize_out_ratio = 4;
  report.documents.benches[1].model_xxh3 = "cd";
  EXPECT_TRUE(ChartData(report)["threads"].empty()) << "so do the models";
}

}  // namespace
}  // namespace sinew::report
