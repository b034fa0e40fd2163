// Package constructs says what becomes of each construct of dhcpd.conf in each
// version of Kea. The list of constructs is the parser's, verdicts and findings
// are those of the translator for the project's samples and golden cases; only
// the words for what a construct becomes are written by hand, and a test finds
// constructs without any.
package constructs
