// Package keaconf knows Kea's configuration files: it reads them with
// comments, includes and positions, holds them as Go values, writes them in a
// stable order, and checks them against the schema of each version of Kea and
// against the rules that a schema cannot state.
package keaconf
