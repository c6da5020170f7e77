// The exact lines, the way back, interruption and resumption, and what is refused.
#include "results/jsonl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <limits>

#include "base/error.h"
#include "base/part_file.h"
#include "results/output_test_util.h"

namespace sinew::results {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RecordSink Into(std::vector<Record>* records) {
  return [=](Record record) {
    records->push_back(std::move(record));
    return Status();
  };
}

TEST(JsonLinesTest, ExactText) {
  Record record = {.source = "a b/ü \"1\".jpg", .width = 64, .height = 48};
  EXPECT_EQ(
      ToJsonLine(record),
      "{\"source\":\"a b/ü \\\"1\\\".jpg\",\"frame\":0,\"seconds\":null,\"width\":64,\"height\":48,\"people\":[]}\n");
  record = {.source = "w.mp4",
            .frame = 7,
            .seconds = 0.28,
            .width = 64,
            .height = 48,
            .people = {{.keypoints = {{1.23456f, 2, 0.7f}, {}}, .score = 0.9f}},
            .person_ids = {3}};
  EXPECT_EQ(ToJsonLine(record),
            "{\"source\":\"w.mp4\",\"frame\":7,\"seconds\":0.28,\"width\":64,\"height\":48,"
            "\"people\":[{\"person_id\":3,\"score\":0.9,\"keypoints\":[1.235,2.0,0.7,0.0,0.0,0.0]}]}\n");
  EXPECT_THAT(ToJsonLine(record, {.boxes = true}), HasSubstr("0.0],\"face_box\":null,\"upper_body_box\":null}]}"));
  EXPECT_EQ(ToJsonLine(Undecodable("b.jpg", "b.jpg: the file is empty")),
            "{\"source\":\"b.jpg\",\"frame\":0,\"seconds\":null,\"width\":0,\"height\":0,\"people\":[],\"error\":\"b."
            "jpg: the file is empty\"}\n");
}

TEST(JsonLinesTest, BoxesAreThoseOfThePicture) {
  Record record = Picture("a.jpg");
  record.people[0].keypoints[0] = {300, 100, 0.9f};
  record.people[0].keypoints[1] = {300, 150, 0.9f};
  EXPECT_THAT(ToJsonLine(record, {.boxes = true}), HasSubstr("\"face_box\":{\"x\":"));
}

TEST(JsonLinesTest, ReadsBackWhatItWrote) {
  Record followed = Frame("w.mp4", 3, 2);
  followed.person_ids = {-5, 1'000'000'000'000};
  Record damaged = Frame("w.mp4", 4, 1);
  damaged.damaged = true;
  EXPECT_THAT(ToJsonLine(damaged), HasSubstr("\"damaged\":true"));
  for (const Record& record :
       {Picture("a.jpg"), Picture("", 0), Frame("w.mp4", 1, 3), followed, damaged, Undecodable("b.jpg", "damaged")}) {
    const std::string line = ToJsonLine(record);
    const Result<Record> read = ParseJsonLine(line);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(*read, record);
    EXPECT_EQ(ToJsonLine(*read), line);
  }
}

TEST(JsonLinesTest, WhatIsNotFiniteIsMissing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Record record = {
      .source = "w.mp4", .frame = 1, .seconds = nan, .people = {{.keypoints = {{nan, 1, 1}}, .score = nan}}};
  const Result<Record> read = ParseJsonLine(ToJsonLine(record));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->seconds, std::nullopt);
  EXPECT_EQ(read->people, (std::vector<Person>{{.keypoints = {{}}}}));
}

TEST(JsonLinesTest, NamesThatAreNoUtf8) {
  const std::string name = "caf\xe9.jpg";
  EXPECT_EQ(AsReadBack(name), "caf\xEF\xBF\xBD.jpg");
  EXPECT_EQ(AsReadBack("ü 1.jpg"), "ü 1.jpg");
  EXPECT_EQ(ParseJsonLine(ToJsonLine(Picture(name)))->source, AsReadBack(name));
}

TEST(JsonLinesTest, ATornLastLineIsLeftOut) {
  const std::string one = ToJsonLine(Picture("a.jpg")), two = ToJsonLine(Picture("b.jpg"));
  for (size_t cut = 0; cut < two.size(); cut += 7) {
    std::vector<Record> records;
    EXPECT_EQ(ParseJsonLines(one + two.substr(0, cut), "x.jsonl", Into(&records)).value(), one.size());
    EXPECT_THAT(records, ElementsAre(Picture("a.jpg")));
  }
}

