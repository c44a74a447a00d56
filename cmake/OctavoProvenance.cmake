# Tells a target who it is: version, compiler and flags as definitions, the git commit as a header made at build time.
set(octavo_git_script "${CMAKE_CURRENT_LIST_DIR}/git_commit.cmake")

function(octavo_provenance target)
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/generated")
  # Always run, but a header whose content stays is not written: nothing is compiled again for it.
  add_custom_target(${target}_git_commit
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DHEADER=${generated}/octavo_git_commit.h
            -P ${octavo_git_script}
    BYPRODUCTS ${generated}/octavo_git_commit.h COMMENT "Looking up the git commit" VERBATIM)
  add_dependencies(${target} ${target}_git_commit)
  target_include_directories(${target} PRIVATE ${generated})
  set(flags "${CMAKE_CXX_FLAGS}")
  foreach(config Debug Release RelWithDebInfo MinSizeRel)
    string(TOUPPER ${config} upper)
    string(APPEND flags "$<$<CONFIG:${config}>: ${CMAKE_CXX_FLAGS_${upper}}>")
  endforeach()
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/store/provenance.cpp PROPERTIES COMPILE_DEFINITIONS
    "OCTAVO_VERSION=\"${PROJECT_VERSION}\";OCTAVO_COMPILER=\"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\"")
  set_property(SOURCE ${CMAKE_CURRENT_SOURCE_DIR}/store/provenance.cpp APPEND PROPERTY COMPILE_DEFINITIONS
    "OCTAVO_COMPILER_FLAGS=\"${flags} $<JOIN:$<TARGET_PROPERTY:${target},COMPILE_OPTIONS>, >\"")
endfunction()
