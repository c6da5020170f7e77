// What stores answer in XML, as text by path.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew::store {

// Calls `text` at the end of each element with its path, without namespaces, and the text in it:
// "ListBucketResult/Contents/Key". kCorrupt for what is no XML, or nested too deeply. Entities other than XML's own are
// refused.
using XmlText = std::function<void(std::string_view path, const std::string& text)>;
Status ReadXml(std::string_view document, const XmlText& text);

struct XmlError {
  std::string code, message, region;  // empty where there is none
};
// Of an <Error> document; empty where it is none.
XmlError ReadXmlError(std::string_view document);

}  // namespace sinew::store