TEST(JsonLinesTest, RefusesOtherLines) {
  const auto error = [](const std::string& line) {
    return ParseJsonLines(ToJsonLine(Picture("a.jpg")) + line + "\n", "x.jsonl", [](Record) { return Status(); })
        .status()
        .message();
  };
  const auto with = [&](const std::string& members) {
    return error("{\"source\":\"a\",\"frame\":0,\"width\":1,\"height\":1," + members + "}");
  };
  const auto person = [&](const std::string& members) {
    return with("\"people\":[{\"score\":1,\"keypoints\":[],\"person_id\":1},{" + members + "}]");
  };
  EXPECT_EQ(with("\"people\":[]"), "") << "the line that the others spoil";
  EXPECT_THAT(with("\"people\":[],\"damaged\":1"), HasSubstr("\"damaged\" is number, must be true or false"));
  EXPECT_EQ(error(""), "x.jsonl line 2: is not a JSON object");
  EXPECT_EQ(error("[]"), "x.jsonl line 2: is not a JSON object");
  EXPECT_EQ(error(std::string(100, '\0')), "x.jsonl line 2: is not a JSON object");
  EXPECT_EQ(error("{}"), "x.jsonl line 2: \"source\" is null, must be a string");
  EXPECT_THAT(error("{\"source\":\"a\"}"), HasSubstr("\"frame\" is null, must be a whole number"));
  EXPECT_THAT(error("{\"source\":\"a\",\"frame\":1.5}"), HasSubstr("\"frame\" is 1.5, must be a whole number"));
  EXPECT_THAT(error("{\"source\":\"a\",\"frame\":-1}"), HasSubstr("\"frame\" is out of range: -1"));
  EXPECT_THAT(error("{\"source\":\"a\",\"frame\":18446744073709551615}"),
              HasSubstr("out of range: 18446744073709551615"));
  EXPECT_THAT(error("{\"source\":\"a\",\"frame\":0,\"width\":3000000000}"), HasSubstr("\"width\" is out of range"));
  EXPECT_THAT(with("\"seconds\":\"1\",\"people\":[]"), HasSubstr("\"seconds\" is string, must be a number"));
  EXPECT_THAT(with("\"people\":{}"), HasSubstr("\"people\" must be a list"));
  EXPECT_THAT(with("\"people\":[],\"error\":1"), HasSubstr("\"error\" is number"));
  EXPECT_THAT(person("\"score\":1"), HasSubstr("person 1: has no list \"keypoints\""));
  EXPECT_THAT(person("\"score\":1,\"keypoints\":[1,2]"), HasSubstr("has 2 values"));
  EXPECT_THAT(person("\"score\":1e60,\"keypoints\":[]"), HasSubstr("\"score\" is out of range"));
  EXPECT_THAT(person("\"score\":1,\"keypoints\":[]"), HasSubstr("others none"));
  EXPECT_THAT(error(std::string(17 << 20, ' ')), HasSubstr("line 2: 17825792 bytes, the limit is 16777216"));
}

TEST(JsonLinesTest, TheSinkEndsTheReading) {
  int count = 0;
  const std::string text = ToJsonLine(Picture("a.jpg")) + ToJsonLine(Picture("b.jpg"));
  EXPECT_EQ(ParseJsonLines(text, "x", [&](Record) { return ++count, Cancelled("enough"); }).status().message(),
            "enough");
  EXPECT_EQ(count, 1);
}

using JsonLinesWriterTest = WriterTest;

