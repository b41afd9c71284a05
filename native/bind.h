// bind.h: the faces, one per part: each puts its functions on the exports.

#pragma once

#include <node_api.h>

namespace pfs {

void BindCpu(napi_env env, napi_value exports);
void BindHash(napi_env env, napi_value exports);
void BindCut(napi_env env, napi_value exports);
void BindCutRecord(napi_env env, napi_value exports);
void BindAead(napi_env env, napi_value exports);
void BindUdp(napi_env env, napi_value exports);
void BindPlane(napi_env env, napi_value exports);
void BindFile(napi_env env, napi_value exports);
void BindConfined(napi_env env, napi_value exports);
void BindMany(napi_env env, napi_value exports);

}  // namespace pfs
