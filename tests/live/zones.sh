#!/bin/bash
# Areas into PostGIS and out again as the file that dispatchd reads; run by with_pg.
#   zones.sh DISPATCHCTL
set -eu
ctl=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/in.geojson" <<'END'
{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"name":"第三中学","code":"ctl-school"},"geometry":{"type":"Polygon",
 "coordinates":[[[106.3712345,39.01],[106.38,39.01],[106.38,39.02],[106.3712345,39.01]]]}}]}
END
fail() {
    echo "FAILED: $*"
    exit 1
}

"$ctl" zones import "$dir/in.geojson" --kind school --db "$MINGDI_DB" | grep -q '1 zones of kind school'
"$ctl" zones export --out "$dir/out.geojson" --db "$MINGDI_DB" | grep -q 'zones$' || fail "no count"
line=$(grep '"code":"ctl-school"' "$dir/out.geojson") || fail "the zone is not in the file"
[[ "$line" == *'"kind":"school"'* && "$line" == *'第三中学'* ]] || fail "its names: $line"
[[ "$line" == *'[106.3712345,39.0100000]'* ]] || fail "its border: $line"
[[ "$line" =~ \"id\":[1-9] ]] || fail "its id: $line"

# What cannot be taken in names the reason, and a file that cannot be written is not half written.
"$ctl" zones import "$dir/in.geojson" --kind nonsense --db "$MINGDI_DB" 2>/dev/null && fail "a kind"
"$ctl" zones export --out "$dir/none/out.geojson" --db "$MINGDI_DB" 2>"$dir/why" && fail "no folder"
grep -q 'No such file' "$dir/why" || fail "$(cat "$dir/why")"
echo "all as expected"
