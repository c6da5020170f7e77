// A folder that exists as long as a test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sinew {

class TemporaryFolderTest : public ::testing::Test {
 protected:
  TemporaryFolderTest() {
    std::string pattern = ::testing::TempDir() + "/sinew_file_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolderTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path Make(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  size_t FileCount() const {
    return std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  }

  std::filesystem::path folder_;
};

}  // namespace sinew
