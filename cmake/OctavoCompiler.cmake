# Compiler settings shared by every target: C++20, warnings, and no flag that may change a bit of a result.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(all_flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${CMAKE_BUILD_TYPE}} $ENV{CXXFLAGS}")
if(all_flags MATCHES "-ffast-math|-Ofast|-funsafe-math-optimizations|-fassociative-math|-ffinite-math-only")
  message(FATAL_ERROR "Octavo must not be compiled with -ffast-math or its relatives: they change the bits "
                      "that the quantiser and the engines promise. Remove the flag and configure again.")
endif()

add_library(octavo_options INTERFACE)
target_compile_options(octavo_options INTERFACE
  $<BUILD_INTERFACE:-ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow -Wno-psabi>
  $<BUILD_INTERFACE:$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>>  # false alarms of GCC 12 on std::string (its bug 105651)
  $<$<BOOL:${OCTAVO_WARNINGS_AS_ERRORS}>:$<BUILD_INTERFACE:-Werror>>)
if(OCTAVO_SANITIZE)
  add_compile_options(-fsanitize=${OCTAVO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OCTAVO_SANITIZE})
endif()
if(OCTAVO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
