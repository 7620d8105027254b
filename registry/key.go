package registry

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"fengsui"
	"fengsui/store"
)

// secretSize is the size of a push key's secret in bytes.
const secretSize = 32

// secret is a push key in memory.
type secret struct {
	bytes []byte // nil when revoked
	state fengsui.KeyState
}

func newSealer(master []byte) (cipher.AEAD, error) {
	if len(master) != 32 {
		return nil, fmt.Errorf("registry: the master key must have 32 bytes, it has %d", len(master))
	}
	block, err := aes.NewCipher(master)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func aad(key string, enterprise fengsui.ID) []byte { return []byte(key + "/" + string(enterprise)) }

// Secret finds the secret of an enterprise's push key. A revoked key has state
// KeyRevoked, no secret, and ok is false: nobody can mistake it for a usable one. It is
// found in memory; a key that nobody knows here may have been issued by another process a
// moment ago, so it is looked up once more in what the store holds now.
func (r *Registry) Secret(enterpriseCode, keyID string) (bytes []byte, state fengsui.KeyState, ok bool) {
	s := r.secret(enterpriseCode, keyID)
	if s.state == "" {
		r.catchUp()
		s = r.secret(enterpriseCode, keyID)
	}
	return s.bytes, s.state, s.bytes != nil
}

func (r *Registry) secret(enterpriseCode, keyID string) secret {
	keys, _ := r.secrets.Load(enterpriseCode)
	own, _ := keys.(map[string]secret)
	return own[keyID]
}

const (
	catchUpEvery = 100 * time.Millisecond // whoever guesses keys makes no more work than that
	catchUpWait  = 2 * time.Second        // for a store that is away
)

// catchUp takes over what the store holds at a moment after the call began. Those who
// call together share one look.
func (r *Registry) catchUp() {
	began := time.Now()
	r.late.Lock()
	defer r.late.Unlock()
	if r.lateAt.After(began) {
		return
	}
	time.Sleep(catchUpEvery - time.Since(r.lateAt))
	r.lateAt = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), catchUpWait)
	defer cancel()
	if err := r.refresh(ctx); err != nil {
		r.c.Log.Warn("registry cannot be read, keeping what is known", "err", err)
	}
}

const keyColumns = `k.id, k.enterprise, k.state, k.issued_at, k.issued_by, k.revoked_at`

// Keys lists an enterprise's push keys, newest first.
func (r *Registry) Keys(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID) (list []fengsui.Key, err error) {
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		list, err = keys(tx, s, enterprise)
		return err
	})
	return list, err
}

func keys(tx *store.Tx, s fengsui.Scope, enterprise fengsui.ID) ([]fengsui.Key, error) {
	where, args := store.Scoped(s, joined, []any{enterprise})
	return query(tx, `SELECT `+keyColumns+` FROM push_key k JOIN enterprise e ON e.id = k.enterprise WHERE k.enterprise = $1`+where+` ORDER BY k.issued_at DESC, k.id DESC`,
		func(row scanner, k *fengsui.Key) error {
			return row.Scan(&k.ID, &k.Enterprise, &k.State, &k.IssuedAt, &k.IssuedBy, &k.RevokedAt)
		}, args...)
}

// Issue gives an enterprise its push key. The secret is returned this once.
func (r *Registry) Issue(ctx context.Context, s fengsui.Scope, by fengsui.Actor, enterprise fengsui.ID) (k fengsui.Key, bytes []byte, err error) {
	err = r.keyAct(ctx, s, enterprise, func(tx *store.Tx, e *fengsui.Enterprise, have []fengsui.Key) error {
		for _, old := range have {
			if old.State != fengsui.KeyRevoked {
				return fengsui.Errorf(fengsui.Conflict, "key_active", "the enterprise has a valid key already; rotate it, or revoke it first")
			}
		}
		k, bytes, err = r.newKey(tx, by, e)
		return err
	})
	return k, bytes, err
}

