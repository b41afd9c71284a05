// bind_plane.cc: the face of plane/. Checks, converts, calls.

#include "bind.h"
#include "napi_args.h"

namespace pfs {

void BindPlane(napi_env, napi_value) {}

}  // namespace pfs
