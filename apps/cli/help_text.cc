// Lines as CLI11 writes them: two spaces or more between a flag and what it does.
#include "help_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace sinew::cli {
namespace {

constexpr size_t kNarrowest = 40, kWidest = 120, kUsual = 80;

size_t Columns() {
  struct winsize size = {};
  if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const text = std::getenv("COLUMNS");
  if (text == nullptr) return kUsual;
  const std::string_view digits = text;
  size_t columns = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), columns);
  return error == std::errc() && end == digits.data() + digits.size() ? columns : kUsual;
}

// Where the rest of a broken line begins.
size_t Indentation(std::string_view line, size_t width) {
  const size_t first = line.find_first_not_of(' ');
  const size_t gap = line.find("  ", first);
  const size_t column = gap == std::string_view::npos ? first : line.find_first_not_of(' ', gap);
  // A description that begins far to the right would be a narrow column of words.
  return column == std::string_view::npos || column > width / 2 ? first + 2 : column;
}

std::string_view WithoutLeadingSpaces(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

void AppendWrapped(std::string_view line, size_t width, std::string* out) {
  const std::string_view words = WithoutLeadingSpaces(line);
  size_t least = line.size() - words.size(), room = width;  // a line does not break before its first word
  const bool is_example = line.starts_with("  sinew ");
  const std::string indentation(line.size() > width && !words.empty() ? Indentation(line, width) : 0, ' ');
  while (line.size() > room && !is_example) {
    size_t space = line.rfind(' ', room);
    if (space == std::string_view::npos || space <= least) space = line.find(' ', std::max(room, least + 1));
    if (space == std::string_view::npos) break;
    const std::string_view head = line.substr(0, space);
    out->append(head.substr(0, head.find_last_not_of(' ') + 1)).append("\n").append(indentation);
    line = WithoutLeadingSpaces(line.substr(space));
    least = 0;
    room = width - indentation.size();
  }
  out->append(line);
}

}  // namespace

size_t HelpWidth() { return std::clamp(Columns(), kNarrowest, kWidest); }

std::string WrapHelp(std::string_view text, size_t width) {
  std::string wrapped;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    AppendWrapped(text.substr(0, end), width, &wrapped);
    if (end == std::string_view::npos) break;
    wrapped += '\n';
    text.remove_prefix(end + 1);
  }
  return wrapped;
}

}  // namespace sinew::cli
