/*
 * The allocator's entry points, each told and handed on to the C library's; a sanitizer has its
 * own, and tells by hooks instead.
 */
#include "allocator.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

static void allocated(const volatile void *p, size_t n)
{
    (void)p;
    (void)n;
    allocator_called();
}

static void freed(const volatile void *p)
{
    (void)p;
    allocator_called();
}

bool allocator_watch(void)
{
    return __sanitizer_install_malloc_and_free_hooks(allocated, freed);
}
#else
/* The libraries' calls are told too: a hidden symbol would not catch them. */
#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);
void __libc_free(void *p);

EXPORT void *malloc(size_t n)
{
    allocator_called();
    return __libc_malloc(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
    allocator_called();
    return __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t n)
{
    allocator_called();
    return __libc_realloc(p, n);
}

EXPORT void free(void *p)
{
    allocator_called();
    __libc_free(p);
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
    allocator_called();
    return __libc_memalign(alignment, n);
}

EXPORT void *memalign(size_t alignment, size_t n)
{
    allocator_called();
    return __libc_memalign(alignment, n);
}

EXPORT int posix_memalign(void **p, size_t alignment, size_t n)
{
    allocator_called();
    *p = __libc_memalign(alignment, n);
    return *p ? 0 : 12;
}

bool allocator_watch(void)
{
    return true;
}
#endif
