# Run at installation: in the installed headers, #include "sim/..." of the source tree becomes #include <octavo/sim/...>, so
# that a project which uses them gets one folder of includes, and no names but those below octavo/.
# Variables: OCTAVO_HEADERS (folder of the installed rooms), OCTAVO_ROOMS (a|b|...).
file(GLOB_RECURSE headers "${OCTAVO_HEADERS}/*.h")
foreach(header IN LISTS headers)
  file(READ "${header}" text)
  string(REGEX REPLACE "#include \"((${OCTAVO_ROOMS})/[^\"]+)\"" "#include <octavo/\\1>" public "${text}")
  if(NOT public STREQUAL text)
    file(WRITE "${header}" "${public}")
  endif()
endforeach()
