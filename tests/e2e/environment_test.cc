// The program in a hostile environment: streams that cannot be written to, limits, signals, names that a terminal
// would obey, numbers that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "media/images/image.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class EnvironmentTest : public ProgramTest {
 protected:
  std::vector<std::string> Lines(const std::string& text) const {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
};

// Every command that prints on standard output, with what it takes to do so.
TEST_F(EnvironmentTest, OutputThatCannotBeWrittenIsAFailureOfEveryCommand) {
  Compile();
  ASSERT_EQ(Sinew("run a.png --model m.sinew -q --write-jsonl r.jsonl").code, 0);
  ASSERT_EQ(Sinew("bench m.sinew --network-only --repeats 2 --json >bench.json").code, 0);
  const char* const commands[] = {
      "run a.png --model m.sinew",
      "run a.png --model m.sinew --json",
      "run a.png --model m.sinew --write-jsonl -",
      "compile graph.pb --net-resolution 64x48 -o n.sinew",
      "compile graph.pb --net-resolution 64x48 -o n.sinew --verify -q",
      "inspect graph.pb",
      "inspect graph.pb --ir",
      "inspect m.sinew",
      "export graph.pb -o n.onnx",
      "bench m.sinew --network-only --repeats 2",
      "bench m.sinew --network-only --repeats 2 --json",
      "bench m.sinew --network-only --repeats 2 --csv",
      "profile m.sinew --repeats 2",
      "profile m.sinew --repeats 2 --view tree",
      "profile m.sinew --repeats 2 --json",
      "eval r.jsonl --against r.jsonl",
      "eval r.jsonl --against r.jsonl --json",
      "cost bench.json",
      "cost bench.json --json",
      "report bench.json --markdown",
      "model list",
      "model list --json",
      "model clean",
      "docs man",
      "docs bash",
      "--help",
      "run --help",
      "--version",
  };
  for (const char* command : commands) {
    EXPECT_EQ(Sinew(std::string(command)).code, 0) << command;
    const Outcome outcome = Sinew(std::string(command) + " >/dev/full");
    EXPECT_EQ(outcome.code, 1) << command;
    EXPECT_THAT(outcome.err, HasSubstr("No space left on device")) << command;
  }
}

TEST_F(EnvironmentTest, MessagesNobodyReadsDoNotEndTheRun) {
  Compile();
  ASSERT_TRUE(WriteFile(folder_ / "bad.jpg", "no picture").ok());
  const char* const streams[] = {"2>&-", "2>/dev/full", ">&- 2>&- <&-", "2>&1 | head -0", "2>&1 | head -1"};
  for (const char* stream : streams) {
    const Outcome outcome = Shell(
        "rm -f o.csv c.json code; { \"$SINEW\" run bad.jpg a.png missing.png --model m.sinew -q --write-csv o.csv "
        "--write-coco-json c.json --write-jsonl o.jsonl; echo $? >code; } " +
        std::string(stream));
    EXPECT_EQ(Content("code"), "3\n") << stream << outcome.err;
    EXPECT_TRUE(nlohmann::json::accept(Content("c.json"))) << stream;
    EXPECT_THAT(Content("o.csv"), HasSubstr("source")) << stream;
    EXPECT_EQ(Lines(Content("o.jsonl")).size(), 3u) << stream;
    for (const std::string& line : Lines(Content("o.jsonl")))
      EXPECT_TRUE(nlohmann::json::accept(line)) << stream << ": " << line;
  }
}

TEST_F(EnvironmentTest, ClosedDescriptorsAreNotTakenByResults) {
  Compile();
  ASSERT_TRUE(WriteFile(folder_ / "bad.jpg", "no picture").ok());
  const Outcome quiet = Shell("\"$SINEW\" run bad.jpg a.png --model m.sinew -q --write-jsonl r.jsonl >&- 2>&- <&-");
  EXPECT_EQ(quiet.code, 3);
  for (const std::string& line : Lines(Content("r.jsonl"))) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  const Outcome told = Shell("\"$SINEW\" run a.png --model m.sinew --write-jsonl r.jsonl >&-");
  EXPECT_EQ(told.code, 1) << "what should have been printed is lost";
  EXPECT_THAT(told.err, HasSubstr("standard output: cannot be written"));
  EXPECT_EQ(Lines(Content("r.jsonl")).size(), 1u);
}

