// ListObjectsV2.
#include "store/listing.h"

#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "store/xml.h"

namespace sinew::store {
namespace {

class Listing : public RemoteListing {
 public:
  Listing(S3Client* s3, S3Url url, bool recursive, RemoteStop stop)
      : s3_(s3), url_(std::move(url)), recursive_(recursive), stop_(std::move(stop)) {}

  Result<bool> Next(RemoteEntry* entry) override {
    while (next_ == page_.entries.size()) {
      if (begun_ && page_.next.empty()) return false;
      SINEW_RETURN_IF_ERROR(NextPage());
    }
    *entry = std::move(page_.entries[next_++]);
    return true;
  }

 private:
  Status NextPage() {
    S3Request request;
    request.url = {url_.bucket, ""};
    request.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", url_.key}, {"max-keys", "1000"}};
    if (!recursive_) request.query.emplace_back("delimiter", "/");
    if (!page_.next.empty()) request.query.emplace_back("continuation-token", page_.next);
    request.stop = stop_;
    SINEW_ASSIGN_OR_RETURN(const HttpResponse response, s3_->Send(request));
    Result<ListPage> page = ParseListPage(response.body, url_.bucket);
    if (!page.ok()) return Prefixed(request.name() + url_.key, page.status());
    if (!page->next.empty() && page->next == page_.next)
      return Corrupt("s3://{}/{}: the store repeats a page of its listing", url_.bucket, url_.key);
    page_ = std::move(*page);
    next_ = 0;
    begun_ = true;
    return Status();
  }

  S3Client* const s3_;
  const S3Url url_;
  const bool recursive_;
  const RemoteStop stop_;
  ListPage page_;
  size_t next_ = 0;
  bool begun_ = false;
};

}  // namespace

Result<ListPage> ParseListPage(std::string_view document, const std::string& bucket) {
  ListPage page;
  RemoteEntry entry;
  bool truncated = false, is_listing = false, encoded = false;
  SINEW_RETURN_IF_ERROR(ReadXml(document, [&](std::string_view path, const std::string& text) {
    if (path == "ListBucketResult/Contents/Key") {
      entry.url = text;
    } else if (path == "ListBucketResult/Contents/Size") {
      entry.bytes = std::strtoull(text.c_str(), nullptr, 10);
    } else if (path == "ListBucketResult/Contents/ETag") {
      entry.etag = text;
    } else if (path == "ListBucketResult/Contents") {
      page.entries.push_back(std::exchange(entry, {}));
    } else if (path == "ListBucketResult/IsTruncated") {
      truncated = text == "true";
    } else if (path == "ListBucketResult/EncodingType") {
      encoded = text == "url";
    } else if (path == "ListBucketResult/NextContinuationToken") {
      page.next = text;
    } else if (path == "ListBucketResult") {
      is_listing = true;
    }
  }));
  if (!is_listing) return Corrupt("the answer is no listing");
  // Some servers do not know of the encoding, and say so by not naming it.
  for (RemoteEntry& one : page.entries) one.url = "s3://" + bucket + "/" + (encoded ? UriDecoded(one.url) : one.url);
  if (!truncated) page.next.clear();
  if (truncated && page.next.empty()) return Corrupt("the listing goes on, but does not say where");
  return page;
}

Result<std::unique_ptr<RemoteListing>> ListObjects(S3Client* s3, const std::string& url, bool recursive,
                                                   const RemoteStop& stop) {
  SINEW_ASSIGN_OR_RETURN(S3Url parsed, ParseS3(url));
  return std::unique_ptr<RemoteListing>(new Listing(s3, std::move(parsed), recursive, stop));
}

}  // namespace sinew::store
