#!/usr/bin/env bash
# Fifty million changed files for every reader of untrusted files: safetensors, npy, CSV, JSON configurations.
#   tests/fuzz.sh [COUNT] [SEED]      the figures of such runs stand in docs/results/fuzz.txt
# An input that makes a reader fail is written to the current folder; replay it with
#   dotnet run -c Release --project tests/PureDit.Fuzz -- --format FORMAT --replay FILE
set -euo pipefail
project="$(cd "$(dirname "$0")" && pwd)/PureDit.Fuzz"
dotnet run -c Release --project "$project" -- --format all --count "${1:-50000000}" --seed "${2:-1}" --seconds 86400
