#!/bin/sh
# tape.sh RUN_STORY STORIES OUT: the stories as consoles are told them.
set -eu
rm -rf "$3"
mkdir -p "$3"
"$1" --tape "$3" "$2"/*.story
