// The model zoo: what models there are, where each comes from, and under which terms (models/zoo.json).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew::zoo {

struct Source {
  enum class Kind {
    kNpm,     // files of a package, taken with the npm client
    kFile,    // one file, downloaded
    kManual,  // no stable address: the user hands the file over
  };
  Kind kind = Kind::kManual;
  // kNpm
  std::string package, version;
  std::string sha512;              // of the package, base64
  std::vector<std::string> files;  // within it
  std::string graph;               // which of them is the graph; empty: the one called model.json
  // kFile
  std::string url;
  std::string git_blob;  // SHA-1 that git gives the file's content, hexadecimal
  std::string sha256;    // of the file, hexadecimal; empty where whoever wrote the entry could not have the file
  // kManual
  std::string instructions;
  std::string file;  // upstream's name of it; may be empty. `sha256` is its, where it is on record
};

struct Entry {
  std::string name, description;
  Source source;
  std::string format;  // "TensorFlow", "TensorFlow.js", "Caffe"
  std::string folder;  // upstream's name of the folder with graph_opt.pb where it is not `name`; may be empty
  std::string licence;
  bool commercial_use = false;
  std::string skeleton;  // "coco18"
  int keypoints = 0;
  int stride = 0;          // network-input pixels a cell of the maps
  std::string input;       // "BGR, 0..255"
  std::string output;      // node that computes heat maps and PAFs
  std::string resolution;  // suggested network input, "432x368"
  double gmac = 0;         // billions of multiply-adds at that resolution; 0: not on record
  double megabytes = 0;    // of the file; 0: not on record
  std::string notes;       // may be empty
};

// The description built into the library.
std::span<const Entry> Entries();
// kNotFound with the list of names, and the one that was probably meant.
Result<const Entry*> Find(std::string_view name);

// Any description in the form of models/zoo.json. The message says which entry lacks what.
Result<std::vector<Entry>> ParseEntries(std::string_view json);

// One line: where a model comes from.
std::string Describe(const Source& source);

}  // namespace sinew::zoo
