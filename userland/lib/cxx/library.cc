// SPDX-License-Identifier: MIT
// What the library's headers leave to the library.
#include <memory>
#include <string>

template class std::basic_string<char>;

// Without RTTI there is but one object that stands for make_shared's type, and its address was compared.
bool std::_Sp_make_shared_tag::_S_eq(std::type_info const &) noexcept
{
    return false;
}
