// Flags in groups, as --help shows them.
#include "flags.h"

#include <CLI/CLI.hpp>

namespace sinew::server {

void AddFlags(CLI::App* app, Flags* flags) {
  app->description(
      "Pose estimation as a service: JPEG in, people out, over HTTP, WebSocket and gRPC, and a page that shows it "
      "live");
  app->footer(
      "Examples:\n"
      "  sinew serve --model mobilenet_thin\n"
      "  sinew serve --model people=cmu.sinew --bind 0.0.0.0 --tokens tokens.txt --tls-cert cert.pem --tls-key "
      "key.pem\n"
      "  curl --data-binary @photo.jpg http://127.0.0.1:8000/v1/people\n"
      "Signals: SIGTERM stops once what was asked is answered; SIGHUP loads the models again.");
  app->add_option("--model", flags->models,
                  "[NAME=]MODEL[@WxH]: a name of the zoo, a graph or a compiled model; several are welcome (default: "
                  "mobilenet_thin)");
  CLI::Option_group* network = app->add_option_group("Network");
  network->add_option("--bind", flags->bind, "Address to listen on; 0.0.0.0 and :: are all of this machine's")
      ->capture_default_str();
  network->add_option("--port", flags->port, "Port of HTTP; 0: any that is free")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  network->add_option("--grpc-port", flags->grpc_port, "Port of gRPC; 0: any that is free, -1: no gRPC")
      ->check(CLI::Range(-1, 65535))
      ->capture_default_str();
  network->add_option("--tls-cert", flags->http.certificate, "Certificate chain (PEM): HTTPS and gRPC with TLS")
      ->type_name("FILE");
  network->add_option("--tls-key", flags->http.key, "Its private key (PEM)")->type_name("FILE");
  network->add_option("--tokens", flags->token_file, "File of bearer tokens, one a line: requests need one of them")
      ->type_name("FILE");
  network
      ->add_option("--cors-origin", flags->cors_origins,
                   "Origin whose pages may ask (default: none but the server's own)")
      ->type_name("ORIGIN");
  network->add_flag("--no-page", flags->no_page, "Without the page at /");
  network->add_flag("--no-model-control", flags->no_model_control, "Models are not loaded and unloaded on request");

  CLI::Option_group* work = app->add_option_group("Work");
  work->add_option("--processors", flags->processors, "Processors to use (default: all)")->check(CLI::Range(0, 1024));
  work->add_option("--device", flags->device,
                   "cpu; cuda, the first GPU; cuda:N; auto, a GPU where one can be used (see sinew devices)")
      ->capture_default_str();
  work->add_option("--precision", flags->precision, "GPUs: compute in fp32 (auto), tf32, fp16 or bf16")
      ->capture_default_str();
  work->add_option("--streams", flags->streams, "GPUs: pictures in flight (default: 3)");
  work->add_option("--max-queue", flags->max_queue, "Requests that may wait; others are refused")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  work->add_option("--max-pictures", flags->max_pictures, "Pictures in one request")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  work->add_option("--max-pixels", flags->max_pixels, "Refuse larger pictures")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  work->add_option("--max-body", flags->max_body_megabytes, "Megabytes of a request")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  work->add_option("--max-bodies", flags->max_bodies_megabytes,
                   "Megabytes of all requests together, over HTTP and gRPC")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  work->add_option("--max-sequences", flags->max_sequences, "Sequences with ids that are followed at a time")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  work->add_option("--sequence-timeout", flags->sequence_seconds, "Seconds after which an idle sequence is forgotten")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();

  CLI::Option_group* clients = app->add_option_group("Clients");
  clients
      ->add_option("--max-connections", flags->http.max_connections, "Connections at a time, of HTTP and of gRPC each")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  clients->add_option("--max-connections-per-address", flags->http.max_connections_per_address, "Of one address")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  clients
      ->add_option("--max-calls-per-connection", flags->max_calls_per_connection,
                   "Calls at a time over one connection of gRPC; others wait on the client's side")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  clients->add_option("--max-rate", flags->max_rate, "Requests a second of one address; 0: no limit")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  clients->add_option("--header-timeout", flags->http.header_seconds, "Seconds to receive a request's header")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  clients->add_option("--body-timeout", flags->http.body_seconds, "Seconds to receive its body")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  clients->add_option("--idle-timeout", flags->http.idle_seconds, "Seconds between requests")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  clients->add_option("--write-timeout", flags->http.write_seconds, "Seconds to take an answer")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();

  CLI::Option_group* running = app->add_option_group("Running");
  running->add_option("--stop-timeout", flags->stop_seconds, "Seconds that a stop waits for requests")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  running->add_option("--access-log", flags->access_log, "A line of JSON for each request; - is the standard output")
      ->type_name("FILE");
  running->add_flag("-q,--quiet", flags->quiet, "Print errors only");
}

}  // namespace sinew::server
