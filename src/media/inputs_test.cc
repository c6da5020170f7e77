// Every form of an INPUT argument, and what can be wrong with each.
#include "media/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "media/media_test_util.h"

namespace sinew::media {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class InputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("sinew_inputs_test_" + std::to_string(getpid()));
    fs::create_directories(folder_);
    before_ = fs::current_path();
    fs::current_path(folder_);
  }
  void TearDown() override {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }
  static void Touch(const std::string& name, std::string_view content = "x") {
    if (const fs::path parent = fs::path(name).parent_path(); !parent.empty()) fs::create_directories(parent);
    std::ofstream(name, std::ios::binary) << content;
  }
  static std::vector<Input> Expand(std::vector<std::string> arguments, bool recursive = false) {
    std::vector<SkippedFile> skipped;
    return ExpandInputs(arguments, {.recursive = recursive}, &skipped);
  }
  // "NAME REASON".
  static std::vector<std::string> Skipped(std::vector<std::string> arguments, bool recursive = false) {
    std::vector<SkippedFile> skipped;
    ExpandInputs(arguments, {.recursive = recursive}, &skipped);
    std::vector<std::string> texts;
    for (const SkippedFile& file : skipped) texts.push_back(file.name + " " + file.reason);
    return texts;
  }
  // The names, an error as "! message".
  static std::vector<std::string> Names(const std::vector<Input>& inputs) {
    std::vector<std::string> names;
    for (const Input& input : inputs) names.push_back(input.status.ok() ? input.name : "! " + input.status.message());
    return names;
  }
  static std::vector<std::string> Names(std::vector<std::string> arguments, bool recursive = false) {
    return Names(Expand(std::move(arguments), recursive));
  }
  static std::string ErrorMessage(const std::string& argument) {
    const std::vector<Input> inputs = Expand({argument});
    return inputs.size() == 1 && !inputs[0].status.ok() ? inputs[0].status.message() : "no error";
  }
  fs::path folder_, before_;
};

TEST_F(InputsTest, Files) {
  for (const char* name : {"a b.JPG", "ü/ß.png", "w.MP4", "noextension", "x.gif"}) Touch(name);
  const std::vector<Input> inputs = Expand({"a b.JPG", "ü/ß.png", "w.MP4", "noextension", "x.gif", "a b.JPG"});
  EXPECT_THAT(Names(inputs), ElementsAre("a b.JPG", "ü/ß.png", "w.MP4", "noextension", "x.gif", "a b.JPG"))
      << "a file may come twice";
  std::vector<InputKind> kinds;
  for (const Input& input : inputs) kinds.push_back(input.kind);
  EXPECT_THAT(kinds, ElementsAre(InputKind::kPicture, InputKind::kPicture, InputKind::kVideo, InputKind::kVideo,
                                 InputKind::kVideo, InputKind::kPicture));
}

TEST_F(InputsTest, SuffixesDecideNothing) {
  const std::string jpeg = NumberedJpeg(3);
  for (const char* name : {"photo", "photo.xyz", "2024.01.05", "f/photo", "f/photo.xyz"}) Touch(name, jpeg);
  for (const Input& input : Expand({"photo", "photo.xyz", "2024.01.05"}))
    EXPECT_EQ(input.kind, InputKind::kPicture) << input.name;
  for (const char* name : {"f/a.jfif", "f/b.HEIC", "f/c.avif", "f/d.y4m", "f/e.hevc", "f/g.ivf"}) Touch(name);
  EXPECT_THAT(Names({"f"}), ElementsAre("f/a.jfif", "f/b.HEIC", "f/c.avif", "f/d.y4m", "f/e.hevc", "f/g.ivf", "f/photo",
                                        "f/photo.xyz"));
  EXPECT_THAT(Skipped({"f"}), ElementsAre());
}

TEST_F(InputsTest, AVideoWithoutSuffixInAFolder) {
  if (const auto backend = LoadBackend(); !backend.ok()) GTEST_SKIP() << backend.status().message();
  WriteNumberedVideo("a.mp4", 3);
  fs::create_directories("f");
  fs::copy_file("a.mp4", "f/walk");
  fs::copy_file("a.mp4", "f/walk.dat");
  const std::vector<Input> inputs = Expand({"f"});
  EXPECT_THAT(Names(inputs), ElementsAre("f/walk", "f/walk.dat"));
  for (const Input& input : inputs) EXPECT_EQ(input.kind, InputKind::kVideo);
}

