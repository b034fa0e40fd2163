package keaconf

// Server holds the keys at the top of a DHCP server's configuration that are
// about the server, not about clients; both protocols have them.
type Server struct {
	ControlSocket           *ControlSocket  `kea:"control-socket"`
	ControlSockets          []ControlSocket `kea:"control-sockets"` // from 3.0
	LeaseDatabase           *Database       `kea:"lease-database"`
	HostsDatabase           *Database       `kea:"hosts-database"`
	HostsDatabases          []Database      `kea:"hosts-databases"`
	ConfigControl           *ConfigControl  `kea:"config-control"`
	ServerTag               string          `kea:"server-tag"`
	HooksLibraries          []HookLibrary   `kea:"hooks-libraries"`
	MultiThreading          *MultiThreading `kea:"multi-threading"`
	DHCPQueueControl        *QueueControl   `kea:"dhcp-queue-control"`
	DHCP4o6Port             *uint32         `kea:"dhcp4o6-port"`
	ParkedPacketLimit       *uint32         `kea:"parked-packet-limit"`
	Compatibility           *Compatibility  `kea:"compatibility"`
	SanityChecks            *SanityChecks   `kea:"sanity-checks"`
	ExpiredLeasesProcessing *ExpiredLeases  `kea:"expired-leases-processing"`
	DHCPDDNS                *DHCPDDNS       `kea:"dhcp-ddns"`
	DeclineProbationPeriod  *uint32         `kea:"decline-probation-period"` // seconds

	StatisticDefaultSampleCount *uint32 `kea:"statistic-default-sample-count"`
	StatisticDefaultSampleAge   *uint32 `kea:"statistic-default-sample-age"` // seconds

	// HostReservationIdentifiers is the order in which a host is looked for.
	HostReservationIdentifiers    []string `kea:"host-reservation-identifiers"`
	EarlyGlobalReservationsLookup *bool    `kea:"early-global-reservations-lookup"`
	IPReservationsUnique          *bool    `kea:"ip-reservations-unique"`
	ReservationsLookupFirst       *bool    `kea:"reservations-lookup-first"`
}

// InterfacesConfig says where the server listens.
type InterfacesConfig struct {
	Interfaces                  []string `kea:"interfaces"`         // names, "*", or "name/address"
	DHCPSocketType              string   `kea:"dhcp-socket-type"`   // DHCPv4: raw or udp
	OutboundInterface           string   `kea:"outbound-interface"` // DHCPv4
	ReDetect                    *bool    `kea:"re-detect"`
	ServiceSocketsRequireAll    *bool    `kea:"service-sockets-require-all"`
	ServiceSocketsRetryWaitTime *uint32  `kea:"service-sockets-retry-wait-time"` // milliseconds
	ServiceSocketsMaxRetries    *uint32  `kea:"service-sockets-max-retries"`
	Notes
}

// Database is where leases, hosts or configurations are kept.
type Database struct {
	Type              string  `kea:"type"` // memfile, mysql or postgresql
	Name              string  `kea:"name"`
	Persist           *bool   `kea:"persist"`      // memfile
	LFCInterval       *uint32 `kea:"lfc-interval"` // memfile; seconds
	MaxRowErrors      *uint32 `kea:"max-row-errors"`
	Host              string  `kea:"host"`
	Port              *uint32 `kea:"port"`
	User              string  `kea:"user"`
	Password          string  `kea:"password"`
	ReadOnly          *bool   `kea:"readonly"`        // hosts only
	ConnectTimeout    *uint32 `kea:"connect-timeout"` // seconds
	MaxReconnectTries *uint32 `kea:"max-reconnect-tries"`
	ReconnectWaitTime *uint32 `kea:"reconnect-wait-time"` // milliseconds
	OnFail            string  `kea:"on-fail"`
	RetryOnStartup    *bool   `kea:"retry-on-startup"`
	ReadTimeout       *uint32 `kea:"read-timeout"`     // seconds
	WriteTimeout      *uint32 `kea:"write-timeout"`    // seconds
	TCPUserTimeout    *uint32 `kea:"tcp-user-timeout"` // seconds
	TrustAnchor       string  `kea:"trust-anchor"`
	CertFile          string  `kea:"cert-file"`
	KeyFile           string  `kea:"key-file"`
	CipherList        string  `kea:"cipher-list"`
	SSLMode           string  `kea:"ssl-mode"` // from 3.2
	// Comments are written as "//" lines before the object, one each.
	Comments []string `kea:"-"`
}

