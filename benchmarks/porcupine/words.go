package main

import (
	"slices"
	"strconv"
	"strings"
)

// A done is what an operation may do in a state: its answer, and what the object holds afterwards.
type done struct {
	answer string
	next   string
}

const (
	nothing = "nil"
	part    = "\x1f" // between the parts of a state
	names   = "\x1e" // between a key and its value
)

func parts(state string) []string {
	if state == "" {
		return nil
	}
	return strings.Split(state, part)
}

func whole(held []string) string { return strings.Join(held, part) }

func sorted(held []string) string {
	slices.Sort(held)
	return whole(held)
}

// get is the value of a key, or nothing.
func get(state, key string) string {
	for _, each := range parts(state) {
		if name, value, _ := strings.Cut(each, names); name == key {
			return value
		}
	}
	return nothing
}

// put is the state with a key's value, or without the key if there is none.
func put(state, key, value string) string {
	left := slices.DeleteFunc(parts(state), func(each string) bool { return strings.HasPrefix(each, key+names) })
	if value != nothing {
		left = append(left, key+names+value)
	}
	return sorted(left)
}

func number(text string) int {
	value, _ := strconv.Atoi(text)
	return value
}

// objects are the models whose state is a text, by their names: what an operation may do, or nothing if it can't be done.
var objects = map[string]func(state string, in input) []done{
	"mutex":              mutex,
	"set":                elements,
	"grow-only-set":      elements,
	"fifo-queue":         fifo,
	"unordered-queue":    unordered,
	"multi-register":     registers,
	"map":                mapping,
	"kv":                 mapping,
	"ledger":             ledger,
	"accounts":           func(state string, in input) []done { return accounts(state, in, false) },
	"accounts-overdraft": func(state string, in input) []done { return accounts(state, in, true) },
}

func mutex(state string, in input) []done {
	if (in.function == "acquire") != (state == "free") {
		return nil
	}
	if in.function == "acquire" {
		return []done{{"", "held"}}
	}
	return []done{{"", "free"}}
}

func elements(state string, in input) []done {
	if in.function == "read" {
		return []done{{state, state}}
	}
	element := in.words[0]
	there := slices.Contains(parts(state), element)
	switch {
	case in.function == "contains":
		return []done{{strconv.FormatBool(there), state}}
	case in.function == "add" && !there:
		return []done{{"", sorted(append(parts(state), element))}}
	case in.function == "remove" && there:
		return []done{{"", whole(slices.DeleteFunc(parts(state), func(each string) bool { return each == element }))}}
	}
	return []done{{"", state}}
}

func fifo(state string, in input) []done {
	held := parts(state)
	switch {
	case in.function == "enqueue":
		return []done{{"", whole(append(held, in.words[0]))}}
	case len(held) == 0:
		return []done{{nothing, state}}
	}
	return []done{{held[0], whole(held[1:])}}
}

func unordered(state string, in input) []done {
	held := parts(state)
	if in.function == "enqueue" {
		return []done{{"", sorted(append(held, in.words[0]))}}
	}
	if len(held) == 0 {
		return []done{{nothing, state}}
	}
	var found []done
	for at, each := range held {
		found = append(found, done{each, whole(slices.Delete(slices.Clone(held), at, at+1))})
	}
	return found
}

// registers takes three words for each step: "read" or "write", the key, and the value, or "" for one that is not known.
func registers(state string, in input) []done {
	for at := 0; at < len(in.words); at += 3 {
		key, value := in.words[at+1], in.words[at+2]
		if in.words[at] == "write" {
			state = put(state, key, value)
		} else if value != "" && get(state, key) != value {
			return nil
		}
	}
	return []done{{"", state}}
}

func mapping(state string, in input) []done {
	switch in.function {
	case "read":
		return []done{{state, state}}
	case "get":
		return []done{{get(state, in.words[0]), state}}
	case "delete":
		return []done{{"", put(state, in.words[0], nothing)}}
	case "append":
		before := get(state, in.words[0])
		if before == nothing {
			before = ""
		}
		return []done{{"", put(state, in.words[0], before+in.words[1])}}
	}
	return []done{{"", put(state, in.words[0], in.words[1])}}
}

func ledger(state string, in input) []done {
	held := parts(state)
	switch in.function {
	case "read":
		return []done{{state, state}}
	case "count":
		return []done{{strconv.Itoa(len(held)), state}}
	}
	return []done{{strconv.Itoa(len(held) + 1), whole(append(held, in.words[0]))}}
}

func accounts(state string, in input, overdraft bool) []done {
	there := func(name string) int { return number(get(state, name)) }
	switch in.function {
	case "balance":
		return []done{{get(state, in.words[0]), state}}
	case "deposit":
		return []done{{"", put(state, in.words[0], strconv.Itoa(there(in.words[0])+number(in.words[1])))}}
	}
	source, target, amount := in.words[0], in.words[1], number(in.words[2])
	if there(source) < amount && !overdraft {
		return []done{{"false", state}}
	}
	left := put(state, source, strconv.Itoa(there(source)-amount))
	return []done{{"true", put(left, target, strconv.Itoa(number(get(left, target))+amount))}}
}

// texts lists the states that an operation on such an object may leave.
func texts(of func(string, input) []done, state string, in input, out output) []string {
	var found []string
	for _, each := range of(state, in) {
		if !out.says || out.answer == each.answer {
			found = append(found, each.next)
		}
	}
	if !out.known && !slices.Contains(found, state) {
		found = append(found, state)
	}
	return found
}
