# The addon: every .cc beside the faces and in the parts. A file that needs an instruction set says so itself by a
# pragma, so that one set of flags serves all machines and the choice is made at run time (base/cpu.h).
{
  "targets": [
    {
      "target_name": "pfs",
      "sources": ["<!@(node sources.mjs)"],
      "include_dirs": ["."],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fexceptions", "-Wno-unused-parameter"],
      "cflags_cc": [
        "-std=c++20", "-O3", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden",
        "-Wall", "-Wextra", "-Werror", "-Wno-psabi", "-Wno-missing-field-initializers"
      ],
      "defines": ["NAPI_VERSION=8", "NODE_GYP_MODULE_NAME=pfs"],
      "conditions": [["OS!='linux'", { "type": "none" }]]
    }
  ]
}
