#!/bin/bash
# Fuzzes every target of the tree, one after the other.
#
#   FUZZTIME=30    seconds per target
#   FUZZTOTAL=480  seconds for all together; with more targets than that allows,
#                  each gets an equal share, and the script says so
set -euo pipefail
each=${FUZZTIME:-30} total=${FUZZTOTAL:-480}

targets=() # "folder name" for each func FuzzXxx(f *testing.F)
while read -r file name; do
	targets+=("./$(dirname "$file") $name")
done < <(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed -E 's/^\.\/(.*):func /\1 /' | sort)

if [ ${#targets[@]} -eq 0 ]; then
	echo "fuzz: no targets"
	exit
fi
if [ $((each * ${#targets[@]})) -gt "$total" ]; then
	each=$((total / ${#targets[@]}))
	echo "fuzz: ${#targets[@]} targets in $total s: $each s each"
fi
for target in "${targets[@]}"; do
	read -r folder name <<<"$target"
	echo "fuzz: $name in $folder for $each s"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "${each}s" -timeout 0 "$folder" | grep -v '^fuzz: elapsed: [0-9]*s, execs: .*/sec' || exit 1
done
