// Every system call that writes, of every kind of output, with every fault: earlier results stay or new ones are whole,
// and the exit code says which.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <vector>

#include "base/file.h"
#include "results/jsonl.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

using Files = std::map<std::string, std::string>;

bool IsTemporary(const std::string& name) {
  return name.find("/.sinew-") != std::string::npos && name.ends_with(".tmp");
}

class FaultsTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
  }

  // All files below out/.
  Files Results() const {
    Files files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "out")) {
      if (entry.is_regular_file())
        files[fs::relative(entry.path(), folder_).string()] = essence_(ReadFile(entry.path()).value());
    }
    return files;
  }
  void Reset(const Files& files) const {
    fs::remove_all(folder_ / "out");
    fs::create_directories(folder_ / "out");
    for (const auto& [name, content] : files) {
      fs::create_directories((folder_ / name).parent_path());
      std::ofstream(folder_ / name, std::ios::binary) << content;
    }
  }
  Outcome RunWith(const std::string& fault, const std::string& arguments) const {
    return Shell("rm -f log; env LD_PRELOAD='" SINEW_FAULTY_FILES "' SINEW_FAULT_FOLDER=out SINEW_FAULT_LOG=log " +
                 fault + " XDG_CACHE_HOME=\"$PWD/out/cache\" timeout -s QUIT 120 \"$SINEW\" " + arguments);
  }
  std::vector<std::string> Calls() const {
    std::vector<std::string> calls;
    std::istringstream log(Content("log"));
    for (std::string number, call, path; log >> number >> call && std::getline(log, path);) calls.push_back(call);
    return calls;
  }

  // What must hold after a run that failed at some call, or did not.
  void Check(const std::string& where, const std::string& kind, int code, const Files& earlier,
             const Files& reference) const {
    const Files now = Results();
    bool all_new = true;
    for (const auto& [name, content] : reference) {
      if (name.ends_with(".part")) continue;
      const auto found = now.find(name);
      const auto before = earlier.find(name);
      if (found == now.end()) {
        EXPECT_TRUE(before == earlier.end()) << where << ": " << name << " is gone";
        all_new = false;
        continue;
      }
      const bool is_new = found->second == content;
      const bool is_old = before != earlier.end() && found->second == before->second;
      EXPECT_TRUE(is_new || is_old) << where << ": " << name
                                    << " is neither the earlier nor the whole new one: " << found->second.size()
                                    << " bytes of " << content.size();
      all_new = all_new && is_new;
    }
    for (const auto& [name, content] : now) {
      const bool known = reference.contains(name) || name.ends_with(".part") || (kind == "kill" && IsTemporary(name));
      EXPECT_TRUE(known) << where << " has left " << name;
    }
    // A model that cannot be kept is compiled for this run alone, which is none the worse for it.
    if (results_are_cached_ && code == 0 && kind != "kill") return;
    EXPECT_TRUE(all_new || code != 0) << where << ": exit code 0, and not everything was written";
    // Closing a file that was only read back loses nothing.
    if (reads_results_back_ && code == 0 && all_new && where.ends_with("close")) return;
    if (kind == "short" || kind == "eintr") {
      EXPECT_EQ(code, 0) << where << ": goes on\n" << Content("err.txt");
    } else {
      EXPECT_NE(code, 0) << where;
      EXPECT_LT(code, kind == "kill" ? 138 : 128) << where << ": " << Content("err.txt");
      EXPECT_TRUE(kind == "kill" || Content("err.txt") != "") << where << ": says nothing";
    }
  }

  // Runs the command with each fault at each call. `again` finishes after a kill; empty: the same command does.
  void TryAll(const std::string& arguments, bool has_earlier, const std::string& again = "") {
    Reset({});
    const Outcome whole = RunWith("", arguments);
    ASSERT_EQ(whole.code, 0) << whole.err;
    const Files reference = Results();
    ASSERT_FALSE(reference.empty());
    const std::vector<std::string> calls = Calls();
    ASSERT_GE(calls.size(), 4u);
    EXPECT_EQ(RunWith("", arguments).code, 0);
    EXPECT_EQ(Results(), reference) << "two runs give the same bytes";
    Files earlier;
    for (const auto& [name, content] : reference) {
      if (has_earlier && !name.ends_with(".part")) earlier[name] = "earlier " + name;
    }
    for (size_t i = 0; i < calls.size(); ++i) {
      for (const std::string& kind : kinds_) {
        const bool writes = calls[i] == "write" || calls[i] == "pwrite";
        if (kind == "short" && !writes) continue;
        if (kind == "enospc" && !writes && calls[i] != "create") continue;
        if (kind == "eintr" && calls[i] == "rename") continue;  // no file system does that
        Reset(earlier);
        const Outcome outcome =
            RunWith("SINEW_FAULT_AT=" + std::to_string(i + 1) + " SINEW_FAULT_KIND=" + kind, arguments);
        const std::string where = kind + " at call " + std::to_string(i + 1) + ", " + calls[i];
        // Threads take turns as they like: the call may not have come this time, or be one of another kind.
        const std::vector<std::string> now = Calls();
        if (now.size() <= i || now[i] != calls[i]) continue;
        Check(where, kind, outcome.code, earlier, reference);
        if (HasFailure()) return;
        if (kind != "kill") continue;
        Outcome finished = RunWith("", again.empty() ? arguments : again);
        // The process was killed before it had begun: what is there is not resumed, but made anew.
        if (finished.code != 0) finished = RunWith("", arguments);
        EXPECT_EQ(finished.code, 0) << where << finished.err;
        EXPECT_EQ(Results(), reference) << where << ": not finished by the next run, or something of it is left";
        if (HasFailure()) return;
      }
    }
  }

  // What two runs agree in of a file: all its bytes.
  std::function<std::string(std::string)> essence_ = [](std::string content) { return content; };
  std::vector<std::string> kinds_ = {"kill", "short", "enospc", "eio", "eintr"};
  bool reads_results_back_ = false;
  bool results_are_cached_ = false;
};

