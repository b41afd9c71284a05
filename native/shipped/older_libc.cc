// older_libc.cc: names that this compiler's headers and static libraries want of a C library newer than many machines have.
//
// Linked into shipped addons alone and hidden in them, before the C library is asked. The floor is node's own, glibc 2.28;
// `make prebuild` fails above it, and names what is to be added here.

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PFS_HIDDEN extern "C" __attribute__((visibility("hidden")))

struct dl_find_object;

// glibc 2.35: where an address's unwind table lies. -1: not known here; the unwinder then walks the list of objects.
PFS_HIDDEN int _dl_find_object(void*, dl_find_object*) { return -1; }

// glibc 2.32: whether plain instructions may do for atomic ones. Never, in node.
PFS_HIDDEN char __libc_single_threaded;
char __libc_single_threaded = 0;

// glibc 2.33: functions of their own; before, the header had them call __xstat and its kin. Kernel and library agree on
// the struct on the two processors we ship for.
PFS_HIDDEN int fstatat(int folder, const char* path, struct stat* found, int flags) {
  return static_cast<int>(syscall(SYS_newfstatat, folder, path, found, flags));
}
PFS_HIDDEN int fstat(int fd, struct stat* found) { return static_cast<int>(syscall(SYS_fstat, fd, found)); }
PFS_HIDDEN int stat(const char* path, struct stat* found) { return fstatat(AT_FDCWD, path, found, 0); }
PFS_HIDDEN int lstat(const char* path, struct stat* found) {
  return fstatat(AT_FDCWD, path, found, AT_SYMLINK_NOFOLLOW);
}

// glibc 2.34 took libpthread in and gave its names a new version. The first one is in both, and node has loaded it.
#if defined(__x86_64__)
#define PFS_FIRST_VERSION "GLIBC_2.2.5"
#else
#define PFS_FIRST_VERSION "GLIBC_2.17"
#endif
#define PFS_FIRST(name) __asm__(".symver first_" #name "," #name "@" PFS_FIRST_VERSION)

PFS_FIRST(pthread_once);
PFS_FIRST(__pthread_key_create);
PFS_FIRST(pthread_create);
PFS_FIRST(pthread_join);
PFS_FIRST(pthread_detach);

extern "C" {
int first_pthread_once(pthread_once_t*, void (*)());
int first___pthread_key_create(pthread_key_t*, void (*)(void*));
int first_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
int first_pthread_join(pthread_t, void**);
int first_pthread_detach(pthread_t);
}

PFS_HIDDEN int pthread_once(pthread_once_t* once, void (*run)()) { return first_pthread_once(once, run); }
PFS_HIDDEN int __pthread_key_create(pthread_key_t* key, void (*end)(void*)) {
  return first___pthread_key_create(key, end);
}
PFS_HIDDEN int pthread_create(pthread_t* made, const pthread_attr_t* how, void* (*run)(void*), void* with) noexcept {
  return first_pthread_create(made, how, run, with);
}
PFS_HIDDEN int pthread_join(pthread_t of, void** result) { return first_pthread_join(of, result); }
PFS_HIDDEN int pthread_detach(pthread_t of) noexcept { return first_pthread_detach(of); }
