package notify

import "fmt"

// Secret is a key or password: it is used by Reveal alone and prints as ***,
// however it is printed. It is held by a pointer because fmt does not ask what
// lies in unexported fields of others how it wants to be printed.
type Secret struct{ value *string }

// NewSecret keeps a secret.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal is the secret itself, empty for the zero Secret.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Format prints *** for every verb.
func (Secret) Format(f fmt.State, _ rune) { f.Write([]byte("***")) }

// MarshalText writes *** into JSON, YAML and logs.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }
