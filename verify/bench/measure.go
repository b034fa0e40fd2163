package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// cost is what one run of a program took.
type cost struct {
	wall, processor time.Duration
	memory          int64 // peak resident size in bytes
}

// errTimeLimit says that a program was ended because it took too long.
var errTimeLimit = errors.New("time limit")

// measure runs a command. okStatus says which exit status means that it did
// its work. The kernel counts the peak of this process, from which the child is
// made, as the child's too; so this one has to stay small.
func measure(ctx context.Context, cmd *exec.Cmd, okStatus func(int) bool) (cost, error) {
	var output strings.Builder
	cmd.Stderr = &output
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return cost{wall: wall}, errTimeLimit
	case err != nil && (!errors.As(err, &exit) || !okStatus(exit.ExitCode())):
		text := output.String()
		return cost{}, fmt.Errorf("%s: %w\n%s", cmd, err, text[:min(len(text), 2000)])
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return cost{}, errors.New("this system does not account memory")
	}
	state := cmd.ProcessState
	return cost{wall: wall, processor: state.UserTime() + state.SystemTime(), memory: usage.Maxrss << 10}, nil
}

// median returns the middle of each part; of an even number, the lower one.
func median(costs []cost) cost {
	var walls, processors []time.Duration
	var memories []int64
	for _, c := range costs {
		walls, processors, memories = append(walls, c.wall), append(processors, c.processor), append(memories, c.memory)
	}
	slices.Sort(walls)
	slices.Sort(processors)
	slices.Sort(memories)
	middle := (len(costs) - 1) / 2
	return cost{wall: walls[middle], processor: processors[middle], memory: memories[middle]}
}
