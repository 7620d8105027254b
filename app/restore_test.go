package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
)

// admin runs an admin command in a process of its own and gives what it said.
func (s *siege) admin(ok bool, args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.ctx, s.binary, append([]string{"admin"}, args...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); (err == nil) != ok {
		s.t.Fatalf("admin %s: %v\n%s", strings.Join(args, " "), err, said.String())
	}
	return said.String()
}

// configure writes the configuration that the next life reads.
func (s *siege) configure(file string) {
	s.t.Helper()
	b, err := yaml.Marshal(s.c)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.file = file
}

// naturals are the names of pushes that two platforms share, whatever ids they gave: by
// point, occurrence, level, step, number and receiver. An uplink is named by what it
// passes on: its own number counts acts that a restore may have lost.
func (s *siege) naturals() map[string]string {
	s.t.Helper()
	db := s.open()
	defer db.Close()
	party, names := map[string]string{}, map[string]string{}
	each(s.t, db, `SELECT id, code FROM party UNION SELECT id, code FROM enterprise`, 2, func(v []string) { party[v[0]] = v[1] })
	each(s.t, db, `SELECT p.key, p.party, COALESCE(n.code || '#' || w.occurrence, ''), p.kind, p.number, p.level, j.act, j.tell FROM notify_push p JOIN journal j ON j.pos = p.pos
		LEFT JOIN warning w ON w.id = p.warning LEFT JOIN point n ON 'point/' || n.num = w.subject`, 8, func(v []string) {
		what := v[3] + " " + v[4]
		if v[3] == string(fengsui.StepUplink) {
			var steps []fengsui.Step
			if err := json.Unmarshal([]byte(v[7]), &steps); err != nil {
				s.t.Fatal(err)
			}
			what = "uplink of " + v[6]
			for _, x := range steps {
				if x.Kind != fengsui.StepUplink {
					what += fmt.Sprintf(" %s %d", x.Kind, x.Number)
				}
			}
		}
		names[v[0]] = strings.Join([]string{v[2], "level", v[5], what, "to", cmp.Or(party[v[1]], v[1])}, " ")
	})
	return names
}

// heardAs are the messages that came, by natural name and receiver.
func (s *siege) heardAs(names map[string]string) map[string]int {
	got := map[string]int{}
	for path, keys := range s.ear.all() {
		for key := range keys {
			name, ok := names[key]
			if !ok {
				s.t.Errorf("%s heard %s, which no push of any life is called", path, key)
			}
			got[name+" by "+path]++
		}
	}
	return got
}

