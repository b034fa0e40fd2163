#!/bin/bash
# Fuzzes every target of the tree: as many at a time as there are cores, each with
# one worker.
#
#   FUZZTIME=30    seconds per target
#   FUZZTOTAL=480  seconds for all together; with more targets than that allows,
#                  each gets an equal share, and the script says so
set -euo pipefail
each=${FUZZTIME:-30} total=${FUZZTOTAL:-480} cores=$(nproc)

targets=() # "folder name" for each func FuzzXxx(f *testing.F)
while read -r file name; do
	targets+=("./$(dirname "$file") $name")
done < <(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed -E 's/^\.\/(.*):func /\1 /' | sort)

if [ ${#targets[@]} -eq 0 ]; then
	echo "fuzz: no targets"
	exit
fi
rounds=$(((${#targets[@]} + cores - 1) / cores))
if [ $((each * rounds)) -gt "$total" ]; then
	each=$((total / rounds))
fi
echo "fuzz: ${#targets[@]} targets, $cores at a time: $each s each"

# fuzz fuzzes one target and prints what it said when it has ended.
fuzz() {
	local folder=$1 name=$2 each=$3 log status
	log=$(mktemp)
	# Making new inputs small, up to 60 s for each, would eat the time.
	go test -run '^$' -fuzz "^$name\$" -fuzztime "${each}s" -fuzzminimizetime 20x -parallel 1 -timeout 0 "$folder" >"$log" 2>&1 && status=0 || status=$?
	# On a busy machine the go command can fail at the very end of the time, when
	# a worker has not answered yet; a real failure has an input or a panic.
	if [ "$status" -ne 0 ] && grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input written|panic:|testdata/fuzz' "$log"; then
		echo "fuzz: $name ran out of time while a worker was busy; nothing failed" >>"$log"
		status=0
	fi
	echo "fuzz: $name in $folder"
	grep -v '^fuzz: elapsed: [0-9]*s, execs: .*/sec' "$log" || true
	if [ "$status" -ne 0 ]; then
		cp "$log" "$failures/$name"
		exit 255 # ends xargs
	fi
	rm -f "$log"
}
export -f fuzz
failures=$(mktemp -d)
export failures
trap 'rm -rf "$failures"' EXIT
printf '%s\n' "${targets[@]}" | xargs -P "$cores" -L 1 bash -c 'set -euo pipefail; fuzz "$1" "$2" "$0"' "$each" || {
	echo "fuzz: failed:"
	cat "$failures"/*
	exit 1
}
