// Actors that log what they do, as named.py.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log"
	"os"

	"github.com/dapr/go-sdk/actor"
	dapr "github.com/dapr/go-sdk/client"
	daprd "github.com/dapr/go-sdk/service/http"
)

var out *os.File

func tell(words string) { fmt.Fprintf(out, "%d %s\n", os.Getppid(), words) }

type NamedActor struct {
	actor.ServerImplBaseCtx

	client dapr.Client
}

func (n *NamedActor) Type() string { return "NamedActor" }

// SetID is what the SDK calls first of a new instance; it has no callback for an activation.
func (n *NamedActor) SetID(id string) {
	n.ServerImplBaseCtx.SetID(id)
	tell("activated NamedActor/" + id)
}

func (n *NamedActor) Name(ctx context.Context) (string, error) {
	bytes := make([]byte, 8)
	_, _ = rand.Read(bytes)
	name := hex.EncodeToString(bytes)
	tell("asks NamedActor/" + n.ID() + " " + name)
	return name, n.client.RegisterActorReminder(ctx, &dapr.RegisterActorReminderRequest{
		ActorType: "NamedActor", ActorID: n.ID(), Name: name, DueTime: "600s",
	})
}

func (n *NamedActor) ReminderCall(string, []byte, string, string) {}

func main() {
	var err error
	if out, err = os.OpenFile(os.Getenv("LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		log.Fatal(err)
	}
	client, err := dapr.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	service := daprd.NewService("127.0.0.1:" + os.Getenv("APP_PORT"))
	service.RegisterActorImplFactoryContext(func() actor.ServerContext { return &NamedActor{client: client} })
	log.Print(service.Start())
}
