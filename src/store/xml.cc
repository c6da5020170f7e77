// Expat, without entities.
#include "store/xml.h"

#include <expat.h>

#include <memory>
#include <vector>

#include "base/error.h"

namespace sinew::store {
namespace {

constexpr size_t kMaxDepth = 32;

struct State {
  const XmlText* text;
  XML_Parser parser;
  std::string path;
  std::vector<size_t> lengths;  // of `path` before each open element
  std::string content;
  bool refused = false;
};

void Refuse(State* state) {
  state->refused = true;
  XML_StopParser(state->parser, XML_FALSE);
}

void OnStart(void* self, const char* name, const char**) {
  auto& state = *static_cast<State*>(self);
  if (state.lengths.size() >= kMaxDepth) return Refuse(&state);
  std::string_view local = name;
  if (const size_t colon = local.rfind(':'); colon != std::string_view::npos) local.remove_prefix(colon + 1);
  state.lengths.push_back(state.path.size());
  if (!state.path.empty()) state.path += '/';
  state.path += local;
  state.content.clear();
}

void OnEnd(void* self, const char*) {
  auto& state = *static_cast<State*>(self);
  (*state.text)(state.path, state.content);
  state.content.clear();
  state.path.resize(state.lengths.back());
  state.lengths.pop_back();
}

void OnText(void* self, const char* text, int size) {
  static_cast<State*>(self)->content.append(text, static_cast<size_t>(size));
}

void OnEntity(void* self, const char*, int, const char*, int, const char*, const char*, const char*, const char*) {
  Refuse(static_cast<State*>(self));
}

}  // namespace

Status ReadXml(std::string_view document, const XmlText& text) {
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr), XML_ParserFree);
  if (parser == nullptr) return TooLarge("out of memory for an answer");
  State state{&text, parser.get(), {}, {}, {}, false};
  XML_SetUserData(parser.get(), &state);
  XML_SetElementHandler(parser.get(), OnStart, OnEnd);
  XML_SetCharacterDataHandler(parser.get(), OnText);
  XML_SetEntityDeclHandler(parser.get(), OnEntity);
  const bool good = XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), 1) == XML_STATUS_OK;
  if (good && !state.refused) return Status();
  return Corrupt("the answer is not the XML that it should be");
}

XmlError ReadXmlError(std::string_view document) {
  XmlError error;
  const Status status = ReadXml(document, [&error](std::string_view path, const std::string& text) {
    // Services other than S3 put it into an <ErrorResponse>.
    if (path.ends_with("Error/Code")) error.code = text;
    if (path.ends_with("Error/Message")) error.message = text;
    if (path.ends_with("Error/Region")) error.region = text;
  });
  return status.ok() ? error : XmlError();
}

}  // namespace sinew::store
