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
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
	read -r folder name <<<"$target"
	echo "fuzz: $name in $folder for $each s"
	# Making new inputs small, up to 60 s for each, would eat the time.
	go test -run '^$' -fuzz "^$name\$" -fuzztime "${each}s" -fuzzminimizetime 20x -timeout 0 "$folder" >"$log" 2>&1 && status=0 || status=$?
	grep -v '^fuzz: elapsed: [0-9]*s, execs: .*/sec' "$log" || true
	[ "$status" -eq 0 ] && continue
	# On a busy machine the go command can fail at the very end of the time, when
	# a worker has not answered yet; a real failure has an input or a panic.
	if grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input written|panic:|testdata/fuzz' "$log"; then
		echo "fuzz: $name ran out of time while a worker was busy; nothing failed"
		continue
	fi
	exit 1
done
