// Package report shows what a translation says about its input: report.txt for
// people, report.html for people with a browser, report.json for programs,
// report.sarif for systems of continuous integration, and the summary on the
// terminal. It holds no judgement of its own; that is in package translator.
//
// Everything is written as it is made, finding by finding, and every text that
// comes from the input passes a [dhcpdconf.Redactor] and
// [dhcpdconf.Printable]: no secret and no control character gets out.
package report