TEST_F(JsonLinesWriterTest, AppearsWhenFinished) {
  const fs::path path = folder_ / "a b ü.jsonl";
  {
    auto writer = CreateJsonLinesWriter(path);
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE((*writer)->Write(Picture("a.jpg")).ok());
    EXPECT_EQ(*ReadFile(path.string() + ".part"), ToJsonLine(Picture("a.jpg"))) << "line by line";
    ASSERT_TRUE((*writer)->Write(Picture("b.jpg")).ok());
    EXPECT_FALSE(fs::exists(path));
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  EXPECT_EQ(*ReadFile(path), ToJsonLine(Picture("a.jpg")) + ToJsonLine(Picture("b.jpg")));
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(JsonLinesWriterTest, AKilledRunIsResumed) {
  const fs::path path = folder_ / "x.jsonl";
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = CreateJsonLinesWriter(path);
    for (int i = 0; i < 3; ++i) {
      if (!writer.ok() || !(*writer)->Write(Frame("w.mp4", i)).ok()) ::_exit(1);
    }
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  std::ofstream(path.string() + ".part", std::ios::app) << ToJsonLine(Frame("w.mp4", 3)).substr(0, 20);

  std::vector<Record> done;
  auto writer = ResumeJsonLinesWriter(path, PartPath(path), Into(&done));
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  EXPECT_THAT(done, ElementsAre(Frame("w.mp4", 0), Frame("w.mp4", 1), Frame("w.mp4", 2)));
  ASSERT_TRUE((*writer)->Write(Frame("w.mp4", 3)).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  std::string expected;
  for (int i = 0; i < 4; ++i) expected += ToJsonLine(Frame("w.mp4", i));
  EXPECT_EQ(*ReadFile(path), expected) << "the same bytes as without the interruption";
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(JsonLinesWriterTest, AFinishedRunIsExtended) {
  const fs::path path = folder_ / "x.jsonl";
  ASSERT_TRUE(WriteFile(path, ToJsonLine(Picture("a.jpg"))).ok());
  std::vector<Record> done;
  {
    auto writer = ResumeJsonLinesWriter(path, path, Into(&done));
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    EXPECT_THAT(done, ElementsAre(Picture("a.jpg")));
    ASSERT_TRUE((*writer)->Keep().ok());
    EXPECT_EQ(*ReadFile(path), ToJsonLine(Picture("a.jpg"))) << "stays until there is more";
    EXPECT_EQ(FileCount(), 1u);
    writer = ResumeJsonLinesWriter(path, path, [](Record) { return Status(); });
    ASSERT_TRUE((*writer)->Write(Picture("b.jpg")).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  EXPECT_EQ(*ReadFile(path), ToJsonLine(Picture("a.jpg")) + ToJsonLine(Picture("b.jpg")));
}

TEST_F(JsonLinesWriterTest, BeginsAnew) {
  const fs::path path = folder_ / "x.jsonl";
  std::vector<Record> done;
  {
    auto writer = ResumeJsonLinesWriter(path, "", Into(&done));
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    EXPECT_THAT(done, IsEmpty());
    ASSERT_TRUE((*writer)->Write(Picture("a.jpg")).ok());
  }
  auto writer = CreateJsonLinesWriter(path);
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  EXPECT_EQ(Content("x.jsonl.part"), ToJsonLine(Picture("a.jpg"))) << "the run may be refused for another reason yet";
  ASSERT_TRUE((*writer)->Begin().ok());
  EXPECT_EQ(Content("x.jsonl.part"), "") << "not resumed: what an earlier run left is dropped";
}

TEST_F(JsonLinesWriterTest, ADamagedFileIsNotTouched) {
  const std::string text = "{\"source\":\"a.jpg\"}\n" + ToJsonLine(Picture("b.jpg"));
  std::ofstream(folder_ / "x.jsonl.part") << text;
  const auto writer =
      ResumeJsonLinesWriter(folder_ / "x.jsonl", folder_ / "x.jsonl.part", [](Record) { return Status(); });
  EXPECT_THAT(writer.status().message(), HasSubstr("x.jsonl.part line 1: \"frame\""));
  EXPECT_EQ(Content("x.jsonl.part"), text);
}

TEST_F(JsonLinesWriterTest, TheStandardOutput) {
  ::testing::internal::CaptureStdout();
  auto writer = CreateJsonLinesWriter("-");
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE((*writer)->Write(Picture("a.jpg")).ok());
  EXPECT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), ToJsonLine(Picture("a.jpg")));
  EXPECT_THAT(ResumeJsonLinesWriter("-", "", [](Record) { return Status(); }).status().message(),
              HasSubstr("cannot be resumed"));
}

TEST_F(JsonLinesWriterTest, FailuresNameThePath) {
  EXPECT_THAT(CreateJsonLinesWriter(folder_).status().message(), HasSubstr(folder_.string() + ": is a folder"));
  EXPECT_THAT(CreateJsonLinesWriter("/dev/full").status().message(), HasSubstr("/dev/full: is a device"))
      << "at once, not at the end";
  EXPECT_FALSE(fs::exists("/dev/full.part"));
  EXPECT_THAT(CreateJsonLinesWriter(folder_ / "none" / "x").status().message(), HasSubstr("none/x.part: cannot open"));
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THAT(CreateJsonLinesWriter(folder_ / "file" / "x").status().message(),
              HasSubstr("file/x.part: cannot open: Not a directory"));
  auto writer = CreateJsonLinesWriter(folder_ / "x");
  EXPECT_THAT(CreateJsonLinesWriter(folder_ / "x").status().message(),
              HasSubstr("x.part: another process is writing it"));
  const FullDisk full(100);
  EXPECT_THAT((*writer)->Write(Picture("a.jpg", 3)).message(), HasSubstr("x.part: cannot write: File too large"));
}

}  // namespace
}  // namespace sinew::results
