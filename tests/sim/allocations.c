/*
 * The allocator's entry points, each counted and handed on to the C library's; under a sanitizer
 * hooks that count.
 */
#include "sim/allocations.h"

#include <stddef.h>
#include <stdlib.h>

#include "sim/sim.h"

static volatile uint64_t calls_in_core;

static void count(void)
{
    if (sim_in_core > 0)
        calls_in_core++;
}

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
    count();
}

static void freed(const volatile void *p)
{
    (void)p;
    count();
}

int allocations_begin(void **state)
{
    (void)state;
    return __sanitizer_install_malloc_and_free_hooks(allocated, freed) ? 0 : -1;
}
#else
#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);
void __libc_free(void *p);
int posix_memalign(void **p, size_t alignment, size_t n);

EXPORT void *malloc(size_t n)
{
    count();
    return __libc_malloc(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t n)
{
    count();
    return __libc_realloc(p, n);
}

EXPORT void free(void *p)
{
    count();
    __libc_free(p);
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
    count();
    return __libc_memalign(alignment, n);
}

EXPORT int posix_memalign(void **p, size_t alignment, size_t n)
{
    count();
    *p = __libc_memalign(alignment, n);
    return *p ? 0 : 12;
}

int allocations_begin(void **state)
{
    (void)state;
    return 0;
}
#endif

uint64_t allocations_in_core(void)
{
    return calls_in_core;
}