// Rotate gives an enterprise a successor to its key; both are valid until the old
// one is revoked.
func (r *Registry) Rotate(ctx context.Context, s fengsui.Scope, by fengsui.Actor, enterprise fengsui.ID) (k fengsui.Key, bytes []byte, err error) {
	err = r.keyAct(ctx, s, enterprise, func(tx *store.Tx, e *fengsui.Enterprise, have []fengsui.Key) error {
		var active *fengsui.Key
		for i := range have {
			switch have[i].State {
			case fengsui.KeyRotating:
				return fengsui.Errorf(fengsui.Conflict, "key_rotating", "a rotation is under way; revoke the old key %s first", have[i].ID)
			case fengsui.KeyActive:
				active = &have[i]
			}
		}
		if active == nil {
			return fengsui.Errorf(fengsui.Conflict, "no_key", "the enterprise has no valid key; issue one")
		}
		// The new key's row comes first: it carries the call's Idempotency-Key.
		if k, bytes, err = r.newKey(tx, by, e); err != nil {
			return err
		}
		return setKey(tx, by, e, *active, fengsui.KeyRotating, 0)
	})
	return k, bytes, err
}

// Revoke ends a key at once.
func (r *Registry) Revoke(ctx context.Context, s fengsui.Scope, by fengsui.Actor, enterprise fengsui.ID, id string) error {
	return r.keyAct(ctx, s, enterprise, func(tx *store.Tx, e *fengsui.Enterprise, have []fengsui.Key) error {
		for i, k := range have {
			if k.ID != id {
				continue
			}
			if k.State == fengsui.KeyRevoked {
				return fengsui.Errorf(fengsui.Conflict, "key_revoked", "the key is revoked already")
			}
			if err := setKey(tx, by, e, k, fengsui.KeyRevoked, fengsui.At(time.Now())); err != nil {
				return err
			}
			// The successor of a revoked key needs no mark; a rotating key whose
			// successor is revoked is the active one again.
			for j := range have {
				if j != i && have[j].State == fengsui.KeyRotating {
					return setKey(tx, by, e, have[j], fengsui.KeyActive, 0)
				}
			}
			return nil
		}
		return fengsui.Errorf(fengsui.NotFound, "no_key", "the enterprise has no key %s", id)
	})
}

// keyAct runs an act on an enterprise's keys, inside the scope and with the right.
func (r *Registry) keyAct(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID, act func(*store.Tx, *fengsui.Enterprise, []fengsui.Key) error) error {
	return r.change(ctx, func(tx *store.Tx) error {
		e, err := enterpriseOf(tx, s, enterprise)
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActKeys, fengsui.None); err != nil {
			return err
		}
		have, err := keys(tx, s, enterprise)
		if err != nil {
			return err
		}
		return act(tx, &e, have)
	})
}

func (r *Registry) newKey(tx *store.Tx, by fengsui.Actor, e *fengsui.Enterprise) (fengsui.Key, []byte, error) {
	var id [8]byte
	bytes := make([]byte, secretSize)
	rand.Read(id[:])
	rand.Read(bytes)
	k := fengsui.Key{ID: hex.EncodeToString(id[:]), Enterprise: e.ID, State: fengsui.KeyActive, IssuedAt: fengsui.At(time.Now()), IssuedBy: by.Name}
	sealed := r.sealer.Seal(nil, nil, bytes, aad(k.ID, e.ID))
	if _, err := tx.Exec(`INSERT INTO push_key (id, enterprise, state, sealed, issued_at, issued_by, revoked_at) VALUES ($1,$2,$3,$4,$5,$6,0)`,
		k.ID, k.Enterprise, k.State, sealed, k.IssuedAt, k.IssuedBy); err != nil {
		return k, nil, err
	}
	return k, bytes, record(tx, by, e, fengsui.Ref{Kind: "push_key", ID: fengsui.ID(k.ID)}, "issued", "", nil, k)
}

func setKey(tx *store.Tx, by fengsui.Actor, e *fengsui.Enterprise, k fengsui.Key, state fengsui.KeyState, revoked fengsui.Millis) error {
	was := k
	k.State, k.RevokedAt = state, revoked
	if _, err := tx.Exec(`UPDATE push_key SET state = $1, revoked_at = $2 WHERE id = $3`, state, revoked, k.ID); err != nil {
		return err
	}
	return record(tx, by, e, fengsui.Ref{Kind: "push_key", ID: fengsui.ID(k.ID)}, string(state), "", was, k)
}

// open unseals a key's secret.
func (r *Registry) open(id string, enterprise fengsui.ID, sealed []byte) ([]byte, error) {
	b, err := r.sealer.Open(nil, nil, sealed, aad(id, enterprise))
	if err != nil {
		return nil, errors.New("a push key cannot be opened: the master key is not the one that sealed it, or the row was changed")
	}
	return b, nil
}
