// addon.cc: the module's entry: lists the faces, nothing more. Each thread that loads it gets exports of its own.

#include "bind.h"

static napi_value Init(napi_env env, napi_value exports) {
  pfs::BindCpu(env, exports);
  pfs::BindHash(env, exports);
  pfs::BindCut(env, exports);
  pfs::BindAead(env, exports);
  pfs::BindUdp(env, exports);
  pfs::BindPlane(env, exports);
  pfs::BindFile(env, exports);
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
