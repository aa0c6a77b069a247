#!/bin/sh
# browser.sh BIN SOURCE PAGES NAME: console/test/web/NAME.web.ts in Chromium.
set -eu
export WEB_BIN="$1" WEB_SOURCE="$2" WEB_PAGES="$3"
WEB_BROWSER=$(command -v chromium) || {
    echo "SKIP: no Chromium here (apt-get install chromium)"
    exit 77
}
export WEB_BROWSER
exec npm --prefix "$2/console" run --silent test:web -- "$4"
