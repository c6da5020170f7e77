// The program as a user calls it: in a folder of its own, with a miniature network and pictures made for it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "media/images/image.h"
#include "media/video/video.h"
#include "results/openpose_json.h"

namespace sinew {

struct Outcome {
  int code;
  std::string out, err;
};

// A folder with a graph and two pictures, in which the program runs.
class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("sinew " + std::string(test.test_suite_name()) + " " + test.name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
    media::Image image = media::Image::OfSize(80, 60);
    for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * i / 77);
    ASSERT_TRUE(media::WriteImage(folder_ / "a.png", image).ok());
    ASSERT_TRUE(media::WriteImage(folder_ / "b ü.jpg", image).ok());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Runs a shell script within the folder, in which "$SINEW" is the program; its caches and stores lie there too.
  Outcome Shell(const std::string& script) const {
    const std::string command =
        "cd '" + folder_.string() +
        "' && export XDG_CACHE_HOME=\"$PWD/cache\" XDG_DATA_HOME=\"$PWD/data\" SINEW='" SINEW_PROGRAM "'; { " + script +
        "\n} >out.txt 2>err.txt </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(folder_ / "out.txt").value(),
            ReadFile(folder_ / "err.txt").value()};
  }
  // Runs `sinew ARGUMENTS` within the folder.
  Outcome Sinew(const std::string& arguments, const std::string& environment = "") const {
    return Shell("env " + environment + " \"$SINEW\" " + arguments);
  }
  void Compile() const {
    const Outcome outcome = Sinew("compile graph.pb --net-resolution 64x48 -o m.sinew -q");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out + outcome.err, "") << "--quiet";
  }
  // A video of ten frames a second, each of one grey.
  void WriteVideo(const std::filesystem::path& path, int frames, int width = 80, int height = 60) const {
    auto writer = media::CreateVideo(folder_ / path, {width, height, 10}).value();
    for (int i = 0; i < frames; ++i) {
      media::Image image = media::Image::OfSize(width, height);
      std::fill(image.pixels.begin(), image.pixels.end(), static_cast<uint8_t>(10 * (i % 20)));
      ASSERT_TRUE(writer->Write(image, i / 10.0).ok());
    }
    ASSERT_TRUE(writer->Finish(frames / 10.0, /*complete=*/true).ok());
  }
  size_t PeopleIn(const std::filesystem::path& json) const {
    return results::ParseOpenPoseJson(ReadFile(folder_ / json).value(), "json").value().size();
  }
  // A file that cannot be read is a failure, and empty.
  std::string Content(const std::filesystem::path& file) const {
    const auto content = ReadFile(folder_ / file);
    EXPECT_TRUE(content.ok()) << content.status().message();
    return content.ok() ? *content : std::string();
  }

  std::filesystem::path folder_;
};

}  // namespace sinew
