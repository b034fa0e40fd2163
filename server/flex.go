package server

import (
	"slices"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
)

// flexID returns the identifier that libdhcp_flex_id makes of a message.
func (s *Server4) flexID(x *exchange) []byte {
	h := s.conf.Hooks.FlexID
	if h == nil {
		return nil
	}
	id, err := h.Identifier(&x.query)
	if err != nil {
		s.note("flex_id: %v", err)
		return nil
	}
	return id
}

// replaceClientID puts the identifier that libdhcp_flex_id makes into the place of
// the client's own, where it is told to. The answer has the client's own.
func (s *Server4) replaceClientID(x *exchange) {
	if h := s.conf.Hooks.FlexID; h == nil || !h.ReplaceClientID {
		return
	}
	if id := s.flexID(x); len(id) > 0 {
		x.replaced, x.sentID = true, x.clientID
		x.clientID = append([]byte{0}, id...)
		x.query.ClientID = x.clientID
	}
}

// flexOptions changes the answer as libdhcp_flex_option is told to.
func (s *Server4) flexOptions(x *exchange) outcome {
	for i := range s.conf.Hooks.FlexOptions {
		a := &s.conf.Hooks.FlexOptions[i]
		if !x.concerns(a) {
			continue
		}
		if len(a.Sub) > 0 {
			s.flexSuboptions(x, a)
		}
		data, there := x.options[a.Code].data, x.options[a.Code].set
		switch now, keep := s.flex(x, a, data, there); {
		case keep:
			x.set(a.Code, now)
			s.source(a.Code, "flex_option")
		case there && a.Remove != nil:
			x.unset(a.Code)
		}
	}
	return goOn
}

// concerns reports whether an action is for the client.
func (x *exchange) concerns(a *config.FlexOption) bool {
	return a.Class < 0 || x.query.Classes.Has(a.Class)
}

// flex returns what an action makes of an option. keep is false where the option
// is to be as it is, or, of an action that removes, to go.
func (s *Server4) flex(x *exchange, a *config.FlexOption, data []byte, there bool) (now []byte, keep bool) {
	value := a.Supersede
	if a.Add != nil && !there {
		value = a.Add
	}
	switch {
	case value != nil:
		now, err := value(&x.query)
		if err != nil {
			s.note("flex_option, option %d: %v", a.Code, err)
			return nil, false
		}
		if len(now) == 0 {
			return nil, false
		}
		if a.Def != nil {
			if now, err = a.Def.EncodeData(string(now), true); err != nil {
				s.note("flex_option, option %d: %v", a.Code, err)
				return nil, false
			}
		}
		return now, true
	case a.Remove != nil && there:
		gone, err := a.Remove(&x.query)
		if err != nil {
			s.note("flex_option, option %d: %v", a.Code, err)
		}
		if err != nil || !gone {
			return data, true
		}
	}
	return nil, false
}

// flexSuboptions changes options within an option.
func (s *Server4) flexSuboptions(x *exchange, a *config.FlexOption) {
	content, there := x.options[a.Code].data, x.options[a.Code].set
	changed := false
	for i := range a.Sub {
		sub := &a.Sub[i]
		if !x.concerns(sub) {
			continue
		}
		data, has := packet.Suboption(content, sub.Code)
		now, keep := s.flex(x, sub, data, has)
		switch {
		case keep && (there || sub.ContainerAdd) && len(now) < 256:
			content = withSuboption(content, sub.Code, now)
			changed = true
		case !keep && has && sub.Remove != nil:
			content = withoutSuboption(content, sub.Code)
			changed = true
			if len(content) == 0 && sub.ContainerRemove {
				x.unset(a.Code)
				return
			}
		}
	}
	if changed {
		x.set(a.Code, content)
		s.source(a.Code, "flex_option")
	}
}

// withSuboption returns sub-options with one that is added, or has another
// content.
func withSuboption(content []byte, code uint8, data []byte) []byte {
	out := append(withoutSuboption(content, code), code, byte(len(data)))
	return append(out, data...)
}

func withoutSuboption(content []byte, code uint8) []byte {
	var out []byte
	for len(content) >= 2 && len(content) >= 2+int(content[1]) {
		length := 2 + int(content[1])
		if content[0] != code {
			out = append(out, content[:length]...)
		}
		content = content[length:]
	}
	return slices.Clip(out)
}
