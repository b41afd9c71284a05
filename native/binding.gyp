# The addon for node-gyp, `npm run build:native`. Sources and flags are in sources.mjs. What node-gyp asks for by itself
# and we do not want is taken away first.
{
  "targets": [
    {
      "target_name": "pfs",
      "sources": ["<!@(node sources.mjs)"],
      "include_dirs": ["."],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fexceptions", "-Wno-unused-parameter"],
      "cflags_cc": ["<!@(node sources.mjs flags)"],
      "defines": ["NAPI_VERSION=8", "NODE_GYP_MODULE_NAME=pfs"],
      "conditions": [["OS!='linux'", { "type": "none" }]]
    }
  ]
}
