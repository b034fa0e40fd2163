package option

// Table holds the option spaces of one protocol: dhcpd's own and those that a
// file adds.
type Table struct{ _ int }
