// Command corpus converts a folder of real dhcpd.conf files with the keamigrate
// command for every Kea that can be run here, and asks each Kea whether it takes
// the result and starts with it. make corpus runs it. The folder is not part of
// this project; it holds
//
//   - conf4/ and conf6/ with the files,
//   - INDEX.tsv: file name, kind (conf4 or conf6), size, verdict of "dhcpd -t"
//     (ok or error), its first message, ..., repository and path as the last two
//     columns,
//   - includes/OWNER+REPO/ with files that include statements name, and
//     INCLUDES.tsv: repository (OWNER+REPO), commit, including file, the text of
//     the include, the file below includes/OWNER+REPO ("" if there is none).
//
// For each file a folder is made in which its includes are where it looks for
// them: absolute ones below root/ (keamigrate's --root), relative ones beside the
// file, which is the working directory. Then the driver checks that
//
//   - the parser neither panics nor hangs, prints the file back byte for byte,
//     has no error where dhcpd accepts the file, and agrees with dhcpd,
//   - the command neither crashes nor runs for longer than 30 s, and the verdicts
//     in report.json add up to its statements,
//   - Kea takes what was written (-t, and -T from 2.6 on) and starts with it, in
//     a network namespace that has the interfaces that the file names.
//
// It prints a table and the failures. The exit status is 0 if all bars are met,
// 1 if one is not, 2 if the check itself could not be done.
//
// Host names are not looked up by default (-resolve off): the corpus' names
// are other people's, and most no longer exist. With "-resolve invented" each
// name that a file uses gets a made-up address, so that the values with names
// are in the result too; any other value is handed to keamigrate as it is.
//
// With -mutants the files are changed first: statements are left out, doubled,
// swapped, and put into other files, which finds what no real file holds yet.
package main