TEST_F(FaultsTest, RecordsAndFilesOfFrames) {
  const std::string arguments =
      "run a.png 'b ü.jpg' --model m.sinew --cores 1 --write-jsonl out/r.jsonl --write-csv out/r.csv --write-coco-json "
      "out/r.json --write-json out/j --write-images out/i --write-heatmaps out/h";
  TryAll(arguments, true, arguments + " --resume");
}

TEST_F(FaultsTest, FilesOfFramesAlone) {
  const std::string arguments =
      "run a.png 'b ü.jpg' --model m.sinew --cores 1 --write-json out/j --write-heatmaps out/j "
      "--heatmaps-format png --no-fsync";
  TryAll(arguments, true, arguments + " --resume");
}

TEST_F(FaultsTest, Compile) { TryAll("compile graph.pb --net-resolution 64x48 -o out/m.sinew -q", true); }

TEST_F(FaultsTest, CompileAndVerify) {
  reads_results_back_ = true;
  TryAll("compile graph.pb --net-resolution 64x48 -o out/m.sinew --verify -q", true);
}

TEST_F(FaultsTest, Export) { TryAll("export graph.pb -o out/m.onnx", true); }

TEST_F(FaultsTest, Exec) {
  ASSERT_EQ(Shell("printf \"\\\\223NUMPY\\\\001\\\\000v\\\\000%-117s\\\\n\" \"{'descr': '|u1', 'fortran_order': False, "
                  "'shape': (1, 48, 64, 3), }\" >x.npy && head -c 9216 /dev/zero >>x.npy")
                .code,
            0);
  TryAll("exec m.sinew --input x.npy --output out/y.npy", true);
}

TEST_F(FaultsTest, TheCacheOfModels) {
  results_are_cached_ = true;
  TryAll("run a.png --model graph.pb --net-resolution 64x48 --cores 1 -q", false);
}

