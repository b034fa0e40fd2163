// Command equivalence tells how alike the real dhcpd and the real Kea answer
// the same clients, for each file of a folder of real configurations (see
// verify/corpus) that dhcpd accepts. make equivalence runs it. Samples of this
// project can be given in place of the folder: any file named is taken as one.
//
// Each file is adapted to a machine with one interface (exchange.Adapt); dhcpd
// serves it as it is then, Kea its translation. Both get the messages of the
// clients that verify/population derives from the file, and verify/exchange
// compares. Each difference is one of
//
//   - allowed by the rule book (docs/equivalence.md),
//   - explained: a finding of the translation carries the field and the client,
//   - unexplained: a defect.
//
// The model of dhcpd (translator/model/answer) answers the same clients too; what
// it says otherwise than dhcpd, to the byte, is counted on its own. With -targets
// "" nothing else is done. And keasrv answers with the translation for Kea 3.0 in this
// process, where DHCPv4 is served; what it says otherwise than Kea 3.0 is counted too.
//
// For every file it prints the clients, how many of them were answered alike,
// and the differences by finding; then the totals, and each unexplained
// difference with the client's line. The exit status is 0 if at least 95 % of
// the files are answered alike, no difference is unexplained, and the model and keasrv
// answer 99.5 % of the messages as the real servers do; 1 if not, and
// 2 when the check could not be done.
//
// With -keama the conversions of ISC's assistant are measured too, on Kea 2.6.
package main