// ConfigControl lists the databases with configuration.
type ConfigControl struct {
	ConfigDatabases     []Database `kea:"config-databases"`
	ConfigFetchWaitTime *uint32    `kea:"config-fetch-wait-time"` // seconds
}

// HookLibrary is a library to load, with what it is told.
type HookLibrary struct {
	Library    string `kea:"library"`
	Parameters Object `kea:"parameters"`
	// Comments are written as "//" lines before the object, one each.
	Comments []string `kea:"-"`
}

// ExpiredLeases says how expired leases are collected.
type ExpiredLeases struct {
	ReclaimTimerWaitTime        *uint32 `kea:"reclaim-timer-wait-time"`         // seconds
	FlushReclaimedTimerWaitTime *uint32 `kea:"flush-reclaimed-timer-wait-time"` // seconds
	HoldReclaimedTime           *uint32 `kea:"hold-reclaimed-time"`             // seconds
	MaxReclaimLeases            *uint32 `kea:"max-reclaim-leases"`
	MaxReclaimTime              *uint32 `kea:"max-reclaim-time"` // milliseconds
	UnwarnedReclaimCycles       *uint32 `kea:"unwarned-reclaim-cycles"`
	// Comments are written as "//" lines before the object, one each.
	Comments []string `kea:"-"`
}

// ControlSocket is where commands come in.
type ControlSocket struct {
	SocketType     string          `kea:"socket-type"`    // unix; from 3.0 also http and https
	SocketName     string          `kea:"socket-name"`    // unix
	SocketAddress  string          `kea:"socket-address"` // http, https
	SocketPort     *uint32         `kea:"socket-port"`    // http, https
	TrustAnchor    string          `kea:"trust-anchor"`   // https
	CertFile       string          `kea:"cert-file"`      // https
	KeyFile        string          `kea:"key-file"`       // https
	CertRequired   *bool           `kea:"cert-required"`  // https
	Authentication *Authentication `kea:"authentication"`
	HTTPHeaders    []HTTPHeader    `kea:"http-headers"`
	Notes
}

// Authentication is HTTP basic authentication.
type Authentication struct {
	Type      string       `kea:"type"` // basic
	Realm     string       `kea:"realm"`
	Directory string       `kea:"directory"` // of the files that the clients name
	Clients   []AuthClient `kea:"clients"`
	Notes
}

// AuthClient is one user; secrets in the file itself are refused from 3.2 on.
type AuthClient struct {
	User         string  `kea:"user"`
	UserFile     string  `kea:"user-file"`
	Password     *string `kea:"password"`
	PasswordFile string  `kea:"password-file"`
	Notes
}

// HTTPHeader is a header that is added to the answers.
type HTTPHeader struct {
	Name  string `kea:"name"`
	Value string `kea:"value"`
	Notes
}

// QueueControl configures the queue of received packets.
type QueueControl struct {
	EnableQueue *bool   `kea:"enable-queue"`
	QueueType   string  `kea:"queue-type"`
	Capacity    *uint32 `kea:"capacity"`
	Notes
}

// DHCPDDNS is how a DHCP server reaches kea-dhcp-ddns.
type DHCPDDNS struct {
	EnableUpdates *bool   `kea:"enable-updates"`
	ServerIP      string  `kea:"server-ip"`
	ServerPort    *uint32 `kea:"server-port"`
	SenderIP      string  `kea:"sender-ip"`
	SenderPort    *uint32 `kea:"sender-port"`
	MaxQueueSize  *uint32 `kea:"max-queue-size"`
	NCRProtocol   string  `kea:"ncr-protocol"`
	NCRFormat     string  `kea:"ncr-format"`

	// Up to 2.2 only; the ddns-* keys replace them.
	OverrideNoUpdate        *bool   `kea:"override-no-update"`
	OverrideClientUpdate    *bool   `kea:"override-client-update"`
	ReplaceClientName       string  `kea:"replace-client-name"`
	GeneratedPrefix         *string `kea:"generated-prefix"`
	QualifyingSuffix        *string `kea:"qualifying-suffix"`
	HostnameCharSet         *string `kea:"hostname-char-set"`
	HostnameCharReplacement *string `kea:"hostname-char-replacement"`
	Notes
}

