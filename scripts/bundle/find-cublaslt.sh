# Sourced: puts a folder with libcublasLt of the right major version into LD_LIBRARY_PATH, unless one is there.
# $1: the major version. Looked at: LD_LIBRARY_PATH, toolkits, pip's copies, conda. octavo capture says which it loaded.
find_cublaslt() {
  local name=libcublasLt.so.$1 folder
  local -a given folders
  IFS=: read -ra given <<<"${LD_LIBRARY_PATH:-}"
  for folder in "${given[@]}"; do
    [ -e "$folder/$name" ] && return 0
  done
  folders=("${CUDA_HOME:-/none}/lib64" "${CUDA_PATH:-/none}/lib64" /usr/local/cuda-"$1"*/lib64 /usr/local/cuda/lib64
           /opt/cuda/lib64 /usr/lib/x86_64-linux-gnu /usr/lib64)
  if command -v python3 >/dev/null; then
    while read -r folder; do
      [ -n "$folder" ] && folders+=("$folder/nvidia/cu$1/lib" "$folder/nvidia/cublas/lib")
    done < <(python3 -c 'import site, sys; print("\n".join(sys.path + [site.getusersitepackages()]))' 2>/dev/null)
  fi
  folders+=("${CONDA_PREFIX:-/none}/lib")
  for folder in "${folders[@]}"; do
    if [ -e "$folder/$name" ]; then
      export LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
      return 0
    fi
  done
  return 0  # the program says that there is none
}