// A picture of 300 MB from a file of some kilobytes.
TEST_F(EnvironmentTest, APictureBeyondTheMemoryIsOneError) {
#ifdef SINEW_SANITIZED
  GTEST_SKIP() << "sanitizers take more address space than the limit";
#endif
  Compile();
  const Outcome made = Shell(R"(python3 - <<'END'
import struct, zlib
side = 9999
row = b"\0" + bytes((side + 7) // 8)
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open("big.png", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(row * side, 1)) + chunk(b"IEND", b""))
END)");
  ASSERT_EQ(made.code, 0) << made.err;
  const Outcome outcome = Shell(
      "ulimit -v 400000; \"$SINEW\" run a.png big.png 'b ü.jpg' --model m.sinew --cores 1 --threads 1 -q "
      "--write-jsonl r.jsonl --write-csv r.csv");
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("big.png: "));
  ASSERT_EQ(Lines(Content("r.jsonl")).size(), 3u) << outcome.err;
  EXPECT_THAT(Lines(Content("r.jsonl"))[1], HasSubstr("memory"));
  EXPECT_THAT(Lines(Content("r.jsonl"))[2], Not(HasSubstr("error")));
}

TEST_F(EnvironmentTest, FewerThreadsThanAskedFor) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become a user with a limit of its own";
  Compile();
  fs::permissions(folder_, fs::perms::all);
  const std::string as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent ";
  if (Shell(as_nobody + "\"$SINEW\" --version").code != 0)
    GTEST_SKIP() << "the user nobody cannot run the program where it lies";
  std::string list;
  for (int i = 0; i < 300; ++i) list += "a.png\n";
  ASSERT_TRUE(WriteFile(folder_ / "list.txt", list).ok());
  const Outcome outcome =
      Shell("prlimit --nproc=60 " + as_nobody +
            "\"$SINEW\" run @list.txt --model m.sinew --cores 200 --threads 1 --json 2>warnings.txt");
  EXPECT_EQ(outcome.code, 0) << Content("warnings.txt");
  const auto summary = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(summary["frames"], 300);
  EXPECT_EQ(summary["failed"], 0);
  EXPECT_LT(summary["cores"], 200);
  EXPECT_THAT(Content("warnings.txt"), HasSubstr("the system did not allow more threads"));
}

TEST_F(EnvironmentTest, AFileBeyondTheLimitIsAnError) {
  Compile();
  const Outcome outcome = Shell("ulimit -f 2; \"$SINEW\" run a.png --model m.sinew -q --write-images images");
  EXPECT_EQ(outcome.code, 1) << "not 153, ended by SIGXFSZ";
  EXPECT_THAT(outcome.err, HasSubstr("File too large"));
}

TEST_F(EnvironmentTest, NamesDoNotReachTheTerminalAsTheyAre) {
  Compile();
  ASSERT_TRUE(WriteFile(folder_ / "\x1b[31mbad\n\xff.jpg", "no picture").ok());
  const char* const commands[] = {
      "run $'\\e[31mbad\\n\\xff.jpg' --model m.sinew",
      "run a.png --model $'\\e[31m.sinew'",
      "inspect $'\\e[31mbad\\n\\xff.jpg'",
      "compile $'\\e[31mbad\\n\\xff.jpg' --net-resolution 64x48 -o n.sinew",
      "exec m.sinew --input $'\\e[31mbad\\n\\xff.jpg' --output y.npy",
      "bench m.sinew $'\\e[31mbad\\n\\xff.jpg'",
      "eval r.jsonl --against $'\\e[31m.jsonl'",
      "cost $'\\e[31mbad\\n\\xff.jpg'",
      "model path $'\\e[31m'",
      "run a.png --model m.sinew --$'\\e[31m'",
      "run a.png --model m.sinew --resize $'\\e[31m'",
  };
  for (const char* command : commands) {
    ASSERT_TRUE(WriteFile(folder_ / "script.sh", "\"$SINEW\" " + std::string(command)).ok());
    const Outcome outcome = Shell("bash script.sh");
    EXPECT_NE(outcome.code, 0) << command;
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("\x1b"))) << command;
    EXPECT_THAT(outcome.err, HasSubstr("\\x1b[31m")) << command;
  }
}

