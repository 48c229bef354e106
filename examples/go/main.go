// Orders: actors with Dapr's Go SDK, as its documentation has them. Nothing here knows of Actorproof.
//
// MISTAKE=answers-early breaks them on purpose: Status is answered before its work has ended.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/dapr/go-sdk/actor"
	dapr "github.com/dapr/go-sdk/client"
	daprd "github.com/dapr/go-sdk/service/http"
)

const (
	actorType = "OrderActor"
	state     = "order"
	timeout   = "payment-timeout"
	dueTime   = "3s"
	early     = "answers-early"
)

var mistake = os.Getenv("MISTAKE")

// Wanted is what an order is made of.
type Wanted struct {
	Item string `json:"item"`
}

// Order is what is stored.
type Order struct {
	Status string `json:"status"`
	Item   string `json:"item,omitempty"`
}

// OrderActor is one order. One that nobody pays in time is cancelled.
type OrderActor struct {
	actor.ServerImplBaseCtx

	client dapr.Client
}

// Type is the name that Dapr calls it by.
func (o *OrderActor) Type() string { return actorType }

// Create stores the order, and has it cancelled in a while.
func (o *OrderActor) Create(ctx context.Context, wanted *Wanted) (*Order, error) {
	order := &Order{Status: "new", Item: wanted.Item}
	if err := o.GetStateManager().Set(ctx, state, order); err != nil {
		return nil, err
	}
	reminder := dapr.RegisterActorReminderRequest{
		ActorType: actorType, ActorID: o.ID(), Name: timeout, DueTime: dueTime, Data: []byte(`"` + wanted.Item + `"`),
	}
	return order, o.client.RegisterActorReminder(ctx, &reminder)
}

// Pay stores that it was paid; it is not cancelled any more.
func (o *OrderActor) Pay(ctx context.Context) (*Order, error) {
	order, err := o.order(ctx)
	if err != nil || order.Status != "new" {
		return order, err
	}
	order.Status = "paid"
	if err := o.GetStateManager().Set(ctx, state, order); err != nil {
		return nil, err
	}
	reminder := dapr.UnregisterActorReminderRequest{ActorType: actorType, ActorID: o.ID(), Name: timeout}
	return order, o.client.UnregisterActorReminder(ctx, &reminder)
}

// Status tells the order as it is stored.
func (o *OrderActor) Status(ctx context.Context) (*Order, error) {
	if mistake == early {
		go o.saveLater()
	}
	return o.order(ctx)
}

// Refuse fails each time. The SDK answers 200 all the same: it drops the error of a method that returns nothing else.
func (o *OrderActor) Refuse(context.Context) error { return errors.New("an order is not refused") }

// ReminderCall cancels the order if nobody has paid it. The SDK saves after methods only, so this saves by itself.
func (o *OrderActor) ReminderCall(name string, _ []byte, _ string, _ string) {
	ctx := context.Background()
	order, err := o.order(ctx)
	if err == nil && name == timeout && order.Status == "new" {
		order.Status = "cancelled"
		if err = o.GetStateManager().Set(ctx, state, order); err == nil {
			err = o.SaveState(ctx)
		}
	}
	if err != nil {
		log.Printf("order %s is not cancelled: %v", o.ID(), err)
	}
}

func (o *OrderActor) order(ctx context.Context) (*Order, error) {
	order := &Order{Status: "none"}
	found, err := o.GetStateManager().Contains(ctx, state)
	if err == nil && found {
		err = o.GetStateManager().Get(ctx, state, order)
	}
	return order, err
}

// saveLater is the mistake: it saves while no turn of the actor is open.
func (o *OrderActor) saveLater() {
	time.Sleep(100 * time.Millisecond)
	ctx := context.Background()
	if err := o.GetStateManager().Set(ctx, "asked", time.Now().UnixNano()); err == nil {
		_ = o.SaveState(ctx)
	}
}

func main() {
	if mistake != "" && mistake != early {
		log.Fatalf("MISTAKE is %q: choose %s, or none", mistake, early)
	}
	client, err := dapr.NewClient()
	if err != nil {
		log.Fatalf("no client of Dapr: %v", err)
	}
	defer client.Close()
	service := daprd.NewService("127.0.0.1:" + os.Getenv("APP_PORT"))
	service.RegisterActorImplFactoryContext(func() actor.ServerContext { return &OrderActor{client: client} })
	if err := service.Start(); err != nil && err != http.ErrServerClosed {
		log.Printf("ended: %v", err)
	}
}
