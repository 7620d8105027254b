package store

import "context"

type guardKey struct{}

// Guarded gives a context in which every Change and Keep first asks held, in its own
// transaction, and does not commit when it says no. It is for work that only one
// process may do (package lease): whatever is called under this context is guarded,
// and no stage can forget to be. What people do comes with contexts of their own.
func Guarded(ctx context.Context, held func(*Tx) error) context.Context {
	return context.WithValue(ctx, guardKey{}, held)
}

func guarded(tx *Tx) error {
	if held, ok := tx.ctx.Value(guardKey{}).(func(*Tx) error); ok {
		return held(tx)
	}
	return nil
}
