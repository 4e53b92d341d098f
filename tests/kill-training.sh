#!/bin/sh
# Kills a training process at random moments, again and again, and prints what was left each time.
#   tests/kill-training.sh [KILLS] [SEED]         default: 1000 kills, seed 1, nine minutes
# Its figures stand in docs/results/13-kills.txt.
set -e
cd "$(dirname "$0")/.."
figures=$(mktemp)
PUREDIT_KILLS=${1:-1000} PUREDIT_KILL_SEED=${2:-1} PUREDIT_KILL_FIGURES=$figures \
  dotnet test tests/PureDit.Cli.Tests -c Release --nologo --verbosity quiet --filter FullyQualifiedName~KillTests
cat "$figures"
rm "$figures"