TEST_F(InputsTest, WhatFoldersHoldBesidesIsNamed) {
  Touch("f/a.jpg");
  Touch("f/a.txt", "a caption, and an umlaut: \xc3\xbc\r\n");
  Touch("f/empty.bin", "");
  Touch("f/noise.bin", std::string_view("\1\2\3\0\5nothing that anybody knows", 32));
  Touch("f/sub/b.jpg");
  Touch("f/.hidden");
  ASSERT_EQ(::mkfifo("f/pipe.jpg", 0600), 0);
  fs::create_symlink("nowhere", "f/broken.png");
  fs::create_directory_symlink("sub", "f/up");
  EXPECT_THAT(Names({"f"}), ElementsAre("f/a.jpg"));
  EXPECT_THAT(Skipped({"f"}),
              ElementsAre("f/a.txt is text", "f/broken.png is a link to nothing", "f/empty.bin is empty",
                          HasSubstr("f/noise.bin is neither a picture nor a video"), "f/pipe.jpg is a named pipe",
                          "f/sub is a folder (--recursive searches it)", "f/up is a folder (--recursive searches it)"));
  EXPECT_THAT(Names({"f"}, true), ElementsAre("f/a.jpg", "f/sub/b.jpg"));
  EXPECT_THAT(Skipped({"f"}, true), ::testing::Contains("f/up is a link to a folder"));
}

TEST_F(InputsTest, SpecialFiles) {
  ASSERT_EQ(::mkfifo("pipe", 0600), 0);
  const std::vector<Input> inputs = Expand({"pipe"});
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].kind, InputKind::kStandardInput) << "read as standard input is";
  EXPECT_EQ(inputs[0].location, "pipe");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "socket");
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(ErrorMessage("socket"), "socket: is a socket, no picture and no video");
  ::close(socket);
}

// open(2) of a pipe that nobody writes into would wait for ever, and a signal handler would change nothing.
TEST_F(InputsTest, AListInAPipeCanBeStopped) {
  ASSERT_EQ(::mkfifo("list", 0600), 0);
  int asked = 0;
  std::vector<SkippedFile> skipped;
  const std::vector<std::string> arguments = {"@list"};
  const std::vector<Input> inputs = ExpandInputs(arguments, {.stop = [&] { return ++asked > 3; }}, &skipped);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].status.code(), StatusCode::kCancelled);
}

TEST_F(InputsTest, OneBadArgumentLeavesTheOthers) {
  Touch("a.jpg");
  Touch("b.jpg");
  EXPECT_THAT(Names({"a.jpg", "none.jpg", "", "b.jpg"}),
              ElementsAre("a.jpg", "! none.jpg: no such file or folder", "! an input has an empty name", "b.jpg"));
  EXPECT_THAT(Names({"a.jpg/c.jpg"}), ElementsAre(HasSubstr("! a.jpg/c.jpg: ")));
  EXPECT_THAT(ErrorMessage(std::string(5000, 'a')), HasSubstr("too long"));
}

TEST_F(InputsTest, FoldersInNaturalOrder) {
  for (const char* name : {"f/a10.jpg", "f/a2.jpg", "f/A1.PNG", "f/a1.mp4", "f/notes.txt", "f/.hidden.jpg",
                           "f/sub/c.webp", "f/sub/.h/d.jpg", "f/sub 2/e.tif"}) {
    Touch(name);
  }
  EXPECT_THAT(Names({"f"}), ElementsAre("f/A1.PNG", "f/a1.mp4", "f/a2.jpg", "f/a10.jpg"));
  EXPECT_THAT(Names({"f/"}), ElementsAre("f/A1.PNG", "f/a1.mp4", "f/a2.jpg", "f/a10.jpg"));
  EXPECT_THAT(Names({"f"}, true),
              ElementsAre("f/A1.PNG", "f/a1.mp4", "f/a2.jpg", "f/a10.jpg", "f/sub/c.webp", "f/sub 2/e.tif"));
}

TEST_F(InputsTest, RecursionEndsAtLinks) {
  Touch("f/a.jpg");
  fs::create_directory_symlink("..", "f/up");
  fs::create_symlink("a.jpg", "f/b.jpg");
  EXPECT_THAT(Names({"f"}, true), ElementsAre("f/a.jpg", "f/b.jpg"));
}

TEST_F(InputsTest, FoldersWithoutPictures) {
  fs::create_directories("empty");
  Touch("nested/in/a.jpg");
  Touch("other/notes.txt");
  EXPECT_EQ(ErrorMessage("empty"), "empty: the folder holds no picture and no video");
  EXPECT_EQ(ErrorMessage("other"), "other: the folder holds no picture and no video; skipped: 1");
  EXPECT_THAT(ErrorMessage("nested"), HasSubstr("searched with --recursive"));
  EXPECT_THAT(Names({"nested"}, true), ElementsAre("nested/in/a.jpg"));
}

TEST_F(InputsTest, FoldersThatCannotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads every folder";
  Touch("f/a.jpg");
  Touch("f/locked/b.jpg");
  fs::permissions("f/locked", fs::perms::none);
  EXPECT_THAT(Names({"f"}, true), ElementsAre("f/a.jpg", HasSubstr("! f/locked: the folder cannot be read")));
  fs::permissions("f/locked", fs::perms::owner_all);
}

