// bind_cut.cc: the face of cut/. Checks, converts, calls.

#include "bind.h"
#include "napi_args.h"

namespace pfs {

void BindCut(napi_env, napi_value) {}

}  // namespace pfs
