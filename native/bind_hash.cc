// bind_hash.cc: the face of hash/. Checks, converts, calls.

#include "bind.h"
#include "napi_args.h"

namespace pfs {

void BindHash(napi_env, napi_value) {}

}  // namespace pfs
