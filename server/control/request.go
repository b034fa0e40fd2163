package control

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// httpRequest is a request as it comes in. It is read by Kea's rules, which are
// stricter than those of HTTP in some places, and laxer in others.
type httpRequest struct {
	raw          []byte
	method       string
	major, minor int // of the version; 0.0: it has not come yet
	header       map[string]string
	length       int // bytes of the body; -1: not known yet
	body         int // where it begins; 0: not known yet
}

const (
	// maxHead is the largest head of a request in bytes.
	maxHead = 64 << 10
	newline = "\r\n"
)

// add takes bytes, and reports whether the request is whole. The error is what is wrong
// with it.
func (r *httpRequest) add(text []byte) (whole bool, err error) {
	from := max(0, len(r.raw)-len(newline)*2)
	r.raw = append(r.raw, text...)
	if r.body == 0 {
		at := bytes.Index(r.raw[from:], []byte(newline+newline))
		// A head whose lines end with \n alone ends there, whatever follows.
		if bare := bytes.Index(r.raw[from:], []byte("\n\n")); bare >= 0 && (at < 0 || bare < at) {
			return false, r.readHead(r.raw[:from+bare+len("\n\n")])
		}
		if len(r.raw) > maxHead && (at < 0 || from+at > maxHead) {
			return false, problem("the head of the request is too large")
		}
		if at < 0 {
			return false, r.readVersion()
		}
		r.body = from + at + len(newline)*2
		if err := r.readHead(r.raw[:r.body]); err != nil {
			return false, err
		}
	}
	return len(r.raw) >= r.body+r.length, nil
}

// content is the body of a request that is whole.
func (r *httpRequest) content() []byte { return r.raw[r.body : r.body+r.length] }

// readVersion reads the first line, when it is there: an answer is of its version.
func (r *httpRequest) readVersion() error {
	line, _, ok := bytes.Cut(r.raw, []byte("\n"))
	if !ok || r.method != "" {
		return nil
	}
	return r.readLine(strings.TrimSuffix(string(line), "\r"))
}

// readLine reads the first line of a request.
func (r *httpRequest) readLine(line string) error {
	method, rest, _ := strings.Cut(line, " ")
	r.method = strings.ToUpper(method)
	switch r.method {
	case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT":
	default:
		return problemf("unknown HTTP method %s", r.method)
	}
	_, version, _ := strings.Cut(rest, " ")
	numbers, ok := strings.CutPrefix(version, "HTTP/")
	major, minor, dotted := strings.Cut(numbers, ".")
	var errMajor, errMinor error
	r.major, errMajor = strconv.Atoi(major)
	r.minor, errMinor = strconv.Atoi(minor)
	if !ok || !dotted || errMajor != nil || errMinor != nil {
		r.major, r.minor = 0, 0
		return problemf("unexpected content of the request line: %s", line)
	}
	return nil
}

// readHead reads everything before the body.
func (r *httpRequest) readHead(head []byte) error {
	lines := strings.Split(strings.TrimRight(string(head), "\r\n"), "\n")
	if err := r.readLine(strings.TrimSuffix(lines[0], "\r")); err != nil {
		return err
	}
	r.header = map[string]string{}
	for _, line := range lines[1:] {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return problemf("invalid header: %s", line)
		}
		r.header[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	if r.method != "POST" {
		return problemf("use of HTTP %s not allowed", r.method)
	}
	length, ok := r.header["content-length"]
	if !ok || !bytes.HasSuffix(head, []byte(newline+newline)) {
		return problem("required header content-length not found in the HTTP request")
	}
	kind, ok := r.header["content-type"]
	switch {
	case !ok:
		return problem("required header content-type not found in the HTTP request")
	case !strings.EqualFold(kind, "application/json"):
		return problemf("required header's content-type value is application/json, but %s was found", kind)
	}
	n, err := strconv.ParseUint(length, 10, 31)
	if err != nil || n > maxCommand {
		return problemf("invalid value of the header content-length: %s", length)
	}
	r.length = int(n)
	return nil
}

// stays reports whether the connection stays open behind the answer to a request that
// has been understood.
func (r *httpRequest) stays() bool {
	connection := strings.ToLower(r.header["connection"])
	if r.major > 1 || r.major == 1 && r.minor > 0 {
		return connection != "close"
	}
	return connection == "keep-alive"
}

// version is that of the answer.
func (r *httpRequest) version() string {
	if r.major == 1 && r.minor > 0 {
		return "HTTP/1.1"
	}
	return "HTTP/1.0"
}

// httpStatus are the texts of the answers.
var httpStatus = map[int]string{200: "OK", 400: "Bad Request", 401: "Unauthorized", 408: "Request Timeout"}

// httpAnswer is an answer on its way.
type httpAnswer struct {
	version string
	status  int
	headers []header // besides those that all answers have
	body    []byte
}

type header struct{ name, value string }

func (a *httpAnswer) statusLine() string {
	return fmt.Sprintf("%s %d %s", a.version, a.status, httpStatus[a.status])
}
