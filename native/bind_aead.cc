// bind_aead.cc: the face of aead/. Checks, converts, calls.

#include "bind.h"
#include "napi_args.h"

namespace pfs {

void BindAead(napi_env, napi_value) {}

}  // namespace pfs
