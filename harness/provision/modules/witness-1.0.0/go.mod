module actorproof.example/witness

go 1.24.0

require (
	golang.org/x/net v0.41.0
	golang.org/x/sys v0.33.0
)

require golang.org/x/text v0.26.0 // indirect
