# Who may include whom (DESIGN.md, section 2).
function complain(text) { print FILENAME ":" FNR ": " text ": " name }
function in_room(room) { return index(FILENAME, room) == 1 }
function names(room) { return index(name, room) == 1 }
function is_one_of(pattern) { return FILENAME ~ pattern }

!/^#include/ { next }
{ name = $2; gsub(/[<>"]/, "", name) }
name == "dispatch/must.h" { next } # open to all

# The pure rooms know nothing of each other nor of anything above them.
/"/ && in_room("geo/") && !names("geo/") { complain("geo includes only geo") }
/"/ && in_room("dispatch/core/") && !names("dispatch/core/") { complain("core includes only core") }
/"/ && in_room("dispatch/warn/") && !names("dispatch/warn/") { complain("warn includes only warn") }
/</ && in_room("dispatch/core/") && name !~ /^(inttypes|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h$/ {
    complain("core needs no more of the system than memory and text")
}
in_room("dispatch/") && (names("sim/") || names("tests/")) { complain("dispatch includes no sim, no tests") }
in_room("geo/") && names("sim/") { complain("geo includes no sim") }
in_room("sim/") && names("tests/") { complain("sim includes no tests") }

# Each library has one door.
is_one_of("^tests/") { next }
name ~ /\.pb-c\.h$/ && !is_one_of("^dispatch/wire/") { complain("generated protobuf only in wire") }
name ~ /^sqlite3/ && !is_one_of("^dispatch/(journal|accounts)/") {
    complain("SQLite only in journal and accounts")
}
name ~ /libpq/ && !is_one_of("^dispatch/(atlas/|readers/mirror_|ctl/verify_postgis)") {
    complain("libpq only in atlas and the mirror")
}
name ~ /^hiredis/ && !is_one_of("^dispatch/(readers/(publish_redis|redis)|ctl/verify_redis)") {
    complain("hiredis only in its reader")
}
name ~ /^libwebsockets/ && !is_one_of("^dispatch/gate/") { complain("libwebsockets only in gate") }
name ~ /^geos_c/ && !in_room("geo/") { complain("GEOS only in geo") }
name ~ /^curl\// && !is_one_of("^dispatch/readers/curl_loop") { complain("libcurl only in curl_loop") }
name ~ /^libxml\// && !is_one_of("^dispatch/cap/") { complain("libxml2 only in cap") }
name ~ /^yaml\.h/ && !is_one_of("^dispatch/policy/(yamlfile|cardfile)") { complain("libyaml only in yamlfile") }