TEST_F(InputsTest, PatternsThatTheShellLeft) {
  for (const char* name : {"p/a10.jpg", "p/a2.jpg", "p/b.txt", "q/a1.jpg", "p/[1].jpg", "dir/c.jpg"}) Touch(name);
  EXPECT_THAT(Names({"p/a*.jpg"}), ElementsAre("p/a2.jpg", "p/a10.jpg"));
  EXPECT_THAT(Names({"?/a[12].jpg"}), ElementsAre("p/a2.jpg", "q/a1.jpg"));
  EXPECT_THAT(Names({"p/[1].jpg"}), ElementsAre("p/[1].jpg")) << "a file of that very name comes first";
  EXPECT_THAT(Names({"d*"}), ElementsAre("dir/c.jpg")) << "a folder that matches is searched";
  EXPECT_EQ(ErrorMessage("p/z*.jpg"), "p/z*.jpg: no file matches the pattern");
}

TEST_F(InputsTest, Lists) {
  for (const char* name : {"a b.jpg", "ä.png", "f/2.jpg", "f/10.jpg", "v.mp4"}) Touch(name);
  Touch("l.txt", "\xef\xbb\xbf# pictures\r\na b.jpg\r\n\r\n   \nä.png\nf\n*.mp4\na b.jpg");
  EXPECT_THAT(Names({"@l.txt"}), ElementsAre("a b.jpg", "ä.png", "f/2.jpg", "f/10.jpg", "v.mp4", "a b.jpg"));
  Touch("bad.txt", "# comment\nnone.jpg\n@l.txt\nv.mp4\n");
  EXPECT_THAT(Names({"@bad.txt"}),
              ElementsAre("! bad.txt line 2: none.jpg: no such file or folder",
                          HasSubstr("! bad.txt line 3: @l.txt: a list cannot name another"), "v.mp4"));
  Touch("empty.txt", "# nothing\n\n");
  EXPECT_EQ(ErrorMessage("@empty.txt"), "empty.txt: the list names no input");
  Touch("binary.txt", std::string_view("\0\1\2", 3));
  EXPECT_THAT(ErrorMessage("@binary.txt"), HasSubstr("binary.txt line 1: the line is not text"));
  EXPECT_THAT(ErrorMessage("@none.txt"), HasSubstr("none.txt: cannot open"));
  EXPECT_THAT(ErrorMessage("@f"), HasSubstr("f: is a folder"));
  EXPECT_THAT(ErrorMessage("@"), HasSubstr("name of a list is missing"));
}

TEST_F(InputsTest, NamesThatLookLikeSomethingElse) {
  for (const char* name : {"-", "@x", "camera:0"}) Touch(name);
  EXPECT_THAT(Names({"./-", "./@x", "./camera:0"}), ElementsAre("./-", "./@x", "./camera:0"));
  for (const Input& input : Expand({"./-", "./@x", "./camera:0"}))
    EXPECT_EQ(input.kind, InputKind::kVideo) << input.name;
  EXPECT_EQ(Expand({"-"})[0].kind, InputKind::kStandardInput);
  EXPECT_EQ(Expand({"-"})[0].name, "stdin");
}

TEST_F(InputsTest, Cameras) {
  EXPECT_EQ(ErrorMessage("camera:987"), "camera:987: no such camera: there is no /dev/video987");
  for (const char* name : {"camera:", "camera:x", "camera:1x", "camera:-1", "camera:99999999999"}) {
    EXPECT_THAT(ErrorMessage(name), HasSubstr("a camera is named by its number")) << name;
  }
  EXPECT_EQ(ErrorMessage("/dev/video987"), "/dev/video987: no such file or folder");
  EXPECT_THAT(ErrorMessage("/dev/null"), HasSubstr("/dev/null: the device is not a camera"));
}

TEST_F(InputsTest, Streams) {
  for (const char* url : {"rtsp://host/live", "HTTPS://host:8080/a.mjpg?x=@y", "http://[::1]:80"}) {
    const std::vector<Input> inputs = Expand({url});
    EXPECT_EQ(inputs.size(), 1u);
    EXPECT_TRUE(inputs[0].status.ok()) << inputs[0].status.message();
    EXPECT_EQ(inputs[0].kind, InputKind::kStream);
    EXPECT_EQ(inputs[0].name, url);
    EXPECT_EQ(inputs[0].location, url);
  }
  const std::vector<Input> secret = Expand({"rtsp://me:se@cret@host:554/live?a=b@c"});
  EXPECT_EQ(secret[0].name, "rtsp://host:554/live?a=b@c") << "no password in messages";
  EXPECT_EQ(secret[0].location, "rtsp://me:se@cret@host:554/live?a=b@c");
  EXPECT_EQ(NameOfAddress("https://me:a@b@h/x.jpg?v=1&X-Amz-Signature=0a%2F&sig=&flag&my_token=x#y"),
            "https://h/x.jpg?v=1&X-Amz-Signature=...&sig=...&flag&my_token=...");
  EXPECT_EQ(NameOfAddress("https://h?token=1"), "https://h?token=...");
  EXPECT_EQ(NameOfAddress("rtsp://h/sig/token"), "rtsp://h/sig/token");
  EXPECT_THAT(ErrorMessage("gopher://host/a"),
              HasSubstr("gopher://host/a: \"gopher\" is not a stream that can be read; known are rtsp, "));
}

}  // namespace
}  // namespace sinew::media
