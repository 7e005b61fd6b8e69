// SPDX-License-Identifier: MIT
// new and delete on malloc. Who has no memory and did not ask with std::nothrow is ended: there are no exceptions.
#include "errors.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

void *allocate(std::size_t size, std::size_t align) noexcept
{
    if (size == 0)
        size = 1;
    if (align <= alignof(std::max_align_t))
        return std::malloc(size);
    return aligned_alloc(align, (size + align - 1) & ~(align - 1));
}

void *allocate_or_end(std::size_t size, std::size_t align)
{
    void *p = allocate(size, align);
    if (!p)
        cxx_end("out of memory");
    return p;
}

} // namespace

const std::nothrow_t std::nothrow{};

void *operator new(std::size_t size)
{
    return allocate_or_end(size, 1);
}

void *operator new[](std::size_t size)
{
    return allocate_or_end(size, 1);
}

void *operator new(std::size_t size, std::align_val_t align)
{
    return allocate_or_end(size, static_cast<std::size_t>(align));
}

void *operator new[](std::size_t size, std::align_val_t align)
{
    return allocate_or_end(size, static_cast<std::size_t>(align));
}

void *operator new(std::size_t size, std::nothrow_t const &) noexcept
{
    return allocate(size, 1);
}

void *operator new[](std::size_t size, std::nothrow_t const &) noexcept
{
    return allocate(size, 1);
}

void *operator new(std::size_t size, std::align_val_t align, std::nothrow_t const &) noexcept
{
    return allocate(size, static_cast<std::size_t>(align));
}

void *operator new[](std::size_t size, std::align_val_t align, std::nothrow_t const &) noexcept
{
    return allocate(size, static_cast<std::size_t>(align));
}

void operator delete(void *p) noexcept
{
    std::free(p);
}

void operator delete[](void *p) noexcept
{
    std::free(p);
}

void operator delete(void *p, std::size_t) noexcept
{
    std::free(p);
}

void operator delete[](void *p, std::size_t) noexcept
{
    std::free(p);
}

void operator delete(void *p, std::align_val_t) noexcept
{
    std::free(p);
}

void operator delete[](void *p, std::align_val_t) noexcept
{
    std::free(p);
}

void operator delete(void *p, std::size_t, std::align_val_t) noexcept
{
    std::free(p);
}

void operator delete[](void *p, std::size_t, std::align_val_t) noexcept
{
    std::free(p);
}

void operator delete(void *p, std::nothrow_t const &) noexcept
{
    std::free(p);
}

void operator delete[](void *p, std::nothrow_t const &) noexcept
{
    std::free(p);
}