// SanityChecks says what happens to odd leases of the lease file.
type SanityChecks struct {
	LeaseChecks        string `kea:"lease-checks"`
	ExtendedInfoChecks string `kea:"extended-info-checks"`
}

// MultiThreading configures the packet threads.
type MultiThreading struct {
	EnableMultiThreading *bool   `kea:"enable-multi-threading"`
	ThreadPoolSize       *uint32 `kea:"thread-pool-size"`
	PacketQueueSize      *uint32 `kea:"packet-queue-size"`
	Notes
}

// Compatibility makes Kea bend to other programs' faults.
type Compatibility struct {
	LenientOptionParsing       *bool `kea:"lenient-option-parsing"`
	IgnoreDHCPServerIdentifier *bool `kea:"ignore-dhcp-server-identifier"` // DHCPv4
	IgnoreRAILinkSelection     *bool `kea:"ignore-rai-link-selection"`     // DHCPv4
	ExcludeFirstLast24         *bool `kea:"exclude-first-last-24"`         // DHCPv4
	// Comments are written as "//" lines before the object, one each.
	Comments []string `kea:"-"`
}

// ServerID is the DUID of a DHCPv6 server.
type ServerID struct {
	Type         string  `kea:"type"` // LLT, EN or LL
	Identifier   string  `kea:"identifier"`
	Time         *uint32 `kea:"time"`
	HType        *uint32 `kea:"htype"`
	EnterpriseID *uint32 `kea:"enterprise-id"`
	Persist      *bool   `kea:"persist"`
	Notes
}

// Logger sends log messages somewhere.
type Logger struct {
	Name          string         `kea:"name"`
	OutputOptions []OutputOption `kea:"output-options,output_options"` // 2.2 knows the second spelling only
	Severity      string         `kea:"severity"`
	DebugLevel    *uint32        `kea:"debuglevel"`
	Notes
}

// OutputOption is one destination: a file, "stdout", "stderr", "syslog" or
// "syslog:facility".
type OutputOption struct {
	Output  string  `kea:"output"`
	Flush   *bool   `kea:"flush"`
	MaxSize *uint32 `kea:"maxsize"` // bytes
	MaxVer  *uint32 `kea:"maxver"`
	Pattern *string `kea:"pattern"`
}

// AgentSockets are the servers that a control agent reaches.
type AgentSockets struct {
	DHCP4 *ControlSocket `kea:"dhcp4"`
	DHCP6 *ControlSocket `kea:"dhcp6"`
	D2    *ControlSocket `kea:"d2"`
}

// TSIGKey signs updates. Secret is refused from 3.2 on: use SecretFile (from 2.6).
type TSIGKey struct {
	Name       string  `kea:"name"`
	Algorithm  string  `kea:"algorithm"`
	DigestBits *uint32 `kea:"digest-bits"`
	Secret     string  `kea:"secret"` // base64
	SecretFile string  `kea:"secret-file"`
	Notes
}

// DDNSDomains are the zones of one direction.
type DDNSDomains struct {
	DDNSDomains []DDNSDomain `kea:"ddns-domains"`
}

// DDNSDomain is a zone that is updated.
type DDNSDomain struct {
	Name       string      `kea:"name"` // with a final dot
	KeyName    string      `kea:"key-name"`
	DNSServers []DNSServer `kea:"dns-servers"`
	Notes
}

// DNSServer takes updates of a zone.
type DNSServer struct {
	Hostname  *string `kea:"hostname"` // must be empty
	IPAddress string  `kea:"ip-address"`
	Port      *uint32 `kea:"port"`
	KeyName   string  `kea:"key-name"`
	Notes
}
