// addon.cc: the module's entry: lists the faces, nothing more. Each thread that loads it gets exports of its own.

#include "bind.h"
#include "napi_args.h"

// Counts up with every change of a face. src/host/addon.ts wants exactly its own: an addon that was built before the
// last pull must not be half understood.
static constexpr double kFaces = 2;

static napi_value Init(napi_env env, napi_value exports) {
  napi_set_named_property(env, exports, "faces", pfs::ToJs(env, kFaces));
  pfs::BindCpu(env, exports);
  pfs::BindHash(env, exports);
  pfs::BindCut(env, exports);
  pfs::BindAead(env, exports);
  pfs::BindUdp(env, exports);
  pfs::BindPlane(env, exports);
  pfs::BindFile(env, exports);
  pfs::BindConfined(env, exports);
  pfs::BindMany(env, exports);
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
