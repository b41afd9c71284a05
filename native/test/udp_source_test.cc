// udp_source_test.cc: which address of ours a datagram came to, and that answers leave from there by every rung.
//
// g++ -std=c++20 -O3 -Inative native/test/udp_source_test.cc native/udp/{address,cmsg,ladder,socket*,timer}.cc

#include <cerrno>

#include "udp_support.h"

using namespace pfs::udp;
using namespace pfs::udp::test;

namespace {

void Anywhere() {
  for (const char* anywhere : {"0.0.0.0", "::"}) {
    // the client takes nothing from 127.0.0.1, which is what the route would have it answered from
    Peer server(anywhere);
    if (!server.socket) continue;
    const sockaddr_storage to = At("127.0.0.2", PortOf(server.local));
    Peer client("127.0.0.3", &to);
    client.Send(nullptr, Painted(10, 5), 10);
    Arrival arrival;
    while (server.socket->Receive(&arrival, 1) == 0) continue;
    const sockaddr_storage from = *arrival.from;
    sockaddr_storage local;
    char text[kAddressTextBytes];
    Check(SourceAddress(from, &local), "it is told where it came to");
    WriteAddress(local, text);
    Check(std::strstr(text, "127.0.0.2") != nullptr, text);
    for (const Bytes& answer : {Painted(1000, 9), Painted(20'000, 10)}) {
      server.Send(&from, answer, 1000);
      Check(client.Take(answer.size() / 1000) == Cut(answer, 1000), "an answer from there");
    }
    Check(server.socket->LatestRung() == Rung::kGso, "by GSO");
    server.socket->Inject(Call::kSendGso, {2, EIO, 0});
    server.Send(&from, Painted(9000, 6), 1000);
    Check(client.Take(9) == Cut(Painted(9000, 6), 1000), "by sendmmsg");
    const Bytes lone = Painted(700, 7);
    server.socket->Gather(&from, lone.data(), lone.size());
    server.socket->SendGathered();
    Check(client.Take(1) == std::vector<Bytes>{lone}, "what was gathered");
    const sockaddr_storage elsewhere = At("127.0.0.4", PortOf(server.local));
    Peer again(SocketOptions{client.local, nullptr, 1 << 20});
    Check(again.error == EADDRINUSE, "a port in use");
    client.socket.reset();
    Peer other(SocketOptions{client.local, &elsewhere, 1 << 20});
    other.Send(nullptr, Painted(10, 8), 10);
    while (server.socket->Receive(&arrival, 1) == 0) continue;
    Check(!(KeyOf(*arrival.from) == KeyOf(from)), "the same peer that finds us elsewhere is another");
  }
  Done("bound to no address: told where it came to, answers from there");
}

}  // namespace

int main() {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  Anywhere();
  return failures == 0 ? 0 : 1;
}
