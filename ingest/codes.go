package ingest

import (
	"slices"
	"sync"

	"fengsui"
)

// codeLists remembers the lists of codes that devices send with every delivery,
// and the points that they name: a list that is the same as last time needs no
// look-ups. It holds for one snapshot of the district and forgets all with it.
type codeLists struct {
	mu       sync.RWMutex
	district *fengsui.District    // guarded by mu, with all below
	lists    map[listKey]codeList // never changed once in
	codes    int                  // in all lists
}

// maxCodes bounds the lists to about 30 MB; more than that forgets all of them.
// Lists of fewer than fewCodes are looked up as fast.
const (
	maxCodes = 400_000
	fewCodes = 8
)

// listKey tells apart the lists that one device sends in turn.
type listKey struct {
	enterprise, device int64 // nums
	first              string
	n                  int
}

// codeList is a list of codes as the district knows them: parallel slices.
type codeList struct {
	codes  []string
	bounds []bound
	points []int64 // nums
}

// find gives a list that was put for the snapshot; nobody may change it.
func (c *codeLists) find(d *fengsui.District, k listKey, codes []string) (codeList, bool) {
	c.mu.RLock()
	l := codeList{}
	if c.district == d {
		l = c.lists[k]
	}
	c.mu.RUnlock()
	return l, l.codes != nil && slices.Equal(l.codes, codes)
}

// put remembers a list all of whose codes the snapshot knows.
func (c *codeLists) put(d *fengsui.District, k listKey, l codeList) {
	if len(l.codes) > maxCodes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.codes += len(l.codes) - len(c.lists[k].codes); c.district != d || c.codes > maxCodes {
		c.district, c.lists, c.codes = d, map[listKey]codeList{}, len(l.codes)
	}
	c.lists[k] = l
}
