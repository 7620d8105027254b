package account

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

// The second factor is TOTP (RFC 6238) as every authenticator has it: HMAC-SHA-1,
// steps of 30 s, 6 digits.
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpSecret = 20 // bytes (RFC 4226, clause 4, R6)
	totpSkew   = 1  // steps that a clock may be off (RFC 6238, clause 5.2)

	recoveryCodes = 10
)

var (
	errNeedCode  = fengsui.Errorf(fengsui.Forbidden, "code_needed", "this account has a second factor: give the code that its authenticator shows, or a recovery code")
	errCode      = fengsui.Errorf(fengsui.Forbidden, "wrong_code", "the code is wrong, over, or was used already; wait for the next one and look at the telephone's clock")
	errNoFactor  = fengsui.Errorf(fengsui.Conflict, "no_totp", "this account has no second factor")
	errByToken   = fengsui.Errorf(fengsui.Forbidden, "not_by_token", "a token cannot do this; sign in")
	errOwnRights = fengsui.Errorf(fengsui.Forbidden, "own_account", "nobody changes the rights, the password or the second factor of their own account here; another security administrator does")
)

// totp is the code of a time step (RFC 4226, clause 5.3).
func totp(secret []byte, step int64, digits int) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	code := uint64(binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff)
	mod := uint64(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, code%mod)
}

// stepOf finds the time step whose code was given, around now.
func stepOf(secret []byte, code string) (step int64, ok bool) {
	now := time.Now().Unix() / int64(totpStep/time.Second)
	for s := now - totpSkew; s <= now+totpSkew; s++ {
		if hmac.Equal([]byte(totp(secret, s, totpDigits)), []byte(code)) {
			step, ok = s, true
		}
	}
	return step, ok
}

