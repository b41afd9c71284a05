// bind_file.cc: the face of file/. Checks, converts, calls.

#include "bind.h"
#include "napi_args.h"

namespace pfs {

void BindFile(napi_env, napi_value) {}

}  // namespace pfs
