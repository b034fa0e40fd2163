package keaconf

// The model follows Kea's files: one struct per JSON object, one field per key,
// named like the key. A nil pointer, nil slice or empty string is a key that is
// absent; *string is used where an empty value says something else than an
// absent key. Keys that only one protocol has are marked so; which version has
// which key is in package schema, not here. The order of the fields is the
// order in which they are written.

// Daemon names one of Kea's servers by the word that its programs, packages and
// command "service" lists use.
type Daemon string

// Kea's servers.
const (
	DaemonDHCP4     Daemon = "dhcp4"
	DaemonDHCP6     Daemon = "dhcp6"
	DaemonDDNS      Daemon = "ddns"
	DaemonCtrlAgent Daemon = "ctrl-agent"
)

// Daemons returns all of them.
func Daemons() []Daemon {
	return []Daemon{DaemonDHCP4, DaemonDHCP6, DaemonDDNS, DaemonCtrlAgent}
}

// TopKey is the one key at the top of the daemon's configuration file.
func (d Daemon) TopKey() string {
	switch d {
	case DaemonDHCP4:
		return "Dhcp4"
	case DaemonDHCP6:
		return "Dhcp6"
	case DaemonDDNS:
		return "DhcpDdns"
	case DaemonCtrlAgent:
		return "Control-agent"
	}
	return ""
}

// Config is a whole configuration: *DHCP4, *DHCP6, *D2 or *ControlAgent.
type Config interface {
	Daemon() Daemon
}

// Daemon tells which server the configuration is for.
func (*DHCP4) Daemon() Daemon        { return DaemonDHCP4 }
func (*DHCP6) Daemon() Daemon        { return DaemonDHCP6 }     // see DHCP4
func (*D2) Daemon() Daemon           { return DaemonDDNS }      // see DHCP4
func (*ControlAgent) Daemon() Daemon { return DaemonCtrlAgent } // see DHCP4

// Object is a free-form JSON object (user-context, hook parameters) whose
// members keep their order.
type Object []Member

// Member is one member of an Object. Value is nil, a bool, string, int, int64,
// uint32, float64, Object, []any, []string or map[string]any (written in the
// order of its keys).
type Member struct {
	Key   string
	Value any
}

// Get returns the value of a member; ok is false if there is none.
func (o Object) Get(key string) (value any, ok bool) {
	for _, m := range o {
		if m.Key == key {
			return m.Value, true
		}
	}
	return nil, false
}

// Notes is what an object may carry for people.
type Notes struct {
	// Comments are written as "//" lines before the object, one each. They must
	// not hold line ends; the writer replaces those by blanks.
	Comments []string `kea:"-"`
	// KeyComments are "//" lines before single keys of the object.
	KeyComments map[string][]string `kea:"-"`

	Comment     string `kea:"comment"`      // Kea moves it into the user context
	UserContext Object `kea:"user-context"` // survives config-write
}

// DHCP4 is the configuration of kea-dhcp4 (Kea manual, chapter "The DHCPv4 Server").
type DHCP4 struct {
	InterfacesConfig *InterfacesConfig `kea:"interfaces-config"`
	Server
	Parameters
	EchoClientID      *bool `kea:"echo-client-id"`
	StashAgentOptions *bool `kea:"stash-agent-options"`

	OptionDef      []OptionDef     `kea:"option-def"`
	OptionData     []OptionData    `kea:"option-data"`
	ClientClasses  []ClientClass   `kea:"client-classes"`
	SharedNetworks []SharedNetwork `kea:"shared-networks"`
	Subnet4        []Subnet        `kea:"subnet4"`
	Reservations   []Reservation   `kea:"reservations"`
	Loggers        []Logger        `kea:"loggers"`
	Notes
}

// DHCP6 is the configuration of kea-dhcp6 (Kea manual, chapter "The DHCPv6 Server").
type DHCP6 struct {
	InterfacesConfig *InterfacesConfig `kea:"interfaces-config"`
	ServerID         *ServerID         `kea:"server-id"`
	DataDirectory    string            `kea:"data-directory"`
	Server
	Parameters
	MACSources               []string `kea:"mac-sources"`
	RelaySuppliedOptions     []any    `kea:"relay-supplied-options"` // strings (names, codes) or numbers
	AllowAddressRegistration *bool    `kea:"allow-address-registration"`

	OptionDef      []OptionDef     `kea:"option-def"`
	OptionData     []OptionData    `kea:"option-data"`
	ClientClasses  []ClientClass   `kea:"client-classes"`
	SharedNetworks []SharedNetwork `kea:"shared-networks"`
	Subnet6        []Subnet        `kea:"subnet6"`
	Reservations   []Reservation   `kea:"reservations"`
	Loggers        []Logger        `kea:"loggers"`
	Notes
}

// D2 is the configuration of kea-dhcp-ddns (Kea manual, chapter "The DHCP-DDNS Server").
type D2 struct {
	IPAddress        string  `kea:"ip-address"`
	Port             *uint32 `kea:"port"`
	DNSServerTimeout *uint32 `kea:"dns-server-timeout"` // milliseconds
	NCRProtocol      string  `kea:"ncr-protocol"`
	NCRFormat        string  `kea:"ncr-format"`

	ControlSocket  *ControlSocket  `kea:"control-socket"`
	ControlSockets []ControlSocket `kea:"control-sockets"`
	HooksLibraries []HookLibrary   `kea:"hooks-libraries"`
	TSIGKeys       []TSIGKey       `kea:"tsig-keys"`
	ForwardDDNS    *DDNSDomains    `kea:"forward-ddns"`
	ReverseDDNS    *DDNSDomains    `kea:"reverse-ddns"`
	Loggers        []Logger        `kea:"loggers"`
	Notes
}

// ControlAgent is the configuration of kea-ctrl-agent, which Kea has up to 3.0
// (Kea manual, chapter "The Kea Control Agent").
type ControlAgent struct {
	HTTPHost       string          `kea:"http-host"`
	HTTPPort       *uint32         `kea:"http-port"`
	TrustAnchor    string          `kea:"trust-anchor"`
	CertFile       string          `kea:"cert-file"`
	KeyFile        string          `kea:"key-file"`
	CertRequired   *bool           `kea:"cert-required"`
	Authentication *Authentication `kea:"authentication"`
	HTTPHeaders    []HTTPHeader    `kea:"http-headers"`
	ControlSockets *AgentSockets   `kea:"control-sockets"`
	HooksLibraries []HookLibrary   `kea:"hooks-libraries"`
	Loggers        []Logger        `kea:"loggers"`
	Notes
}
