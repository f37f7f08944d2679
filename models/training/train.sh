#!/bin/sh
# Train with settings that suit a shared machine: threads that sleep instead of spinning, and
# memory that the process keeps instead of giving it back after each step.
# Usage: train.sh DATA OUTPUT [options of train.py]
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 OPENBLAS_NUM_THREADS=1
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=500000000
export GLIBC_TUNABLES=glibc.malloc.hugetlb=1
exec nice -n 19 /usr/bin/python3 "$(dirname "$0")/train.py" "$@"