TEST_F(EnvironmentTest, NumbersThatAreNotFiniteAreRefusedByEveryFlag) {
  int flags = 0;
  for (const std::string& line : Lines(Sinew("docs flags").out)) {
    if (line.find(" FLOAT") == std::string::npos) continue;
    ++flags;
    const std::string flag = line.substr(0, line.find(" FLOAT"));
    for (const char* number : {"nan", "inf"}) {
      const Outcome outcome = Sinew(flag + " " + number);
      EXPECT_EQ(outcome.code, 2) << flag << " " << number;
      EXPECT_THAT(outcome.err, HasSubstr(number)) << flag;
    }
  }
  EXPECT_GT(flags, 10);
}

TEST_F(EnvironmentTest, ResolutionsBeyondReasonAreRefused) {
  for (const char* command :
       {"run a.png --resize", "compile graph.pb -o m.sinew --net-resolution", "inspect graph.pb --net-resolution",
        "export graph.pb -o m.onnx --net-resolution", "bench graph.pb --resize", "profile graph.pb --resize",
        "eval graph.pb a.png --smoothing 5 --against-smoothing 3 --resize"}) {
    const Outcome outcome = Sinew(std::string(command) + " 2147483647x2147483647");
    EXPECT_EQ(outcome.code, 2) << command;
    EXPECT_THAT(outcome.err, HasSubstr("a side has at most 16384 pixels")) << command;
  }
}

TEST_F(EnvironmentTest, NamesLongerThanAFileSystemTakesAreOrdinaryErrors) {
  Compile();
  const std::string name(5000, 'x');
  const std::string commands[] = {
      "run " + name,
      "run " + name + ".mp4",
      "run @" + name,
      "run '" + name + "/*.jpg'",
      "run a.png --model " + name,
      "run a.png --model " + name + ".pb",
      "run a.png --model m.sinew --write-json " + name,
      "run a.png --model m.sinew --write-images " + name,
      "run a.png --model m.sinew --write-jsonl " + name,
      "run a.png --model m.sinew --write-jsonl " + name + " --resume",
      "run a.png --model m.sinew --write-csv " + name,
      "run a.png --model m.sinew --write-video " + name + ".mp4",
      "compile " + name + " --net-resolution 64x48 -o n.sinew",
      "compile graph.pb --net-resolution 64x48 -o " + name,
      "compile graph.pb --net-resolution 64x48 -o n.sinew --dump-ir " + name,
      "compile graph.pb --net-resolution 64x48 -o n.sinew --verify --images " + name,
      "inspect " + name,
      "exec " + name + " --input x.npy --output y.npy",
      "exec m.sinew --input " + name + " --output y.npy",
      "export " + name + " -o n.onnx",
      "export graph.pb -o " + name,
      "bench " + name,
      "bench m.sinew " + name,
      "profile " + name,
      "profile m.sinew " + name,
      "profile m.sinew --repeats 2 --trace " + name,
      "eval " + name + ".jsonl --against " + name + ".jsonl",
      "eval m.sinew --annotations " + name + " --images .",
      "cost " + name,
      "cost --prices " + name + " " + name,
      "report " + name + " -o r.html",
      "model path " + name,
      "model fetch " + name,
      "model synth cmu -o " + name,
  };
  for (const std::string& command : commands) {
    const Outcome outcome = Sinew(command);
    EXPECT_THAT(outcome.code, ::testing::AnyOf(1, 2, 3)) << command.substr(0, 60);
    EXPECT_THAT(outcome.err, Not(HasSubstr("unexpected error"))) << command.substr(0, 60) << outcome.err.substr(0, 300);
    EXPECT_THAT(outcome.err, HasSubstr("sinew: ")) << command.substr(0, 60);
  }
}