// TestRestore loses a platform's records and makes it again from an older backup and
// the newer log that is left: it starts held, what is judged again does not go out twice,
// no acknowledged act of the backup and no acknowledged sample is lost, what is lost is
// said, and what is new goes out once an officer lets it (N01, DESIGN §5.1).
func TestRestore(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: takes half a minute")
	}
	s := besiege(t, mkdir(t, "platform"))
	s.binary = faultBinary(t)
	t.Parallel() // most of it is waiting
	s.furnish(5)
	stop := s.load()
	x := func(i int) *story { return &story{s: s, i: i, point: storyPoint(i)} }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ended, open := x(0), x(1)
	check(storyKinds["red"](ended))
	check(open.first(14))
	check(open.clocks(1))

	// The backup, while everything goes on.
	key, vault := filepath.Join(s.dir, "backup.key"), filepath.Join(s.dir, "vault")
	check(os.WriteFile(key, []byte(strings.Repeat("5a", 32)), 0o600))
	s.mu.Lock()
	acted := len(s.acted)
	s.mu.Unlock()
	t.Logf("backup:\n%s", s.admin(true, "backup", "--config", s.file, "--to", vault, "--key-file", key))
	before := s.open()
	inBackup := map[actKey]int64{}
	each(t, before, `SELECT by_user, key, pos FROM journal WHERE key <> '' AND pos < (SELECT MIN(pos) FROM journal WHERE act = 'backed_up')`, 3, func(v []string) {
		pos := int64(0)
		fmt.Sscan(v[2], &pos)
		inBackup[actKey{fengsui.ID(v[0]), v[1]}] = pos
	})
	before.Close()
	if len(inBackup) < acted {
		t.Fatalf("%d acts were acknowledged before the backup began, and %d are in the journal", acted, len(inBackup))
	}

	// After it: a new warning that is told to everybody, acts on it, and the end of the
	// one that was open.
	lost := x(2)
	check(lost.first(14))
	check(lost.clocks(1))
	check(open.returns())
	check(open.ends("bureau", "cleared"))
	s.quiet()
	stop()
	last := time.Now()
	time.Sleep(1500 * time.Millisecond) // ticks: the log outlives them all
	s.proc.kill()
	s.endLife()
	names := s.naturals()
	old := s.c.Data
	for _, suffix := range []string{"", "-wal", "-shm"} { // the disk of the records is gone
		if err := os.Remove(recordsFile(old) + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	heard := s.heardAs(names)

	// On a machine of its own, bare but for the configuration and the keys.
	s.c.Data = filepath.Join(s.dir, "restored")
	s.configure(filepath.Join(s.dir, "restored.yaml"))
	began := time.Now()
	said := s.admin(true, "restore", "--config", s.file, "--from", vault, "--key-file", key, "--data", s.c.Data, "--log", old)
	t.Logf("restore:\n%s", said)
	if !strings.Contains(said, "is lost: it must be done again") || !strings.Contains(said, "is judged again") {
		t.Error("the restore does not say what is lost")
	}
	if again := s.admin(false, "restore", "--config", s.file, "--from", vault, "--key-file", key, "--data", s.c.Data); !strings.Contains(again, "is not empty") {
		t.Errorf("a second restore over the first says %s", again)
	}
	s.feed = newFeedEar()
	s.start()
	t.Logf("from nothing to serving: %s, %s of it the restore of a platform of this size", time.Since(began).Round(time.Millisecond), (time.Since(began) - s.started).Round(time.Millisecond))
	listen, deaf := context.WithCancel(s.ctx)
	defer deaf()
	go s.follow(listen)
	bureau, duty := s.signIn("bureau"), s.signIn("duty")
	for _, login := range []string{"duty", "firm", "zone", "bureau"} {
		s.people[login] = s.signIn(login)
	}

	// It is held: the lost warning is raised again from the log, the clock of the one
	// that somebody ended goes on, a new one comes; and nothing leaves.
	fresh := x(3)
	check(fresh.first(14))
	lost.id, open.id, open.due = "", "", 0
	check(lost.await("raised", 1))
	check(fresh.clocks(1))
	var held fengsui.Held
	until(t, func() string { return fmt.Sprintf("waiting pushes of before and after: %+v", held) }, func() bool {
		s.must(duty, http.MethodGet, "/held", "", nil, &held)
		return held.Earlier > 0 && held.Pushes > held.Earlier
	})
	if !held.Held || held.Restored == nil || held.Restored.Newest >= fengsui.At(last) || held.Restored.Heard < fengsui.At(last) {
		t.Errorf("it says %+v, %+v", held, held.Restored)
	}
	var pushes struct {
		Items []fengsui.HeldPush
		Total int
	}
	until(t, func() string { return "the past is judged again and nothing more comes to it" }, func() bool {
		earlier := held.Earlier
		wait(s.ctx, time.Second)
		s.must(duty, http.MethodGet, "/held", "", nil, &held)
		return held.Earlier == earlier
	})
	s.must(duty, http.MethodGet, "/held/pushes?limit=200", "", nil, &pushes)
	if pushes.Total < held.Pushes || len(pushes.Items) != pushes.Total {
		t.Errorf("%d pushes are listed, %d in all, %d are counted", len(pushes.Items), pushes.Total, held.Pushes)
	}
	names2 := s.naturals()
	for _, p := range pushes.Items {
		name := names2[p.Key]
		if !p.Earlier && heard[name+" by "+pathOf(p)] > 0 {
			t.Errorf("%s went out before, and is taken for new", name)
		}
		if p.Earlier && strings.HasPrefix(name, storyPoint(3)) {
			t.Errorf("%s is of after the restore, and is taken for old", name)
		}
	}
	if got := s.heardAs(names); !equalCounts(got, heard) {
		t.Errorf("while it was held %d messages came, and %d before", len(got), len(heard))
	}
	var health struct{ Items []fengsui.Health }
	s.must(s.signIn("admin"), http.MethodGet, "/health", "", nil, &health)
	if !slices.ContainsFunc(health.Items, func(h fengsui.Health) bool { return h.Name == "restore" && !h.OK }) {
		t.Errorf("its health is %+v", health.Items)
	}

	// Killed meanwhile it is held still; who may not release does not.
	s.endLife()
	s.proc.kill()
	s.start()
	if status, answer, err := s.send(s.ctx, s.people["firm"], http.MethodPost, "/held/release", s.key("no"), "application/json", []byte(`{"which":"all","why":"please"}`)); err != nil || status != http.StatusForbidden {
		t.Errorf("an enterprise releases: %d %s, %v", status, answer, err)
	}
	// One of the old ones the bureau wants to go out again.
	i := slices.IndexFunc(pushes.Items, func(p fengsui.HeldPush) bool {
		return p.Earlier && heard[names2[p.Key]+" by "+pathOf(p)] == 1
	})
	if i < 0 {
		t.Fatal("no push is listed that may have gone out")
	}
	wanted := pushes.Items[i]
	release := func() bool {
		status, answer, err := s.send(s.ctx, bureau, http.MethodPost, "/held/release", s.key("release"), "application/json", []byte(`{"which":"later","why":"looked through"}`))
		if err == nil && status != http.StatusOK && status != http.StatusServiceUnavailable {
			t.Fatalf("release: %d %s", status, answer)
		}
		return err == nil && status == http.StatusOK
	}
	until(t, func() string { return "released" }, release)
	s.quiet()
	names2 = s.naturals()
	got := map[string]int{}
	for name, n := range s.heardAs(merge(names, names2)) {
		got[name] += n
		if n > 1 {
			t.Errorf("%s came %d times", name, n)
		}
		if heard[name] == 0 && !strings.HasPrefix(name, storyPoint(3)) && !strings.HasPrefix(name, storyPoint(1)) && !strings.Contains(name, "B0") {
			t.Logf("after the release came %s", name)
		}
	}
	for _, want := range []string{"push 1 to PLANT by PLANT", "notice 1 to yjj by yjj", "uplink of raised push 1 to sj by sj"} {
		if name := storyPoint(3) + "#1 level 4 " + want; got[name] != 1 {
			t.Errorf("%s came %d times after the release", name, got[name])
		}
	}
	s.must(bureau, http.MethodPost, "/held/pushes", s.key("pick"), map[string]any{"pushes": []fengsui.ID{wanted.ID}, "send": true, "why": "to be sure"}, nil)
	s.quiet()
	if n := s.heardAs(merge(names, names2))[names2[wanted.Key]+" by "+pathOf(wanted)]; n != 2 {
		t.Errorf("what the bureau sent again came %d times in all", n)
	}
	var after fengsui.Held
	s.must(duty, http.MethodGet, "/held", "", nil, &after)
	if after.Held || after.Pushes > 0 || after.Withheld == 0 {
		t.Errorf("after the release it says %+v", after)
	}

	// What was acknowledged before the backup is there, where it was; and every sample.
	deaf()
	s.quiet()
	s.stop()
	f := s.ledgered()
	for key, pos := range inBackup {
		if there := f.acted[key]; len(there) != 1 || there[0] != pos {
			t.Errorf("the act %s of the backup was at %d and is at %d", key.key, pos, there)
		}
	}
	s.mu.Lock()
	for key, want := range s.deliveries {
		if there := f.deliveries[key]; len(there) != 1 || there[0] != want {
			t.Errorf("the acknowledged delivery %s is there %d times", key, len(there))
		}
	}
	for _, text := range s.wrong {
		t.Errorf("on the way: %s", text)
	}
	s.mu.Unlock()

	// Without the newer log it starts as well, and says how much is missing.
	s.c.Data = filepath.Join(s.dir, "bare")
	s.configure(filepath.Join(s.dir, "bare.yaml"))
	began = time.Now()
	said = s.admin(true, "restore", "--config", s.file, "--from", vault, "--key-file", key, "--data", s.c.Data)
	s.start()
	t.Logf("from the backup alone to serving: %s", time.Since(began).Round(time.Millisecond))
	s.must(s.signIn("duty"), http.MethodGet, "/held", "", nil, &held)
	if !held.Held {
		t.Error("it is not held")
	}
	s.stop()
}

// pathOf is where a push goes, as the ear knows it.
func pathOf(p fengsui.HeldPush) string {
	for _, d := range p.Deliveries {
		if d.Channel == "webhook" {
			return d.Address[strings.LastIndexByte(d.Address, '/')+1:]
		}
		if d.Channel == "municipal" {
			return "sj"
		}
	}
	return ""
}

func merge(a, b map[string]string) map[string]string {
	all := map[string]string{}
	for k, v := range a {
		all[k] = v
	}
	for k, v := range b {
		all[k] = v
	}
	return all
}

func equalCounts(a, b map[string]int) bool {
	if len(a) != len(b) {
		return false
	}
	for k, n := range a {
		if b[k] != n {
			return false
		}
	}
	return true
}

// ledgered reads acts and deliveries alone.
func (s *siege) ledgered() *facts {
	f := &facts{deliveries: map[string][]uint64{}, acted: map[actKey][]int64{}}
	db := s.open()
	defer db.Close()
	each(s.t, db, `SELECT by_user, key, pos FROM journal WHERE key <> ''`, 3, func(v []string) {
		pos := int64(0)
		fmt.Sscan(v[2], &pos)
		k := actKey{fengsui.ID(v[0]), v[1]}
		f.acted[k] = append(f.acted[k], pos)
	})
	s.readLog(f)
	return f
}