TEST_F(FaultsTest, Reports) {
  ASSERT_EQ(Shell("\"$SINEW\" bench m.sinew --network-only --repeats 2 --warmup 0 --json -q >bench.json").code, 0);
  TryAll("report bench.json -o out/report.md", true);
}

TEST_F(FaultsTest, Video) {
  reads_results_back_ = true;
  WriteVideo("v.avi", 4);
  TryAll("run v.avi --model m.sinew --cores 1 -q --write-video out/v.mp4", true);
}

TEST_F(FaultsTest, Traces) {
  // Times differ from run to run: a trace is whole if it can be read to its end.
  essence_ = [](std::string content) {
    const nlohmann::json trace = nlohmann::json::parse(content, nullptr, /*allow_exceptions=*/false);
    return trace.is_object() && trace.contains("traceEvents") ? "a whole trace" : content;
  };
  TryAll("profile m.sinew --repeats 1 --trace out/t.json", true);
}

TEST_F(FaultsTest, NetworksWithMadeUpWeights) {
  if (std::getenv("SINEW_SOAK") == nullptr) GTEST_SKIP() << "it writes gigabytes: make soak has it";
  // Hundreds of megabytes, of which a digest is kept; they are written as exported networks are, but for being two
  // files.
  kinds_ = {"kill", "enospc"};
  essence_ = [](std::string content) {
    return content.size() < 1 << 20 ? content : std::to_string(std::hash<std::string>()(content));
  };
  TryAll("model synth openpose_mpi -o out/n.caffemodel", true);
}

// Random kills of runs that are resumed and killed again, for 20 s or as long as SINEW_KILL_SECONDS says.
TEST_F(FaultsTest, RandomKills) {
  const char* const wanted = std::getenv("SINEW_KILL_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(wanted == nullptr ? 20 : std::atoi(wanted));
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::string inputs;
  for (int i = 0; i < 60; ++i) inputs += i % 3 == 0 ? "'b ü.jpg' " : "a.png ";
  const std::string arguments =
      "run " + inputs +
      "--model m.sinew --write-jsonl out/r.jsonl --write-csv out/r.csv --write-coco-json out/r.json "
      "--write-json out/j";
  Reset({});
  ASSERT_EQ(Sinew(arguments).code, 0);
  const Files reference = Results();
  int kills = 0, finished = 0;
  while (std::chrono::steady_clock::now() < end) {
    Files earlier;
    for (const auto& [name, content] : reference) earlier[name] = "earlier " + name;
    earlier.erase("out/r.jsonl.manifest");
    earlier.erase("out/r.jsonl");
    Reset(earlier);
    while (true) {
      const int milliseconds = std::uniform_int_distribution<int>(5, 400)(random);
      const Outcome outcome =
          Shell("timeout -s KILL 0." + fmt::format("{:03}", milliseconds) + " \"$SINEW\" " + arguments + " --resume");
      if (outcome.code == 0) break;
      ASSERT_EQ(outcome.code, 137) << outcome.err;
      ++kills;
      for (const auto& [name, content] : Results()) {
        if (name.ends_with(".part") || IsTemporary(name)) continue;
        ASSERT_TRUE(reference.contains(name)) << name;
        EXPECT_TRUE(content == reference.at(name) || content == "earlier " + name) << name << " is damaged";
      }
      const Result<std::string> lines = ReadFile(folder_ / "out/r.jsonl.part");
      if (lines.ok()) {
        const size_t whole = lines->rfind('\n') == std::string::npos ? 0 : lines->rfind('\n') + 1;
        EXPECT_EQ(lines->substr(0, whole), reference.at("out/r.jsonl").substr(0, whole)) << "a line is damaged";
      }
      if (HasFailure() || std::chrono::steady_clock::now() > end + std::chrono::seconds(20)) break;
    }
    if (HasFailure()) return;
    const Outcome last = Sinew(arguments + " --resume");
    ASSERT_EQ(last.code, 0) << last.err;
    ASSERT_EQ(Results(), reference);
    ++finished;
  }
  RecordProperty("kills", kills);
  EXPECT_GT(finished, 0);
}

}  // namespace
}  // namespace sinew
