#!/bin/bash
# The edge as deploy/nginx/mingdi.conf has it, before a real dispatchd: only addresses, folders and
# the user differ; certificates are made here and thrown away.
#   nginx.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
module=/usr/lib/nginx/modules/ngx_stream_module.so
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) && [ -e $module ] || {
    echo "SKIP: no nginx with its stream module here (apt-get install nginx-light libnginx-mod-stream)"
    exit 77
}
command -v openssl >/dev/null && command -v curl >/dev/null && command -v python3 >/dev/null || {
    echo "SKIP: openssl, curl or python3 is missing"
    exit 77
}
. "$source/tests/live/server.sh"
tls=$dir/tls
edge=
clean_up() { [ -z "$edge" ] || { kill "$edge" && wait "$edge"; } 2>/dev/null; }

# --- certificates: the centre's, a unit's, a withdrawn unit's, a stranger's ---
mkdir -p "$tls" "$dir/pages" && echo '<title>console</title>' | tee "$dir/pages/index.html" >"$dir/pages/watch.html"
authority() { # NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
        -keyout "$tls/$1.key" -out "$tls/$1.crt" 2>/dev/null
}
certificate() { # AUTHORITY NAME [EXTENSION]
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
        -keyout "$tls/$2.key" -out "$tls/$2.csr" 2>/dev/null &&
        openssl ca -batch -notext -config "$tls/$1.cnf" -in "$tls/$2.csr" -out "$tls/$2.crt" \
            ${3:+-extfile "$3"} 2>/dev/null
}
for ca in centre-ca units-ca strange-ca; do
    authority $ca
    : >"$tls/$ca.index" && echo 1000 >"$tls/$ca.serial"
    cat >"$tls/$ca.cnf" <<END
[ca]
default_ca = d
[d]
certificate = $tls/$ca.crt
private_key = $tls/$ca.key
database = $tls/$ca.index
serial = $tls/$ca.serial
new_certs_dir = $tls
default_md = sha256
default_days = 2
default_crl_days = 2
policy = p
unique_subject = no
[p]
commonName = supplied
END
done
echo 'subjectAltName = DNS:localhost,IP:127.0.0.1' >"$tls/san"
certificate centre-ca server "$tls/san" && certificate units-ca unit-1 &&
    certificate units-ca unit-2 && certificate strange-ca stranger || { echo "no certificates"; exit 1; }
openssl ca -batch -config "$tls/units-ca.cnf" -revoke "$tls/unit-2.crt" 2>/dev/null
openssl ca -batch -config "$tls/units-ca.cnf" -gencrl -out "$tls/units.crl" 2>/dev/null

# --- dispatchd and nginx ---
https=$(free_port) plain=$(free_port) phones=$(free_port) units=$(free_port) osmand=$(free_port)
write_config "$dir/data"
sed -i "s/^osmand =.*/osmand = 127.0.0.1:$osmand/" "$conf"
printf '[gate]\norigins = https://localhost:%s\n' "$https" >>"$conf"
start
sed -e "s|^user .*|user $(id -un);|" -e "s|/run/nginx.pid|$dir/nginx.pid|" -e "s|/var/log/nginx/|$dir/|" \
    -e "s|/etc/mingdi/tls/|$tls/|" -e "s|/usr/share/mingdi/pages|$dir/pages|" \
    -e "s|127.0.0.1:8120|$http|" -e "s|127.0.0.1:8808|$jt808|" -e "s|127.0.0.1:5055|127.0.0.1:$osmand|" \
    -e "s|listen 80;|listen 127.0.0.1:$plain;|" -e "s|listen 443 |listen 127.0.0.1:$https |" \
    -e "s|listen 5443 |listen 127.0.0.1:$phones |" -e "s|listen 8809 |listen 127.0.0.1:$units |" \
    -e "s|/etc/nginx/modules-enabled/|$dir/modules/|" -e "s|^worker_rlimit_nofile.*||" \
    "$source/deploy/nginx/mingdi.conf" >"$dir/nginx.conf"
