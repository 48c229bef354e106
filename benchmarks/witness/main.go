// Applications whose method does nothing, with Dapr's SDK and without, and callers of them that keep their connections.
// All for benchmarks/witness.py.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dapr/go-sdk/actor"
	daprd "github.com/dapr/go-sdk/service/http"
	"google.golang.org/grpc"
)

const actors = 64

func main() {
	switch os.Args[1] {
	case "sdk":
		// The SDK wants a sidecar to be there, though its actors never ask it for anything.
		sidecar, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		go func() { _ = grpc.NewServer().Serve(sidecar) }()
		_ = os.Setenv("DAPR_GRPC_ENDPOINT", sidecar.Addr().String())
		service := daprd.NewService("127.0.0.1:" + os.Getenv("APP_PORT"))
		service.RegisterActorImplFactoryContext(func() actor.ServerContext { return &Cart{} })
		panic(service.Start())
	case "plain":
		answer := func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = w.Write([]byte("1"))
		}
		panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("APP_PORT"), http.HandlerFunc(answer)))
	case "load":
		callers, _ := strconv.Atoi(os.Args[3])
		length, _ := time.ParseDuration(os.Args[4])
		load(os.Args[2], callers, length)
	}
}

// Cart is an actor that keeps nothing.
type Cart struct{ actor.ServerImplBaseCtx }

// Change is what Add takes.
type Change struct {
	By int `json:"by"`
}

func (c *Cart) Type() string { return "Cart" }

// Add does nothing.
func (c *Cart) Add(context.Context, *Change) (int, error) { return 1, nil }

// load calls as a sidecar does, and prints the median in milliseconds, the calls a second, and the calls that failed.
func load(address string, callers int, length time.Duration) {
	var mu sync.Mutex
	var all []time.Duration
	failed := 0
	var group sync.WaitGroup
	begin := time.Now()
	for caller := range callers {
		group.Add(1)
		go func() {
			defer group.Done()
			dialer := &net.Dialer{}
			client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 1}}
			var took []time.Duration
			bad := 0
			for n := 0; time.Since(begin) < length; n++ {
				path := fmt.Sprintf("http://%s/actors/Cart/a%d/method/Add", address, (caller*7+n)%actors)
				asked, _ := http.NewRequest(http.MethodPut, path, strings.NewReader(`{"by":1}`))
				asked.Header.Set("Actorproof-Body-Of", fmt.Sprintf("c%d.%d", caller, n))
				at := time.Now()
				got, err := client.Do(asked)
				if err != nil {
					bad++
					continue
				}
				_, _ = io.Copy(io.Discard, got.Body)
				_ = got.Body.Close()
				if got.StatusCode != http.StatusOK {
					bad++
				}
				took = append(took, time.Since(at))
			}
			mu.Lock()
			all, failed = append(all, took...), failed+bad
			mu.Unlock()
		}()
	}
	group.Wait()
	seconds := time.Since(begin).Seconds()
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	fmt.Printf("%.4f %.1f %d\n", float64(all[len(all)/2].Microseconds())/1000, float64(len(all))/seconds, failed)
}
