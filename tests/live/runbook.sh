#!/bin/bash
# deploy/RUNBOOK.md, followed line by line on an installation in a temporary folder. Everything is as
# the page says, but `systemctl` (here: one that starts, stops and reloads our dispatchd).
#   runbook.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
. "$source/tests/live/server.sh"
mkdir "$dir/bin" "$dir/backups"
export PATH=$dir/bin:$bin:$PATH
write_config "$dir/data"
export MINGDI_CONFIG=$conf DATA=$dir/data BACKUPS=$dir/backups STATE=$dir
cat >"$dir/bin/systemctl" <<'END'
#!/bin/bash
# The words of systemctl that the runbook uses, for one dispatchd.
pid=$(cat "$STATE/pid" 2>/dev/null)
gone() { while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done; }
case $1 in
start)
    : >"$STATE/log"
    setsid dispatchd --config "$MINGDI_CONFIG" 2>"$STATE/log" </dev/null >/dev/null &
    echo $! >"$STATE/pid"
    until grep -q event=serving "$STATE/log"; do
        kill -0 $! 2>/dev/null || { cat "$STATE/log"; exit 1; }
        sleep 0.05
    done
    until [ -s "$DATA/board/board.txt" ]; do kill -0 $! || exit 1; sleep 0.05; done
    ;;
stop) kill "$pid" && gone ;;
kill) kill -9 "$pid" && gone ;;
reload) kill -HUP "$pid" ;;
restart) "$0" stop && "$0" start ;;
*) exit 1 ;;
esac
END
chmod +x "$dir/bin/systemctl"
clean_up() { kill "$(cat "$dir/pid")" 2>/dev/null; }

# The lines of the blocks marked "sh test", each with its number in the page.
awk '/^```sh test$/ { on = 1; next } /^```$/ { on = 0 } on { print FNR "\t" $0 }' \
    "$source/deploy/RUNBOOK.md" >"$dir/steps"
cd "$source" || exit 1
said= done=0 checked=0
while IFS=$'\t' read -r number line; do
    case $line in
    '#= '*)
        checked=$((checked + 1))
        [[ $said == *"${line#\#= }"* ]] || fail "RUNBOOK.md:$number: not seen \"${line#\#= }\" but"$'\n'"$said"
        ;;
    *)
        eval "$line" >"$dir/said" 2>&1 </dev/null
        code=$?
        said=$(cat "$dir/said")
        done=$((done + 1))
        [ $code -eq 0 ] || fail "RUNBOOK.md:$number: $line ended with $code"$'\n'"$said"
        ;;
    esac
done <"$dir/steps"
[ $done -ge 40 ] && [ $checked -ge 25 ] || fail "only $done commands and $checked looks were found in the page"

echo "runbook: $done commands followed, $checked looks, $failures failures"
[ $failures -eq 0 ]
