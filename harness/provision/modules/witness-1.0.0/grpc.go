package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
)

const daprService = "/dapr.proto.runtime.v1.Dapr/"

// What an application asks over gRPC, by the method of Dapr's service.
var grpcAsks = map[string]string{
	"ExecuteActorStateTransaction": "save",
	"GetActorState":                "read",
	"InvokeActor":                  "call",
	"RegisterActorReminder":        "register-reminder",
	"UnregisterActorReminder":      "unregister-reminder",
	"RegisterActorTimer":           "register-timer",
	"UnregisterActorTimer":         "unregister-timer",
}

// grpcAsk reads a request of Dapr's gRPC service; nil when it is none that matters. Field numbers are those of
// dapr/proto/runtime/v1/actors.proto.
func grpcAsk(r request) *ask {
	what, known := grpcAsks[strings.TrimPrefix(r.path, daprService)]
	if !known || !strings.HasPrefix(r.path, daprService) || len(r.body) < 5 {
		return nil
	}
	m := message(r.body[5:])
	a := &ask{what: what, actor: m.text(1) + "/" + m.text(2), name: m.text(3)}
	switch what {
	case "save":
		a.name, a.writes = "", grpcTransaction(m)
	case "call":
		a.name, a.actor = a.actor+"."+m.text(3), ""
		a.chain = grpcMetadata(m, "Dapr-Reentrancy-Id")
	case "register-reminder":
		a.schedule = newSchedule(m.text(4), m.text(5), m.text(7), "", base64Text(m.bytes(6)))
	case "register-timer":
		a.schedule = newSchedule(m.text(4), m.text(5), m.text(8), m.text(6), base64Text(m.bytes(7)))
	}
	return a
}

func grpcTransaction(m message) string {
	writes := [][2]any{}
	for _, field := range m.all(3) {
		one := message(field)
		key := one.text(2)
		if one.text(1) == "delete" {
			writes = append(writes, [2]any{key, nil})
			continue
		}
		value := message(one.bytes(3)).bytes(2) // google.protobuf.Any
		if json.Valid(value) && len(value) <= longestValue {
			writes = append(writes, [2]any{key, string(value)})
		} else {
			writes = append(writes, [2]any{key, string(base64Text(value))})
		}
	}
	text, _ := json.Marshal(writes)
	return string(text)
}

func grpcMetadata(m message, name string) string {
	for _, field := range m.all(5) {
		if entry := message(field); strings.EqualFold(entry.text(1), name) {
			return entry.text(2)
		}
	}
	return ""
}

func base64Text(data []byte) json.RawMessage {
	if len(data) == 0 {
		return nil
	}
	text, _ := json.Marshal(base64.StdEncoding.EncodeToString(data))
	return text
}

// A message is one of protocol buffers, of which only fields with a length are asked for.
type message []byte

func (m message) text(number uint64) string { return string(m.bytes(number)) }

func (m message) bytes(number uint64) []byte {
	found := m.all(number)
	if len(found) == 0 {
		return nil
	}
	return found[len(found)-1]
}

func (m message) all(number uint64) [][]byte {
	var found [][]byte
	m.visit(func(at, _ uint64, data []byte) {
		if at == number && data != nil {
			found = append(found, data)
		}
	})
	return found
}

// number is a field that is a varint; 0 where it is left out.
func (m message) number(number uint64) uint64 {
	found := uint64(0)
	m.visit(func(at, value uint64, data []byte) {
		if at == number && data == nil {
			found = value
		}
	})
	return found
}

// visit shows each field: its number, and its value, or its data where it has a length.
func (m message) visit(show func(number, value uint64, data []byte)) {
	for rest := []byte(m); len(rest) > 0; {
		key, n := binary.Uvarint(rest)
		if n <= 0 {
			return
		}
		rest = rest[n:]
		switch key & 7 {
		case 0:
			value, n := binary.Uvarint(rest)
			if n <= 0 {
				return
			}
			show(key>>3, value, nil)
			rest = rest[n:]
		case 1, 5:
			width := 8
			if key&7 == 5 {
				width = 4
			}
			if len(rest) < width {
				return
			}
			rest = rest[width:]
		case 2:
			length, n := binary.Uvarint(rest)
			if n <= 0 || uint64(len(rest)-n) < length {
				return
			}
			show(key>>3, 0, rest[n:n+int(length):n+int(length)])
			rest = rest[n+int(length):]
		default:
			return
		}
	}
}
