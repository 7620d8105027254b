package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"fengsui"
)

// ResetCommand lets a person in again whom nobody else can: the last security
// administrator, whose password or telephone is lost.
type ResetCommand struct {
	Config   string `help:"Configuration file." type:"existingfile" optional:""`
	Login    string `required:""`
	Password string `help:"File with the new password, which is changed at the next sign-in; otherwise it is read from standard input." type:"existingfile" optional:""`
}

// Run sets the password and switches the second factor off, if there is one.
func (c *ResetCommand) Run(ctx context.Context) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	password, err := askPassword(c.Password)
	if err != nil {
		return err
	}
	conf.History.On = false
	p, err := Open(ctx, conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer p.Close()
	scope, by := securityScope(), fengsui.Actor{Name: "admin command"}
	list, _, err := p.Accounts.Users(ctx, scope, c.Login, fengsui.Page{})
	if err != nil {
		return err
	}
	for _, u := range list {
		if u.Login != strings.ToLower(c.Login) {
			continue
		}
		if err := p.Accounts.SetPassword(ctx, scope, by, u.ID, password); err != nil {
			return err
		}
		err := p.Accounts.ResetTOTP(ctx, scope, by, u.ID)
		if e, ok := errors.AsType[*fengsui.Error](err); ok && e.Reason == "no_totp" {
			err = nil
		}
		return err
	}
	return fmt.Errorf("there is no account with the login %q", c.Login)
}

// askPassword reads a password from a file, or from standard input.
func askPassword(file string) (string, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		return strings.TrimRight(string(b), "\r\n"), err
	}
	fmt.Fprint(os.Stderr, "password: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", errors.New("no password was given")
	}
	return strings.TrimRight(line, "\r\n"), nil
}
