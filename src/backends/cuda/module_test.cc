// Loading the module: what is said when it is not there, is something else, or finds no GPU.
#include "backends/cuda/module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sinew::cuda {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class ModuleTest : public ::testing::Test {
 protected:
  void TearDown() override { unsetenv("SINEW_CUDA_MODULE"); }
  static Status Load(const std::string& path) {
    setenv("SINEW_CUDA_MODULE", path.c_str(), 1);
    return LoadModule().status();
  }
};

TEST_F(ModuleTest, SaysThatItIsNotThere) {
  const Status status = Load("/nowhere/libsinew_cuda.so");
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("this sinew has no CUDA module: /nowhere/libsinew_cuda.so is not there"));
  EXPECT_THAT(status.message(), HasSubstr("SINEW_CUDA_MODULE"));
}

TEST_F(ModuleTest, SaysWhyItCannotBeLoaded) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "libsinew_cuda_damaged.so";
  std::ofstream(path) << "not a library";
  const Status status = Load(path);
  std::filesystem::remove(path);
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("the CUDA module cannot be loaded"));
  EXPECT_THAT(status.message(), HasSubstr("libsinew_cuda_damaged.so"));
}

TEST_F(ModuleTest, RefusesAnotherLibrary) {
  const Status status = Load("libm.so.6");
  EXPECT_EQ(status.code(), StatusCode::kIncompatible);
  EXPECT_THAT(status.message(), HasSubstr("libm.so.6 is not sinew's CUDA module"));
}

#if defined(SINEW_CUDA_MODULE_FILE)
TEST_F(ModuleTest, ListsDevicesOrSaysWhatIsMissing) {
  const Status status = Load(SINEW_CUDA_MODULE_FILE);
  if (!status.ok()) {
    // Built against a cuDNN that this machine has not on its path.
    EXPECT_THAT(status.message(), HasSubstr("cuDNN 9"));
    return;
  }
  Module* module = LoadModule().value();
  const Result<std::vector<DeviceInfo>> devices = module->ListDevices();
  if (!devices.ok()) {
    EXPECT_THAT(devices.status().message(),
                AnyOf(HasSubstr("no NVIDIA driver"), HasSubstr("driver is too old"), HasSubstr("finds no GPU")));
    EXPECT_FALSE(module->OpenDevice(0).ok());
    return;
  }
  EXPECT_THAT(module->OpenDevice(static_cast<int>(devices->size())).status().message(), HasSubstr("no GPU"));
}
#endif

}  // namespace
}  // namespace sinew::cuda
