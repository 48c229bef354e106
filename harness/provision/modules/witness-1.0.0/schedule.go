package main

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A schedule is when a reminder or timer is to fire, in seconds; due is negative when it can't be read.
type schedule struct {
	Due         float64         `json:"due_s"`
	Period      *float64        `json:"period_s"`
	Repetitions *int            `json:"repetitions"`
	TTL         *float64        `json:"ttl_s"`
	Data        json.RawMessage `json:"data"`
	Callback    string          `json:"callback,omitempty"`
}

func (s *schedule) text() string {
	if len(s.Data) == 0 {
		s.Data = json.RawMessage("null")
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "{}"
	}
	return string(text)
}

func httpSchedule(body []byte) *schedule {
	var asked struct {
		DueTime  string          `json:"dueTime"`
		Period   string          `json:"period"`
		TTL      string          `json:"ttl"`
		Callback string          `json:"callback"`
		Data     json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &asked) != nil {
		return &schedule{Due: -1}
	}
	return newSchedule(asked.DueTime, asked.Period, asked.TTL, asked.Callback, asked.Data)
}

func newSchedule(due, period, ttl, callback string, data json.RawMessage) *schedule {
	s := &schedule{Data: data, Callback: callback}
	if due != "" {
		if s.Due = seconds(due); s.Due < 0 {
			s.Due = until(due)
		}
	}
	if strings.HasPrefix(period, "R") {
		counted, rest, found := strings.Cut(period[1:], "/")
		if n, err := strconv.Atoi(counted); err == nil && found {
			s.Repetitions, period = &n, rest
		}
	}
	if length := seconds(period); length > 0 {
		s.Period = &length
	}
	if ttl != "" {
		if length := seconds(ttl); length >= 0 {
			s.TTL = &length
		} else if length := until(ttl); length >= 0 {
			s.TTL = &length
		}
	}
	return s
}

var iso = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

// seconds reads a duration of Go or ISO 8601; -1 when it is neither.
func seconds(text string) float64 {
	if length, err := time.ParseDuration(text); err == nil {
		return length.Seconds()
	}
	found := iso.FindStringSubmatch(text)
	if found == nil {
		return -1
	}
	units := []float64{365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1}
	sum := 0.0
	for i, unit := range units {
		if found[i+1] != "" {
			n, _ := strconv.ParseFloat(found[i+1], 64)
			sum += n * unit
		}
	}
	return sum
}

// until reads an instant as what is left until then; -1 when it is none.
func until(text string) float64 {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return -1
	}
	return max(time.Until(at).Seconds(), 0)
}
