// napi_args.h: what every face needs of N-API: arguments checked once, handles, values, functions by name.
//
// Knows Node and no part. A wrong argument is a TypeError that names the function and the place, thrown into JavaScript;
// the face returns at once when Failed(). Memory that JavaScript lends is only valid until the call returns, unless the
// face keeps a reference to it.

#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace pfs {

// Most arguments any face takes.
inline constexpr size_t kArgumentsMax = 16;

class Args {
 public:
  Args(napi_env env, napi_callback_info info, const char* name) noexcept : env_(env), name_(name) {
    napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr);
    if (count_ <= kArgumentsMax) return;
    count_ = kArgumentsMax;
    Fail(kArgumentsMax, "no argument");  // one that is cut off is bytes that are lost
  }

  bool Failed() const noexcept { return failed_; }
  size_t Count() const noexcept { return count_; }
  napi_env Env() const noexcept { return env_; }

  bool Has(size_t at) const noexcept {
    napi_valuetype type = napi_undefined;
    return at < count_ && napi_typeof(env_, values_[at], &type) == napi_ok && type != napi_undefined &&
           type != napi_null;
  }

  napi_value Value(size_t at) noexcept {
    if (at < count_) return values_[at];
    Fail(at, "a value");
    return nullptr;
  }

  double Number(size_t at) noexcept {
    double value = 0;
    if (at >= count_ || napi_get_value_double(env_, values_[at], &value) != napi_ok) Fail(at, "a number");
    return value;
  }

  // A whole number from 0 to 2^53 - 1: offsets, lengths, packet numbers.
  uint64_t Offset(size_t at) noexcept {
    const double value = Number(at);
    if (failed_) return 0;
    if (value >= 0 && value <= 9007199254740991.0 && value == static_cast<double>(static_cast<uint64_t>(value)))
      return static_cast<uint64_t>(value);
    Fail(at, "a whole number");
    return 0;
  }

  uint32_t U32(size_t at) noexcept {
    const uint64_t value = Offset(at);
    if (value > 0xffffffffu) Fail(at, "a number of 32 bits");
    return static_cast<uint32_t>(value);
  }

  int Fd(size_t at) noexcept {
    const uint64_t value = Offset(at);
    if (value > 0x7fffffffu) Fail(at, "a file descriptor");
    return static_cast<int>(value);
  }

  bool Bool(size_t at) noexcept {
    bool value = false;
    if (at >= count_ || napi_get_value_bool(env_, values_[at], &value) != napi_ok) Fail(at, "true or false");
    return value;
  }

  // A Uint8Array or Buffer, over an ArrayBuffer or a SharedArrayBuffer.
  std::span<uint8_t> Bytes(size_t at) noexcept { return Typed<uint8_t>(at, napi_uint8_array, "bytes"); }
  std::span<uint16_t> HalfWords(size_t at) noexcept {
    return Typed<uint16_t>(at, napi_uint16_array, "a Uint16Array");
  }
  std::span<uint32_t> Words(size_t at) noexcept { return Typed<uint32_t>(at, napi_uint32_array, "a Uint32Array"); }
  std::span<double> Doubles(size_t at) noexcept {
    return Typed<double>(at, napi_float64_array, "a Float64Array");
  }

  std::string Text(size_t at, size_t bytes_max = 4096) noexcept {
    size_t length = 0;
    if (at >= count_ || napi_get_value_string_utf8(env_, values_[at], nullptr, 0, &length) != napi_ok ||
        length > bytes_max) {
      Fail(at, "a text");
      return {};
    }
    std::string text(length + 1, '\0');
    napi_get_value_string_utf8(env_, values_[at], text.data(), text.size(), &length);
    text.resize(length);
    return text;
  }

  // What MakeHandle<T> made; T says who it is by `static constexpr napi_type_tag kTag`.
  template <class T>
  T* Handle(size_t at) noexcept {
    bool is_one = false;
    void* found = nullptr;
    if (at < count_ && napi_check_object_type_tag(env_, values_[at], &T::kTag, &is_one) == napi_ok && is_one &&
        napi_unwrap(env_, values_[at], &found) == napi_ok)
      return static_cast<T*>(found);
    Fail(at, "a handle of the right kind");
    return nullptr;
  }

  // For what only the face can check.
  void Fail(size_t at, const char* wanted) noexcept {
    if (failed_) return;
    failed_ = true;
    char text[160];
    std::snprintf(text, sizeof text, "pfs native: %s: argument %zu must be %s", name_, at, wanted);
    napi_throw_type_error(env_, "PFS_INTERNAL", text);
  }

 private:
  template <class T>
  std::span<T> Typed(size_t at, napi_typedarray_type wanted, const char* what) noexcept {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (at < count_ &&
        napi_get_typedarray_info(env_, values_[at], &type, &length, &data, nullptr, nullptr) == napi_ok &&
        type == wanted)
      return {static_cast<T*>(data), length};
    Fail(at, what);
    return {};
  }

  napi_env env_;
  const char* name_;
  size_t count_ = kArgumentsMax;
  napi_value values_[kArgumentsMax];
  bool failed_ = false;
};

// A JavaScript object that owns `held` and gives it back as Args::Handle<T>. Deleted with the object.
template <class T>
napi_value MakeHandle(napi_env env, std::unique_ptr<T> held) noexcept {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  napi_type_tag_object(env, object, &T::kTag);
  T* raw = held.release();
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<T*>(data); };
  if (napi_wrap(env, object, raw, finalize, nullptr, nullptr) != napi_ok) {
    delete raw;
    return nullptr;
  }
  return object;
}

inline napi_value ToJs(napi_env env, double value) noexcept {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

inline napi_value ToJs(napi_env env, bool value) noexcept {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

inline napi_value ToJs(napi_env env, const char* text) noexcept {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

inline void Export(napi_env env, napi_value exports, const char* name, napi_callback function) noexcept {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace pfs
