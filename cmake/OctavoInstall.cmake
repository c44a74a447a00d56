# Installs the program with its recipes and drawing scripts, and the libraries for find_package(octavo).
include(CMakePackageConfigHelpers)

install(TARGETS octavo RUNTIME)
install(DIRECTORY notebooks_export/ DESTINATION ${CMAKE_INSTALL_DATADIR}/octavo
        FILES_MATCHING PATTERN "*.py" PATTERN "*.ipynb" PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/octavo FILES_MATCHING PATTERN "*.toml")
install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_DATADIR}/octavo PATTERN "make" EXCLUDE)
install(FILES docs/hdf5-schema.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(TARGETS octavo_messages octavo_machine octavo_formats octavo_scaling octavo_sim EXPORT octavo-targets ARCHIVE)
set(rooms messages machine formats scaling sim)
install(DIRECTORY ${rooms} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/octavo FILES_MATCHING PATTERN "*.h")
list(JOIN rooms "|" rooms)
install(CODE "set(OCTAVO_ROOMS \"${rooms}\")
  set(OCTAVO_HEADERS \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/octavo\")")
install(SCRIPT cmake/public_includes.cmake)
install(EXPORT octavo-targets NAMESPACE octavo:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octavo)
configure_package_config_file(cmake/octavo-config.cmake.in octavo-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octavo)
write_basic_package_version_file(octavo-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/octavo-config.cmake ${PROJECT_BINARY_DIR}/octavo-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octavo)
