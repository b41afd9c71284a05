// bind_udp.cc: the face of udp/. Checks, converts, calls.

#include "bind.h"
#include "napi_args.h"

namespace pfs {

void BindUdp(napi_env, napi_value) {}

}  // namespace pfs
