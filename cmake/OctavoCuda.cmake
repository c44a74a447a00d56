# CUDA, optional: OCTAVO_CUDA=ON needs nvcc 12.8 or newer, OFF does without, AUTO uses it where both nvcc and a GPU are
# (kernels take minutes to compile, and a machine without a GPU cannot run them).
# Traps: CMake 3.25.1 does not know C++20 for nvcc; wgmma needs 90a, and architectures are a property of each target;
# linking CUDA::cuda_driver would stop the program from starting without a driver; nvcc takes no sanitizer flags.
set(OCTAVO_CUDA AUTO CACHE STRING "Compile the kernels for GPUs: AUTO, ON or OFF")
set_property(CACHE OCTAVO_CUDA PROPERTY STRINGS AUTO ON OFF)
set(OCTAVO_CUDA_ARCHITECTURES 90a 89 CACHE STRING "GPU architectures: of 89, 90a, 100a, 120a")

set(octavo_has_cuda OFF)
if(OCTAVO_CUDA STREQUAL "ON" OR (OCTAVO_CUDA STREQUAL "AUTO" AND EXISTS /dev/nvidiactl AND NOT OCTAVO_SANITIZE AND
                                 NOT OCTAVO_FUZZ))
  if(OCTAVO_SANITIZE OR OCTAVO_FUZZ)
    message(FATAL_ERROR "OCTAVO_CUDA=ON does not go with sanitizers or fuzzers, whose flags nvcc does not take; "
                        "configure with -DOCTAVO_CUDA=OFF")
  endif()
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 90)  # for CMake's check of the compiler; each target names its own
  endif()
  if(NOT DEFINED CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND EXISTS /usr/local/cuda/bin/nvcc)
    set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.8)
      set(octavo_cuda_missing "nvcc ${CMAKE_CUDA_COMPILER_VERSION} is older than 12.8")
    else()
      set(octavo_has_cuda ON)
    endif()
  else()
    set(octavo_cuda_missing "nvcc is not to be found (set CUDACXX)")
  endif()
  if(NOT octavo_has_cuda AND OCTAVO_CUDA STREQUAL "ON")
    message(FATAL_ERROR "OCTAVO_CUDA=ON: ${octavo_cuda_missing}")
  endif()
endif()
message(STATUS "CUDA kernels: ${octavo_has_cuda}")

if(octavo_has_cuda)
  find_package(CUDAToolkit REQUIRED)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()

# octavo_cuda_kernels(target architecture sources...): the kernels of one architecture in namespace sm<architecture>.
function(octavo_cuda_kernels target architecture)
  set(object ${target}_sm${architecture})
  add_library(${object} OBJECT ${ARGN})
  set_target_properties(${object} PROPERTIES
    CUDA_ARCHITECTURES ${architecture}-real CUDA_STANDARD 20 POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${object} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${object} PRIVATE OCTAVO_SM=sm${architecture})
  # -fmad=false: a multiplication and an addition are never fused unasked, as on the host.
  target_compile_options(${object} PRIVATE --expt-relaxed-constexpr -fmad=false -Xcompiler=-Wall,-Wextra
    $<$<BOOL:${OCTAVO_WARNINGS_AS_ERRORS}>:-Werror=all-warnings>)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${object}>)
  string(TOUPPER ${architecture} upper)
  target_compile_definitions(${target} PRIVATE OCTAVO_HAS_SM${upper}=1)
endfunction()
