package translator

import "fmt"

// severityMeaning is what each grade means to the operator.
var severityMeaning = [...]string{
	S0: "nothing differs",
	S1: "worth a note only",
	S2: "differs in rare cases",
	S3: "ordinary clients can get another answer",
	S4: "service or access policy breaks: you must decide",
}

// Meaning returns in a few words what the grade means to the operator.
func (s Severity) Meaning() string { return severityMeaning[s] }

// CodesMarkdown returns docs/findings.md: the codes as a page for people.
func CodesMarkdown() []byte {
	out := []byte(`# Findings

Each finding of ` + "`report.txt` and `report.json`" + ` has a code that stays the same from release to release. This page is generated from the table in the source (` + "`go generate ./translator`" + `).

| severity | meaning |
|---|---|
`)
	for s := S0; s <= S4; s++ {
		out = fmt.Appendf(out, "| %s | %s |\n", s, s.Meaning())
	}
	out = append(out, "\nThe severity given below is the usual one; a finding can have another where the case is milder or worse.\n"...)
	for _, c := range Codes() {
		out = fmt.Appendf(out, "\n## %s\n\n%s (usually %s)\n\n%s\n", c.Code, c.Title, c.Severity, c.Text)
	}
	return out
}
