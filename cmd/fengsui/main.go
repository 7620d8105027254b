// Command fengsui is the platform: serve it, show it, administer it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"fengsui/app"
)

type cli struct {
	Serve   app.ServeCommand   `cmd:"" help:"Run the platform."`
	Demo    app.DemoCommand    `cmd:"" help:"Run the platform with a simulated district, on loopback."`
	Sim     app.SimCommand     `cmd:"" help:"Send simulated or recorded data to any platform."`
	Admin   app.AdminCommand   `cmd:"" help:"Work on a platform's data directory."`
	History app.HistoryCommand `cmd:"" hidden:"" help:"The history role; started by serve."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("fengsui"), kong.Description("A district's safety platform."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "fengsui:", err)
		os.Exit(1)
	}
}