TEST_F(EnvironmentTest, ACacheThatCannotBeWrittenToIsNotFatal) {
  ASSERT_TRUE(WriteFile(folder_ / "in_the_way", "").ok());
  const Outcome outcome =
      Shell("XDG_CACHE_HOME=\"$PWD/in_the_way\" \"$SINEW\" run a.png --model graph.pb --resize 64x48");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("it cannot be kept"));
  const Outcome homeless = Shell("unset XDG_CACHE_HOME HOME; \"$SINEW\" run a.png --model graph.pb --resize 64x48");
  EXPECT_EQ(homeless.code, 0) << homeless.err;
}

TEST_F(EnvironmentTest, TheCacheCanBeCleaned) {
  ASSERT_EQ(Sinew("run a.png --model graph.pb --resize 64x48").code, 0);
  ASSERT_EQ(Shell("cp graph.pb other.pb").code, 0);
  ASSERT_EQ(Sinew("run a.png --model other.pb --resize 32x32").code, 0);
  EXPECT_THAT(Sinew("model clean --max-size 1000").out, HasSubstr("removed 0 files"));
  EXPECT_THAT(Sinew("model clean").out, HasSubstr("removed 2 files, "));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/sinew/compiled"));
  EXPECT_THAT(Sinew("run a.png --model graph.pb --resize 32x32").err, HasSubstr("compiling"));
}

TEST_F(EnvironmentTest, AnInterruptedVerificationLeavesNothing) {
  for (const char* signal : {"INT", "TERM", "HUP"}) {
    const Outcome outcome = Shell(
        "\"$SINEW\" compile graph.pb --net-resolution 1600x1200 -o v.sinew --verify -q & pid=$!\n"
        "for i in $(seq 1000); do ls .sinew-*.tmp >/dev/null 2>&1 && break; sleep 0.02; done; sleep 0.5\n"
        "ls .sinew-*.tmp >/dev/null 2>&1 || exit 77\n"
        "kill -" +
        std::string(signal) + " $pid; wait $pid");
    if (outcome.code == 77 || outcome.code == 0) GTEST_SKIP() << "it was over before it could be interrupted";
    EXPECT_GT(outcome.code, 128) << signal;
    for (const auto& entry : fs::directory_iterator(folder_))
      EXPECT_THAT(entry.path().filename().string(), Not(::testing::AnyOf(HasSubstr("v.sinew"), HasSubstr(".tmp"))))
          << signal;
  }
}

TEST_F(EnvironmentTest, EveryCommandThatTakesAModelTakesItsName) {
  fs::create_directories(folder_ / "models/tiny");
  fs::copy(folder_ / "graph.pb", folder_ / "models/tiny/graph_opt.pb");
  const auto run = [&](const std::string& arguments) {
    const Outcome outcome = Sinew(arguments, "SINEW_MODELS=models");
    EXPECT_EQ(outcome.code, 0) << arguments << outcome.err;
    return outcome.out;
  };
  run("compile tiny --net-resolution 64x48 -o t.sinew");
  EXPECT_THAT(run("inspect t.sinew"), HasSubstr("model     tiny"));
  EXPECT_THAT(run("inspect tiny --net-resolution 64x48"), HasSubstr("multiply-adds:"));
  EXPECT_THAT(run("export tiny --batch 2 --net-resolution 64x48 -o t.onnx"), HasSubstr("wrote t.onnx"));
  run("export tiny --batch any -o t.onnx");
  EXPECT_EQ(Sinew("export graph.pb --batch 0 -o t.onnx").code, 2);
  run("bench tiny --network-only --repeats 2 --resize 64x48");
  run("profile tiny --repeats 2 --resize 64x48");
  run("run a.png --model tiny --resize 64x48");
  ASSERT_EQ(
      Shell(
          "python3 -c \"import struct; shape = '(1, 48, 64, 3)'; head = (\\\"{'descr': '<f4', 'fortran_order': "
          "False, 'shape': %s, }\\\" % shape).ljust(117) + chr(10); open('x.npy', 'wb').write(b'\\x93NUMPY\\x01\\x00' "
          "+ struct.pack('<H', len(head)) + head.encode() + bytes(4 * 48 * 64 * 3))\"")
          .code,
      0);
  run("exec tiny --input x.npy --output y.npy");
}

}  // namespace
}  // namespace sinew
