# One binary, several instruction sets: a file named x.simd.cpp is compiled once per instruction set, with
# OCTAVO_ISA set to scalar, avx2 or avx512, and puts its kernels into namespace OCTAVO_ISA. x.cpp chooses at run time.
# Rule for such files: no inline function with external linkage may come out of them (the linker could pick the copy
# with AVX-512 instructions for everybody), so they use raw pointers, intrinsics and an anonymous namespace;
# tests/layering checks the symbols.
#
# OCTAVO_AVX512_BY_SIMDE compiles the AVX-512 kernels without AVX-512, for processors that have AVX2 alone: each intrinsic
# becomes the AVX2 code or the loop of tests/avx512_by_simde/immintrin.h. Slow, for tests only.
option(OCTAVO_AVX512_BY_SIMDE "Emulate AVX-512 to test its kernels (needs GCC and Debian's libsimde-dev)" OFF)
set(octavo_isa_list scalar)
set(octavo_isa_flags_scalar "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  list(APPEND octavo_isa_list avx2 avx512)
  set(octavo_isa_flags_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2 -mlzcnt)
  set(octavo_isa_flags_avx512 ${octavo_isa_flags_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd
      -mprefer-vector-width=512)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # false alarms inside GCC's AVX-512 headers
    list(APPEND octavo_isa_flags_avx512 -Wno-maybe-uninitialized -Wno-uninitialized)
  endif()
  if(OCTAVO_AVX512_BY_SIMDE)
    set(octavo_isa_flags_avx512 ${octavo_isa_flags_avx2} -isystem ${PROJECT_SOURCE_DIR}/tests/avx512_by_simde)
    add_compile_definitions(OCTAVO_AVX512_BY_SIMDE=1)
  endif()
endif()

function(octavo_simd_sources target)
  foreach(isa IN LISTS octavo_isa_list)
    set(object ${target}_${isa})
    add_library(${object} OBJECT ${ARGN})
    target_link_libraries(${object} PRIVATE octavo_options)
    target_include_directories(${object} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${object} PRIVATE OCTAVO_ISA=${isa} OCTAVO_ISA_${isa}=1)
    target_compile_options(${object} PRIVATE ${octavo_isa_flags_${isa}} -O3 -fno-math-errno -fno-trapping-math)
    if(OCTAVO_FUZZ)  # kernels read no files; instrumented intrinsics take most of the build
      target_compile_options(${object} PRIVATE -fno-sanitize=all)
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${object}>)
  endforeach()
endfunction()

# A room's library: its sources by glob, its vector kernels by name.
function(octavo_room target)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB_RECURSE simd CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.simd.cpp)
  list(REMOVE_ITEM sources ${simd} "")
  add_library(${target} STATIC ${sources})
  string(REPLACE "octavo_" "" short ${target})
  add_library(octavo::${short} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${short})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:octavo_options>)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  if(simd)
    octavo_simd_sources(${target} ${simd})
  endif()
endfunction()
