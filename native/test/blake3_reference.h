// blake3_reference.h: BLAKE3 as the paper says it, to read and to compare with: one compression at a time,
// the tree by recursion. Shares with the code under test only the compression function, which the vectors
// prove.

#pragma once

#include <bit>
#include <vector>

#include "hash/blake3.h"
#include "hash/blake3_kernel.h"

namespace pfs::hash::reference {

struct Node {
  uint32_t value[8];
  uint8_t block[64];
  uint32_t block_bytes;
  uint64_t counter;
  uint8_t flags;
};

inline void ValueOf(const Node& node, uint8_t out[32]) {
  uint32_t words[16];
  blake3::Compress(node.value, node.block, node.block_bytes, node.counter, node.flags, words);
  std::memcpy(out, words, 32);
}

inline Node NodeOf(const Mode& mode, const uint8_t* input, size_t bytes, uint64_t chunk) {
  Node node{};
  std::memcpy(node.value, mode.key, 32);
  if (bytes <= 1024) {
    node.counter = chunk;
    uint8_t start = blake3::kChunkStart;
    for (;;) {
      node.block_bytes = static_cast<uint32_t>(bytes < 64 ? bytes : 64);
      std::memset(node.block, 0, 64);
      if (node.block_bytes > 0) std::memcpy(node.block, input, node.block_bytes);
      node.flags = mode.flags | start;
      if (bytes <= 64) break;
      uint8_t value[32];
      ValueOf(node, value);
      std::memcpy(node.value, value, 32);
      start = 0;
      input += 64;
      bytes -= 64;
    }
    node.flags |= blake3::kChunkEnd;
    return node;
  }
  const size_t left = std::bit_floor((bytes - 1) / 1024) * 1024;
  ValueOf(NodeOf(mode, input, left, chunk), node.block);
  ValueOf(NodeOf(mode, input + left, bytes - left, chunk + left / 1024), node.block + 32);
  node.block_bytes = 64;
  node.flags = mode.flags | blake3::kParent;
  return node;
}

inline std::vector<uint8_t> Hash(const Mode& mode, const uint8_t* input, size_t bytes,
                                 size_t out_bytes = 32) {
  std::vector<uint8_t> out;
  Node root = NodeOf(mode, input, bytes, 0);
  root.flags |= blake3::kRoot;
  for (root.counter = 0; out.size() < out_bytes; root.counter++) {
    uint32_t words[16];
    blake3::Compress(root.value, root.block, root.block_bytes, root.counter, root.flags, words);
    const auto* from = reinterpret_cast<const uint8_t*>(words);
    out.insert(out.end(), from, from + 64);
  }
  out.resize(out_bytes);
  return out;
}

}  // namespace pfs::hash::reference
