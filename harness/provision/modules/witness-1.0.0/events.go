package main

// The events of harness/history/events.py that a witness writes.

type journalOpened struct {
	event
	Run           string `json:"run"`
	Pid           int    `json:"pid"`
	BootID        string `json:"boot_id"`
	TimeNamespace string `json:"time_namespace"`
	WallNs        int64  `json:"wall_ns"`
}

type invoked struct {
	event
	Op     string `json:"op"`
	Client string `json:"client"`
	Via    string `json:"via"`
	Actor  string `json:"actor"`
	Action string `json:"action"`
	Name   string `json:"name"`
	Args   string `json:"args"`
}

type completed struct {
	event
	Op      string `json:"op"`
	Outcome string `json:"outcome"`
	Status  *int   `json:"status"`
	Reason  string `json:"reason"`
}

type activated struct {
	event
	Actor    string `json:"actor"`
	Instance int    `json:"instance"`
	Nonce    string `json:"nonce"`
}

type deactivated struct {
	event
	Actor    string `json:"actor"`
	Instance int    `json:"instance"`
}

type deactivationAnswered struct {
	event
	Actor    string `json:"actor"`
	Instance int    `json:"instance"`
	Status   *int   `json:"status"`
}

type turnStarted struct {
	event
	Turn     string  `json:"turn"`
	Actor    string  `json:"actor"`
	Instance int     `json:"instance"`
	Cause    string  `json:"cause"`
	Name     string  `json:"name"`
	Op       *string `json:"op"`
	Chain    *string `json:"chain"`
	Data     string  `json:"data"`
	Callback *string `json:"callback"`
}

type turnEnded struct {
	event
	Turn      string `json:"turn"`
	Completed bool   `json:"completed"`
	Result    string `json:"result"`
	Cancels   bool   `json:"cancels"`
}

type turnLost struct {
	event
	Turn   string `json:"turn"`
	Reason string `json:"reason"`
}

type sdkNamed struct {
	event
	Sdk     string `json:"sdk"`
	Version string `json:"version"`
}

type saveStarted struct {
	event
	Save   string `json:"save"`
	Turn   string `json:"turn"`
	Actor  string `json:"actor"`
	Writes string `json:"writes"`
}

type saveEnded struct {
	event
	Save         string `json:"save"`
	Acknowledged bool   `json:"acknowledged"`
	Reason       string `json:"reason"`
}

type runtimeCallStarted struct {
	event
	Call  string `json:"call"`
	Turn  string `json:"turn"`
	Actor string `json:"actor"`
	What  string `json:"what"`
	Name  string `json:"name"`
}

type runtimeCallEnded struct {
	event
	Call   string `json:"call"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason"`
}

type unattributed struct {
	event
	Actor string `json:"actor"`
	What  string `json:"what"`
	Name  string `json:"name"`
	Open  int    `json:"open"`
}

type unattributedRefused struct {
	event
	Actor  string `json:"actor"`
	What   string `json:"what"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

type troubled struct {
	event
	Text string `json:"text"`
}
