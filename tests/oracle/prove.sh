#!/bin/sh
# Records everything in ../conformance anew and compares, to the byte. The
# Django and the Python are those of the command python, or of $PYTHON.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python}
"$python" -c 'import django, platform; print("Django", django.__version__, "under Python", platform.python_version())'
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
failed=0
for name in public more probes moreprobes urls; do
	program=scenarios.py
	case $name in *probes | urls) program=probes.py ;; esac
	"$python" "$program" <"../conformance/$name.jsonl" >"$fresh"
	if cmp "$fresh" "../conformance/$name.django.jsonl"; then
		echo "$name: $(($(wc -l <"$fresh"))) the same"
	else
		failed=1
	fi
done
exit $failed