var plain32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSealer seals second factors under a key of the master key.
func newSealer(master []byte) (cipher.AEAD, error) {
	if len(master) != 32 {
		return nil, fmt.Errorf("account: the master key must have 32 bytes, it has %d", len(master))
	}
	key, err := hkdf.Key(sha256.New, master, nil, "account totp", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// factor is a second factor as it is kept; since 0: there is none yet.
type factor struct {
	secret []byte
	since  fengsui.Millis
}

func (a *Accounts) factor(tx *store.Tx, user fengsui.ID) (f factor, found bool, err error) {
	var sealed []byte
	err = tx.QueryRow(`SELECT sealed, since FROM account_totp WHERE user_id = $1`, user).Scan(&sealed, &f.since)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	if f.secret, err = a.sealer.Open(nil, nil, sealed, []byte(user)); err != nil {
		return f, false, fmt.Errorf("account: the second factor of %s does not open under this master key: %w", user, err)
	}
	return f, true, nil
}

// spend takes a code, of the authenticator or of recovery, at most once. how is
// empty when it is not right.
func (a *Accounts) spend(tx *store.Tx, user fengsui.ID, f factor, code string) (how string, err error) {
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if step, ok := stepOf(f.secret, code); ok {
		n, err := tx.Exec(`UPDATE account_totp SET step = $1 WHERE user_id = $2 AND step < $1`, step, user)
		if err != nil || n == 0 {
			return "", err
		}
		return "code", nil
	}
	n, err := tx.Exec(`DELETE FROM account_recovery WHERE user_id = $1 AND code = $2`, user, digest(code))
	if err != nil || n == 0 {
		return "", err
	}
	return "recovery code", nil
}

// Enrolment is a second factor to be, for the authenticator: shown this once.
type Enrolment struct {
	Secret string // base32
	URI    string // otpauth://, as a QR code holds it
}

// BeginTOTP makes a second factor for the caller's account. It counts from
// ConfirmTOTP on.
func (a *Accounts) BeginTOTP(ctx context.Context, s fengsui.Scope, by fengsui.Actor, secret string) (e Enrolment, err error) {
	if secret == "" {
		return e, errByToken
	}
	raw := make([]byte, totpSecret)
	rand.Read(raw)
	sealed := a.sealer.Seal(nil, nil, raw, []byte(s.User))
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		u, _, err := user(tx, s.User)
		if err != nil {
			return err
		}
		f, found, err := a.factor(tx, u.ID)
		if err != nil {
			return err
		}
		if found && f.since > 0 {
			return fengsui.Errorf(fengsui.Conflict, "totp_active", "your account has a second factor already; switch it off first")
		}
		if _, err := tx.Exec(`INSERT INTO account_totp (user_id, sealed, since, step) VALUES ($1,$2,0,0)
			ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, since = 0, step = 0`, u.ID, sealed); err != nil {
			return err
		}
		e.Secret = plain32.EncodeToString(raw)
		label := url.PathEscape("fengsui:" + u.Login)
		e.URI = "otpauth://totp/" + label + "?" + url.Values{"secret": {e.Secret}, "issuer": {"fengsui"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}.Encode()
		return record(tx, by, "user", u.ID, "totp_begun", nil, nil)
	})
	if err != nil {
		return Enrolment{}, err
	}
	return e, nil
}

// ConfirmTOTP makes the second factor count, once its first code is shown to be
// right. The recovery codes are returned this once.
func (a *Accounts) ConfirmTOTP(ctx context.Context, s fengsui.Scope, by fengsui.Actor, secret, code string) (codes []string, err error) {
	if secret == "" {
		return nil, errByToken
	}
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		f, found, err := a.factor(tx, s.User)
		switch {
		case err != nil:
			return err
		case !found || f.since > 0:
			return fengsui.Errorf(fengsui.Conflict, "totp_not_begun", "begin the second factor first")
		}
		how, err := a.spend(tx, s.User, f, code)
		if err != nil {
			return err
		}
		if how != "code" {
			return fengsui.Errorf(fengsui.Invalid, "totp_code", "%s", errCode.Message)
		}
		t := now()
		if _, err := tx.Exec(`UPDATE account_totp SET since = $1 WHERE user_id = $2`, t, s.User); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE session SET proved_at = $1 WHERE secret = $2`, t, digest(secret)); err != nil {
			return err
		}
		if codes, err = newCodes(tx, s.User); err != nil {
			return err
		}
		return record(tx, by, "user", s.User, "totp_on", nil, nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// newCodes makes recovery codes in the place of those of before: 80 bits each, so
// that their digests tell nothing.
func newCodes(tx *store.Tx, user fengsui.ID) (codes []string, err error) {
	if _, err := tx.Exec(`DELETE FROM account_recovery WHERE user_id = $1`, user); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		var b [10]byte
		rand.Read(b[:])
		text := strings.ToLower(plain32.EncodeToString(b[:]))
		if _, err := tx.Exec(`INSERT INTO account_recovery (user_id, code) VALUES ($1,$2)`, user, digest(text)); err != nil {
			return nil, err
		}
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
	}
	return codes, nil
}

// RecoveryCodes makes new recovery codes; those of before count no more.
func (a *Accounts) RecoveryCodes(ctx context.Context, s fengsui.Scope, by fengsui.Actor, secret string) (codes []string, err error) {
	if secret == "" {
		return nil, errByToken
	}
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		f, found, err := a.factor(tx, s.User)
		if err != nil {
			return err
		}
		if !found || f.since == 0 {
			return errNoFactor
		}
		if codes, err = newCodes(tx, s.User); err != nil {
			return err
		}
		return record(tx, by, "user", s.User, "recovery_codes_made", nil, nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// RemoveTOTP switches the caller's own second factor off, where their role may do
// without.
func (a *Accounts) RemoveTOTP(ctx context.Context, s fengsui.Scope, by fengsui.Actor, secret string) error {
	if secret == "" {
		return errByToken
	}
	if a.needsFactor(s.Role) {
		return fengsui.Errorf(fengsui.Forbidden, "totp_required", "your role needs a second factor; another security administrator can reset it")
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if err := removeFactor(tx, s.User); err != nil {
			return err
		}
		return record(tx, by, "user", s.User, "totp_off", nil, nil)
	})
}

// ResetTOTP switches another's second factor off: their telephone is lost. Their
// sessions end.
func (a *Accounts) ResetTOTP(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	u, err := a.User(ctx, s, id)
	if err != nil {
		return err
	}
	if u.ID == s.User {
		return errOwnRights
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if err := removeFactor(tx, u.ID); err != nil {
			return err
		}
		if err := endSessions(tx, u.ID, ""); err != nil {
			return err
		}
		return record(tx, by, "user", u.ID, "totp_reset", nil, nil)
	})
}

func removeFactor(tx *store.Tx, user fengsui.ID) error {
	n, err := tx.Exec(`DELETE FROM account_totp WHERE user_id = $1`, user)
	if err == nil && n == 0 {
		err = errNoFactor
	}
	if err == nil {
		_, err = tx.Exec(`DELETE FROM account_recovery WHERE user_id = $1`, user)
	}
	return err
}

func (a *Accounts) needsFactor(r fengsui.Role) bool { return slices.Contains(a.c.TOTP, r) }

// Factor says how an account's second factor stands.
type Factor struct {
	Since    fengsui.Millis `json:"since,omitempty"` // absent: there is none
	Codes    int            `json:"codes"`           // recovery codes that are left
	Required bool           `json:"required"`        // the role may not do without
}

// Factor is the caller's own.
func (a *Accounts) Factor(ctx context.Context, s fengsui.Scope) (f Factor, err error) {
	f.Required = a.needsFactor(s.Role)
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT since FROM account_totp WHERE user_id = $1`, s.User).Scan(&f.Since)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM account_recovery WHERE user_id = $1`, s.User).Scan(&f.Codes)
	})
	return f, err
}
