package fengsui

import "strconv"

// Actor is who acts: a signed-in person, or a stage of the platform itself.
type Actor struct {
	User ID     `json:"user,omitempty"` // empty for the platform
	Name string `json:"name"`           // a person's name, or "platform/warning"
	Role Role   `json:"role,omitempty"`
	From string `json:"from,omitempty"` // remote address
	Key  string `json:"-"`              // the call's Idempotency-Key
	Call string `json:"-"`              // what the call was, hashed: a key stands for one call
}

// Platform is the platform itself acting, by one of its stages.
func Platform(stage string) Actor { return Actor{Name: "platform/" + stage} }

// Ref points to an object: kind and ID.
type Ref struct {
	Kind string `json:"kind"`
	ID   ID     `json:"id"`
}

// Change is one journal row (流水): what was done to what, by whom, why. It lies
// in the same transaction as the change itself, or the change does not commit.
type Change struct {
	Of     Ref
	Act    string // raised, upgraded, lowered, verified, ...
	By     Actor
	At     Millis // 0: the store's now
	Why    string
	Before any    // JSON; nil for none
	After  any    // JSON; nil for none
	Tell   []Step // who must hear of it

	// Where it belongs, so that readers see only their own.
	Warning    ID
	Enterprise ID
	Zone       ID
	Sector     Sector
	Level      Level // the peak of the warning; None for what has no level
}

func itoa(n int) string { return strconv.Itoa(n) }
