#!/bin/bash
# Real networks: extracts imported through PostGIS, then every node by Dijkstra and by the hierarchy
# against Bellman-Ford, closures included. extracts.sh BIN TEST_EXTRACT ROOT SHARED_DATA [NAME…],
# under with_pg; NAME all: every extract there is (Porto runs in roads.sh, too).
set -eu
bin=$1 extract=$2 source=$3 shared=$4/osm
shift 4
[ "$*" != all ] || set -- $(cd "$shared" && ls ./*.pbf)

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for name; do
    if [ ! -f "$shared/$name" ]; then
        echo "SKIP: no $shared/$name"
        exit 77
    fi
    "$bin/dispatchctl" import-osm "$shared/$name" --db "$MINGDI_DB" --deploy "$source/deploy" \
        --out "$dir/road.bin" | tail -1
    MINGDI_ROAD_FILE=$dir/road.bin "$extract"
done
