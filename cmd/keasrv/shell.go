package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/server/control"
)

func newShell(t terminal) *cobra.Command {
	var socket string
	cmd := &cobra.Command{
		Use:   "shell --socket PATH COMMAND [ARGUMENTS]",
		Short: "Send a command to the control socket of keasrv or Kea",
		Long: `Send a command to the Unix control socket of keasrv or of a server of Kea, and print its answer. ARGUMENTS are JSON; - reads them from standard input.

Exit status: 0 when the result is 0 or 3 (nothing found), 1 otherwise.`,
		Example: "  keasrv shell --socket /run/kea/kea4-ctrl-socket status-get\n" +
			`  keasrv shell --socket /run/kea/kea4-ctrl-socket lease4-get '{"ip-address": "10.0.0.10"}'`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := command(t.in, args)
			if err != nil {
				return usageError{err}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), time.Minute)
			defer cancel()
			answer, err := control.Ask(ctx, socket, text)
			if err != nil {
				return err
			}
			return showAnswer(t.out, answer)
		},
	}
	cmd.Flags().StringVar(&socket, "socket", "/run/kea/kea4-ctrl-socket", "the server's control socket")
	return cmd
}

// command builds the text of a command.
func command(in io.Reader, args []string) ([]byte, error) {
	c := map[string]any{"command": args[0]}
	if len(args) == 2 {
		text := []byte(args[1])
		if args[1] == "-" {
			var err error
			if text, err = io.ReadAll(in); err != nil {
				return nil, err
			}
		}
		if !json.Valid(text) {
			return nil, errors.New("the arguments are not JSON")
		}
		c["arguments"] = json.RawMessage(text)
	}
	return json.Marshal(c)
}

// showAnswer prints an answer with line breaks.
func showAnswer(out io.Writer, answer []byte) error {
	var shown bytes.Buffer
	if err := json.Indent(&shown, answer, "", "  "); err != nil {
		return fmt.Errorf("the answer is not JSON: %q", answer)
	}
	shown.WriteByte('\n')
	if _, err := out.Write(shown.Bytes()); err != nil {
		return err
	}
	var result struct {
		Result int    `json:"result"`
		Text   string `json:"text"`
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		return err
	}
	if result.Result != control.Success && result.Result != control.Empty {
		return fmt.Errorf("result %d: %s", result.Result, result.Text)
	}
	return nil
}
