#!/bin/sh
# The manual has what the tables say (`make man` puts it there) and no fault of form.
set -eu
new=${B:?}/cli-manual.1
sh docs/splice.sh "$CRYOSCOPE" docs/cryoscope.1 >"$new"
diff docs/cryoscope.1 "$new" || { echo "run make man"; exit 1; }
rm "$new"
command -v mandoc >/dev/null || { echo "no mandoc"; exit 77; }
said=$(mandoc -T lint docs/cryoscope.1 2>&1 | grep -v 'outdated mandoc.db' || true)
[ -z "$said" ] || { echo "$said"; exit 1; }
