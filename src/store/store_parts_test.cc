// The parts of stores that need no server: names, signatures, answers, profiles, plans.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/aws_files.h"
#include "store/credentials.h"
#include "store/digest.h"
#include "store/listing.h"
#include "store/sigv4.h"
#include "store/upload.h"
#include "store/url.h"
#include "store/xml.h"

namespace sinew::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Url, NamesBucketAndKey) {
  const Result<S3Url> url = ParseS3("s3://my.bucket-1/a folder/b+c%20d?e#f//../ü.jpg");
  ASSERT_TRUE(url.ok()) << url.status().message();
  EXPECT_EQ(url->bucket, "my.bucket-1");
  EXPECT_EQ(url->key, "a folder/b+c%20d?e#f//../ü.jpg") << "nothing in a key is an escape";
  EXPECT_EQ(ParseS3("s3://bucket")->key, "");
  for (const char* bad : {"s3:///key", "s3://bu cket/key", "s3://user@bucket/key", "s3://-b/key", "http://bucket/key"})
    EXPECT_EQ(ParseS3(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  EXPECT_THAT(ParseS3("s3://b/" + std::string(1025, 'k')).status().message(), HasSubstr("at most 1024"));
}

TEST(Url, EncodesAsRfc3986Says) {
  EXPECT_EQ(UriEncoded("a b+c!'()*~-_.ü/", true), "a%20b%2Bc%21%27%28%29%2A~-_.%C3%BC/");
  EXPECT_EQ(UriEncoded("a/b", false), "a%2Fb");
  EXPECT_EQ(UriDecoded("a+b%2Bc%20%c3%bc%zz%"), "a b+c ü%zz%");
  for (int c = 1; c < 256; ++c) {
    const std::string text(1, static_cast<char>(c));
    EXPECT_EQ(UriDecoded(UriEncoded(text, false)), text) << c;
  }
}

TEST(Url, ShowsNoSecrets) {
  EXPECT_EQ(Shown("https://me:secret@host:8/a@b/c.jpg?token=secret"), "https://host:8/a@b/c.jpg");
  EXPECT_EQ(Shown("s3://bucket/what?#"), "s3://bucket/what?#");
  EXPECT_EQ(ParseAddress("https://me:secret@host/x").value().host, "host");
}

TEST(Url, RedirectionsStayEncrypted) {
  EXPECT_EQ(Redirected("https://a/b/c?d", "/e").value(), "https://a/e");
  EXPECT_EQ(Redirected("https://a/b/c?d", "e").value(), "https://a/b/e");
  EXPECT_EQ(Redirected("https://a/b", "//c/d").value(), "https://c/d");
  EXPECT_EQ(Redirected("http://a/b", "https://c/d").value(), "https://c/d");
  EXPECT_THAT(Redirected("https://a/b", "http://c/d").status().message(), HasSubstr("not encrypted"));
  EXPECT_FALSE(Redirected("https://a/b", "file:///etc/passwd").ok());
}

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
class AwsExamples : public ::testing::Test {
 protected:
  std::string SignatureOf(const Signable& request) const {
    std::tm day = {};
    strptime("2013-05-24T00:00:00", "%Y-%m-%dT%H:%M:%S", &day);
    const auto headers =
        Sign(request, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", {}, "a test"},
             "us-east-1", "s3", timegm(&day));
    const std::string& line = headers.at("authorization");
    return line.substr(line.find("Signature=") + 10);
  }
  const std::string host_ = "examplebucket.s3.amazonaws.com";
};

TEST_F(AwsExamples, GetOfARange) {
  EXPECT_EQ(SignatureOf({"GET", host_, "/test.txt", {}, {{"range", "bytes=0-9"}}, kEmptySha256}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(AwsExamples, PutWithADollarInTheKey) {
  EXPECT_EQ(SignatureOf({"PUT",
                         host_,
                         "/" + UriEncoded("test$file.text", true),
                         {},
                         {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                         Hex(Sha256("Welcome to Amazon S3."))}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(AwsExamples, QueriesWithAndWithoutValues) {
  EXPECT_EQ(SignatureOf({"GET", host_, "/", {{"lifecycle", ""}}, {}, kEmptySha256}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(SignatureOf({"GET", host_, "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, kEmptySha256}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Sign, SortsTheQueryByWhatIsSent) {
  EXPECT_EQ(CanonicalQuery({{"prefix", "a b"}, {"list-type", "2"}, {"a", "ü"}, {"a", "%"}}),
            "a=%25&a=%C3%BC&list-type=2&prefix=a%20b");
}

TEST(Sign, AnonymousRequestsHaveNoSignature) {
  const auto headers = Sign({"GET", "h", "/", {}, {}, kEmptySha256}, {}, "r", "s3", 0);
  EXPECT_FALSE(headers.contains("authorization"));
  EXPECT_FALSE(headers.contains("x-amz-security-token"));
}

TEST(Sign, TheSessionsTokenIsSigned) {
  const auto headers = Sign({"GET", "h", "/", {}, {}, kEmptySha256}, {"A", "S", "token", {}, ""}, "r", "s3", 0);
  EXPECT_EQ(headers.at("x-amz-security-token"), "token");
  EXPECT_THAT(headers.at("authorization"), HasSubstr(";x-amz-security-token,"));
}

TEST(Digests, AreThoseOfOthers) {
  Digest md5(Digest::Kind::kMd5);
  md5.Add("a");
  md5.Add("bc");
  EXPECT_EQ(Hex(md5.Finish()), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(Hex(md5.Finish()), "d41d8cd98f00b204e9800998ecf8427e") << "anew";
  EXPECT_EQ(Hex(Sha256("")), kEmptySha256);
  EXPECT_EQ(Base64("sinew"), "c2luZXc=");
}

TEST(Listing, IsReadWithItsEscapes) {
  const Result<ListPage> page = ParseListPage(
      "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Prefix>a/</Prefix><EncodingType>url</EncodingType><IsTruncated>true</"
      "IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>"
      "<Contents><Key>a/b+c%2Bd%C3%BC</Key><ETag>&quot;e&quot;</ETag><Size>17</Size></Contents>"
      "<Contents><Key>a/z</Key><Size>0</Size></Contents><CommonPrefixes><Prefix>a/x/</Prefix></CommonPrefixes>"
      "</ListBucketResult>",
      "bucket");
  ASSERT_TRUE(page.ok()) << page.status().message();
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_EQ(page->entries[0].url, "s3://bucket/a/b c+dü");
  EXPECT_EQ(page->entries[0].etag, "\"e\"");
  EXPECT_EQ(page->entries[0].bytes, 17u);
  EXPECT_EQ(page->next, "t&1");
}

TEST(Listing, KeysAreAsTheyAreWhereTheServerDoesNotEncode) {
  const Result<ListPage> page =
      ParseListPage("<ListBucketResult><Contents><Key>a+b%20</Key></Contents></ListBucketResult>", "bucket");
  ASSERT_TRUE(page.ok()) << page.status().message();
  EXPECT_EQ(page->entries[0].url, "s3://bucket/a+b%20");
}

TEST(Listing, RefusesWhatIsNone) {
  for (const char* bad : {"", "<html>", "{}", "<Other/>", "<ListBucketResult><Contents></ListBucketResult>",
                          "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"})
    EXPECT_EQ(ParseListPage(bad, "b").status().code(), StatusCode::kCorrupt) << bad;
}

TEST(Xml, HasNoEntitiesAndNoAbyss) {
  const auto ignore = [](std::string_view, const std::string&) {};
  EXPECT_FALSE(ReadXml("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", ignore).ok());
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  EXPECT_FALSE(ReadXml(deep, ignore).ok());
}

TEST(Xml, ErrorsAreThoseOfS3AndOfOthers) {
  EXPECT_EQ(ReadXmlError("<Error><Code>SlowDown</Code><Message>m</Message></Error>").code, "SlowDown");
  EXPECT_EQ(ReadXmlError("<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>").code, "X");
  EXPECT_EQ(ReadXmlError("no xml").code, "");
}

TEST(Profiles, CredentialsWinOverConfig) {
  const std::string config =
      "[default]\nregion = eu-west-1\n# comment\n[profile work]\nregion=eu-central-1\naws_access_key_id = of config\n"
      "s3 =\n  addressing_style = path\nendpoint_url = http://h:1\n[work]\nregion = wrong\n";
  const std::string credentials =
      "[work]\naws_access_key_id=A=\n aws_secret_access_key = no\naws_secret_access_key = S\n";
  const Profile work = ProfileIn(config, credentials, "work");
  EXPECT_EQ(work.at("region"), "eu-central-1") << "in the config file, a profile is called [profile work]";
  EXPECT_EQ(work.at("aws_access_key_id"), "A=");
  EXPECT_EQ(work.at("aws_secret_access_key"), "S");
  EXPECT_EQ(work.at("endpoint_url"), "http://h:1");
  EXPECT_FALSE(work.contains("addressing_style"));
  EXPECT_EQ(ProfileIn(config, credentials, "default").at("region"), "eu-west-1");
  EXPECT_TRUE(ProfileIn(config, credentials, "other").empty());
}

TEST(Credentials, TimesAreThoseOfAws) {
  EXPECT_EQ(ParseTime("1970-01-02T00:00:01Z"), 86401);
  EXPECT_EQ(ParseTime(""), std::nullopt);
}

TEST(Parts, AreNeitherTooSmallNorTooMany) {
  for (const uint64_t bytes : {kMultipartBytes, uint64_t{100} << 20, uint64_t{5} << 40}) {
    const PartPlan plan = PlanParts(bytes);
    EXPECT_GE(plan.part_bytes, uint64_t{5} << 20);
    EXPECT_LE(plan.parts, 10000);
    EXPECT_GE(plan.part_bytes * static_cast<uint64_t>(plan.parts), bytes);
    EXPECT_LT(plan.part_bytes * static_cast<uint64_t>(plan.parts - 1), bytes);
  }
}

}  // namespace
}  // namespace sinew::store
