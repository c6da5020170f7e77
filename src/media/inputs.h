// What the INPUT arguments of a command stand for: pictures, folders, patterns, lists, videos, cameras, streams.
//
//   photo.jpg, walk.mp4      a file; its content tells what it is
//   folder                   its pictures and videos in natural order; hidden files are passed over, all others that
//   are
//                            neither are named as skipped
//   'data/*.jpg'             what the pattern matches, where no file has that very name (quoted, or in a list)
//   @list.txt, @-            one argument a line, from a file or from standard input; blank lines and lines that begin
//                            with # say nothing; paths are relative to the current folder, as `find` prints them
//   camera:0, /dev/video0    a camera
//   rtsp://..., http://...   a network stream
//   s3://bucket/key          an object of a store; a list of one is @s3://bucket/list.txt
//   s3://bucket/folder/      the objects below a prefix, in the order of their keys; a pattern too: s3://bucket/a/*.jpg
//   https://host/photo.jpg   a file behind an address, where the suffix says that it is one
//   -, or a named pipe       standard input, or what is written into the pipe: a picture, an MJPEG stream, a video
//
// A file whose name looks like something else is reached by its path: ./-, ./@list, ./camera:0.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "media/stop.h"
#include "sinew/status.h"

namespace sinew::media {

// kPrefix: many pictures and videos of a store, which are listed while they are read.
enum class InputKind { kPicture, kVideo, kCamera, kStream, kStandardInput, kPrefix };

struct Input {
  // Of a file with a usual suffix, what the suffix says: it was not opened yet. What it is in truth, its frames tell
  // (Frame::kind). kStandardInput: a named pipe as well.
  InputKind kind = InputKind::kPicture;
  // As messages and results name it: a path, "camera:0", "stdin", an address by NameOfAddress.
  std::string name;
  // What is opened: a path, a device, the whole URL, "-".
  std::string location;
  // Not ok: why the argument `name` stands for nothing; the others are none the worse for it.
  Status status;
  // kPrefix: `location` is what keys begin with, and `pattern` what they match (fnmatch(3)); empty: all.
  std::string pattern = {};
  bool recursive = false;
  // Of a file in a folder that was named: its path below that. Of others empty.
  std::string below = {};
  // Of an object below a prefix, as the store's listing has them: its size and its ETag. Of others -1, and empty.
  int64_t bytes = -1;
  std::string etag = {};
};

struct ExpandOptions {
  bool recursive = false;  // folders with all folders below them; symbolic links to folders are not followed
  StopCheck stop;          // asked while a list comes out of a pipe
  // Prefixes of stores stay one input (kPrefix), so that a million objects take no memory; for OpenInputs only.
  bool keep_prefixes = false;
};

// What lies in a folder and is not an input.
struct SkippedFile {
  std::string name;    // its path
  std::string reason;  // "is text", "is a named pipe", ...
};

// An address as messages and results name it: without what gives access to it. That is a user's name and password, and
// values of the query whose names say that they are keys, as those of signed addresses are (X-Amz-Signature, sig,
// token).
std::string NameOfAddress(std::string_view url);

// The inputs in the order of the arguments; every argument yields at least one, if only with its error. What was named
// twice comes twice. `skipped` gets what folders hold besides, in the same order; who expands inputs says so to the
// user. Files in folders are opened where their suffix says nothing; a damaged one shows when it is read.
std::vector<Input> ExpandInputs(std::span<const std::string> arguments, const ExpandOptions& options,
                                std::vector<SkippedFile>* skipped);

}  // namespace sinew::media
