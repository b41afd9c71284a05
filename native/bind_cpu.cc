// bind_cpu.cc: cpuFeatures() -> the names of the instruction sets that may be used, in one text, for `pfs doctor`.

#include <string>

#include "base/cpu.h"
#include "bind.h"
#include "napi_args.h"

namespace pfs {

static napi_value CpuFeatures(napi_env env, napi_callback_info) {
  const Cpu& cpu = ThisCpu();
  std::string text;
  const auto add = [&text](bool has, const char* name) {
    if (!has) return;
    if (!text.empty()) text += ' ';
    text += name;
  };
  add(cpu.sse41, "sse4.1");
  add(cpu.avx2, "avx2");
  add(cpu.avx512, "avx512");
  add(cpu.avx512_vbmi, "vbmi");
  add(cpu.neon, "neon");
  add(cpu.aes, "aes");
  add(cpu.vaes, "vaes");
  return ToJs(env, text.empty() ? "none" : text.c_str());
}

void BindCpu(napi_env env, napi_value exports) { Export(env, exports, "cpuFeatures", CpuFeatures); }

}  // namespace pfs