mkdir "$dir/modules" && echo "load_module $module;" >"$dir/modules/stream.conf"
"$nginx" -t -q -p "$dir" -c "$dir/nginx.conf" 2>"$dir/nginx.log" || { cat "$dir/nginx.log"; exit 1; }
"$nginx" -p "$dir" -c "$dir/nginx.conf" -g 'daemon off;' 2>"$dir/nginx.log" &
edge=$!
at=https://localhost:$https
get() { curl -s --noproxy '*' --cacert "$tls/centre-ca.crt" "$@"; }
until get -o /dev/null "$at/"; do
    kill -0 $edge 2>/dev/null || { echo "nginx ended"; cat "$dir/nginx.log"; exit 1; }
    sleep 0.05
done

# --- people ---
expect 0 '"seq"' get "$at/healthz"
expect 60 '' curl -s --noproxy '*' "$at/healthz"
expect 0 "301 https://localhost/healthz" curl -s --noproxy '*' -o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: localhost' "http://127.0.0.1:$plain/healthz"
expect 35 '' get --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 "$at/healthz"
expect 0 'console' get "$at/"
expect 0 'console' get "$at/watch"
expect 0 '403' get -o /dev/null -w '%{http_code}' -X DELETE "$at/"
for header in 'strict-transport-security: max-age' 'x-frame-options: DENY' 'content-security-policy: default-src' \
    'x-content-type-options: nosniff' 'referrer-policy: no-referrer' 'permissions-policy: camera=()'; do
    expect 0 "$header" get -I "$at/"
done
for header in strict-transport-security x-frame-options x-content-type-options; do
    n=$(get -D - -o /dev/null "$at/healthz" | grep -ci "^$header:")
    [ "$n" = 1 ] || fail "/healthz has $n times $header"
done

# A WebSocket through TLS: our origin is let in, another is not.
upgrade() { # ORIGIN: the status of the handshake
    get --http1.1 -o /dev/null -w '%{http_code}' --max-time 3 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
        -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' -H "Origin: $1" "$at/ws"
}
[[ $(upgrade "$at") == 101 ]] || fail "no WebSocket through the edge: $(upgrade "$at")"
[[ $(upgrade https://elsewhere.example) == 403 ]] || fail "another origin: $(upgrade https://elsewhere.example)"

# Passwords: a shift may sign in at once, a guesser runs into 429.
tries() {
    for i in $(seq 200); do
        printf 'url = "%s/api/sign-in"\ndata = "{}"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n' "$at"
    done | get -K -
}
said=$(tries)
[ "$(grep -c 429 <<<"$said")" -ge 50 ] || fail "200 sign-ins at once were not slowed down"
[ "$(grep -vc 429 <<<"$said")" -ge 120 ] || fail "a change of shift would be shut out"

# --- vehicles ---
unit() { # CERTIFICATE or "": a JT/T 808 heartbeat of a terminal nobody knows; what comes back, in hex
    python3 - "$tls" "$units" "$1" <<'END'
import socket, ssl, sys
tls, port, name = sys.argv[1:]
context = ssl.create_default_context(cafile=tls + "/centre-ca.crt")
if name:
    context.load_cert_chain(f"{tls}/{name}.crt", f"{tls}/{name}.key")
try:
    with socket.create_connection(("127.0.0.1", int(port))) as plain:
        plain.settimeout(20)
        with context.wrap_socket(plain, server_hostname="localhost") as s:
            body = bytes.fromhex("0100" "0026" "013800000001" "0001"
                "0000" "0000" + "00" * 5 + "00" * 20 + "00" * 7 + "01" "41")[:50]
            body += bytes([__import__("functools").reduce(lambda a, b: a ^ b, body)])
            s.sendall(b"\x7e" + body.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e")
            got = s.recv(64)
            print("answer " + got.hex() if got else "refused: hung up")
except (ssl.SSLError, ConnectionError) as why:
    print("refused", why)
END
}
expect 0 'answer 7e8100' unit unit-1
expect 0 'refused' unit ''
expect 0 'refused' unit stranger
expect 0 'refused' unit unit-2
expect 0 '400' get -o /dev/null -w '%{http_code}' "https://localhost:$phones/?id=1&lat=39&lon=106"
expect 0 'unknown id' get --cert "$tls/unit-1.crt" --key "$tls/unit-1.key" \
    "https://localhost:$phones/?id=1&lat=39&lon=106&timestamp=1"

# --- without dispatchd the edge says so, at once ---
stop
expect 0 '502' get -o /dev/null -w '%{http_code}' "$at/healthz"
expect 0 'console' get "$at/"

echo "nginx: $failures failures"
[ $failures -eq 0 ]
