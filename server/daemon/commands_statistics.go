package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/stats"
)

// statisticCommands show and change statistics (Kea manual, "Statistics").
var statisticCommands = map[string]command{
	"statistic-get":                  {run: (*DHCP4).statisticGet},
	"statistic-get-all":              {run: (*DHCP4).statisticGetAll},
	"statistic-remove":               {run: (*DHCP4).statisticRemove},
	"statistic-remove-all":           {run: (*DHCP4).statisticRemoveAll},
	"statistic-reset":                {run: (*DHCP4).statisticReset},
	"statistic-reset-all":            {run: (*DHCP4).statisticResetAll},
	"statistic-sample-age-set":       {run: (*DHCP4).statisticAge},
	"statistic-sample-age-set-all":   {run: (*DHCP4).statisticAgeAll},
	"statistic-sample-count-set":     {run: (*DHCP4).statisticCount},
	"statistic-sample-count-set-all": {run: (*DHCP4).statisticCountAll},
}

// timestamp is how Kea writes points of time, in local time.
const timestamp = "2006-01-02 15:04:05.000000"

func samples(s *stats.Stat) []any {
	out := []any{}
	for _, sample := range s.Samples() {
		out = append(out, []any{sample.Value, sample.At.Local().Format(timestamp)})
	}
	return out
}

// statisticName reads which statistic is meant; reply says what is wrong.
func statisticName(a arguments) (name string, reply *control.Reply) {
	wrong := func(r control.Reply) (string, *control.Reply) { return "", &r }
	if a.given && a.of == nil {
		return wrong(refused("Error during command processing: %v", a.notAMap("get(string)")))
	}
	value, ok := a.of["name"]
	if !ok {
		return wrong(refused("Missing mandatory 'name' parameter."))
	}
	if name, ok = value.(string); !ok {
		return wrong(refused("'name' parameter expected to be a string."))
	}
	return name, nil
}

func noStatistic(name string) control.Reply { return refused("No '%s' statistic found", name) }

func (d *DHCP4) statisticGet(_ context.Context, a arguments) control.Reply {
	name, wrong := statisticName(a)
	if wrong != nil {
		return *wrong
	}
	out := map[string]any{}
	if s, ok := d.stats.Find(name); ok {
		out[name] = samples(s)
	}
	return control.Reply{Arguments: out}
}

func (d *DHCP4) statisticGetAll(context.Context, arguments) control.Reply {
	out := map[string]any{}
	for _, name := range d.stats.Names() {
		s, _ := d.stats.Find(name)
		out[name] = samples(s)
	}
	return control.Reply{Arguments: out}
}

func (d *DHCP4) statisticReset(_ context.Context, a arguments) control.Reply {
	name, wrong := statisticName(a)
	if wrong != nil {
		return *wrong
	}
	s, ok := d.stats.Find(name)
	if !ok {
		return noStatistic(name)
	}
	s.Reset(d.Clock())
	return control.Reply{Text: fmt.Sprintf("Statistic '%s' reset.", name)}
}

func (d *DHCP4) statisticResetAll(context.Context, arguments) control.Reply {
	d.stats.Reset(d.Clock())
	return control.Reply{Text: "All statistics reset to neutral values."}
}

func (d *DHCP4) statisticRemove(_ context.Context, a arguments) control.Reply {
	name, wrong := statisticName(a)
	if wrong != nil {
		return *wrong
	}
	if !d.stats.Remove(name) {
		return noStatistic(name)
	}
	return control.Reply{Text: fmt.Sprintf("Statistic '%s' removed.", name)}
}

func (d *DHCP4) statisticRemoveAll(context.Context, arguments) control.Reply {
	d.stats.RemoveAll("")
	return control.Reply{Text: "Warning: statistic-remove-all command is deprecated. All statistics removed."}
}

// statisticNumber reads a number; reply says what is wrong.
func statisticNumber(a arguments, key string) (n int64, reply *control.Reply) {
	wrong := func(r control.Reply) (int64, *control.Reply) { return 0, &r }
	if a.given && a.of == nil {
		return wrong(refused("Error during command processing: %v", a.notAMap("get(string)")))
	}
	value, ok := a.of[key]
	if !ok {
		return wrong(refused("Missing mandatory '%s' parameter.", key))
	}
	if n, ok = integerOf(value); !ok {
		if key == "duration" { // Kea looks at other kinds of numbers alone
			return wrong(refused("Error during command processing: intValue() called on non-integer Element in %s", a.placeOf(key)))
		}
		return wrong(refused("'%s' parameter expected to be an integer.", key))
	}
	return n, nil
}

// statisticLimit reads which statistic is meant, and a number.
func (d *DHCP4) statisticLimit(a arguments, key string) (s *stats.Stat, name string, n int64, reply *control.Reply) {
	if name, reply = statisticName(a); reply != nil {
		return nil, "", 0, reply
	}
	if n, reply = statisticNumber(a, key); reply != nil {
		return nil, "", 0, reply
	}
	s, ok := d.stats.Find(name)
	if !ok {
		none := noStatistic(name)
		return nil, "", 0, &none
	}
	return s, name, n, nil
}

func (d *DHCP4) statisticAge(_ context.Context, a arguments) control.Reply {
	s, name, n, wrong := d.statisticLimit(a, "duration")
	if wrong != nil {
		return *wrong
	}
	s.LimitAge(time.Duration(n)*time.Second, d.Clock())
	return control.Reply{Text: fmt.Sprintf("Statistic '%s' duration limit is set.", name)}
}

func (d *DHCP4) statisticAgeAll(_ context.Context, a arguments) control.Reply {
	n, wrong := statisticNumber(a, "duration")
	if wrong != nil {
		return *wrong
	}
	d.stats.LimitAge(time.Duration(n)*time.Second, d.Clock())
	return control.Reply{Text: "All statistics duration limit are set."}
}

func (d *DHCP4) statisticCount(_ context.Context, a arguments) control.Reply {
	s, name, n, wrong := d.statisticLimit(a, "max-samples")
	if wrong != nil {
		return *wrong
	}
	s.LimitCount(samplesWanted(n))
	return control.Reply{Text: fmt.Sprintf("Statistic '%s' count limit is set.", name)}
}

func (d *DHCP4) statisticCountAll(_ context.Context, a arguments) control.Reply {
	n, wrong := statisticNumber(a, "max-samples")
	if wrong != nil {
		return *wrong
	}
	if n == 0 {
		return refused("'max-samples' parameter must not be zero")
	}
	d.stats.LimitCount(samplesWanted(n))
	return control.Reply{Text: "All statistics count limit are set."}
}

// samplesWanted bounds a number that a client gives: a negative one means no
// bound to Kea.
func samplesWanted(n int64) int {
	const most = 1 << 20
	if n < 0 || n > most {
		return most
	}
	return int(n)
}
