// traffic.h: what the programs that send and receive over an emulated link have in common: addresses, time, and their own
// place before all ordinary processes, so that they measure the link and not the scheduler.

#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

namespace pfs::check {

struct Address {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};

// Of IPv4 or IPv6; ends the program when it is neither.
Address AddressOf(const char* text, const char* port);
// A bound socket of `type` on all addresses.
int Listen(const char* port, int type);
int Connect(const Address& address, int type);

int64_t NowNanos();
void SleepUntil(int64_t nanos);
void BeRealtime();
[[noreturn]] void Fail(const char* what);

// Set by SIGTERM and SIGINT, which then interrupt a system call.
extern volatile int is_over;

// Each prints one line of JSON at its end and returns the exit code. words: what follows the verb.
int Blast(char** words);
int Sink(char** words);
int Ping(char** words);
int Echo(char** words);
int SendTcp(char** words);
int SinkTcp(char** words);

}  // namespace pfs::check
