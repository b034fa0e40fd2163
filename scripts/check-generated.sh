#!/bin/bash
# Runs go generate and fails if that changes a file: what is generated is never
# edited by hand, and is committed with what it is generated from.
set -euo pipefail

state() { # what differs from the index, and the content of files git does not know
	git diff
	git ls-files --others --exclude-standard -z | sort -z | xargs -0 -r sha256sum
}

before=$(state)
go generate ./...
after=$(state)
if [ "$before" != "$after" ]; then
	echo "check-generated: go generate changes these; commit its result:" >&2
	diff <(echo "$before") <(echo "$after") | head -n 60 >&2
	exit 1
fi
